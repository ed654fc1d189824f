"""`python -m gemini_clearing_contract.seeds`: run the suite with many seeds on a correct mock; no finding may occur."""

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
from .targets.mock import embedded_mock
from .targets.served_mock import served_mock

__all__ = ["main"]

TIME_LIMIT_S = 600
IN_PROCESS, OVER_HTTP = "in-process", "over HTTP"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run every seed; exit status 1 if one of them has a finding."""
    parser = argparse.ArgumentParser(prog="python -m gemini_clearing_contract.seeds", description=__doc__)
    parser.add_argument("--count", metavar="N", type=int, default=20, help="number of seeds (default: 20)")
    parser.add_argument("--first", metavar="N", type=int, default=1, help="the first seed (default: 1)")
    parser.add_argument("--profile", choices=sorted(PROFILES), default="full", help="extent of each run")
    parser.add_argument("--http", action="store_true", help="also a served mock, with the profile quick")
    parser.add_argument("--jobs", metavar="N", type=int, default=2, help="parallel processes (default: 2)")
    options = parser.parse_args(arguments)
    start, alarms = time.monotonic(), 0
    transports = {IN_PROCESS: options.profile, **({OVER_HTTP: "quick"} if options.http else {})}
    seeds = range(options.first, options.first + options.count)
    work = [(seed, transport, profile) for seed in seeds for transport, profile in transports.items()]
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        for (seed, transport, _), (checked, titles) in zip(work, pool.imap(_run_once, work), strict=True):
            alarms += bool(titles)
            sys.stdout.write(f"seed {seed} {transport}: {checked} checked, {', '.join(titles) or 'no finding'}\n")
            sys.stdout.flush()
    seconds = time.monotonic() - start
    sys.stdout.write(f"{options.count} seeds {' and '.join(transports)}: {alarms} false alarms, {seconds:.0f} s\n")
    return 1 if alarms else 0


def _run_once(job: tuple[int, str, str]) -> tuple[int, list[str]]:
    """Return the number of checked responses and the titles of the findings of one run."""
    seed, transport, profile = job
    with served_mock() if transport == OVER_HTTP else closing(embedded_mock()) as target:
        run = Run(Spec(), target, PROFILES[profile], seed, time.monotonic() + TIME_LIMIT_S)
        # The transport has separate runs, and the client's requests do not depend on it.
        sides = {"server"} if transport == OVER_HTTP else {"server", "client"}
        run_layers(run, [layer for layer in LAYERS if layer.tests & sides])
    stopped = [result.stopped for result in run.results if result.stopped]
    titles = [finding.title for finding in run.ledger.findings.values()]
    return sum(run.ledger.requests.values()), [*titles, *stopped]


if __name__ == "__main__":
    sys.exit(main())
