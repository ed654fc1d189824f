"""
The state without a file: between transactions it is only in memory.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from ._state import ExchangeState

__all__ = ["MemoryStore"]


class MemoryStore:
    """Keeps nothing: the state ends with the process."""

    def check(self) -> None:
        """Do nothing."""

    @contextmanager
    def transaction(self, state: ExchangeState) -> Iterator[None]:
        """Do nothing before, and discard the list of changed rows at the end."""
        yield
        state.tables.mark_saved()

    def close(self) -> None:
        """Do nothing."""
