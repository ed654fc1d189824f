"""
The file behind `FileNonces`: opening, locking, reading and writing its record, with errors that say what to do.

Which bytes are locked, all beyond the record:

- `MUTEX`: guards reading and writing the record. Held for microseconds.
- `FOLLOWING`: held by the process that is next. Without it, a process with many threads would starve the others,
  because it is the first to try again when it has released the lease.
- `LEASE + number`: held by the owner of the lease with this number, from the draw until the call has been sent.
  A lease that has ended in time keeps its byte until its owner releases it, while the next lease uses the next byte.
"""

import contextlib
import errno
import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from . import _file_locks
from ._nonce_record import SIZE, NonceRecord, RecordError, parse, serialize
from ._secrets import shown_path
from .errors import NonceError

__all__ = ["FOLLOWING", "LEASE", "MUTEX", "NonceFile"]

MUTEX = 1 << 40
FOLLOWING = MUTEX + 1
LEASE = 1 << 41

_ADVICE = {
    errno.EACCES: "Check the owner and the mode of the file and its folder",
    errno.EPERM: "Check the owner and the mode of the file and its folder",
    errno.EROFS: "Use a path on a file system that is not read-only",
    errno.ENOSPC: "Free disk space",
    errno.EDQUOT: "Free disk space",
    errno.EFBIG: "Raise the limit of the file size",
    errno.ENOENT: "Create the folder",
    errno.ENOTDIR: "Use a path below a folder",
    errno.EISDIR: "Use the path of a file",
    errno.ENOLCK: "Use a local file system that supports locks",
    errno.EOPNOTSUPP: "Use a local file system that supports locks",
    errno.EINVAL: "Use a local file system that supports locks",
    errno.EMFILE: "Raise the limit of open files",
}
_log = logging.getLogger("gemini_clearing")


class NonceFile:
    """
    An open nonce file. It is opened again when the path leads to another file than before.

    Raises:
        NonceError: from every method, when the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fd = -1
        self._identity: tuple[int, int] | None = None

    @property
    def _shown(self) -> str:
        return shown_path(self.path)

    def open(self) -> None:
        """Open the file that is at the path now, and create a missing one with mode 0600."""
        with self._errors("open"):
            found = self._stat()
            if self.fd >= 0 and found == self._identity:
                return
            if self.fd >= 0:
                _log.warning("%s was removed or replaced while in use; it is opened again", self.path)
                self.close()
            fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            about = os.fstat(fd)
        if not stat.S_ISREG(about.st_mode) or about.st_mode & stat.S_IWOTH:
            os.close(fd)
            raise NonceError(
                f"{self._shown} must be a regular file that only its owner can write. Use another path, or chmod 600."
            )
        self.fd, self._identity = fd, (about.st_dev, about.st_ino)

    def close(self) -> None:
        """Close the file, which drops its locks."""
        if self.fd >= 0:
            with contextlib.suppress(OSError):
                os.close(self.fd)
        self.fd = -1

    def try_lock(self, byte: int) -> bool:
        """Lock one byte. Return False when another process has it."""
        with self._errors("lock"):
            return _file_locks.try_lock(self.fd, byte)

    def unlock(self, byte: int) -> None:
        """Unlock one byte. Does not raise: the kernel drops the lock of a closed file itself."""
        with contextlib.suppress(OSError):
            _file_locks.unlock(self.fd, byte)

    def read(self) -> NonceRecord | None:
        """Return the record; None in a file that is new."""
        with self._errors("read"):
            data = os.pread(self.fd, SIZE + 1, 0)
        if not data:
            return None
        try:
            return parse(data)
        except RecordError as problem:
            raise NonceError(
                f"{self._shown} cannot be used: {problem}. Nothing was sent. Use another path; when the clock of this "
                "machine may have been put back, pass `after` with a nonce above all that the key has used."
            ) from None

    def write(self, record: NonceRecord, before: NonceRecord | None) -> None:
        """Write a record. When it reserves nonces, return only once it is on disk."""
        try:
            data = serialize(record)
        except RecordError as problem:
            raise NonceError(f"{self._shown} cannot be used: {problem}. Nothing was sent.") from None
        try:
            with self._errors("write"):
                if os.pwrite(self.fd, data, 0) != len(data):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                if before is None or record.reserved != before.reserved:
                    os.fsync(self.fd)
                if before is None:
                    self._sync_folder()
        except NonceError:
            self._restore(before)
            raise

    def _restore(self, before: NonceRecord | None) -> None:
        # A part of the record may be in the file, or all of it but not on disk. Neither may be used as the state.
        with contextlib.suppress(OSError):
            if before is None:
                os.ftruncate(self.fd, 0)
            else:
                os.pwrite(self.fd, serialize(before), 0)

    def _sync_folder(self) -> None:
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _stat(self) -> tuple[int, int] | None:
        try:
            about = self.path.stat()
        except FileNotFoundError:
            return None
        return about.st_dev, about.st_ino

    @contextlib.contextmanager
    def _errors(self, action: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            advice = _ADVICE.get(error.errno or 0, "Check the file system")
            raise NonceError(f"cannot {action} {self._shown}: {error.strerror}. Nothing was sent. {advice}.") from error
