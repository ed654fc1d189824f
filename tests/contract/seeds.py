"""`python -m contract.seeds`: the run with one seed after the other, which must find nothing where nothing is wrong."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Sequence

from contract._plan import LAYERS, PROFILES, Run
from contract._run import run_layers
from contract._spec import Spec
from contract._target import EmbeddedTarget

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run every seed; exit status 0 only if none of them finds anything."""
    parser = argparse.ArgumentParser(prog="python -m contract.seeds", description=__doc__)
    parser.add_argument("--count", type=int, default=20, help="how many seeds (default: 20)")
    parser.add_argument("--first", type=int, default=1, help="the first of them (default: 1)")
    parser.add_argument("--profile", choices=sorted(PROFILES), default="full", help="how much each run tries")
    parser.add_argument("--http", action="store_true", help="over a socket too")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time (default: 2)")
    options = parser.parse_args(arguments)
    start, alarms = time.monotonic(), 0
    work = [(seed, options.profile, options.http) for seed in range(options.first, options.first + options.count)]
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        for seed, judged, titles in pool.imap(one_seed, work):
            alarms += bool(titles)
            sys.stdout.write(f"seed {seed}: {judged} judged, {', '.join(titles) or 'nothing found'}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{options.count} seeds, {alarms} false alarms, {time.monotonic() - start:.0f} s\n")
    return 1 if alarms else 0


def one_seed(job: tuple[int, str, bool]) -> tuple[int, int, list[str]]:
    """One run on the embedded mock: its seed, how much was judged, and what it found."""
    seed, profile, over_http = job
    run = Run(Spec(), EmbeddedTarget(), PROFILES[profile], seed, time.monotonic() + 600)
    run_layers(run, [layer for layer in LAYERS if over_http or layer.name != "over_http"])
    stopped = [result.stopped for result in run.results if result.stopped]
    titles = [finding.title for finding in run.ledger.findings.values()]
    return seed, sum(run.ledger.requests.values()), [*titles, *stopped]


if __name__ == "__main__":
    sys.exit(main())
