"""The run with one seed after the other, which must find nothing where nothing is wrong."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Sequence
from contextlib import closing

from .layers import LAYERS
from .run.profiles import PROFILES
from .run.run import Run
from .run.runner import run_layers
from .spec import Spec
from .targets.embedded import EmbeddedTarget
from .targets.served_mock import served_mock

__all__ = ["main"]

TIME_LIMIT_S = 600


def main(arguments: Sequence[str] | None = None) -> int:
    """Run every seed; exit status 0 only if none of them finds anything."""
    parser = argparse.ArgumentParser(prog="python -m gemini_clearing_contract.seeds", description=__doc__)
    parser.add_argument("--count", type=int, default=20, help="how many seeds (default: 20)")
    parser.add_argument("--first", type=int, default=1, help="the first of them (default: 1)")
    parser.add_argument("--profile", choices=sorted(PROFILES), default="full", help="how much each run tries")
    parser.add_argument("--http", action="store_true", help="a served mock too, as a black box, by the quick profile")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time (default: 2)")
    options = parser.parse_args(arguments)
    start, alarms = time.monotonic(), 0
    doors = {"in-process": options.profile, **({"over HTTP": "quick"} if options.http else {})}
    seeds = range(options.first, options.first + options.count)
    work = [(seed, door, profile) for seed in seeds for door, profile in doors.items()]
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        for (seed, door, _), (judged, titles) in zip(work, pool.imap(one_run, work), strict=True):
            alarms += bool(titles)
            sys.stdout.write(f"seed {seed} {door}: {judged} judged, {', '.join(titles) or 'nothing found'}\n")
            sys.stdout.flush()
    where = " and ".join(doors)
    sys.stdout.write(f"{options.count} seeds {where}: {alarms} false alarms, {time.monotonic() - start:.0f} s\n")
    return 1 if alarms else 0


def one_run(job: tuple[int, str, str]) -> tuple[int, list[str]]:
    """One run on a good mock: how much was judged, and what it found, which should be nothing."""
    seed, door, profile = job
    with served_mock() if door == "over HTTP" else closing(EmbeddedTarget()) as target:
        run = Run(Spec(), target, PROFILES[profile], seed, time.monotonic() + TIME_LIMIT_S)
        # Each door has its runs here, and the client sends the same bytes whatever the door.
        looking = {"server"} if door == "over HTTP" else {"server", "client"}
        run_layers(run, [layer for layer in LAYERS if layer.judges & looking])
    stopped = [result.stopped for result in run.results if result.stopped]
    titles = [finding.title for finding in run.ledger.findings.values()]
    return sum(run.ledger.requests.values()), [*titles, *stopped]


if __name__ == "__main__":
    sys.exit(main())
