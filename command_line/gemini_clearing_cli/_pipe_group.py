"""A group of commands that ends without a traceback if stdout cannot be written."""

import errno
from typing import Any

import typer
from typer.core import TyperGroup

from ._exit_codes import ExitCode
from ._stdout import report

__all__ = ["PipeGroup"]


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
            report(error)
            raise typer.Exit(ExitCode.ERROR) from None
