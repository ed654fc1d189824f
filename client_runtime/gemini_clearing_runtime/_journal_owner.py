"""
The owner of a journal's entries: a lock which shows other processes that the owner is alive.

Each open journal has a random number, and holds a lock on the byte with this number of the file `<journal>-owners`.
The kernel drops the lock when the process dies, `kill -9` included. If that file is removed, or the platform has no
such locks, a write in progress looks like one in doubt. That is harmless: `recover()` proves what it reports.
"""

import os
import secrets
from pathlib import Path

from gemini_clearing_auth import _file_locks
from gemini_clearing_auth._forks import reset_after_fork

__all__ = ["Owner"]

_MAX_NUMBER = 2**40


class Owner:
    """The number of an open journal, and its lock."""

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(f"{path.name}-owners")
        self._fd = -1
        self._number: int | None = None
        reset_after_fork(self)

    def __del__(self) -> None:
        self.close()

    @property
    def number(self) -> int:
        """
        The number; the lock is taken when it is read for the first time.

        Raises:
            OSError: the file cannot be opened or locked.
        """
        if self._number is None:
            fd, number = self._open(), 1 + secrets.randbelow(_MAX_NUMBER)
            if fd >= 0 and not _file_locks.try_lock(fd, number):
                os.close(fd)
                raise OSError(0, f"{self._path} has the lock of another process")
            self._fd, self._number = fd, number
        return self._number

    def is_self(self, number: int) -> bool:
        """Return whether this is the number of this owner."""
        return number == self._number

    def is_alive(self, number: int) -> bool:
        """Return whether the other owner with this number is alive."""
        try:
            fd = self._open() if self._fd < 0 else self._fd
        except OSError:
            return False
        try:
            return fd >= 0 and _file_locks.is_locked(fd, number)
        finally:
            if fd not in (self._fd, -1):
                os.close(fd)

    def close(self) -> None:
        """Drop the lock."""
        fd, self._fd, self._number = getattr(self, "_fd", -1), -1, None
        if fd >= 0:
            os.close(fd)

    def after_fork(self) -> None:
        """Take another number in the child. Closing the child's descriptor does not drop the parent's lock."""
        self.close()

    def _open(self) -> int:
        if not _file_locks.SUPPORTED:
            return -1
        return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
