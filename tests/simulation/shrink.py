"""
Shrink a failing run: drop intents and faults for as long as the same rule is violated.
"""

from collections.abc import Callable, Sequence

from tests.simulation.run import RunReport, run_seed

__all__ = ["shrink"]

_MOST_RUNS = 400


def shrink(report: RunReport, rule: str) -> RunReport:
    """Return the report of the shortest run of the same seed that was found to violate the rule, with its history."""

    def violates(names: Sequence[str]) -> bool:
        shorter = run_seed(report.seed, names)
        return any(violation.rule == rule for violation in shorter.violations)

    names = _reduce(report.happened, violates)
    return run_seed(report.seed, names, with_history=True)


def _reduce(names: Sequence[str], violates: Callable[[Sequence[str]], bool]) -> tuple[str, ...]:
    """Drop ever smaller groups of names: delta debugging (Zeller and Hildebrandt, 2002), without its subsets."""
    kept = list(names)
    size, runs = len(kept) // 2, 0
    while size >= 1 and runs < _MOST_RUNS:
        start, dropped = 0, False
        while start < len(kept) and runs < _MOST_RUNS:
            shorter = kept[:start] + kept[start + size :]
            runs += 1
            if violates(shorter):
                kept, dropped = shorter, True
            else:
                start += size
        if not dropped or size > 1:
            size //= 2
    return tuple(kept)
