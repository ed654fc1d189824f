"""
One measured ratio with its limit, and the table of all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Ratio", "table"]


@dataclass(frozen=True)
class Ratio:
    """
    How much more, or how much of, one thing is of another.

    One of ``at_least`` and ``at_most`` is the limit; ``value`` is ``None`` where the peer could not be had.
    """

    name: str
    value: float | None
    figures: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def holds(self) -> bool | None:
        """Whether the limit is kept; ``None`` where nothing was measured."""
        if self.value is None:
            return None
        above = self.at_least is None or self.value >= self.at_least
        return above and (self.at_most is None or self.value <= self.at_most)

    @property
    def limit(self) -> str:
        """The limit in words."""
        return f"≥ {self.at_least:.3g}" if self.at_least is not None else f"≤ {self.at_most:.2g}"


def table(ratios: Iterable[Ratio]) -> str:
    """Write the ratios down, one a line."""
    words = {True: "ok", False: "MISSED", None: "SKIPPED"}
    lines = [
        f"{words[ratio.holds]:<8}{'' if ratio.value is None else format(ratio.value, '.2f'):>7}  "
        f"{ratio.limit:<8}{ratio.name:<58}{ratio.figures}"
        for ratio in ratios
    ]
    return "\n".join([f"{'':<8}{'ratio':>7}  {'limit':<8}{'what':<58}measured", *lines])
