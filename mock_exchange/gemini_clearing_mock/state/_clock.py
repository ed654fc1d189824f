"""
Time, in milliseconds since the epoch.

`SystemClock` and `ManualClock` are time sources. `ClockSetting`, part of the exchange's state, converts the time of the
source into exchange time. Tests freeze and advance exchange time with `control/_clock.py`.
"""

import time
from datetime import timedelta
from typing import Protocol

import msgspec

__all__ = ["LATEST_MS", "Clock", "ClockSetting", "ManualClock", "SystemClock", "duration_ms"]

# 9999-01-01T00:00:00Z: a year before the last `datetime`, so that clients can represent the expiry of every order.
LATEST_MS = 253_370_764_800_000


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
        """
        Advance the clock; return the new time in milliseconds.

        Raises:
            ValueError: the sum of the parts is negative, or not a finite number, or the new time is too late.

        """
        step_ms = duration_ms(hours=hours, minutes=minutes, seconds=seconds, ms=ms)
        if not 0 <= step_ms <= LATEST_MS - self._now_ms:
            raise ValueError(
                f"cannot advance the clock by {step_ms} ms: the step is negative, or leads beyond the year 9998. "
                "Time only moves forward."
            )
        self._now_ms += step_ms
        return self._now_ms


class ClockSetting(msgspec.Struct, frozen=True):
    """How exchange time follows from the source: its time plus an offset, or one frozen time."""

    offset_ms: int = 0
    frozen_at_ms: int | None = None

    def to_exchange_ms(self, source_ms: int) -> int:
        """Return the exchange time for a time of the source."""
        return source_ms + self.offset_ms if self.frozen_at_ms is None else self.frozen_at_ms


def duration_ms(*, hours: float, minutes: float, seconds: float, ms: int) -> int:
    """
    Return the sum of the parts, rounded to whole milliseconds.

    Raises:
        ValueError: a part is not a finite number, or the sum is above the range of `timedelta`.

    """
    try:
        span = timedelta(hours=hours, minutes=minutes, seconds=seconds, milliseconds=ms)
    except (OverflowError, ValueError):
        raise ValueError("invalid duration: not a finite number, or too large. Use at most 7000 years.") from None
    return round(span / timedelta(milliseconds=1))
