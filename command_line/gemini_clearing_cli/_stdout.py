"""The end of stdout: a reader that has closed it, and a disk that is full."""

import os
import sys

from ._exit_codes import ExitCode

__all__ = ["flushed", "report"]


def flushed(code: int, text: str = "") -> int:
    """
    Write a text, flush stdout, and return the exit code.

    Python itself would report a failure with code 120.
    """
    try:
        if text:
            sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_stdout()
        return code or ExitCode.CLOSED_PIPE
    except KeyboardInterrupt:  # the reader does not read, and does not end
        _discard_stdout()
        return code or ExitCode.INTERRUPTED
    except OSError as error:
        _discard_stdout()
        report(error)
        return code or ExitCode.ERROR
    return code


def report(error: OSError) -> None:
    """Print on stderr that stdout cannot be written."""
    sys.stderr.write(f"error: stdout cannot be written: {error.strerror}.\n")


def _discard_stdout() -> None:
    # https://docs.python.org/3/library/signal.html#note-on-sigpipe: the flush at the end of the process must not fail.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
