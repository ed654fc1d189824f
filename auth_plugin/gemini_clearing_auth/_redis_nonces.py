"""
`RedisNonces`: the nonces of keys that several machines use.

Redis draws the nonce and takes the lease in one step (`_redis_script`). This module calls it from worker threads, so
that the caller's deadline holds even while Redis does not respond, and event loops are not blocked.
"""

import asyncio
import contextlib
import os
import secrets
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from ._deadline import Deadline
from ._forks import reset_after_fork
from ._leases import Lease, SharedNonces, fingerprint, waited
from ._nonce_record import KeyMode
from ._nonces import check_after, check_seconds, lowest_after, seconds_text
from ._rate_limit import RateLimit, check_wait
from ._redis_errors import address_of, advice_for, connect, is_transient
from ._redis_script import DRAW, RELEASE, VERSION
from ._secrets import shown
from .errors import DeadlineError, NonceError

if TYPE_CHECKING:
    import redis

__all__ = ["RedisNonces"]

_FOLLOWING_PAUSE_S, _WAITING_PAUSE_S, _ERROR_PAUSE_S = 0.002, 0.01, 0.1
_FOLLOWING_MS = 250
# A restart or a failover of Redis may take so long; then a call fails.
_PATIENCE_S = 5.0
# The caller waits this much longer than the worker, whose error says more than that time has passed.
_WORKER_GRACE_S = 0.05
_WORKERS = 64


