"""
Time, in milliseconds since the epoch.

`SystemClock` and `ManualClock` are time sources. `ClockSetting`, part of the exchange's state, converts the time of the
source into exchange time. Tests freeze and advance exchange time with `control/_clock.py`.
"""

import time
from datetime import timedelta
from typing import Protocol

import msgspec

__all__ = ["Clock", "ClockSetting", "ManualClock", "SystemClock", "duration_ms"]


class Clock(Protocol):
    """A time source."""

    def now_ms(self) -> int:
        """Return the time, in milliseconds since the epoch."""
        ...

    def sleep(self, milliseconds: int) -> None:
        """Return after this much time of the source."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now_ms(self) -> int:
        """Return the time, in milliseconds since the epoch."""
        return time.time_ns() // 1_000_000

    def sleep(self, milliseconds: int) -> None:
        """Block the thread for this long."""
        time.sleep(milliseconds / 1000)


class ManualClock:
    """
    A clock that only moves when it is advanced.

    Args:
        start_ms: its first time, 2026-01-01T00:00:00Z by default.

    """

    def __init__(self, start_ms: int = 1_767_225_600_000) -> None:
        self._now_ms = start_ms

    def now_ms(self) -> int:
        """Return the time, in milliseconds since the epoch."""
        return self._now_ms

    def sleep(self, milliseconds: int) -> None:
        """Advance the clock, without waiting."""
        self._now_ms += milliseconds

    def advance(self, *, hours: float = 0, minutes: float = 0, seconds: float = 0, ms: int = 0) -> int:
        """Advance the clock; return the new time in milliseconds."""
        self._now_ms += duration_ms(hours=hours, minutes=minutes, seconds=seconds, ms=ms)
        return self._now_ms


class ClockSetting(msgspec.Struct, frozen=True):
    """How exchange time follows from the source: its time plus an offset, or one frozen time."""

    offset_ms: int = 0
    frozen_at_ms: int | None = None

    def to_exchange_ms(self, source_ms: int) -> int:
        """Return the exchange time for a time of the source."""
        return source_ms + self.offset_ms if self.frozen_at_ms is None else self.frozen_at_ms


def duration_ms(*, hours: float, minutes: float, seconds: float, ms: int) -> int:
    """Return the sum of the parts, rounded to whole milliseconds."""
    span = timedelta(hours=hours, minutes=minutes, seconds=seconds, milliseconds=ms)
    return round(span / timedelta(milliseconds=1))
