"""
The exchange's time, in milliseconds since the epoch.

``SystemClock`` and ``ManualClock`` are sources of time; ``ExchangeClock`` is what the exchange reads: a source that
can be frozen, advanced and set, with the setting kept in the exchange's state.  Exchange time never runs backwards.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from gemini_clearing_mock.errors import ControlError

__all__ = ["Clock", "ClockSetting", "ExchangeClock", "ManualClock", "SystemClock"]


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


class SettingHolder(Protocol):
    """Where the setting is kept: the exchange, whose state outlives the process and is shared by its workers."""

    def read_clock_setting(self) -> ClockSetting:
        """Read the setting."""
        ...

    def write_clock_setting(self, setting: ClockSetting) -> None:
        """Write the setting, and let everything happen that is due by then."""
        ...


class ExchangeClock:
    """The time of one exchange: tell it, freeze it, advance it, set it."""

    def __init__(self, source: Clock, holder: SettingHolder) -> None:
        self._source = source
        self._holder = holder

    def now_ms(self) -> int:
        """Tell the exchange time, in milliseconds since the epoch."""
        return self._holder.read_clock_setting().apply(self._source.now_ms())

    @property
    def frozen(self) -> bool:
        """Whether time stands still."""
        return self._holder.read_clock_setting().frozen_at_ms is not None

    def freeze(self) -> int:
        """Stop the time, and tell it."""
        now_ms = self.now_ms()
        self._holder.write_clock_setting(ClockSetting(frozen_at_ms=now_ms))
        return now_ms

    def resume(self) -> int:
        """Let time run on from where it stands, and tell it."""
        return self._write(self.now_ms(), frozen=False)

    def advance(self, *, hours: float = 0, minutes: float = 0, seconds: float = 0, ms: int = 0) -> int:
        """Move on; what is due on the way happens at its moment.  Tells the new time in milliseconds."""
        step_ms = milliseconds_of(hours=hours, minutes=minutes, seconds=seconds, ms=ms)
        if step_ms < 0:
            raise ControlError(f"Time cannot be advanced by {step_ms} ms: it never runs backwards.")
        return self._write(self.now_ms() + step_ms, frozen=self.frozen)

    def set(self, moment: datetime | int) -> int:
        """Jump to a later moment: an aware ``datetime``, or milliseconds since the epoch."""
        if isinstance(moment, datetime):
            if moment.tzinfo is None:
                raise ControlError(f"{moment.isoformat()} has no time zone; say which one is meant.")
            moment = round(moment.timestamp() * 1000)
        now_ms = self.now_ms()
        if moment < now_ms:
            raise ControlError(f"Time cannot be set to {moment}, it is {now_ms} already; reset the exchange instead.")
        return self._write(moment, frozen=self.frozen)

    def sleep(self, milliseconds: int) -> None:
        """Let this much time pass; a frozen exchange does not wait, it moves on."""
        if self.frozen:
            self.advance(ms=milliseconds)
        else:
            self._source.sleep(milliseconds)

    def _write(self, now_ms: int, *, frozen: bool) -> int:
        offset_ms = now_ms - self._source.now_ms()
        setting = ClockSetting(frozen_at_ms=now_ms) if frozen else ClockSetting(offset_ms=offset_ms)
        self._holder.write_clock_setting(setting)
        return now_ms


def milliseconds_of(*, hours: float, minutes: float, seconds: float, ms: int) -> int:
    """Add up a duration, rounded to a whole millisecond."""
    span = timedelta(hours=hours, minutes=minutes, seconds=seconds, milliseconds=ms)
    return round(span / timedelta(milliseconds=1))
