"""A limit for the time of a block that waits for something outside this process: a server, or the writer of a pipe."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["time_limit"]


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """
    Limit the time of a block; without effect outside of the main thread, and on systems without timers.

    A timer that is set already, as by pytest-timeout, keeps running instead: a process has only one.

    Raises:
        TimeoutError: The time is over.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return
    if any(signal.getitimer(signal.ITIMER_REAL)):
        yield
        return

    def on_alarm(number: int, frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
