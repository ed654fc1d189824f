"""
The exchange's time, in milliseconds since the epoch.

``SystemClock`` and ``ManualClock`` are sources of time; how exchange time follows from its source is a
``ClockSetting``, kept in the exchange's state.  Freezing, advancing and setting it stand in ``_clock_control``.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Protocol

import msgspec

__all__ = ["Clock", "ClockSetting", "ManualClock", "SystemClock", "milliseconds_of"]


class Clock(Protocol):
    """A source of time."""

    def now_ms(self) -> int:
        """Tell the time, in milliseconds since the epoch."""
        ...

    def sleep(self, milliseconds: int) -> None:
        """Let this much time pass."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Tell the time, in milliseconds since the epoch."""
        return time.time_ns() // 1_000_000

    def sleep(self, milliseconds: int) -> None:
        """Wait this long."""
        time.sleep(milliseconds / 1000)


class ManualClock:
    """
    A clock that stands still until it is advanced.

    It starts at 2026-01-01T00:00:00Z unless told otherwise.
    """

    def __init__(self, start_ms: int = 1_767_225_600_000) -> None:
        self._now_ms = start_ms

    def now_ms(self) -> int:
        """Tell the time, in milliseconds since the epoch."""
        return self._now_ms

    def sleep(self, milliseconds: int) -> None:
        """Advance without waiting: whoever sleeps on this clock wakes at once, later."""
        self._now_ms += milliseconds

    def advance(self, *, hours: float = 0, minutes: float = 0, seconds: float = 0, ms: int = 0) -> int:
        """Move on, and tell the new time in milliseconds."""
        self._now_ms += milliseconds_of(hours=hours, minutes=minutes, seconds=seconds, ms=ms)
        return self._now_ms


class ClockSetting(msgspec.Struct, frozen=True):
    """How exchange time follows from the source: the source's time plus an offset, or one frozen moment."""

    offset_ms: int = 0
    frozen_at_ms: int | None = None

    def apply(self, source_ms: int) -> int:
        """Tell the exchange time at a moment of the source."""
        return source_ms + self.offset_ms if self.frozen_at_ms is None else self.frozen_at_ms


def milliseconds_of(*, hours: float, minutes: float, seconds: float, ms: int) -> int:
    """Add up a duration, rounded to a whole millisecond."""
    span = timedelta(hours=hours, minutes=minutes, seconds=seconds, milliseconds=ms)
    return round(span / timedelta(milliseconds=1))
