"""
Where the state is kept between transactions: only in memory, or in a SQLite file.

`_transaction.py` explains locks and durability. Processes that share a file behave as one exchange,
because each transaction first reads the rows that the others have changed. For that, each row has the revision of the
file in which it was last changed.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import StateFileError
from ._state import ExchangeState
from ._tables import ChangedRow

__all__ = ["FileStore", "MemoryStore"]

# In the header of the file (https://www.sqlite.org/fileformat2.html), to recognize a database of another program.
_APPLICATION_ID = 0x47434C52
_FORMAT = 1

_SCHEMA = f"""
    PRAGMA application_id = {_APPLICATION_ID};
    PRAGMA user_version = {_FORMAT};
    CREATE TABLE record (part TEXT, row TEXT, revision INTEGER, body BLOB, PRIMARY KEY (part, row)) WITHOUT ROWID;
    CREATE INDEX record_revision ON record (revision);
"""

# The row that changes when a reset or a restored snapshot replaces all other rows.
_EPOCH = "epoch"

_BUSY_TIMEOUT_S = 60


class MemoryStore:
    """Keeps nothing: the state ends with the process."""

    @contextmanager
    def transaction(self, state: ExchangeState) -> Iterator[None]:
        """Do nothing before, and discard the list of changed rows at the end."""
        yield
        state.tables.mark_saved()


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
            self._db = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
            self._prepare()
        except sqlite3.Error as error:
            raise StateFileError(f"cannot use {path} as a state file: {error}. Choose another file.") from None

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("BEGIN IMMEDIATE")
        try:
            application, version = self._pragma("application_id"), self._pragma("user_version")
            is_empty = not self._db.execute("SELECT 1 FROM sqlite_master").fetchone()
            if is_empty:
                for statement in filter(str.strip, _SCHEMA.split(";")):
                    self._db.execute(statement)
            elif (application, version) != (_APPLICATION_ID, _FORMAT):
                raise StateFileError(
                    f"{self._path} is a SQLite database, but not a state file of this version. Choose another file."
                )
        finally:
            self._db.execute("COMMIT")

    def _pragma(self, name: str) -> int:
        value: int = self._db.execute(f"PRAGMA {name}").fetchone()[0]
        return value

    @contextmanager
    def transaction(self, state: ExchangeState) -> Iterator[None]:
        """Lock the file, update `state` from it, and save the changed rows at the end; roll back on an exception."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._update(state)
            yield
            self._save_changes(state)
        except BaseException:
            self._db.execute("ROLLBACK")
            # The state in memory may be half changed, so the next transaction reads the whole file.
            self._revision = 0
            raise
        self._db.execute("COMMIT")

    def _update(self, state: ExchangeState) -> None:
        # Changes only when another connection has committed (https://www.sqlite.org/pragma.html#pragma_data_version).
        data_version = self._pragma("data_version")
        if self._revision == 0:
            self._read_all(state)
        elif data_version != self._data_version:
            rows = self._rows(after=self._revision)
            if any(part == _EPOCH for part, *_ in rows):
                self._read_all(state)
            else:
                self._apply(state, rows)
        self._data_version = data_version

    def _read_all(self, state: ExchangeState) -> None:
        rows = self._rows(after=0)
        if rows:
            state.clear()
            self._apply(state, rows)
            self._check_symbols(state)
            state.add_initial_records()

    def _check_symbols(self, state: ExchangeState) -> None:
        unknown = {order.symbol for order in state.orders.values()} - state.symbols.keys()
        if unknown:
            raise StateFileError(
                f"{self._path} has orders for symbols that the configuration lacks: {', '.join(sorted(unknown))}. "
                "Add the symbols, or choose another file."
            )

    def _rows(self, *, after: int) -> list[tuple[str, str, int, bytes | None]]:
        query = "SELECT part, row, revision, body FROM record WHERE revision > ?"
        return self._db.execute(query, (after,)).fetchall()

    def _apply(self, state: ExchangeState, rows: Iterable[tuple[str, str, int, bytes | None]]) -> None:
        changes: list[ChangedRow] = []
        for part, row, revision, body in rows:
            self._revision = max(self._revision, revision)
            if part != _EPOCH:
                changes.append((part, row, body))
        state.apply_changes(changes)

    def _save_changes(self, state: ExchangeState) -> None:
        revision = self._revision + 1
        rows = [(part, row, revision, body) for part, row, body in state.tables.changed_rows()]
        if state.tables.are_replaced:
            rows.append((_EPOCH, "", revision, None))
        if rows:
            self._db.executemany("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)", rows)
            self._revision = revision
        state.tables.mark_saved()
