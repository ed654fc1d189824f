"""The journal: a file that holds the intent of each write before it is sent, and its end."""

import os
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import msgspec

from gemini_clearing_auth._forks import reset_after_fork
from gemini_clearing_auth._secrets import is_path, shown

from . import _time
from ._fork_guard import FORK_GUARD
from ._journal_entries import JournalEntry, WriteEnd, entry_of
from ._log import log as _log
from ._outcome import Outcome
from .errors import ArgumentError, JournalError

if TYPE_CHECKING:
    import sqlite3
    from concurrent.futures import Future, ThreadPoolExecutor

__all__ = ["Intent", "Journal"]

T = TypeVar("T")

_WAIT_S = 10.0
# How long after its deadline a call of a living process still counts as in progress.
_LATE = timedelta(seconds=60)
_ROWS = 500
_MAX_LATE_ENDS = 10_000

_INSERT = """
    INSERT INTO writes (attempt_id, operation, payload, nonce, key, base_url, attempt, pid, owner, written_at,
        expires_at, exchange_time, exchange_time_latest)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
# A resolution by another process, recorded before the end, is kept. Only *unknown* leaves the write open.
_END = """
    UPDATE writes SET "end" = :end, ended_at = :ended_at, reason = :reason,
        exchange_time = coalesce(exchange_time, :exchange_time),
        order_id = coalesce(:order_id, order_id), resolution = coalesce(:resolution, resolution),
        resolved_at = CASE WHEN :resolution IS NULL THEN resolved_at ELSE :ended_at END,
        is_open = :end = 'unknown' AND coalesce(:resolution, resolution, 'ambiguous') = 'ambiguous'
    WHERE id = coalesce(:id, (SELECT id FROM writes WHERE is_open AND attempt_id = :attempt_id))
"""
# Only an open write gets a resolution, so that of several processes none replaces what another has proven.
# What an *executed* leaves open is added to the reason of the unknown end.
_RESOLVE = """
    UPDATE writes SET resolution = :resolution, resolved_at = :resolved_at, order_id = coalesce(order_id, :order_id),
        reason = CASE WHEN :resolution = 'executed' AND :reason <> ''
            THEN coalesce(reason || ' Resolved: ', '') || :reason ELSE reason END,
        is_open = :resolution = 'ambiguous'
    WHERE is_open AND {which}
