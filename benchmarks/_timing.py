"""Processor times of functions that run in turn, so that other load on the machine affects all of them."""

import time
from collections.abc import Callable, Sequence
from statistics import median

__all__ = ["Timed", "timed"]


class Timed:
    """The processor times of several functions, in seconds for each call, by round."""

    def __init__(self, rounds: Sequence[Sequence[float]]) -> None:
        self._rounds = rounds

    def compared(self, function: int, other: int) -> tuple[float, str]:
        """
        Return the ratio of two functions, and their median times as text.

        The ratio is the median of the ratios of the rounds: a slow moment affects either a whole round, and not its
        ratio, or a part of one round, and not the median.
        """
        ratio = median(times_s[function] / times_s[other] for times_s in self._rounds)
        first, second = (median(times_s[number] for times_s in self._rounds) for number in (function, other))
        unit, factor = ("ms", 1e3) if first >= 1e-3 else ("µs", 1e6)
        return ratio, f"{first * factor:.3g} / {second * factor:.3g} {unit}"


def timed(*functions: Callable[[], object], rounds: int, calls: int = 1) -> Timed:
    """Call each function `calls` times in each round. The first round is not counted."""
    return Timed([[_per_call_s(function, calls) for function in functions] for _ in range(rounds + 1)][1:])


def _per_call_s(function: Callable[[], object], calls: int) -> float:
    started_s = time.process_time()
    for _ in range(calls):
        function()
    return (time.process_time() - started_s) / calls
