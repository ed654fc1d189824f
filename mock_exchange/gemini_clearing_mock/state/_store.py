"""
Where the state outlives a transaction: nowhere, or in a SQLite file.

A transaction on a file holds the file's write lock, so that several processes on one file behave as one exchange: it
begins by reading the rows that others wrote since this process's last transaction, and ends by writing the rows that it
touched.  What was acknowledged was committed before; a killed process loses nothing that it answered.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

import msgspec

from ..errors import StateFileError
from ._state import ExchangeState

__all__ = ["FileStore", "MemoryStore", "Store"]

# Written into the file's header, so that no other program's database is taken for a state file.
_APPLICATION_ID = 0x47434C52
_FORMAT = 1

_SCHEMA = f"""
    PRAGMA application_id = {_APPLICATION_ID};
    PRAGMA user_version = {_FORMAT};
    CREATE TABLE record (part TEXT, row TEXT, revision INTEGER, body BLOB, PRIMARY KEY (part, row)) WITHOUT ROWID;
    CREATE INDEX record_revision ON record (revision);
"""

# The row that is written anew when all others were replaced at once, by a reset or a restored snapshot.
_EPOCH = "epoch"

_PATIENCE_S = 60

_encode = msgspec.json.encode


class Store(Protocol):
    """Where the state outlives a transaction."""

    def transaction(self, state: ExchangeState) -> AbstractContextManager[None]:
        """Hold the stored state alone, brought up to date; what was touched is stored at the end."""
        ...


class MemoryStore:
    """Nowhere: the state ends with the process."""

    @contextmanager
    def transaction(self, state: ExchangeState) -> Iterator[None]:
        """Forget what was touched: nobody has to be told."""
        yield
        state.forget_touched()


class FileStore:
    """
    A SQLite file in WAL mode.

    Raises:
        StateFileError: the file cannot be opened, or was not written by this program.

    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._revision = 0
        self._data_version = -1
        try:
            self._db = sqlite3.connect(path, timeout=_PATIENCE_S, isolation_level=None, check_same_thread=False)
            self._prepare()
        except sqlite3.Error as error:
            raise StateFileError(f"{path} cannot be used as a state file: {error}.") from None

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("BEGIN IMMEDIATE")
        try:
            application, version = self._pragma("application_id"), self._pragma("user_version")
            empty = not self._db.execute("SELECT 1 FROM sqlite_master").fetchone()
            if empty:
                for statement in filter(str.strip, _SCHEMA.split(";")):
                    self._db.execute(statement)
            elif (application, version) != (_APPLICATION_ID, _FORMAT):
                raise StateFileError(f"{self._path} is a database, but no state file of this version; choose another.")
        finally:
            self._db.execute("COMMIT")

    def _pragma(self, name: str) -> int:
        value: int = self._db.execute(f"PRAGMA {name}").fetchone()[0]
        return value

    @contextmanager
    def transaction(self, state: ExchangeState) -> Iterator[None]:
        """Hold the file alone; a turn that fails is undone, in the file and in memory."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._read_news(state)
            yield
            self._write_touched(state)
        except BaseException:
            self._db.execute("ROLLBACK")
            # What memory holds may be half of a transaction: the next one reads the file from its beginning.
            self._revision = 0
            raise
        self._db.execute("COMMIT")

    def _read_news(self, state: ExchangeState) -> None:
        data_version = self._pragma("data_version")
        if self._revision == 0:
            self._read_all(state)
        elif data_version != self._data_version:
            rows = self._rows(after=self._revision)
            if any(part == _EPOCH for part, *_ in rows):
                self._read_all(state)
            else:
                self._take(state, rows)
        self._data_version = data_version

    def _read_all(self, state: ExchangeState) -> None:
        rows = self._rows(after=0)
        if rows:
            state.forget()
            self._take(state, rows)
            self._check_symbols(state)
            state.add_missing()

    def _check_symbols(self, state: ExchangeState) -> None:
        unknown = {order.symbol for order in state.orders.values()} - state.symbols.keys()
        if unknown:
            raise StateFileError(
                f"{self._path} holds orders in {', '.join(sorted(unknown))}, which the configuration does not trade; "
                "add the symbols, or choose another file."
            )

    def _rows(self, *, after: int) -> list[tuple[str, str, int, bytes | None]]:
        query = "SELECT part, row, revision, body FROM record WHERE revision > ?"
        return self._db.execute(query, (after,)).fetchall()

    def _take(self, state: ExchangeState, rows: Iterable[tuple[str, str, int, bytes | None]]) -> None:
        news = []
        for part, row, revision, body in rows:
            self._revision = max(self._revision, revision)
            if part != _EPOCH:
                news.append((part, row, body))
        state.take(news)

    def _write_touched(self, state: ExchangeState) -> None:
        rows = [
            (part, row, self._revision + 1, _encode(table[row]) if row in table else None)
            for part, table in state.tables.items()
            for row in table.touched
        ]
        if state.is_replaced:
            rows.append((_EPOCH, "", self._revision + 1, None))
        if rows:
            self._db.executemany("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)", rows)
            self._revision += 1
        state.forget_touched()
