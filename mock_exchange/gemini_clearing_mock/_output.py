"""
What the command prints, if its output can be written: a reader may have ended, a disk may be full, a stream be closed.
"""

import os
import sys
from contextlib import suppress

__all__ = ["log", "write"]

_ERROR = 2
_CLOSED_PIPE = 141  # as a program that SIGPIPE ends


def log(message: str) -> None:
    """Write a line to stderr; a server continues if its error output is closed (`2>&-`), or its reader has ended."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            sys.stderr.write(f"gemini-clearing-mock: {message}\n")
            sys.stderr.flush()


def write(text: str) -> int:
    """Write a text to stdout, and return the exit status; a failure is logged, and later output is discarded."""
    if sys.stdout is None:
        return 0
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        # The flush at the end of the process must not fail: https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            return _CLOSED_PIPE
        log(f"stdout cannot be written: {error.strerror}.")
        return _ERROR
    return 0
