"""
Nonce sources of one process; each request that is sent draws one nonce.

The mode of a key is chosen when the key is made; the exchange rejects nonces of the other mode.
`_key_lock` makes nonces also *arrive* in order.
"""

import threading
import time
from collections.abc import Callable
from typing import Protocol

from ._forks import reset_after_fork
from ._secrets import shown
from .errors import NonceError

__all__ = ["IncrementalNonces", "NonceSource", "TimeBasedNonces"]

# The exchange accepts a time-based nonce that is at most this far from its clock.
TIME_WINDOW_S = 30
# 2026-01-01T00:00Z
_EPOCH_US = 1_767_225_600_000_000
_HUNDREDTH_US = 10_000


class NonceSource(Protocol):
    """
    A source of nonces for a signer.

    An attribute `ordered = False` declares that the nonces may arrive in any order, as those of a time-based key may.
    """

    def next(self) -> int | str:
        """
        Return the nonce of the next request: an int is sent as a JSON number, decimal text as a JSON string.

        Called once for each request, while the key's lock is held. Any exception becomes a `NonceError`.
        """
        ...


class IncrementalNonces:
    """
    Nonces for keys whose nonce must grow with every call: microseconds since the epoch, or the last nonce plus one.

    Strictly increasing under every clock, for any number of threads.
    Nonces start from the clock, so they also grow from one run of a program to the next, unless the clock was put
    back in between; then pass the last nonce as `after`.
    Below 2**53 until the year 2255, so every JSON parser reads them exactly.

    Args:
        after: a nonce that the key has used. Needed after the clock was put back, or when other software has used
            larger numbers, such as nanoseconds. It may stay in the settings: a restart does not repeat nonces.
        clock_ns: nanoseconds since the epoch.

    Raises:
        NonceError: `after` is not an int of at least 0.
    """

    ordered = True

    def __init__(self, *, after: int = 0, clock_ns: Callable[[], int] = time.time_ns) -> None:
        self._last = self._after = check_after(after)
        self._clock_ns = clock_ns
        self.after_fork()
        reset_after_fork(self)

    def after_fork(self) -> None:
        """Replace the lock: a thread of the parent process may hold it."""
        self._mutex = threading.Lock()

    def next(self) -> int:
        """Return a nonce above every earlier one."""
        with self._mutex:
            now_us = self._clock_ns() // 1_000
            self._last = max(now_us, lowest_after(self._after, now_us), self._last + 1)
            return self._last


class TimeBasedNonces:
    """
    Nonces for keys whose nonce is the time: decimal text of seconds since the epoch, with six decimals.

    The exchange checks that a nonce is near its clock. So calls on such a key need no order and run at the same time.
    Nonces of one source still increase, unless the clock was put back by more than the exchange tolerates: then they
    follow it, because the old time would be rejected from then on.

    Args:
        ordered: let one call with the key be in flight at a time, so that nonces also arrive in order.
            Whether the exchange requires that is disputed; its documentation does not.
        clock_ns: nanoseconds since the epoch.
    """

    def __init__(self, *, ordered: bool = False, clock_ns: Callable[[], int] = time.time_ns) -> None:
        self.ordered = ordered
        self._last_us = 0
        self._clock_ns = clock_ns
        self.after_fork()
        reset_after_fork(self)

    def after_fork(self) -> None:
        """Replace the lock: a thread of the parent process may hold it."""
        self._mutex = threading.Lock()

    def next(self) -> str:
        """Return the current time, or one microsecond after the last nonce."""
        with self._mutex:
            now_us = self._clock_ns() // 1_000
            ahead_us = self._last_us - now_us
            self._last_us += 1
            if not 0 <= ahead_us <= TIME_WINDOW_S * 1_000_000:
                self._last_us = now_us
            return seconds_text(self._last_us)


def check_after(after: object) -> int:
    """Return a nonce that a key has used, or raise `NonceError`."""
    if isinstance(after, bool) or not isinstance(after, int) or after < 0:
        raise NonceError(f"invalid after: {shown(after)}. Pass an int of at least 0.")
    return after


def check_seconds(name: str, value: object, *, least: float) -> float:
    """Return a number of seconds, or raise `NonceError`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value < float("inf"):
        raise NonceError(f"invalid {name}: {shown(value)}. Pass a number of seconds above 0.")
    return value


def lowest_after(after: int, now_us: int) -> int:
    """
    Return where nonces above `after` begin: one more for every hundredth of a second since 2026.

    `after + 1` would repeat nonces in the next run, for as long as `after` is above the clock. The growth is slow so
    that nonces stay near `after`, and ten times faster than the exchange's limit of 600 calls a minute.
    """
    return after + 1 + max(now_us - _EPOCH_US, 0) // _HUNDREDTH_US


def seconds_text(microseconds: int) -> str:
    """Return microseconds as decimal text of seconds: the nonce of a time-based key."""
    seconds, rest = divmod(microseconds, 1_000_000)
    return f"{seconds}.{rest:06}"
