"""
The signals that end a server, counted instead of raised as an exception.

An exception from a signal handler can be lost: raised inside a destructor or a callback of the interpreter, it is only
printed. The count is read at places where the server can end.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Terminations", "blocking_sigint", "counting_signals"]


class Terminations:
    """The number of signals so far."""

    def __init__(self) -> None:
        self.count = 0

    def add(self, *_signal: object) -> None:
        """Count a signal; a signal handler."""
        self.count += 1


@contextmanager
def counting_signals(terminations: Terminations) -> Iterator[None]:
    """Count SIGINT and SIGTERM during a `with` block; only the main thread gets signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        for number, handler in before:
            if handler != signal.SIG_IGN:
                signal.signal(number, terminations.add)
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


@contextmanager
def blocking_sigint() -> Iterator[None]:
    """
    Let processes that are started during a `with` block ignore SIGINT, which Ctrl-C sends to all of them.

    For this process a signal is only delayed until the end of the block. Windows has no signal masks.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
