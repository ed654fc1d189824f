"""Time for clients of a mock exchange in which a pause takes none: simulated for both, or real with skipped pauses."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from gemini_clearing_mock import ManualClock
from gemini_clearing_runtime import _time

__all__ = ["SimulatedTime", "simulated_time", "skipped_pauses"]


class SimulatedTime(_time.Clock):
    """The clock of the clients. `clock` is that of the exchange."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.left_over_s = 0.0
        self.then: list[tuple[float, Callable[[], object]]] = []
        """The events of each monotonic time."""

    def monotonic(self) -> float:
        """Return the simulated time."""
        return self.clock.now_ms() / 1000 + self.left_over_s

    def utc_now(self) -> datetime:
        """Return the exchange's time."""
        return datetime.fromtimestamp(self.monotonic(), UTC)

    def sleep(self, seconds: float) -> None:
        """Move the time forward, and run the events that become due."""
        end_s = self.monotonic() + seconds
        for due_s, act in sorted(self.then, key=lambda one: one[0]):
            if due_s <= end_s:
                self._move_to(max(due_s, self.monotonic()))
                self.then.remove((due_s, act))
                act()
        self._move_to(end_s)

    async def sleep_async(self, seconds: float) -> None:
        """Do the same in a task."""
        self.sleep(seconds)

    def _move_to(self, end_s: float) -> None:
        whole_ms = int(end_s * 1000)
        self.clock.advance(ms=whole_ms - self.clock.now_ms())
        self.left_over_s = end_s - whole_ms / 1000


@contextmanager
def simulated_time() -> Iterator[SimulatedTime]:
    """Replace the clock of all clients of this process."""
    simulated = SimulatedTime()
    replaced = _time.install(simulated)
    try:
        yield simulated
    finally:
        _time.install(replaced)


class _SkippedPauses(_time.Clock):
    """The machine's clocks, and on top of them the pauses that were skipped."""

    def __init__(self) -> None:
        self._skipped_s = 0.0

    def monotonic(self) -> float:
        """Return the real time and the skipped one."""
        return super().monotonic() + self._skipped_s

    def utc_now(self) -> datetime:
        """Return the same, as a time of the day."""
        return super().utc_now() + timedelta(seconds=self._skipped_s)

    def sleep(self, seconds: float) -> None:
        """Skip a pause."""
        self._skipped_s += seconds

    async def sleep_async(self, seconds: float) -> None:
        """Do the same in a task."""
        self.sleep(seconds)


@contextmanager
def skipped_pauses() -> Iterator[None]:
    """Skip the pauses of all clients of this process. The exchange, which may be another process, has its own clock."""
    replaced = _time.install(_SkippedPauses())
    try:
        yield
    finally:
        _time.install(replaced)
