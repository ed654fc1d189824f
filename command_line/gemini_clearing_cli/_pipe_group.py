"""A group of commands that ends without a traceback if stdout cannot be written, and repeats no secret."""

import errno
from typing import Any

import typer
from typer.core import TyperGroup

from gemini_clearing_auth._secrets import shown_bare

from ._exit_codes import ExitCode
from ._stdout import report

__all__ = ["PipeGroup"]


# Typer's name for it depends on its version: newer ones contain Click, older ones import it.
_UsageError: Any = typer.BadParameter.__base__
_GIVEN = "gemini_clearing_cli.given"


class PipeGroup(TyperGroup):
    """A group of commands that end when the reader of stdout has closed it, or the disk of its file is full."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the options in front of a command."""
        ctx.meta[_GIVEN] = list(args)
        try:
            return super().parse_args(ctx, args)
        except _UsageError as error:
            _hide(error, ctx.meta[_GIVEN])
            raise

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except _UsageError as error:
            _hide(error, ctx.meta[_GIVEN])
            raise
        except BrokenPipeError:
            raise typer.Exit(ExitCode.CLOSED_PIPE) from None
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            report(error)
            raise typer.Exit(ExitCode.ERROR) from None


def _hide(error: Any, given: list[str]) -> None:
    """Remove the arguments that may be a secret from a message: the parser repeats what it cannot read."""
    for text in {part for one in given for part in (one, *one.split("=", 1))}:
        if shown_bare(text) != text:
            error.message = error.message.replace(text, "…")
