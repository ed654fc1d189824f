"""The SQLite file of a journal: opening, format, identity, and errors that state what to do."""

# Why these settings of SQLite? https://www.sqlite.org/pragma.html#pragma_synchronous
#
#   WAL                 One commit appends to one file, so it waits for the disk once. A rollback journal waits three
#                       times. Readers and writers of several processes do not block each other.
#   synchronous=FULL    An intent is on the disk when its commit returns.
#   synchronous=NORMAL  The end of a write does not wait for the disk. It survives the death of the process, and the
#                       next intent takes it to the disk. If the machine loses power before, the write is in doubt
#                       again, which is the safe side.
#
# https://www.sqlite.org/howtocorrupt.html lists what would damage the file. It has two rules for this module: never
# open the file in another way in the same process, because closing that descriptor drops SQLite's locks (`os.stat`
# opens nothing); and never use a connection after a fork (`_journal_forks`).

import os
import sqlite3
import stat
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from gemini_clearing_auth._key_lock import KeyLock, ThreadWaiter
from gemini_clearing_auth._secrets import shown_path
from gemini_clearing_auth.errors import DeadlineError

from . import _time
from ._journal_forks import close_before_fork
from .errors import JournalError

__all__ = ["FORMAT", "JournalFile"]

FORMAT = 1
_APPLICATION_ID = 0x47434A31  # "GCJ1": marks the file as a journal, see https://www.sqlite.org/pragma.html
_TABLES = (
    """
    CREATE TABLE writes (
        id INTEGER PRIMARY KEY,
        attempt_id TEXT NOT NULL, operation TEXT NOT NULL, payload TEXT NOT NULL, nonce TEXT, key TEXT NOT NULL,
        base_url TEXT NOT NULL, attempt INTEGER NOT NULL, pid INTEGER NOT NULL, owner INTEGER NOT NULL,
        written_at TEXT NOT NULL, expires_at TEXT NOT NULL, exchange_time TEXT, exchange_time_latest TEXT,
        "end" TEXT, ended_at TEXT, order_id TEXT, reason TEXT, resolution TEXT, resolved_at TEXT,
        is_open INTEGER NOT NULL DEFAULT 1
    )
    """,
    "CREATE INDEX open_writes ON writes (id) WHERE is_open",
    "CREATE INDEX known_orders ON writes (order_id) WHERE order_id IS NOT NULL",
    f"PRAGMA application_id = {_APPLICATION_ID}",
    f"PRAGMA user_version = {FORMAT}",
)
_FORMAT_QUERY = """
    SELECT
        (SELECT application_id FROM pragma_application_id), (SELECT user_version FROM pragma_user_version),
        (SELECT count(*) FROM sqlite_master)
"""
_PROBLEMS = {
    sqlite3.SQLITE_FULL: ("the disk is full, or the file has reached its largest size", "Free disk space"),
    sqlite3.SQLITE_READONLY: ("the file or its file system is read-only", "Use a path that this process can write"),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", "Check the owner and the mode of the file and its folder"),
    sqlite3.SQLITE_PERM: ("it cannot be opened", "Check the owner and the mode of the file and its folder"),
    sqlite3.SQLITE_NOTADB: ("it is not a journal, or damaged", "Keep it, and use another path"),
    sqlite3.SQLITE_CORRUPT: ("it is damaged", "Keep it, and use another path"),
    sqlite3.SQLITE_IOERR: (
        "reading or writing failed",
        "Check the disk, its free space and the limit of the file size",
    ),
    sqlite3.SQLITE_BUSY: ("other processes held its lock for too long", "Try again, or use one journal per process"),
    sqlite3.SQLITE_LOCKED: ("other processes held its lock for too long", "Try again, or use one journal per process"),
}
T = TypeVar("T")
Values = Sequence[Any] | Mapping[str, Any]
_RETRY_S = 0.002
_CLOSE_S = 5.0


