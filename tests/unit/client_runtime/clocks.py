"""The clock of the tests in this folder."""

from collections.abc import Iterator
from contextlib import contextmanager

from gemini_clearing_runtime import _time

__all__ = ["PausedClock", "paused_clock"]


class PausedClock(_time.Clock):
    """A clock that only pauses, and the test, move."""

    now = 1000.0

    def monotonic(self) -> float:
        """Return the simulated time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    async def sleep_async(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


@contextmanager
def paused_clock() -> Iterator[PausedClock]:
    """Replace the clock of the runtime."""
    replaced = _time.install(clock := PausedClock())
    try:
        yield clock
    finally:
        _time.install(replaced)
