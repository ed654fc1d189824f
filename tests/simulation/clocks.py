"""
The clocks of a simulated world: true time, each machine's wall clock, and the exchange's.

True time is the scheduler's. All other clocks may be wrong, and may jump during a run.
"""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from gemini_clearing_runtime import _time
from tests.simulation.scheduler import NS, Machine, Scheduler

__all__ = ["ExchangeClock", "SimulatedClock", "wall_ns"]

# 2026-03-02T09:00:00Z, when every run begins.
_BEGIN_NS = 1_772_442_000 * NS
_BEGIN = datetime.fromtimestamp(_BEGIN_NS / NS, UTC)
_NO_MACHINE = Machine("none")


def wall_ns(scheduler: Scheduler, error_ns: int = 0) -> int:
    """Return nanoseconds since the epoch by a wall clock that is so far ahead of true time."""
    return _BEGIN_NS + scheduler.now_ns + error_ns


class SimulatedClock(_time.Clock):
    """The client's clocks: those of the machine on which the current actor runs."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def monotonic(self) -> float:
        """Return simulated seconds since the machine was booted."""
        self._scheduler.step()
        return (self._scheduler.now_ns - self._machine().booted_ns) / NS

    def utc_now(self) -> datetime:
        """Return the machine's wall clock."""
        self._scheduler.step()
        passed_ns = self._scheduler.now_ns + self._machine().error_ns
        return _BEGIN + timedelta(microseconds=passed_ns // 1000)

    def time_ns(self) -> int:
        """Return the machine's wall clock in nanoseconds since the epoch."""
        self._scheduler.step()
        return wall_ns(self._scheduler, self._machine().error_ns)

    def sleep(self, seconds: float) -> None:
        """Let the current actor wait."""
        self._scheduler.sleep(seconds)

    def _machine(self) -> Machine:
        actor = self._scheduler.current
        return _NO_MACHINE if actor is None else actor.process.machine


class ExchangeClock:
    """The exchange's source of time."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self.error_ns = 0

    def now_ms(self) -> int:
        """Return the exchange's time in milliseconds since the epoch."""
        return wall_ns(self._scheduler, self.error_ns) // 1_000_000

    def sleep(self, milliseconds: int) -> None:
        """Raise: the network delays responses, the exchange never sleeps."""
        raise AssertionError(f"the exchange would sleep for {milliseconds} ms")

    def date(self, error_s: int = 0) -> str:
        """Return the time plus `error_s` as the header `Date` has it."""
        seconds = wall_ns(self._scheduler, self.error_ns) // NS + error_s
        return format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True)
