"""The command `gemini-clearing`: all its commands, and the end of a run as an exit code."""

import logging
from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any

import httpx
import typer
from typer.main import get_command

from gemini_clearing import ClearingError, __version__

from ._calls import report_error
from ._config_command import add_config
from ._exit_codes import ExitCode
from ._journal_commands import add_journal
from ._operation_commands import add_explanations, add_operations
from ._pipe_group import PipeGroup
from ._reconcile_command import add_reconcile
from ._stdout import flushed
from .verification._command import HELP as _VERIFY_HELP
from .verification._command import run_verify

__all__ = ["command", "run"]

_PROGRAM = "gemini-clearing"
_HELP = "Orders and trades of Gemini Clearing. Exit codes, profiles and examples: docs/command-line.md."


def run(arguments: Sequence[str], *, transport: httpx.BaseTransport | None = None) -> int:
    """Run one command, and return its exit code. A `transport` replaces the network, for tests."""
    # The client also logs what the command prints.
    logging.getLogger("gemini_clearing").addHandler(logging.NullHandler())
    code: int = ExitCode.OK
    try:
        command().main(list(arguments), prog_name=_PROGRAM, obj=transport)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else ExitCode.OK
    except ClearingError as error:
        code = report_error(error)
    return flushed(code)


@cache
def command() -> Any:
    """Return the command with all its subcommands and options; they are built once."""
    return get_command(_app())


def _app() -> typer.Typer:
    app = typer.Typer(cls=PipeGroup, help=_HELP, no_args_is_help=True, pretty_exceptions_enable=False)
    app.callback()(_main)
    for add in (add_operations, add_explanations, add_journal, add_reconcile, add_config):
        add(app)
    # Its options are read without Typer: the command must work without the extra.
    settings = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}
    app.command("verify", help=_VERIFY_HELP, context_settings=settings)(_verify)
    return app


def _verify(ctx: typer.Context) -> None:
    raise typer.Exit(run_verify(ctx.args))


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"{_PROGRAM} {__version__}")
        raise typer.Exit


def _main(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version.")
    ] = False,
) -> None:
    """Take the options in front of a command."""