"""


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """The facts about an attempt that are written before it is sent."""

    attempt_id: str
    operation: str
    payload: str
    nonce: int | str | None
    key: str
    base_url: str
    attempt: int
    exchange_time: datetime | None
    exchange_time_latest: datetime | None
    deadline: float
    """The end of the attempt, on the monotonic clock."""


class Journal:
    """
    A file with the writes that clients have sent, and how each has ended. It is kept after a process dies.

    Pass it to a client as `journal`, or a path, to record its writes. Without a client, it is for audits.
    Clients, threads and processes of one machine may share the file. It is made with mode 0600 and has no secret in it.
    Keep it on a local disk.

    Args:
        path: the file. A missing one is created.

    Raises:
        ArgumentError: from the constructor: it is not a path.
        JournalError: from the constructor and the methods: the file cannot be used.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        if not is_path(path):
            raise ArgumentError(f"invalid journal: {shown(path)}. Pass a path or a Journal.")
        with FORK_GUARD:  # a client without a journal does not need sqlite3
            from ._journal_file import JournalFile
            from ._journal_owner import Owner

        self._file = JournalFile(path)
        # A separate connection: with a write-ahead log, reading does not wait for a write that waits for the disk.
        self._reader = JournalFile(self._file.path)
        self._owner = Owner(self._file.path)
        self._running: set[str] = set()
        self._late_ends: deque[dict[str, Any]] = deque(maxlen=_MAX_LATE_ENDS)
        self._executor: ThreadPoolExecutor | None = None
        reset_after_fork(self)
        self._file.open(_deadline())

    @property
    def path(self) -> Path:
        """The absolute path of the file."""
        return self._file.path

    def entries(self) -> Iterator[JournalEntry]:
        """Yield all entries, oldest first. Other processes may write meanwhile."""
        last = 0
        sql = "SELECT * FROM writes WHERE id > ? ORDER BY id LIMIT ?"
        while rows := self._reader.read(sql, (last, _ROWS), deadline=_deadline()):
            yield from map(entry_of, rows)
            last = rows[-1]["id"]

    def in_doubt(self) -> list[JournalEntry]:
        """
        Return the writes with an unknown outcome, oldest first.

        A write that is in progress, here or in another living process, is not in doubt.
        """
        self._write_late_ends()
        rows = self._reader.read("SELECT * FROM writes WHERE is_open ORDER BY id", deadline=_deadline())
        return [entry_of(row) for row in rows if not self._is_in_progress(row)]

    def prune(self, *, older_than: timedelta) -> int:
        """
        Delete old entries, and return their number. An open write is never deleted, however old.

        Args:
            older_than: how long before now an entry must have been written, by this machine's clock.
        """
        if not isinstance(older_than, timedelta) or older_than < timedelta(0):
            raise ArgumentError(f"invalid older_than: {shown(older_than)}. Pass a timedelta that is not negative.")
        before, pruned = _text(_time.utc_now() - older_than), 0
        # The last entry is kept, because SQLite would use its number again.
        # In small steps, because other calls write in between.
        sql = """
            DELETE FROM writes WHERE id IN (
                SELECT id FROM writes WHERE NOT is_open AND written_at < ?
                AND id < (SELECT max(id) FROM writes) LIMIT ?
            )
        """
        while count := self._file.write(sql, (before, _ROWS), deadline=_deadline()).rowcount:
            pruned += count
        return pruned

    def settle(self, entry_id: int, outcome: Outcome, *, order_id: str | None = None) -> None:
        """
        Record what a person has found out about a write that stays ambiguous.

        Args:
            entry_id: the number of the entry.
            outcome: `Outcome.EXECUTED` or `Outcome.NOT_EXECUTED`.
            order_id: the order that the write has placed.

        Raises:
            ArgumentError: no write in doubt has this number, or the outcome is not one of the two.
        """
        if outcome not in (Outcome.EXECUTED, Outcome.NOT_EXECUTED):
            raise ArgumentError(f"invalid outcome: {shown(outcome)}. Pass Outcome.EXECUTED or Outcome.NOT_EXECUTED.")
        if entry_id not in {entry.id for entry in self.in_doubt()}:
            raise ArgumentError(f"invalid entry_id: {shown(entry_id)}. Pass the id of an entry of in_doubt().")
        self._resolve("id = :id", outcome, order_id, {"id": entry_id, "reason": ""})

    def close(self) -> None:
        """Close the file. Later calls open it again."""
        if self._executor is not None:
            self._executor.shutdown()
            self._executor = None
        try:
            self._write_late_ends()
        except JournalError as error:
            _log.warning("%d ends of writes cannot be recorded: %s", len(self._late_ends), error)
        self._file.close()
        self._reader.close()
        self._owner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        # A traceback with local variables also prints a journal whose constructor raised.
        file = getattr(self, "_file", None)
        return f"Journal({str(file.path)!r})" if file else "Journal()"

    def __reduce__(self) -> tuple[Any, ...]:
        return Journal, (str(self._file.path),)

    def after_fork(self) -> None:
        """Leave the writes that are in progress, and the thread, to the parent."""
        self._running = set()
        self._late_ends.clear()
        self._executor = None

    # ------------------------------------------------------------------------- used by the clients of this package

    def _submit(self, function: Callable[[], T]) -> "Future[T]":
        """Run a function in the journal's thread, in the order of the calls: an event loop must not wait for a disk."""
        if self._executor is None:
            from concurrent.futures import ThreadPoolExecutor  # only a client with awaitable calls needs it

            self._executor = ThreadPoolExecutor(1, thread_name_prefix="gemini-clearing-journal")
        return self._executor.submit(function)

    def _begin(self, intent: Intent) -> int | None:
        """
        Write an intent to the disk, and return the number of its entry.

        Raises:
            JournalError: it is not on the disk.
        """
        now = _time.utc_now()
        left = timedelta(seconds=max(0.0, intent.deadline - _time.monotonic()))
        self._running.add(intent.attempt_id)
        try:
            values = (
                intent.attempt_id,
                intent.operation,
                intent.payload,
                None if intent.nonce is None else str(intent.nonce),
                intent.key,
                intent.base_url,
                intent.attempt,
                os.getpid(),
                self._owner.number,
                _text(now),
                _text(now + left + _LATE),
                _text(intent.exchange_time),
                _text(intent.exchange_time_latest),
            )
            return self._file.write(_INSERT, values, deadline=intent.deadline, durable=True).lastrowid
        except (JournalError, OSError) as error:
            raise JournalError(f"{intent.operation}: nothing was sent, since it cannot be recorded. {error}") from error

    def _end(
        self,
        attempt_id: str,
        end: WriteEnd,
        *,
        entry_id: int | None = None,
        order_id: str | None = None,
        reason: str | None = None,
        resolution: Outcome | None = None,
        exchange_time: datetime | None = None,
        wait_s: float = 1.0,
    ) -> None:
        """Record how a write has ended. If that fails, it stays in doubt: the result of the call is not lost."""
        facts = {
            "id": entry_id,
            "attempt_id": attempt_id,
            "end": end,
            "ended_at": _text(_time.utc_now()),
            "order_id": order_id,
            "reason": reason,
            "resolution": resolution,
            "exchange_time": _text(exchange_time),
        }
        self._late_ends.append(facts)
        self._running.discard(attempt_id)
        try:
            self._write_late_ends(wait_s)
        except JournalError as error:
            _log.warning("the end of a write (%s) cannot be recorded: it stays in doubt. %s", end, error)

    def _write_late_ends(self, wait_s: float = 1.0) -> None:
        deadline = _deadline(wait_s)
        while self._late_ends:
            facts = self._late_ends[0]
            self._file.write(_END, facts, deadline=deadline)
            if self._late_ends and self._late_ends[0] is facts:
                self._late_ends.popleft()

    def _record_resolution(self, attempt_id: str, outcome: Outcome, order_id: str | None, reason: str = "") -> None:
        facts = {"attempt_id": attempt_id, "reason": reason}
        try:
            self._resolve("attempt_id = :attempt_id", outcome, order_id, facts)
        except JournalError as error:
            _log.warning("the resolution of a write (%s) cannot be recorded: %s", outcome, error)

    def _resolve(self, which: str, outcome: Outcome, order_id: str | None, facts: dict[str, Any]) -> None:
        values = {"resolution": outcome, "resolved_at": _text(_time.utc_now()), "order_id": order_id, **facts}
        self._file.write(_RESOLVE.format(which=which), values, deadline=_deadline())

    def _open_writes(self, operation: str, base_url: str) -> list[tuple[str, str, bool]]:
        """Return the id and payload of each write that may have been executed, and whether it is in progress."""
        sql = "SELECT * FROM writes WHERE is_open AND operation = ? AND base_url = ?"
        rows = self._reader.read(sql, (operation, base_url), deadline=_deadline())
        return [(row["attempt_id"], row["payload"], self._is_in_progress(row)) for row in rows]

    def _writes_of(self, operation: str, order_id: str, base_url: str, *, by_query: bool = False) -> dict[str, str]:
        """Return the ids and payloads of executed writes about an order, proven by their responses or by queries."""
        sql = """
            SELECT * FROM writes
            WHERE order_id = ? AND operation = ? AND base_url = ? AND (resolution IS NOT NULL) = ?
        """
        rows = self._reader.read(sql, (order_id, operation, base_url, by_query), deadline=_deadline())
        return {row["attempt_id"]: row["payload"] for row in rows}

    def _is_in_progress(self, row: "sqlite3.Row") -> bool:
        if row["end"] is not None or _time.utc_now() >= datetime.fromisoformat(row["expires_at"]):
            return False
        if self._owner.is_self(row["owner"]):
            return row["attempt_id"] in self._running
        return self._owner.is_alive(row["owner"])


def _deadline(wait_s: float = _WAIT_S) -> float:
    return _time.monotonic() + wait_s


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="microseconds") if moment else None
