"""How much each layer tries."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PROFILES", "Profile"]


@dataclass(frozen=True)
class Profile:
    """How much each random layer tries."""

    name: str
    fuzz_cases: int
    link_scenarios: int
    machine_scenarios: int
    machine_steps: int
    client_cases: int
    pairs_of_everything: bool
    # How many pairs of flaws stand for each pair of checks, where not every pair is tried.
    pairs: int = 6
    # Whether the embedded mock is also judged over a socket.
    other_door: bool = False
    shrink: bool = True
    # Whether a layer ends with its first finding: enough to know that it sees a fault.
    first_finding_ends: bool = False


PROFILES = {
    "recall": Profile("recall", 1, 1, 3, 25, 6, pairs_of_everything=False, shrink=False, first_finding_ends=True),
    "quick": Profile("quick", 5, 3, 6, 20, 6, pairs_of_everything=False),
    # For a server that takes a few requests a second: each thing once.
    "sandbox": Profile("sandbox", 2, 2, 1, 10, 6, pairs_of_everything=False, pairs=1),
    "full": Profile("full", 40, 25, 40, 40, 40, pairs_of_everything=True, other_door=True),
    "deep": Profile("deep", 1000, 500, 1000, 60, 1000, pairs_of_everything=True, other_door=True),
}
