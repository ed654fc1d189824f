"""The signals that end a run: each does what Ctrl-C does, except while the reports are written."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["interrupt_on_signals", "without_interruption"]

# SIGHUP: the terminal or the connection to this machine was closed; Windows does not have it.
NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


def _signals() -> list[signal.Signals]:
    return [signal.Signals[name] for name in NAMES if hasattr(signal, name)]


def interrupt_on_signals() -> None:
    """Raise `KeyboardInterrupt` for each signal that is not ignored: `nohup` and `&` ignore some of them."""
    for number in _signals():
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)


@contextmanager
def without_interruption() -> Iterator[None]:
    """Ignore signals in a block that takes a moment and must be complete, such as the writing of the reports."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ignore(number: int, frame: FrameType | None) -> None:
        """Do nothing; unlike SIG_IGN, child processes do not inherit it."""

    before = [(number, signal.signal(number, ignore)) for number in _signals()]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
