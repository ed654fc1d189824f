"""
Ctrl-C during a write: delivered while the client sends or waits, and deferred in between.

The client reports a write that may have been executed if an exception interrupts a step of the call. Between the steps
it handles what has happened, such as a response that has arrived; an exception there would lose the result.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gemini_clearing import GeminiClearing

__all__ = ["InterruptibleClearing", "Interrupts"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """The signals of a process that end a command."""

    def __init__(self) -> None:
        self.is_pending = False
        """Whether a signal has arrived that was not delivered."""
        self._is_step = False

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Defer signals outside of steps. In a thread, which gets no signals, do nothing."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        replaced = {number: signal.signal(number, self._handle) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in replaced.items():
                signal.signal(number, handler)

    @contextmanager
    def step(self) -> Iterator[None]:
        """Deliver signals, also a signal that has arrived before."""
        self._is_step = True
        try:
            if self.is_pending:
                self.is_pending = False
                raise KeyboardInterrupt
            yield
        finally:
            self._is_step = False

    def _handle(self, number: int, frame: object) -> None:
        if self._is_step:
            raise KeyboardInterrupt
        self.is_pending = True


class InterruptibleClearing(GeminiClearing):
    """A client whose steps are interrupted, and nothing between them."""

    interrupts: Interrupts | None = None

    def _perform(self, step: Any) -> Any:
        if self.interrupts is None:
            return super()._perform(step)
        with self.interrupts.step():
            return super()._perform(step)
