"""`python -m benchmarks [measurement …]`: print the ratios, and exit with 1 if one exceeds its limit."""

import argparse
import sys
from importlib import import_module

from benchmarks._ratio import HEAD

MEASUREMENTS = (
    *("client_call", "decoding_cost", "import_cost", "journal_cost"),
    *("mock_growth", "mock_memory", "mock_throughput", "mock_profile", "plugin_cost"),
)


def main() -> int:
    """Measure every ratio, or those of the named measurements, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Print ratios against peers and limits.")
    parser.add_argument("measurements", nargs="*", metavar="measurement", help=", ".join(MEASUREMENTS))
    names = parser.parse_args().measurements or list(MEASUREMENTS)
    if unknown := [name for name in names if name not in MEASUREMENTS]:
        parser.error(f"unknown measurement: {', '.join(unknown)}. Valid measurements: {', '.join(MEASUREMENTS)}.")
    print(HEAD)
    status = 0
    for name in names:
        for ratio in import_module(f"benchmarks.{name}").ratios():
            print(ratio.line, flush=True)
            status |= ratio.is_within_limit is False
    return status


if __name__ == "__main__":
    sys.exit(main())
