"""The end of stdout: a reader that has closed it, and a disk that is full."""

import errno
import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from ._exit_codes import ExitCode
from ._output import print_message

__all__ = ["PipeGroup", "flushed"]


class PipeGroup(TyperGroup):
    """A group of commands that end when the reader of stdout has closed it, or the disk of its file is full."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise typer.Exit(ExitCode.CLOSED_PIPE) from None
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            _report(error)
            raise typer.Exit(ExitCode.ERROR) from None


def flushed(code: int) -> int:
    """Write what stdout still keeps, and return the exit code; Python itself would report a failure with code 120."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_stdout()
        return code or ExitCode.CLOSED_PIPE
    except KeyboardInterrupt:  # the reader does not read, and does not end
        _discard_stdout()
        return code or ExitCode.INTERRUPTED
    except OSError as error:
        _discard_stdout()
        _report(error)
        return code or ExitCode.ERROR
    return code


def _report(error: OSError) -> None:
    print_message(f"error: stdout cannot be written: {error.strerror}.", style="red")


def _discard_stdout() -> None:
    # https://docs.python.org/3/library/signal.html#note-on-sigpipe: the flush at the end of the process must not fail.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
