"""The command line of `python -m gemini_clearing_contract`, read into a plain class; nothing is done here."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from .layers import LAYERS
from .run.profiles import PROFILES

__all__ = ["Options", "parse_options"]


@dataclass(frozen=True)
class Options:
    """What a run was asked for."""

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


def parse_options(arguments: list[str] | None = None) -> Options:
    """Read the command line; a mistake ends the program with a sentence."""
    parser = argparse.ArgumentParser(prog="python -m gemini_clearing_contract", description=DESCRIPTION, epilog=EPILOG)
    parser.add_argument("--target", help="address of the server to judge, or `sandbox`; without it, the embedded mock")
    parser.add_argument("--credentials", type=Path, help="JSON file with the accounts, as the mock prints them")
    parser.add_argument("--layers", default="all", help=f"comma-separated: {', '.join(layer.name for layer in LAYERS)}")
    parser.add_argument(
        "--profile", choices=sorted(PROFILES), help="how much is tried (default: full; sandbox: sandbox)"
    )
    parser.add_argument("--seed", type=int, default=0, help="the same seed sends the same requests (default: 0)")
    parser.add_argument("--only", help="one case of the layers, by its name in a finding")
    parser.add_argument("--report-dir", type=Path, default=Path(".build/contract"), help="where the reports go")
    parser.add_argument("--timeout", type=float, default=10, help="seconds to wait for one answer (default: 10)")
    parser.add_argument("--time-limit", type=float, help="seconds for the whole run (default: 600; the sandbox 1800)")
    parser.add_argument("--rate", type=float, help="requests a second, at most; 0 for no limit (sandbox: 4)")
    parser.add_argument(
        "--place-orders", action="store_true", help="allow orders on the sandbox; they are canceled afterwards"
    )
    parser.add_argument("--spec", type=Path, help="another spec than openapi/clearing.yaml")
    given = parser.parse_args(arguments)
    names = tuple(layer.name for layer in LAYERS)
    layers = names if given.layers == "all" else tuple(part.strip() for part in given.layers.split(",") if part.strip())
    unknown = [name for name in layers if name not in names]
    if unknown or not layers:
        parser.error(f"There is no layer {', '.join(unknown) or 'in an empty list'}; there are {', '.join(names)}.")
    if given.rate is not None and given.rate < 0:
        parser.error(f"--rate takes requests a second, 0 for no limit, and not {given.rate:g}.")
    return Options(
        given.target, given.credentials, layers, given.profile, given.seed, given.only, given.report_dir,
        given.timeout, given.time_limit, given.rate, given.place_orders, given.spec,
    )  # fmt: skip


DESCRIPTION = "Judge a server, and the generated client, against openapi/clearing.yaml."
EPILOG = "Exit status: 0 without findings, 1 with findings, 2 if the target could not be judged, 130 if interrupted."
