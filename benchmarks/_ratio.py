"""A measured ratio with its limit, as a line of a table."""

from dataclasses import dataclass

__all__ = ["HEAD", "Ratio"]


@dataclass(frozen=True)
class Ratio:
    """
    A figure divided by the figure that it is compared with.

    Either `at_least` or `at_most` is the limit; without one, the ratio is printed for comparison. `value` is `None` if
    the peer could not be installed.
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
    def line(self) -> str:
        """The ratio as a line of the table."""
        result = {True: "ok", False: "MISSED", None: "SKIPPED"}[self.is_within_limit]
        value = "" if self.value is None else format(self.value, ".2f")
        limit = "" if self.at_most is None else f"≤ {self.at_most:.3g}"
        if self.at_least is not None:
            limit = f"≥ {self.at_least:.3g}"
        return f"{result:<8}{value:>7}  {limit:<8}{self.name:<62}{self.figures}"


HEAD = f"{'':<8}{'ratio':>7}  {'limit':<8}{'what':<62}measured"
"""The head of the table."""
