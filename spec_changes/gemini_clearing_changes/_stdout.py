"""The end of a command whose reader closes stdout, as `head` does."""

import os
import sys
from collections.abc import Callable

__all__ = ["CLOSED_PIPE", "ended"]

CLOSED_PIPE = 141
"""The exit status of a program that ends by SIGPIPE."""


def ended(main: Callable[[], int]) -> int:
    """Run a command, and return its exit status; 141 without a traceback if the reader has closed stdout."""
    try:
        status = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # The flush at the end of the process must not fail: https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED_PIPE
    return status
