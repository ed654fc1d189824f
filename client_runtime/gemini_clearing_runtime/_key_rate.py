"""
The rate limit of an API key: the time at which the next attempt with the key may start.

It limits what this process starts. A nonce source that processes share limits all of them by `KeyRate.extension`, in
the step that draws the nonce. The pause that a 429 demands is in `_key_pause`.
"""

import math
import os
import threading
from weakref import WeakValueDictionary

from gemini_clearing_auth import RATE_EXTENSION, RateLimit
from gemini_clearing_auth._secrets import shown

from . import _time
from .errors import ArgumentError

__all__ = ["STANDARD_PER_SECOND", "KeyRate", "check_rate", "rate_from_text", "rate_of"]

# docs.gemini.com, rate limits: 600 private requests a minute; at most 5 a second are advised.
STANDARD_PER_SECOND = 5.0
_MOST_PER_MINUTE = 600
_LOWEST_PER_SECOND = 0.001
_HIGHEST_PER_SECOND = 1_000_000.0
_NS = 1_000_000_000
_MOST_REMEMBERED = 1000

OFF = "off"
_ADVICE = f"Pass a number of requests per second from {_LOWEST_PER_SECOND:g} to {_HIGHEST_PER_SECOND:g}, or {OFF!r}"


class KeyRate:
    """
    The generic cell rate algorithm: a steady rate, and a burst for which an idle key has saved up.

    The burst is 600 requests less those of one minute at the steady rate. A slot is taken before its wait, so slots are
    in the order of the calls.

    Args:
        per_second: the steady rate.
    """

    __slots__ = ("__weakref__", "_full_ns", "_interval_ns", "_saved_ns", "extension")

    def __init__(self, per_second: float) -> None:
        burst = max(1, _MOST_PER_MINUTE - math.ceil(60 * per_second))
        self._interval_ns = math.ceil(_NS / per_second)
        self._saved_ns = (burst - 1) * self._interval_ns
        interval_us = math.ceil(self._interval_ns / 1000)
        self.extension = {RATE_EXTENSION: RateLimit(interval_us, (burst - 1) * interval_us)}
        """The same limit in a request, for a nonce source that other processes use too."""
        self._full_ns = 0
        """The monotonic time at which the whole burst is available again."""

    def take(self, left_s: float) -> float:
        """
        Take the next slot, unless it comes too late.

        Args:
            left_s: the longest wait.

        Returns:
            The seconds to wait before the slot. A wait that is not shorter than `left_s` took no slot.
        """
        now_ns = int(_time.monotonic() * _NS)
        with _mutex:
            full_ns = max(self._full_ns, now_ns)
            wait_s = max(0, full_ns - self._saved_ns - now_ns) / _NS
            if not wait_s or wait_s < left_s:
                self._full_ns = full_ns + self._interval_ns
            return wait_s

    def give_back(self) -> None:
        """
        Give a slot back that was taken and not used.

        The next caller gets the time of the last slot. The one that was given back is not later, so no window of time
        has more starts than before.
        """
        with _mutex:
            self._full_ns -= self._interval_ns

    def is_idle(self) -> bool:
        """Return whether the whole burst is available, as in a new object."""
        return self._full_ns <= int(_time.monotonic() * _NS)


def check_rate(rate: object) -> float | None:
    """
    Return a rate limit in requests per second; None for no limit.

    Raises:
        ArgumentError: it is neither a number in the valid range nor `off`.
    """
    if rate == OFF:
        return None
    if (
        isinstance(rate, bool)
        or not isinstance(rate, int | float)
        or not _LOWEST_PER_SECOND <= rate <= _HIGHEST_PER_SECOND
    ):
        raise ArgumentError(f"invalid rate_limit: {shown(rate)}. {_ADVICE}.")
    return float(rate)


def rate_from_text(name: str, text: str) -> float | str:
    """
    Return the rate limit that a variable holds.

    Raises:
        ArgumentError: it holds neither a number nor `off`.
    """
    if text == OFF:
        return OFF
    try:
        return float(text)
    except ValueError:
        raise ArgumentError(f"invalid {name}: {shown(text)}. {_ADVICE.replace('Pass', 'Set')}.") from None


def rate_of(origin: str, key_fingerprint: str, per_second: float) -> KeyRate:
    """Return the rate limit of a key or token at an exchange. Equal arguments get the same object."""
    key = (origin, key_fingerprint, per_second)
    with _mutex:
        if (rate := _used.get(key)) is None:
            rate = _used[key] = KeyRate(per_second)
        # A program that creates a client for each call must not get a new burst with each of them.
        _remembered[key] = rate
        if len(_remembered) > _MOST_REMEMBERED:
            for idle in [key for key, one in _remembered.items() if one.is_idle()]:
                del _remembered[idle]
    return rate


def _after_fork() -> None:
    global _mutex
    _mutex = threading.RLock()


# One for all keys: it is held for a microsecond, and nothing waits while it is held. A signal handler may call the
# exchange while its own thread holds it.
_mutex = threading.RLock()
_used: WeakValueDictionary[tuple[str, str, float], KeyRate] = WeakValueDictionary()
_remembered: dict[tuple[str, str, float], KeyRate] = {}

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
