"""
The runtime's clocks and sleeps. All access to time goes through this module, so that a test can simulate time.

Default factories and default arguments may hold these functions: they look the clock up at each call.
"""

import random
import time
from datetime import UTC, datetime

__all__ = ["MAX_SECONDS", "Clock", "install", "monotonic", "random_s", "sleep", "sleep_async", "utc_now"]

MAX_SECONDS = 1e9
"""The longest time that a caller can pass: some 31 years, which locks and sockets accept too."""


class Clock:
    """The machine's clocks; a simulation installs a subclass."""

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start; they never run backwards."""
        return time.monotonic()

    def utc_now(self) -> datetime:
        """Return the wall clock's time, which may be wrong and may jump."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Block this thread."""
        time.sleep(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """Suspend this task."""
        import asyncio  # a program with blocking calls does not need it

        await asyncio.sleep(seconds)


_clock = Clock()


def install(clock: Clock) -> Clock:
    """Replace the current clock, and return it. For tests."""
    global _clock
    replaced, _clock = _clock, clock
    return replaced


def monotonic() -> float:
    """Return seconds from an arbitrary start; they never run backwards."""
    return _clock.monotonic()


def utc_now() -> datetime:
    """Return the wall clock's time, which may be wrong and may jump."""
    return _clock.utc_now()


def random_s(shortest_s: float, longest_s: float) -> float:
    """Return a random number of seconds, so that programs that failed or started together do not send together."""
    return random.uniform(shortest_s, longest_s)  # noqa: S311  (not for cryptography: the length of a pause)


def sleep(seconds: float) -> None:
    """Block this thread."""
    _clock.sleep(seconds)


async def sleep_async(seconds: float) -> None:
    """Suspend this task."""
    await _clock.sleep_async(seconds)
