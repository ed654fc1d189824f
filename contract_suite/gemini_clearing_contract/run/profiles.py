"""How much each layer tests, by profile."""

from attrs import frozen

__all__ = ["PROFILES", "Profile"]


@frozen(kw_only=True)
class Profile:
    """The number of cases of the random layers, and the extent of the others."""

    name: str
    fuzz_cases: int
    link_scenarios: int
    machine_scenarios: int
    machine_steps: int
    client_cases: int
    # For each pair of checks, how many pairs of negative cases are tested, or all of them.
    pairs: int = 6
    all_pairs: bool = False
    # Whether the mock is also tested over a socket.
    over_http: bool = False
    # Whether hypothesis looks for the smallest failing case.
    shrink: bool = True
    # Whether a layer ends with its first finding, which shows that it detects a fault.
    stop_at_first_finding: bool = False


PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            name="recall", fuzz_cases=1, link_scenarios=1, machine_scenarios=3, machine_steps=25, client_cases=6,
            shrink=False, stop_at_first_finding=True,
        ),
        Profile(name="quick", fuzz_cases=5, link_scenarios=3, machine_scenarios=6, machine_steps=20, client_cases=6),
        # For a server that allows a few requests a second.
        Profile(
            name="sandbox", fuzz_cases=2, link_scenarios=2, machine_scenarios=1, machine_steps=10, client_cases=6,
            pairs=1,
        ),
        Profile(
            name="full", fuzz_cases=40, link_scenarios=25, machine_scenarios=40, machine_steps=40, client_cases=40,
            all_pairs=True, over_http=True,
        ),
        Profile(
            name="deep", fuzz_cases=1000, link_scenarios=500, machine_scenarios=1000, machine_steps=60,
            client_cases=1000, all_pairs=True, over_http=True,
        ),
    )
}  # fmt: skip
