"""
Ctrl-C during a write: delivered while the client works, and deferred while the command prints.

The client reports a write that may have been executed if an interruption prevents its result.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

__all__ = ["Interrupts"]

T = TypeVar("T")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """
    The signals of a process that end a command.

    Args:
        second_always: deliver a second signal immediately, also if the first one is deferred: for a command whose
            output may wait for its reader.
    """

    def __init__(self, *, second_always: bool = False) -> None:
        self._second_always = second_always
        self.is_pending = False
        """Whether a signal has arrived that was not delivered."""
        self._is_calling = False

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Defer signals outside of `call`. In a thread, which gets no signals, do nothing."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        replaced = {number: signal.signal(number, self._handle) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in replaced.items():
                signal.signal(number, handler)

    def call(self, function: Callable[[], T]) -> T:
        """Call a function of the client, and deliver signals, also a signal that has arrived before."""
        self._is_calling = True
        try:
            if self.is_pending:
                self.is_pending = False
                raise KeyboardInterrupt
            return function()
        finally:
            self._is_calling = False

    def _handle(self, number: int, frame: FrameType | None) -> None:
        # In `call` itself, the function has not begun or has returned: its result must not be lost.
        if self._is_calling and frame is not None and frame.f_code is not Interrupts.call.__code__:
            raise KeyboardInterrupt
        if self._second_always and self.is_pending:
            raise KeyboardInterrupt
        self.is_pending = True