class JournalFile:
    """
    The file, and this process's connection to it. Threads may share it.

    Raises:
        JournalError: from every method, if the file cannot be used.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).absolute()  # `..` stays: behind a symbolic link it leads elsewhere than its text says
        self._lock = KeyLock()
        self._wal = Path()
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, ...] = ()
        self._pid = os.getpid()
        self._synchronous = ""
        close_before_fork(self)

    def __del__(self) -> None:
        self._disconnect()

    def open(self, deadline: float) -> None:
        """Open the file, and create a missing one."""
        self._exclusively(lambda _: None, deadline)

    def write(self, sql: str, values: Values, *, deadline: float, durable: bool = False) -> sqlite3.Cursor:
        """
        Execute one statement as a transaction, and return its cursor.

        Args:
            sql: the statement.
            values: its parameters.
            deadline: the end of waiting for other threads and processes, on the monotonic clock.
            durable: whether to return only when the change is on the disk.
        """

        def change(connection: sqlite3.Connection) -> sqlite3.Cursor:
            synchronous = "FULL" if durable else "NORMAL"
            if synchronous != self._synchronous:
                connection.execute(f"PRAGMA synchronous = {synchronous}")
                self._synchronous = synchronous
            cursor = connection.execute(sql, values)
            if durable:
                self._check_identity()
            return cursor

        return self._exclusively(change, deadline)

    def read(self, sql: str, values: Values = (), *, deadline: float) -> list[sqlite3.Row]:
        """Return the rows of a query; their values have the names of the columns."""

        def fetch(connection: sqlite3.Connection) -> list[sqlite3.Row]:
            cursor = connection.cursor()
            cursor.row_factory = sqlite3.Row
            rows = cursor.execute(sql, values).fetchall()
            self._check_identity()
            return rows

        return self._exclusively(fetch, deadline)

    def close(self) -> None:
        """Close the connection. The next call opens it again."""
        waiter = ThreadWaiter()
        try:
            self._lock.acquire(waiter, _CLOSE_S)
            self._disconnect()
        except DeadlineError:
            pass  # the thread that uses it may be in a transaction; the process's end closes it
        finally:
            self._lock.release(waiter)

    def before_fork(self) -> Callable[[], None]:
        """Close the connection, and keep other threads away. Return what ends that in the parent process."""
        waiter = ThreadWaiter()
        try:
            self._lock.acquire(waiter, _CLOSE_S)
            self._disconnect()
        except DeadlineError:
            pass  # for example, a signal handler that forks has interrupted a transaction; `_connect` detects that
        return lambda: self._lock.release(waiter)

    def _exclusively(self, action: Callable[[sqlite3.Connection], T], deadline: float) -> T:
        """Run an action with the connection, and without other threads."""
        waiter = ThreadWaiter()
        try:
            self._lock.acquire(waiter, deadline - _time.monotonic())
            return _patiently(action, self._connect(deadline), deadline)
        except DeadlineError:
            raise self._error("this process's other calls held it for too long", "Try again") from None
        except sqlite3.Error as error:
            raise self._translated(error) from error
        except OSError as error:
            raise self._error(error.strerror or str(error), "Check the path and its folder") from error
        finally:
            self._lock.release(waiter)

    def _connect(self, deadline: float) -> sqlite3.Connection:
        if self._connection is not None:
            if self._pid != os.getpid():
                raise self._error("it was open when this process was forked", "Create the client after the fork")
            return self._connection
        path = self._create()
        before = self._id()
        # `mode=rw` does not create a file. The real path is used, because the name of the WAL follows from it.
        uri = f"{path.as_uri()}?mode=rw"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=0, check_same_thread=False)
        try:
            _patiently(lambda connection: self._prepare(connection, deadline), connection, deadline)
            self._wal = Path(f"{path}-wal")
            self._identity = self._identify()
        except BaseException:
            connection.close()
            raise
        if self._identity[:2] != before:
            connection.close()
            raise self._error("it was replaced while it was opened", "Try again")
        self._synchronous = ""
        self._pid = os.getpid()
        self._connection = connection
        return connection

    def _disconnect(self) -> None:
        connection, self._connection = getattr(self, "_connection", None), None
        if connection is not None:
            connection.close()

    def _create(self) -> Path:
        """Create a missing file for its owner only, and close an existing one to others. Return its real path."""
        path = self.path.resolve()
        try:
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            mode = path.stat().st_mode
            if not stat.S_ISREG(mode):
                raise self._error("it is not a regular file", "Use the path of a file") from None
            if mode & 0o077:
                path.chmod(0o600)
            return path
        except FileNotFoundError:
            raise self._error(f"the folder {shown_path(path.parent)} does not exist", "Create it") from None
        os.close(fd)
        _sync_folder(path.parent)
        return path

    def _prepare(self, connection: sqlite3.Connection, deadline: float) -> None:
        """Check the format, and create the tables in a new file."""
        application, version, tables = _format(connection)
        if (application, version, tables) == (0, 0, 0):
            _enter_wal_mode(connection, deadline)
            connection.execute("BEGIN IMMEDIATE")
            try:
                if _format(connection)[0] == 0:  # no other process was faster
                    for sql in _TABLES:
                        connection.execute(sql)
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            application, version, _ = _format(connection)
        if application != _APPLICATION_ID:
            raise self._error("it is an SQLite database of another program", "Use another path")
        if version != FORMAT:
            age, advice = ("newer", "Update gemini-clearing") if version > FORMAT else ("older", "Use another path")
            raise self._error(f"its format {version} is {age} than {FORMAT}, the one of this version", advice)
        if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            _enter_wal_mode(connection, deadline)

    def _check_identity(self) -> None:
        """Raise an error if the path does not lead to the open files any more: what is written to them is lost."""
        try:
            identity = self._identify()
        except FileNotFoundError:
            identity = ()
        if identity != self._identity:
            raise self._error(
                "the file was moved, removed or replaced while in use", "Put it back, or create a new client"
            )

    def _identify(self) -> tuple[int, ...]:
        return *self._id(), self._wal.stat().st_ino

    def _id(self) -> tuple[int, int]:
        about = self.path.stat()
        return about.st_dev, about.st_ino

    def _translated(self, error: sqlite3.Error) -> JournalError:
        if self._connection is not None:
            self._check_identity()  # a file that was moved leads to many different errors of SQLite
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest is SQLite's extended code
        problem, advice = _PROBLEMS.get(code, ("SQLite failed", "Check the file and the disk"))
        return self._error(f"{problem} ({error})", advice)

    def _error(self, problem: str, advice: str) -> JournalError:
        return JournalError(f"the journal {shown_path(self.path)} cannot be used: {problem}. {advice}.")


def _patiently(action: Callable[[sqlite3.Connection], T], connection: sqlite3.Connection, deadline: float) -> T:
    """Run an action; if another process holds the file's lock, wait for it until the deadline."""
    try:
        return action(connection)
    except sqlite3.OperationalError as error:
        if not _is_busy(error):
            raise
    connection.execute(f"PRAGMA busy_timeout = {max(1, round(1000 * (deadline - _time.monotonic())))}")
    try:
        return action(connection)
    finally:
        connection.execute("PRAGMA busy_timeout = 0")


def _is_busy(error: sqlite3.Error) -> bool:
    return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _format(connection: sqlite3.Connection) -> tuple[int, int, int]:
    """
    Return the application's mark, the version of the format, and the number of tables.

    One statement reads them from one state of the file, because another process may be creating the tables.
    """
    found: tuple[int, int, int] = connection.execute(_FORMAT_QUERY).fetchone()
    return found


def _enter_wal_mode(connection: sqlite3.Connection, deadline: float) -> None:
    # SQLite does not wait by itself here if another process opens the file at the same time.
    while True:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or _time.monotonic() >= deadline:
                raise
            _time.sleep(_RETRY_S)
            continue
        if mode != "wal":
            raise OSError(0, f"its file system does not allow a write-ahead log (mode {mode}); use a local disk")
        return


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows has no descriptors of folders
        return
    fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
