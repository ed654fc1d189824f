"""
Seeded random decisions, each drawn under its own name, so that a run can be repeated in part.

When one part of a run is omitted, all other parts are drawn as before. Shrinking relies on this: `kept` names the
intents and the faults that remain.
"""

from collections.abc import Collection
from random import Random

__all__ = ["Chance"]


class Chance:
    """
    The random decisions of one run.

    Args:
        seed: the source of all decisions.
        kept: names of the intents and faults that may happen; all of them without it.
    """

    def __init__(self, seed: int, kept: Collection[str] | None = None) -> None:
        self.seed = seed
        self._kept = None if kept is None else frozenset(kept)
        self.happened: list[str] = []
        """Names of the intents and faults that happened, in order."""

    def source(self, name: str) -> Random:
        """Return the random numbers of one part of the run."""
        return Random(f"{self.seed}:{name}")

    def allows(self, name: str) -> bool:
        """Return whether a drawn intent or fault may happen, and record it if so."""
        if self._kept is not None and name not in self._kept:
            return False
        self.happened.append(name)
        return True
