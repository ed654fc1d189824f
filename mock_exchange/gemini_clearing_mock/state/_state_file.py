"""
Opens the SQLite file of a state: creates it, recognizes its format, and rejects every other file unchanged.
"""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import msgspec

from ..errors import StateFileError

__all__ = ["FileIds", "SharedFile", "check_file_ids", "file_ids", "open_file"]

# What identifies the file and its write-ahead log, to notice that one was removed or replaced.
FileIds = tuple[tuple[int, int] | None, ...]

# In the header of the file (https://www.sqlite.org/fileformat2.html), to recognize a database of another program.
_APPLICATION_ID = 0x47434C52

# Format 1 has no digests of the configuration; it becomes format 2 when it is opened.
_FORMAT = 2
_READABLE_FORMATS = {1, 2}

_SCHEMA = f"""
    PRAGMA application_id = {_APPLICATION_ID};
    CREATE TABLE record (part TEXT, row TEXT, revision INTEGER, body BLOB, PRIMARY KEY (part, row)) WITHOUT ROWID;
    CREATE INDEX record_revision ON record (revision);
"""

_BUSY_TIMEOUT_S = 30


class SharedFile(msgspec.Struct, frozen=True):
    """A state file that another process has open: no other file under its name is opened, and none is created."""

    path: Path
    ids: FileIds


def open_file(path: Path, ids: FileIds | None = None) -> sqlite3.Connection:
    """
    Open or create a state file; with `ids`, open only the file that they identify.

    Raises:
        StateFileError: the file cannot be opened, is damaged, or was not written by this program or version; with
            `ids`, also that it was removed or replaced.

    """
    if ids is not None:
        check_file_ids(path, ids)
    _check_kind(path)
    mode = "rwc" if ids is None else "rw"
    try:
        _check_other_database(path)
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=_BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            # The file is open now, but its log is not, before the first statement. If another file has taken the name,
            # a connection to it would move the log's content there when it closes, and the file in use would lose it.
            if ids is not None:
                check_file_ids(path, ids)
            _prepare(connection, path)
            if ids is not None:
                check_file_ids(path, ids)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise StateFileError(f"cannot use {path} as a state file: {error}. Choose another file.") from None
    return connection


def check_file_ids(path: Path, ids: FileIds, effect: str = "") -> None:
    """
    Check that a file has not been removed or replaced.

    Raises:
        StateFileError: it or its write-ahead log was; `effect` is the last sentence of the message.

    """
    if file_ids(path) != ids:
        raise StateFileError(
            f"{path} or its write-ahead log was removed or replaced while in use. Restart the exchange.{effect}"
        )


def file_ids(path: Path) -> FileIds:
    """Return the ids of a file and its write-ahead log."""
    return tuple(_file_id(path.with_name(path.name + suffix)) for suffix in ("", "-wal"))


def _file_id(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _check_kind(path: Path) -> None:
    """Reject what SQLite calls an I/O error, or waits for without an end, such as a FIFO."""
    try:
        mode = path.absolute().stat().st_mode
    except FileNotFoundError as error:
        has_folder = error.filename is not None and path.parent.is_dir()  # without a name: the current folder is gone
        problem = None if has_folder else "its folder does not exist"
    except OSError as error:
        problem = error.strerror
    else:
        problem = None if stat.S_ISREG(mode) else "it is a folder" if stat.S_ISDIR(mode) else "it is not a regular file"
    if path.name == ":memory:":
        problem = "it would be a file of this name; a state in memory needs none"
    if problem is not None:
        raise StateFileError(f"cannot use {path} as a state file: {problem}. Choose another file.")


def _check_other_database(path: Path) -> None:
    """Reject a database of another program before anything changes it."""
    if not path.exists():
        return
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_TIMEOUT_S)) as file:
        if not file.execute("SELECT 1 FROM sqlite_master").fetchone():
            return
        if _pragma(file, "application_id") != _APPLICATION_ID:
            raise StateFileError(f"{path} is a SQLite database, but not a state file. Choose another file.")
        if (version := _pragma(file, "user_version")) not in _READABLE_FORMATS:
            age = "a newer" if version > _FORMAT else "an unknown"
            raise StateFileError(
                f"{path} has format {version}, of {age} version of this program, which reads format "
                f"{_FORMAT}. Use that version, or choose another file."
            )


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("BEGIN IMMEDIATE")
    if not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        for statement in filter(str.strip, _SCHEMA.split(";")):
            connection.execute(statement)
    if _pragma(connection, "user_version") != _FORMAT:
        connection.execute(f"PRAGMA user_version = {_FORMAT}")
    connection.execute("COMMIT")
    problem: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if problem != "ok":
        raise StateFileError(f"{path} is damaged: {' '.join(problem.split())}. Restore a copy, or choose another file.")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value
