"""
SIGTERM, counted instead of raised as an exception.

An exception from a signal handler can be lost: raised inside a destructor or a callback of the interpreter, it is only
printed. The count is read at places where the server can end.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Terminations", "counting_sigterm"]


class Terminations:
    """The number of SIGTERM signals so far."""

    def __init__(self) -> None:
        self.count = 0

    def add(self, *_signal: object) -> None:
        """Count a signal; a signal handler."""
        self.count += 1


@contextmanager
def counting_sigterm(terminations: Terminations) -> Iterator[None]:
    """Count SIGTERM during a `with` block; only the main thread gets signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, terminations.add)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
