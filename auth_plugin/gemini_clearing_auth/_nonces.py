"""
Where nonces come from: sources that are asked once for every request that is sent.

Which mode a key has was chosen when the key was made; the exchange refuses the other mode's nonces.
That nonces also *arrive* in order is the task of `_turns`.
"""

import threading
import time
from collections.abc import Callable
from typing import Protocol

__all__ = ["IncrementalNonces", "NonceSource", "TimeBasedNonces"]

# How far a time-based nonce may be from the exchange's clock.
TIME_WINDOW_S = 30


class NonceSource(Protocol):
    """What a signer draws nonces from."""

    def next(self) -> int | str:
        """
        The nonce of the next request: an int is sent as a JSON number, decimal text as a JSON string.

        Called inside the key's turn, once for each request; any exception becomes a `NonceError`.
        """
        ...


class IncrementalNonces:
    """
    For keys whose nonce must grow with every call: microseconds since the epoch, or the last nonce plus one.

    Strictly increasing whatever the clock does, and for any number of threads.
    As it starts from the clock, it also grows from one run of a program to the next.
    Below 2**53 until the year 2255, so that every JSON reader takes it exactly.

    Args:
        after: a nonce that the key has used; needed when other software used nanoseconds or the like.
        clock_ns: nanoseconds since the epoch.
    """

    def __init__(self, *, after: int = 0, clock_ns: Callable[[], int] = time.time_ns) -> None:
        self._lock = threading.Lock()
        self._last = after
        self._clock_ns = clock_ns

    def next(self) -> int:
        """A nonce above every one before."""
        with self._lock:
            self._last = max(self._clock_ns() // 1_000, self._last + 1)
            return self._last


class TimeBasedNonces:
    """
    For keys whose nonce is the time: decimal text of seconds since the epoch, to the microsecond.

    Whether such nonces must also increase is disputed, so they do; but when the clock was put back
    by more than the exchange tolerates, they follow it, as the old time would be refused from then on.

    Args:
        clock_ns: nanoseconds since the epoch.
    """

    def __init__(self, *, clock_ns: Callable[[], int] = time.time_ns) -> None:
        self._lock = threading.Lock()
        self._last_us = 0
        self._clock_ns = clock_ns

    def next(self) -> str:
        """The time now, or a microsecond after the last nonce."""
        with self._lock:
            now_us = self._clock_ns() // 1_000
            ahead_us = self._last_us - now_us
            self._last_us += 1
            if not 0 <= ahead_us <= TIME_WINDOW_S * 1_000_000:
                self._last_us = now_us
            seconds, microseconds = divmod(self._last_us, 1_000_000)
            return f"{seconds}.{microseconds:06}"
