"""The clients' methods for the writes that a journal has no end of, sync and async."""

from abc import abstractmethod
from typing import TYPE_CHECKING

from gemini_clearing_auth._secrets import shown

from . import _time
from ._journal import Journal
from ._journal_entries import JournalEntry, RecoveredWrite
from ._outcome import Resolution
from .errors import RESOLVE_TIMEOUT_S, SETTLE_S, ArgumentError, ClearingError, MaybeExecutedError

if TYPE_CHECKING:
    from ._settings import Settings

__all__ = ["AsyncRecovery", "Recovery", "check_seconds"]


class _Journaled:
    """The journal of a client."""

    _settings: "Settings"

    @property
    def key_fingerprint(self) -> str:
        """A hash that identifies the API key or token without showing it. Journal entries and errors have it too."""
        return self._settings.key_fingerprint

    def _journal(self) -> Journal:
        if self._settings.journal is None:
            raise ArgumentError("this client has no journal. Pass journal=<path> when you create it.")
        return self._settings.journal

    def _own(self, entries: list[JournalEntry]) -> list[JournalEntry]:
        """Return the entries whose outcome this client can prove."""
        base_url = str(self._settings.base_url)
        return [one for one in entries if one.key == self.key_fingerprint and one.base_url == base_url]


class Recovery(_Journaled):
    """The methods of the client with blocking calls."""

    @abstractmethod
    def resolve(self, error: MaybeExecutedError, *, timeout: float, settle: float) -> Resolution:
        """Query the exchange for the outcome of a write."""

    def in_doubt(self) -> list[JournalEntry]:
        """
        Return the writes in the journal with an unknown outcome, oldest first.

        A write in progress is not among them, neither one of this client nor one of another living process.
        Writes of other API keys are: compare `JournalEntry.key` with `key_fingerprint`.

        Raises:
            ArgumentError: the client has no journal.
            JournalError: the journal cannot be used.
        """
        return self._journal().in_doubt()

    def recover(self, *, timeout: float = RESOLVE_TIMEOUT_S, settle: float = SETTLE_S) -> list[RecoveredWrite]:
        """
        Query the exchange for each write in doubt, record the outcomes in the journal, and return them.

        Call it after a crash, before the first write. Reads are sent, one write after the other. If a query fails, the
        write stays in doubt, and the next one follows. Writes of other keys are left to the clients of those keys.
        Several processes may do it at the same time.

        Args:
            timeout: seconds for each write; then its outcome is ambiguous.
            settle: seconds for which the exchange's lists may lag behind its book. *Not executed* takes that long.

        Raises:
            ArgumentError: the client has no journal, or an argument is invalid.
            JournalError: the journal cannot be used.
        """
        check_seconds(timeout=timeout, settle=settle)
        recovered = []
        for entry in self._own(self.in_doubt()):
            try:
                resolution = self.resolve(entry.to_error(), timeout=timeout, settle=settle)
            except ClearingError as error:
                recovered.append(RecoveredWrite(entry=entry, resolution=None, error=error))
            else:
                recovered.append(RecoveredWrite(entry=entry, resolution=resolution, error=None))
        return recovered


class AsyncRecovery(_Journaled):
    """The methods of the client with awaitable calls."""

    @abstractmethod
    async def resolve(self, error: MaybeExecutedError, *, timeout: float, settle: float) -> Resolution:
        """Query the exchange for the outcome of a write."""

    async def in_doubt(self) -> list[JournalEntry]:
        """
        Return the writes in the journal with an unknown outcome, oldest first.

        A write in progress is not among them, neither one of this client nor one of another living process.
        Writes of other API keys are: compare `JournalEntry.key` with `key_fingerprint`.

        Raises:
            ArgumentError: the client has no journal.
            JournalError: the journal cannot be used.
        """
        import asyncio  # a program with blocking calls does not need it

        journal = self._journal()
        return await asyncio.wrap_future(journal._submit(journal.in_doubt))

    async def recover(self, *, timeout: float = RESOLVE_TIMEOUT_S, settle: float = SETTLE_S) -> list[RecoveredWrite]:
        """
        Query the exchange for each write in doubt, record the outcomes in the journal, and return them.

        Call it after a crash, before the first write. Reads are sent, one write after the other. If a query fails, the
        write stays in doubt, and the next one follows. Writes of other keys are left to the clients of those keys.
        Several processes may do it at the same time.

        Args:
            timeout: seconds for each write; then its outcome is ambiguous.
            settle: seconds for which the exchange's lists may lag behind its book. *Not executed* takes that long.

        Raises:
            ArgumentError: the client has no journal, or an argument is invalid.
            JournalError: the journal cannot be used.
        """
        check_seconds(timeout=timeout, settle=settle)
        recovered = []
        for entry in self._own(await self.in_doubt()):
            try:
                resolution = await self.resolve(entry.to_error(), timeout=timeout, settle=settle)
            except ClearingError as error:
                recovered.append(RecoveredWrite(entry=entry, resolution=None, error=error))
            else:
                recovered.append(RecoveredWrite(entry=entry, resolution=resolution, error=None))
        return recovered


def check_seconds(**values: float) -> None:
    """Reject what is not a number of seconds."""
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _time.MAX_SECONDS:
            raise ArgumentError(f"invalid {name}: {shown(value)}. Pass a number of seconds, at most 1e9.")
