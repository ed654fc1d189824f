"""
`FileNonces`: the nonces of a key that several processes of one machine use.

The file keeps the last nonce, so a clock that is put back never leads to a used nonce, nor does a `kill -9`.
"""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from . import _file_locks
from ._forks import reset_after_fork
from ._leases import PollingLease, SharedNonces, fingerprint
from ._nonce_file import FOLLOWING, LEASE, MUTEX, NonceFile
from ._nonce_record import KeyMode, NonceRecord, advance, latest_rates
from ._nonces import check_after, check_seconds, seconds_text
from ._rate_limit import RateLimit
from ._secrets import is_path, shown
from .errors import NonceError

__all__ = ["FileNonces"]

_PAUSE_S = 0.001
# A process that is not the next one may still take a lease that the next one leaves free for so long.
_GRACE_S = 0.05
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class FileNonces(SharedNonces):
    """
    Nonces for the processes of one machine that share an API key. All of them name the same file.

    One process at a time draws a nonce and sends it, so that nonces arrive in order. The last nonce is in the file:
    a clock that is put back, a restart and a `kill -9` never lead to a used nonce.
    A new file is made with mode 0600. It contains no secret, and must stay on a local file system.
    Clients with the same rate limit share it as well.
    One file serves one key. Works on POSIX systems; on Windows use `RedisNonces`, or one key per process.

    Args:
        path: the file.
        mode: the mode of the key: `incremental` or `time-based`.
        ordered: let one call with the key be in flight at a time, across all processes. By default true for
            incremental keys and false for time-based ones, whose calls need no order.
        after: a nonce that the key has used; needed as for `IncrementalNonces`.
        lease_s: an owner that dies loses the lease immediately, an owner that stalls after this time.
        clock_ns: nanoseconds since the epoch.

    Raises:
        NonceError: from the constructor and from calls: the file cannot be used.
        DeadlineError: from calls: other processes held the lease until the deadline.
        RateWaitError: from calls of a client: its rate limit has no slot before the deadline.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        mode: KeyMode = "incremental",
        ordered: bool | None = None,
        after: int = 0,
        lease_s: float = 10.0,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        if not _file_locks.SUPPORTED:
            raise NonceError(
                "FileNonces needs POSIX file locks, which this platform does not have. "
                "Use RedisNonces, or one API key per process."
            )
        if not is_path(path):
            raise NonceError(f"invalid path: {shown(path)}. Pass the path of a file.")
        if mode not in ("incremental", "time-based"):
            raise NonceError(f"unknown mode {shown(mode)}. Valid modes: 'incremental', 'time-based'.")
        self.ordered = mode == "incremental" if ordered is None else ordered
        self._file = NonceFile(Path(path).absolute())
        self._mode = mode
        self._after = check_after(after)
        self._lease_ns = round(check_seconds("lease_s", lease_s, least=1e-9) * 1e9)
        self._clock_ns = clock_ns
        self._boot = _boot_id()
        self._last = 0
        self.after_fork()
        reset_after_fork(self)
        self._file.open()
        self._file.read()

    def __repr__(self) -> str:
        # A traceback with local variables also prints a source whose constructor raised.
        file = getattr(self, "_file", None)
        return f"FileNonces({str(file.path)!r}, mode={getattr(self, '_mode', None)!r})" if file else "FileNonces()"

    def after_fork(self) -> None:
        """Leave the parent's file and its locks to the parent; the file is opened again when it is needed."""
        # The byte locks exclude processes; this one excludes the threads of this process, which share the open file.
        self._mutex = threading.Lock()
        self._file.close()

    def lease(self, api_key: str, limit: RateLimit | None = None) -> "FileLease":
        """Return a lease for one call with this key, which draws a nonce as soon as the rate limit has a slot."""
        return FileLease(self, fingerprint(api_key), limit)

    def _draw(self, lease: "FileLease") -> int | None:
        """Return the next nonce, or None while another process has the lease or draws."""
        if not self._mutex.acquire(blocking=False):
            return None
        try:
            self._file.open()
            if not self._file.try_lock(MUTEX):
                return None
            try:
                return self._draw_exclusively(lease)
            finally:
                self._file.unlock(MUTEX)
        finally:
            self._mutex.release()

    def _draw_exclusively(self, lease: "FileLease") -> int | None:
        before = self._file.read()
        record = self._checked(before, lease.key)
        if self.ordered and not self._may_follow(record, lease):
            return None
        if (rates := self._rates_after(record, lease)) is None:
            return None
        record = replace(record, last=max(record.last, self._last), rates=rates)
        after = advance(record, now_us=self._clock_ns() // 1_000, after=self._after, boot=self._boot)
        if self.ordered:
            lease_end_ns = time.monotonic_ns() + self._lease_ns
            after = replace(after, number=record.number + 1, lease_end_ns=lease_end_ns)
            if not self._file.try_lock(LEASE + after.number):
                return None
            lease.own(self._file.fd, after.number)
        self._file.write(after, before)
        self._last = after.last
        return after.last

    def _may_follow(self, record: NonceRecord, lease: "FileLease") -> bool:
        """Return whether the lease is free and this process is the next one, or the next one does not take it."""
        if not lease.following:
            lease.following = self._file.try_lock(FOLLOWING)
        ended = record.boot == self._boot and time.monotonic_ns() >= record.lease_end_ns
        if not ended:
            if not self._file.try_lock(LEASE + record.number):
                lease.free_since = None
                return False
            self._file.unlock(LEASE + record.number)
        if lease.following:
            return True
        now = time.monotonic()
        lease.free_since = lease.free_since or now
        return now - lease.free_since >= _GRACE_S

    def _rates_after(self, record: NonceRecord, lease: "FileLease") -> dict[str, int] | None:
        """Return the states of the rate limits with the slot of a call; None if it has to wait for one."""
        now_us = time.monotonic_ns() // 1_000
        rates = record.rates if record.boot == self._boot else {}
        if lease.limit is None:
            return rates
        name = str(lease.limit.interval_us)
        lease.slot_wait_us, full_us = lease.limit.take(rates.get(name, 0), now_us)
        if lease.slot_wait_us:
            return None
        return latest_rates(rates | {name: full_us}, now_us)

    def _checked(self, record: NonceRecord | None, key: str) -> NonceRecord:
        if record is None:
            return NonceRecord(key=key, mode=self._mode)
        if record.key != key:
            raise NonceError(f"{self._file.path} belongs to another API key. Use one file per key.")
        if record.mode != self._mode:
            raise NonceError(
                f"{self._file.path} belongs to a key of mode {record.mode!r}, not {self._mode!r}. "
                "Pass the mode of the key, or use another file."
            )
        return record

    def _unlock(self, fd: int, byte: int) -> None:
        if fd == self._file.fd:  # else the file was opened again, and the lock is gone
            self._file.unlock(byte)


class FileLease(PollingLease):
    """The lease of one call on a nonce file."""

    pause_s = _PAUSE_S

    def __init__(self, source: FileNonces, key: str, limit: RateLimit | None = None) -> None:
        self.key = key
        self.limit = limit
        self.following = False
        self.free_since: float | None = None
        self._source = source
        self._owned: tuple[int, int] | None = None

    def own(self, fd: int, number: int) -> None:
        """Record that this lease was taken, so that it is released."""
        self._owned = (fd, number)

    def attempt(self) -> int | str | None:
        """Try to draw a nonce."""
        self.slot_wait_us = 0
        nonce = self._source._draw(self)
        if nonce is None:
            return None
        self._release_following()
        return nonce if self._source._mode == "incremental" else seconds_text(nonce)

    def release(self) -> None:
        """Let other processes draw."""
        self._release_following()
        if self._owned is not None:
            fd, number = self._owned
            self._owned = None
            self._source._unlock(fd, LEASE + number)

    def _release_following(self) -> None:
        if self.following:
            self.following = False
            self._source._unlock(self._source._file.fd, FOLLOWING)


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:  # not Linux
        return ""
