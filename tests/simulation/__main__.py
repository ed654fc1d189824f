"""`python -m tests.simulation`: run the client through simulated failures, and check every statement that it makes."""

import argparse
import sys
import time
from collections.abc import Sequence

from tests.simulation.reporting import Totals, failure_text, run_text
from tests.simulation.run import run_seed, run_seeds
from tests.simulation.shrink import shrink

_MOST_SHOWN = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 only if no rule was violated."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", metavar="N", type=int, default=2000, help="number of seeds to run (default: 2000)")
    parser.add_argument("--first", metavar="N", type=int, default=0, help="the first seed (default: 0)")
    parser.add_argument("--jobs", metavar="N", type=int, default=2, help="parallel processes (default: 2)")
    parser.add_argument("--seed", metavar="N", type=int, help="run one seed, and print its history")
    parser.add_argument("--keep", metavar="NAMES", help="with --seed: the only intents and faults that may happen")
    options = parser.parse_args(arguments)
    if options.seed is not None:
        kept = options.keep.split() if options.keep else None
        report = run_seed(options.seed, kept, with_history=True)
        print(run_text(report))
        return 1 if report.violations else 0
    return _run_many(range(options.first, options.first + options.seeds), options.jobs)


def _run_many(seeds: range, jobs: int) -> int:
    start = time.monotonic()
    totals = Totals()
    for report in run_seeds(seeds, jobs):
        totals.add(report)
    print(totals.text(seeds, jobs, time.monotonic() - start))
    for rule, report in list(totals.first_by_rule.items())[:_MOST_SHOWN]:
        print(failure_text(rule, shrink(report, rule)))
    return 1 if totals.first_by_rule else 0


if __name__ == "__main__":
    sys.exit(main())
