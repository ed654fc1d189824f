"""The command line options."""

import argparse
import math
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
    "130 interrupted. "
    "Environment: SSL_CERT_FILE, SSL_CERT_DIR, HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY are read, "
    "REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE are not."
)
# In the current folder; `.build` is the name of this project's folder, and means nothing in another repository.
REPORTS = Path("contract-report")
# A week, and a request in 100 seconds; with more, a run would not end.
LONGEST_S, LOWEST_RATE = 7 * 24 * 3600, 0.01


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
    chosen = dict.fromkeys(part.strip() for part in given.layers.split(",") if part.strip())
    layers = names if given.layers == "all" else tuple(chosen)
    unknown = [name for name in layers if name not in names]
    if unknown or not layers:
        parser.error(f"unknown layer {', '.join(unknown) or '(empty)'}. Valid layers: {', '.join(names)}.")
    if given.key and not given.cert:
        parser.error("--key without --cert: name the certificate too.")
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


def _filled(text: str) -> str:
    """Return a value without white space around it; an empty one is often a variable that is not set."""
    if not text.strip():
        raise argparse.ArgumentTypeError("empty. Give a value, or leave out the option.")
    return text.strip()


def _file(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("empty. Give a name, or leave out the option.")
    return Path(text)


def _seconds(text: str) -> float:
    """Return a duration; an infinite one is also the result of a calculation that failed."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= LONGEST_S:
        raise argparse.ArgumentTypeError(f"{text}: not a number of seconds above 0, at most {LONGEST_S:,}.")
    return seconds


def _requests(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if number != 0 and not LOWEST_RATE <= number < math.inf:
        raise argparse.ArgumentTypeError(f"{text}: must be 0 (no limit), or at least {LOWEST_RATE}.")
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=PROGRAM, description=DESCRIPTION, epilog=EPILOG)
    add = parser.add_argument
    add(
        "--target",
        metavar="URL",
        type=_filled,
        help="address of the server to test, or `sandbox` (default: the embedded mock)",
    )
    add("--credentials", metavar="FILE", type=_file, help="JSON file with the accounts, as the mock prints it")
    add(
        "--cacert", metavar="FILE", type=_file, help="PEM file of the authorities that the server's certificate is from"
    )
    add("--cert", metavar="FILE", type=_file, help="PEM file of the client certificate, which may contain its key")
    add("--key", metavar="FILE", type=_file, help="PEM file of the key of --cert, without a password")
    add("--layers", metavar="NAMES", default="all", help=f"comma-separated: {', '.join(one.name for one in LAYERS)}")
    add("--profile", choices=sorted(PROFILES), help="extent of the tests (default: full; sandbox: sandbox)")
    add("--seed", metavar="N", type=int, default=0, help="the same seed sends the same requests (default: 0)")
    add("--only", metavar="CASE", help="one case of the layers, by its name in a finding")
    add("--report-dir", metavar="DIR", type=_file, default=REPORTS, help=f"folder of the reports (default: {REPORTS})")
    add("--timeout", metavar="S", type=_seconds, default=10, help="seconds for one response (default: 10)")
    add("--time-limit", metavar="S", type=_seconds, help="seconds for the whole run (default: 600; sandbox: 1800)")
    add("--rate", metavar="N", type=_requests, help="requests per second at most; 0 for no limit (sandbox: 4)")
    add(
        "--choices",
        metavar="NAMES",
        help=f"choices of this project to require, or `all` or `none`: {', '.join(CHOICES)}",
    )
    add("--place-orders", action="store_true", help="permit orders on the sandbox; they are canceled at the end")
    add("--spec", metavar="FILE", type=_file, help="another OpenAPI file than the packaged one")
    return parser
