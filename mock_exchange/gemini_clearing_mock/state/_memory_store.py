"""
The state without a file: between transactions it is only in memory.
"""

from contextlib import AbstractContextManager
from types import TracebackType

from ._state import ExchangeState

__all__ = ["MemoryStore"]


class MemoryStore:
    """Keeps nothing: the state ends with the process."""

    def check(self) -> None:
        """Do nothing."""

    def transaction(self, state: ExchangeState) -> AbstractContextManager[None]:
        """Do nothing before, and discard the list of changed rows at the end."""
        return _Discarding(state)

    def close(self) -> None:
        """Do nothing."""


class _Discarding:
    """A class, because the generator of `contextmanager` takes longer than the work itself."""

    def __init__(self, state: ExchangeState) -> None:
        self._tables = state.tables

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tables.mark_saved()
