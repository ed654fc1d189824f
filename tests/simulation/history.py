"""
The history of a run: what happened, in order and in simulated time; two runs of a seed have the same digest.
"""

from hashlib import blake2b
from typing import Any

from tests.simulation.scheduler import NS, Scheduler

__all__ = ["History"]


class History:
    """An append-only list of events."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._entries: list[tuple[int, str, str, tuple[Any, ...]]] = []

    def note(self, who: str, what: str, *details: Any) -> None:
        """Append an event; details are formatted with `str`."""
        self._entries.append((self._scheduler.now_ns, who, what, details))

    def digest(self) -> str:
        """Return a digest of everything that happened."""
        return blake2b("\n".join(self.lines()).encode(), digest_size=8).hexdigest()

    def lines(self) -> list[str]:
        """Return one line per event, for people."""
        return [
            f"{at_ns / NS:10.6f} s  {who:<16} {what}{': ' if details else ''}{', '.join(map(str, details))}"
            for at_ns, who, what, details in self._entries
        ]
