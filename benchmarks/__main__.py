"""`python -m benchmarks`: measure every ratio, print the table, and exit with 1 if one exceeds its limit."""

import sys

from benchmarks import journal_cost, mock_growth, mock_throughput, plugin_cost
from benchmarks._ratio import table

MEASUREMENTS = (journal_cost, mock_growth, mock_throughput, plugin_cost)


def main() -> int:
    """Measure every ratio and return the exit status."""
    ratios = [ratio for measurement in MEASUREMENTS for ratio in measurement.ratios()]
    print(table(ratios))
    return int(any(ratio.is_within_limit is False for ratio in ratios))


if __name__ == "__main__":
    sys.exit(main())