class RedisNonces(SharedNonces):
    """
    Nonces for any number of machines and processes that share API keys. All of them use the same Redis database.

    One of them at a time draws a nonce and sends it, so that nonces arrive in order. Redis keeps the last nonce: a
    clock that is put back, a restart and a `kill -9` never lead to a used nonce. Neither does a Redis that lost its
    data, as long as its own clock is not put back. The time of all nonces is the Redis server's.
    Clients with the same rate limit share it as well.
    Needs the extra: `pip install "gemini-clearing[redis]"`.

    Args:
        url: `redis://[[user]:password@]host:port/database`, `rediss://…` for TLS, `unix://path`; or a client that
            redis-py has made, for example with Sentinel. Set timeouts on such a client.
        mode: the mode of the keys: `incremental` or `time-based`.
        ordered: let one call per key be in flight at a time, across all machines. By default true for incremental
            keys and false for time-based ones, whose calls need no order.
        after: a nonce that the keys have used; needed as for `IncrementalNonces`.
        lease_s: an owner that dies or stalls loses the lease after this time.

    Raises:
        NonceError: from the constructor: the URL is malformed, or redis-py is not installed. From calls: Redis does
            not respond, or rejects the command.
        DeadlineError: from calls: others held the lease until the deadline.
        RateWaitError: from calls of a client: its rate limit has no slot before the deadline.
    """

    def __init__(
        self,
        url: "str | redis.Redis",
        *,
        mode: KeyMode = "incremental",
        ordered: bool | None = None,
        after: int = 0,
        lease_s: float = 10.0,
    ) -> None:
        if mode not in ("incremental", "time-based"):
            raise NonceError(f"unknown mode {shown(mode)}. Valid modes: 'incremental', 'time-based'.")
        self.ordered = mode == "incremental" if ordered is None else ordered
        self._redis: Any = connect(url)
        self._address = address_of(self._redis)
        self._draw_script = self._redis.register_script(DRAW)
        self._release_script = self._redis.register_script(RELEASE)
        self._mode = mode
        self._after = check_after(after)
        self._lease_ms = round(check_seconds("lease_s", lease_s, least=0.001) * 1000)
        self._last: dict[str, int] = {}
        self._released: dict[str, str] = {}
        self.after_fork()
        reset_after_fork(self)

    def __repr__(self) -> str:
        # A traceback with local variables also prints a source whose constructor raised.
        address, mode = getattr(self, "_address", None), getattr(self, "_mode", None)
        return f"RedisNonces({address!r}, mode={mode!r})"

    def after_fork(self) -> None:
        """Leave the parent's threads and leases to the parent; redis-py itself opens new connections."""
        self._pid = os.getpid()
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="gemini-clearing-redis")

    def lease(self, api_key: str, limit: RateLimit | None = None) -> "RedisLease":
        """Return a lease for one call with this key, which draws a nonce as soon as the rate limit has a slot."""
        return RedisLease(self, fingerprint(api_key), limit)

    def _attempt(self, lease: "RedisLease") -> Sequence[str]:
        lowest = lowest_after(self._after, time.time_ns() // 1_000)
        limit = lease.limit or RateLimit(interval_us=0, saved_us=0)
        reply = self._draw_script(
            keys=_names(lease.key, "state", "owner", "following", f"rate:{limit.interval_us}"),
            args=[
                lease.token,
                self._released.get(lease.key, ""),
                int(self.ordered),
                self._mode,
                lowest,
                self._last.get(lease.key, 0),
                self._lease_ms,
                _FOLLOWING_MS,
                limit.interval_us,
                limit.saved_us,
            ],
        )
        return [part.decode() if isinstance(part, bytes) else str(part) for part in reply]

    def _accept(self, lease: "RedisLease", nonce: int) -> int | str:
        self._last[lease.key] = max(nonce, self._last.get(lease.key, 0))
        return nonce if self._mode == "incremental" else seconds_text(nonce)

    def _release(self, lease: "RedisLease") -> None:
        # The lease ends by itself when Redis does not respond.
        with contextlib.suppress(Exception):
            self._release_script(keys=_names(lease.key, "owner", "following"), args=[lease.token])


class RedisLease(Lease):
    """The lease of one call in Redis."""

    def __init__(self, source: RedisNonces, key: str, limit: RateLimit | None = None) -> None:
        self.key = key
        self.limit = limit
        self.token = secrets.token_hex(8)
        self._source = source
        self._pid = source._pid
        self._stop = threading.Event()
        self._acquired: Future[int | str] | None = None
        self._problem: str | None = "no response"

    def draw(self, deadline: Deadline) -> int | str:
        """Wait for the lease, and return a nonce."""
        acquired = self._acquired = self._source._workers.submit(self._acquire, deadline)
        try:
            return acquired.result(_with_grace(deadline))
        except TimeoutError:
            raise self._late(deadline) from None

    async def draw_async(self, deadline: Deadline) -> int | str:
        """Wait for the lease, and return a nonce; the event loop runs on."""
        acquired = self._acquired = self._source._workers.submit(self._acquire, deadline)
        try:
            # Not `wait_for`: before Python 3.12 it drops a cancellation that comes together with the nonce.
            async with asyncio.timeout(_with_grace(deadline)):
                return await asyncio.wrap_future(acquired)
        except TimeoutError:
            raise self._late(deadline) from None

    def release(self) -> None:
        """Let others draw, as soon as the worker is done."""
        acquired, self._acquired = self._acquired, None
        self._stop.set()
        if acquired is None or self._pid != os.getpid() or not self._source.ordered:
            return
        self._source._released[self.key] = self.token
        acquired.add_done_callback(self._release_later)

    def _release_later(self, _: "Future[int | str]") -> None:
        with contextlib.suppress(RuntimeError):  # the interpreter shuts down: the lease ends by itself
            self._source._workers.submit(self._source._release, self)

    def _acquire(self, deadline: Deadline) -> int | str:
        """Try until it succeeds; runs in a worker thread."""
        patience = deadline.at_most(_PATIENCE_S)
        while True:
            pause_s, status = _ERROR_PAUSE_S, "failed"
            try:
                status, *rest = self._source._attempt(self)
            except Exception as error:
                self._problem = f"{type(error).__name__}: {error}".rstrip(".")
                if not is_transient(error) or patience.passed():
                    advice = advice_for(error)
                    break
            else:
                if status == "drawn":
                    return self._source._accept(self, int(rest[0]))
                pause_s = self._pause_s(status, rest[0], deadline)
                patience, self._problem = deadline.at_most(_PATIENCE_S), None
            with self.waiting(is_for_slot=status == "limited"):
                is_late = deadline.passed() or self._stop.wait(deadline.at_most(pause_s).left_s())
            if is_late:
                raise self._late(deadline)
        # Outside the handler: the traceback of redis-py holds its password.
        raise self._unusable(advice)

    def _pause_s(self, status: str, detail: str, deadline: Deadline) -> float:
        """Return how long to wait before the next try; raise an error if no try can succeed in time."""
        if status == "limited":
            return check_wait(int(detail), deadline.left_s())
        if status == "busy":
            return _FOLLOWING_PAUSE_S if detail == "following" else _WAITING_PAUSE_S
        raise self._mismatch(status, detail)

    def _late(self, deadline: Deadline) -> NonceError | DeadlineError:
        if self._problem is None:
            return waited(deadline)
        return self._unusable("Check whether Redis is running and reachable")

    def _unusable(self, advice: str) -> NonceError:
        return NonceError(
            f"no nonce from Redis at {self._source._address}: {self._problem}. Nothing was sent. {advice}."
        )

    def _mismatch(self, what: str, found: str) -> NonceError:
        if what == "mode":
            return NonceError(
                f"Redis at {self._source._address} has this API key with mode {found!r}, not {self._source._mode!r}. "
                "Nothing was sent. Pass the mode of the key."
            )
        return NonceError(
            f"Redis at {self._source._address} has nonces of format {found}, and this version reads {VERSION}. "
            "Nothing was sent. Use the same version of gemini-clearing everywhere."
        )


def _names(key: str, *names: str) -> list[str]:
    # The braces keep the names of a key in one hash slot.
    return [f"gemini-clearing:nonces:{{{key}}}:{name}" for name in names]


def _with_grace(deadline: Deadline) -> float | None:
    left_s = deadline.left_s()
    return None if left_s is None else left_s + _WORKER_GRACE_S
