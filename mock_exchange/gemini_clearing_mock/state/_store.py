"""
The state in a SQLite file, between transactions.

`_transaction.py` explains locks and durability. Processes that share a file behave as one exchange,
because each transaction first reads the rows that the others have changed. For that, each row has the revision of the
file in which it was last changed.

A transaction whose changes cannot be written is undone in memory, too: the next one reads the whole file again.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import StateFileError
from ._configuration import apply_configuration
from ._consistency import first_problem
from ._state import ExchangeState
from ._state_file import FileIds, SharedFile, check_file_ids, file_ids, open_file
from ._tables import ChangedRow

__all__ = ["FileStore"]

# The row that changes when a reset or a restored snapshot replaces all other rows.
_EPOCH = "epoch"

# The digests of the configuration (`_configuration.py`).
_CONFIGURATION = "configuration"


class FileStore:
    """
    A SQLite file in WAL mode.

    Args:
        file: its path; or the file that the parent of this process has open.

    Raises:
        StateFileError: the file cannot be opened, is damaged, or was not written by this program.

    """

    def __init__(self, file: Path | SharedFile) -> None:
        path, ids = (file.path, file.ids) if isinstance(file, SharedFile) else (file, None)
        self._path = path
        self._revision = 0
        self._data_version = -1
        self._is_configured = False
        self._is_closed = False
        self._db = open_file(path, ids)
        self._file_ids: FileIds = ids or file_ids(path)

    def check(self) -> None:
        """
        Check that the file still exists under its name.

        Raises:
            StateFileError: it or its write-ahead log was removed or replaced, or the exchange is closed.

        """
        self._check_file()

    @contextmanager
    def transaction(self, state: ExchangeState) -> Iterator[None]:
        """
        Lock the file, update `state` from it, and save the changed rows at the end; roll back on an exception.

        Raises:
            StateFileError: the file cannot be read or written; what the transaction changed is undone.

        """
        self.check()
        try:
            with self._reporting():
                self._db.execute("BEGIN IMMEDIATE")
                self._update(state)
            yield
            with self._reporting():
                self._save_changes(state)
                self._db.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise
        # Nothing is acknowledged that was written to a file without a name, and nothing is called unchanged either.
        self._check_file(" This request may have been written to the lost file.")

    def close(self) -> None:
        """Move all changes from the write-ahead log to the file itself, and close it."""
        if not self._is_closed:
            self._is_closed = True
            with suppress(sqlite3.Error):
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._db.close()

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StateFileError(
                f"cannot use the state file {self._path}: {error}. Nothing was changed by this request."
            ) from error
        except ValueError as error:
            raise StateFileError(f"cannot use {self._path} as a state file: {error}.") from error

    def _check_file(self, effect: str = "") -> None:
        if self._is_closed:
            raise StateFileError(f"the exchange with the state file {self._path} is closed. Create a new one.")
        check_file_ids(self._path, self._file_ids, effect)

    def _roll_back(self) -> None:
        # The state in memory may be half changed, so the next transaction reads the whole file.
        self._revision = 0
        try:
            # SQLite itself has rolled back after some errors (https://www.sqlite.org/lang_transaction.html).
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        except sqlite3.Error:
            self._db.close()
            self._db = open_file(self._path, self._file_ids)

    def _pragma(self, name: str) -> int:
        value: int = self._db.execute(f"PRAGMA {name}").fetchone()[0]
        return value

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
            records = state.tables.decode_rows(self._rows_of_state(rows))
            if problem := first_problem(records, state.symbols.keys()):
                raise ValueError(f"{problem}. Use the configuration that it was written with, or choose another file")
            state.replace(records)
            state.tables.mark_saved()
        else:
            state.reset()
        if not self._is_configured:
            self._configure(state)

    def _configure(self, state: ExchangeState) -> None:
        query = "SELECT row, body FROM record WHERE part = ?"
        applied = {row: body.decode() for row, body in self._db.execute(query, (_CONFIGURATION,))}
        digests = apply_configuration(state, applied)
        if digests != applied:
            self._db.execute("DELETE FROM record WHERE part = ?", (_CONFIGURATION,))
            # Revision 0: these rows are not part of the state, and are never read as changes of it.
            self._write([(_CONFIGURATION, row, 0, digest.encode()) for row, digest in digests.items()])
        self._is_configured = True

    def _rows(self, *, after: int) -> list[tuple[str, str, int, bytes | None]]:
        query = "SELECT part, row, revision, body FROM record WHERE revision > ?"
        return self._db.execute(query, (after,)).fetchall()

    def _apply(self, state: ExchangeState, rows: Iterable[tuple[str, str, int, bytes | None]]) -> None:
        state.apply_changes(self._rows_of_state(rows))

    def _rows_of_state(self, rows: Iterable[tuple[str, str, int, bytes | None]]) -> list[ChangedRow]:
        changes: list[ChangedRow] = []
        for part, row, revision, body in rows:
            self._revision = max(self._revision, revision)
            if part != _EPOCH:
                changes.append((part, row, body))
        return changes

    def _save_changes(self, state: ExchangeState) -> None:
        revision = self._revision + 1
        rows = [(part, row, revision, body) for part, row, body in state.tables.changed_rows()]
        if state.tables.are_replaced:
            rows.append((_EPOCH, "", revision, None))
        if rows:
            self._write(rows)
            self._revision = revision
        state.tables.mark_saved()

    def _write(self, rows: list[tuple[str, str, int, bytes | None]]) -> None:
        self._db.executemany("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)", rows)
