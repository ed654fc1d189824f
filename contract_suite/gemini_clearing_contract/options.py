"""The command line options."""

import argparse
from pathlib import Path

from attrs import frozen

from .layers import LAYERS
from .run.profiles import PROFILES
from .spec.choices import CHOICES, OF_ANY_SERVER

__all__ = ["Options", "parse_options"]

PROGRAM = "gemini-clearing-contract"
DESCRIPTION = "Test a server, and the generated client, against the OpenAPI file of Gemini Clearing."
EPILOG = (
    "Exit status: 0 passed, 1 findings, 2 the target could not be tested completely, 3 the suite itself failed, "
    "130 interrupted."
)
# In the current folder; `.build` is the name of this project's folder, and means nothing in another repository.
REPORTS = Path("contract-report")


@frozen
class Options:
    """The options of a run."""

    target: str | None
    credentials: Path | None
    layers: tuple[str, ...]
    profile: str | None
    seed: int
    only: str | None
    report_dir: Path
    timeout_s: float
    time_limit_s: float | None
    rate: float | None
    place_orders: bool
    spec: Path | None
    cacert: Path | None
    cert: Path | None
    key: Path | None
    # The choices of this project that the server must share.
    choices: frozenset[str]


def parse_options(arguments: list[str] | None = None) -> Options:
    """Parse the command line; an invalid one ends the program with status 2."""
    parser = _parser()
    given = parser.parse_args(arguments)
    names = tuple(layer.name for layer in LAYERS)
    layers = names if given.layers == "all" else tuple(part.strip() for part in given.layers.split(",") if part.strip())
    unknown = [name for name in layers if name not in names]
    if unknown or not layers:
        parser.error(f"unknown layer {', '.join(unknown) or '(empty)'}. Valid layers: {', '.join(names)}.")
    if given.key and not given.cert:
        parser.error("--key without --cert: name the certificate too.")
    if given.rate is not None and given.rate < 0:
        parser.error(f"--rate {given.rate:g}: must be 0 (no limit) or more.")
    return Options(
        given.target, given.credentials, layers, given.profile, given.seed, given.only, given.report_dir,
        given.timeout, given.time_limit, given.rate, given.place_orders, given.spec,
        given.cacert, given.cert, given.key, _choices(parser, given.choices, given.target),
    )  # fmt: skip


def _choices(parser: argparse.ArgumentParser, names: str | None, target: str | None) -> frozenset[str]:
    if names is None:
        return OF_ANY_SERVER if target else frozenset(CHOICES)
    if names in {"all", "none"}:
        return frozenset(CHOICES if names == "all" else ())
    given = frozenset(part.strip() for part in names.split(","))
    unknown = sorted(given - CHOICES.keys())
    if unknown:
        parser.error(f"unknown choice {', '.join(unknown)}. Valid choices: {', '.join(CHOICES)}, all, none.")
    return given


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=PROGRAM, description=DESCRIPTION, epilog=EPILOG)
    add = parser.add_argument
    add("--target", metavar="URL", help="address of the server to test, or `sandbox` (default: the embedded mock)")
    add("--credentials", metavar="FILE", type=Path, help="JSON file with the accounts, as the mock prints it")
    add("--cacert", metavar="FILE", type=Path, help="PEM file of the authorities that the server's certificate is from")
    add("--cert", metavar="FILE", type=Path, help="PEM file of the client certificate, which may contain its key")
    add("--key", metavar="FILE", type=Path, help="PEM file of the key of --cert, without a password")
    add("--layers", metavar="NAMES", default="all", help=f"comma-separated: {', '.join(one.name for one in LAYERS)}")
    add("--profile", choices=sorted(PROFILES), help="extent of the tests (default: full; sandbox: sandbox)")
    add("--seed", metavar="N", type=int, default=0, help="the same seed sends the same requests (default: 0)")
    add("--only", metavar="CASE", help="one case of the layers, by its name in a finding")
    add("--report-dir", metavar="DIR", type=Path, default=REPORTS, help=f"folder of the reports (default: {REPORTS})")
    add("--timeout", metavar="S", type=float, default=10, help="seconds for one response (default: 10)")
    add("--time-limit", metavar="S", type=float, help="seconds for the whole run (default: 600; sandbox: 1800)")
    add("--rate", metavar="N", type=float, help="requests per second at most; 0 for no limit (sandbox: 4)")
    add(
        "--choices",
        metavar="NAMES",
        help=f"choices of this project to require, or `all` or `none`: {', '.join(CHOICES)}",
    )
    add("--place-orders", action="store_true", help="permit orders on the sandbox; they are canceled at the end")
    add("--spec", metavar="FILE", type=Path, help="another OpenAPI file than the packaged one")
    return parser
