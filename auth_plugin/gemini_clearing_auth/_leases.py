"""
Leases: the right to draw the next nonce of a key and to send it, for one call.

A source of one process needs none, because the key's lock (`_key_lock`) is enough there. A source that several
processes share (`FileNonces`, `RedisNonces`) lets one of them at a time draw and send. Three rules hold:

- An owner that dies or stalls loses the lease after a time. Otherwise one stopped process would stop all.
- A nonce that is drawn later is higher. So a request of an owner that lost its lease, and sends late, carries a nonce
  below the last one of the exchange: it is rejected with InvalidNonce and not executed. The nonce is the fencing
  token of the lease.
- A nonce is recorded before it is returned. A process that is killed in between leaves a nonce that was never sent.

The order of locks is always the same: first the key's lock in this process, then the lease. So at most one call of a
process and key waits for the lease.
"""

import abc
import contextlib
import hashlib
import time
from collections.abc import Callable, Iterator

from ._deadline import Deadline
from ._nonces import NonceSource
from ._payload import check_nonce
from ._rate_limit import RateLimit, check_wait
from .errors import DeadlineError, NonceError

__all__ = ["Lease", "LocalLease", "PollingLease", "SharedNonces", "fingerprint", "waited"]


class Lease(abc.ABC):
    """The lease of one call. Create a new one for each call, and release it in a `finally` block."""

    on_slot_wait: Callable[[int, int], object] | None = None
    """Gets the start and the end of each wait for a slot of the rate limit, in nanoseconds. It never raises."""

    @contextlib.contextmanager
    def waiting(self, *, is_for_slot: bool) -> Iterator[None]:
        """Report a wait, if it is for a slot of the rate limit."""
        started_ns = time.time_ns()
        try:
            yield
        finally:
            if is_for_slot and self.on_slot_wait is not None:
                self.on_slot_wait(started_ns, time.time_ns())

    @abc.abstractmethod
    def draw(self, deadline: Deadline) -> int | str:
        """
        Wait for the lease, and return a nonce.

        Raises:
            NonceError: the source failed.
            DeadlineError: other processes held the lease until the deadline.
            RateWaitError: the rate limit has no slot before the deadline.
        """

    @abc.abstractmethod
    async def draw_async(self, deadline: Deadline) -> int | str:
        """Do the same as `draw`, without blocking the event loop."""

    @abc.abstractmethod
    def release(self) -> None:
        """Let others draw. Never blocks or raises; correct in every state, and any number of times."""


class SharedNonces(abc.ABC):
    """Base class of the nonce sources that several processes share. They are `NonceSource`s for a signer only."""

    ordered: bool

    def next(self) -> int | str:
        """
        Raise, because a nonce without a lease is of no use: another process could send a higher one first.

        Raises:
            NonceError: always.
        """
        raise NonceError(
            f"{type(self).__name__} has no next(): its nonces belong to a lease. Pass it to a client or to GeminiAuth."
        )

    @abc.abstractmethod
    def lease(self, api_key: str, limit: RateLimit | None = None) -> Lease:
        """Return a lease for one call with this key, which draws a nonce as soon as the rate limit has a slot."""


class LocalLease(Lease):
    """The lease for a source of this process: nothing to wait for, as the key's lock is held already."""

    __slots__ = ("_source",)

    def __init__(self, source: NonceSource) -> None:
        self._source = source

    def draw(self, deadline: Deadline) -> int | str:
        """Return the source's next nonce."""
        try:
            nonce = self._source.next()
        except NonceError:
            raise
        except Exception as error:
            raise NonceError(f"the nonce source failed: {error!r}. Nothing was sent.") from error
        check_nonce(nonce)
        return nonce

    async def draw_async(self, deadline: Deadline) -> int | str:
        """Return the source's next nonce."""
        return self.draw(deadline)

    def release(self) -> None:
        """Do nothing."""


class PollingLease(Lease):
    """A lease that is tried again and again until it succeeds, in the calling thread or task."""

    pause_s: float
    slot_wait_us: int = 0
    """The microseconds until the next slot of the rate limit, if the last try had to wait for one."""

    @abc.abstractmethod
    def attempt(self) -> int | str | None:
        """Try once, without waiting. Return a nonce; None while another process has the lease, or without a slot."""

    def draw(self, deadline: Deadline) -> int | str:
        """Try until it succeeds."""
        while True:
            if (nonce := self.attempt()) is not None:
                return nonce
            pause_s = self._next_pause_s(deadline)
            with self.waiting(is_for_slot=self.slot_wait_us > 0):
                time.sleep(pause_s)

    async def draw_async(self, deadline: Deadline) -> int | str:
        """Try until it succeeds."""
        import asyncio

        # Another process that unlocks a file or a Redis key sends no event to wait for.
        while True:
            if (nonce := self.attempt()) is not None:
                return nonce
            pause_s = self._next_pause_s(deadline)
            with self.waiting(is_for_slot=self.slot_wait_us > 0):
                await asyncio.sleep(pause_s)

    def _next_pause_s(self, deadline: Deadline) -> float:
        if deadline.passed():
            raise waited(deadline)
        pause_s = check_wait(self.slot_wait_us, deadline.left_s()) if self.slot_wait_us else self.pause_s
        return deadline.at_most(pause_s).left_s() or 0.0


def waited(deadline: Deadline) -> DeadlineError:
    """Return the error of a call that other processes kept waiting until its deadline."""
    return DeadlineError(
        f"waited {deadline.timeout_s:.3g} s for other processes with this API key. Nothing was sent. "
        "Raise `timeout`, or use one API key per process."
    )


def fingerprint(api_key: str) -> str:
    """Return a short hash that identifies a key in files and databases without containing it."""
    return hashlib.sha256(api_key.encode()).hexdigest()[:24]
