"""`python -m tests.simulation.proxied`: write through a proxy that injects faults, and check every statement."""

import argparse
import logging
import sys
from collections.abc import Sequence

from .run import Report, run

_MAX_SHOWN = 10
_MAX_AMBIGUOUS = 0.01


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 only if no statement was false, and at most one percent of the writes is ambiguous."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.proxied", description=__doc__)
    parser.add_argument("--writes", metavar="N", type=int, default=10_000, help="number of writes (default: 10000)")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="seed of the proxy (default: 0)")
    parser.add_argument("--threads", metavar="N", type=int, default=16, help="parallel traders (default: 16)")
    options = parser.parse_args(arguments)
    logging.getLogger("gemini_clearing").addHandler(logging.NullHandler())  # otherwise every unknown outcome is printed
    report = run(options.writes, seed=options.seed, threads=options.threads)
    print(_text(report))
    return 1 if report.violations or report.ambiguous > _MAX_AMBIGUOUS * report.writes else 0


def _text(report: Report) -> str:
    lines = [
        f"{report.writes:,} writes in {report.seconds:.0f} s",
        f"  faults      {report.injected.total():>8,}   {dict(report.injected.most_common())}",
        f"  statements  {report.statements.total():>8,}   {dict(report.statements.most_common())}",
        f"  ambiguous   {report.ambiguous:>8,}   {report.ambiguous / report.writes:.2%} of the writes",
        f"  violations  {len(report.violations):>8,}",
        *(f"    {violation}" for violation in report.violations[:_MAX_SHOWN]),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
