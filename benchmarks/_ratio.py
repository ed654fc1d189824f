"""A measured ratio with its limit, and the table of ratios."""

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Ratio", "table"]


@dataclass(frozen=True)
class Ratio:
    """
    A figure divided by the figure that it is compared with.

    Either `at_least` or `at_most` is the limit. `value` is `None` if the peer could not be installed.
    """

    name: str
    value: float | None
    figures: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def is_within_limit(self) -> bool | None:
        """Whether the value is within the limit; `None` if nothing was measured."""
        if self.value is None:
            return None
        if self.at_least is not None:
            return self.value >= self.at_least
        return self.at_most is None or self.value <= self.at_most

    @property
    def limit(self) -> str:
        """The limit as the table shows it."""
        return f"≥ {self.at_least:.3g}" if self.at_least is not None else f"≤ {self.at_most:.2g}"


def table(ratios: Iterable[Ratio]) -> str:
    """Return the ratios as a table with one line each."""
    results = {True: "ok", False: "MISSED", None: "SKIPPED"}
    lines = [
        f"{results[ratio.is_within_limit]:<8}{'' if ratio.value is None else format(ratio.value, '.2f'):>7}  "
        f"{ratio.limit:<8}{ratio.name:<58}{ratio.figures}"
        for ratio in ratios
    ]
    return "\n".join([f"{'':<8}{'ratio':>7}  {'limit':<8}{'what':<58}measured", *lines])
