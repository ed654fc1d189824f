"""The commands of `gemini-clearing`: one for each operation of the spec, and those around them."""

import inspect
import logging
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, get_args

import httpx
import typer
from typer.main import get_command

from gemini_clearing import ClearingError, __version__
from gemini_clearing._operations import OPERATIONS
from gemini_clearing_runtime import Operation

from ._calls import print_result, read, report_error, write
from ._connection import Options
from ._exit_codes import ExitCode
from ._output import Format
from ._parameters import operation_parameters, summary_of, takes_times

__all__ = ["run"]

_PROGRAM = "gemini-clearing"
_HELP = "Orders and trades of Gemini Clearing. Exit codes, profiles and examples: docs/command-line.md."
# Group and name of the command of an operation. An operation that is not listed is a command under its own name.
_NAMES = {
    "create_order": ("order", "new"),
    "get_order": ("order", "status"),
    "cancel_order": ("order", "cancel"),
    "confirm_order": ("order", "confirm"),
    "list_orders": ("order", "list"),
    "create_broker_order": ("broker", "new"),
    "list_broker_orders": ("broker", "list"),
    "list_trades": ("", "trades"),
}
_GROUPS = {"order": "Place, confirm, cancel and list orders.", "broker": "Place and list orders as a broker."}

_Profile = Annotated[
    str | None,
    typer.Option("--profile", metavar="NAME", envvar="GEMINI_CLEARING_PROFILE", help="The profile to use."),
]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON. Money is text, so that it stays exact.")]
_Csv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
_Yes = Annotated[bool, typer.Option("--yes", "-y", help="Send without a prompt.")]
_Journal = Annotated[
    Path | None,
    typer.Option("--journal", metavar="FILE", help="Record the write in this journal, instead of the profile's."),
]
_READ: dict[str, Any] = {"profile": _Profile, "json": _Json, "csv": _Csv}
_WRITE: dict[str, Any] = {**_READ, "journal": _Journal, "yes": _Yes}


def run(arguments: Sequence[str], *, transport: httpx.BaseTransport | None = None) -> int:
    """Run one command, and return its exit code. A `transport` replaces the network, for tests."""
    # The client also logs what the command prints.
    logging.getLogger("gemini_clearing").addHandler(logging.NullHandler())
    try:
        _command().main(list(arguments), prog_name=_PROGRAM, obj=transport)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else ExitCode.OK
    except ClearingError as error:
        return report_error(error)
    return ExitCode.OK


@cache
def _command() -> Any:
    return get_command(_app())


def _app() -> typer.Typer:
    app = typer.Typer(help=_HELP, no_args_is_help=True, pretty_exceptions_enable=False)
    app.callback()(_main)
    groups = {"": app}
    for name, help_text in _GROUPS.items():
        groups[name] = typer.Typer(help=help_text, no_args_is_help=True)
        app.add_typer(groups[name], name=name)
    for operation in OPERATIONS.values():
        group, name = _NAMES.get(operation.name, ("", operation.name.replace("_", "-")))
        groups[group].command(name, help=_help(operation))(_function(operation))
    return app


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


def _help(operation: Operation[Any]) -> str:
    sentences = [summary_of(operation)]
    if not operation.safe_to_repeat:
        sentences.append("Prompts before it sends.")
    if takes_times(operation):
        sentences.append("A TIME is text such as 2026-11-28T16:00:00Z, or milliseconds since the epoch.")
    return " ".join(sentences)


def _function(operation: Operation[Any]) -> Callable[..., None]:
    """Return the function of an operation's command, with the signature that Typer reads."""

    def command(ctx: typer.Context, **given: Any) -> None:
        options = options_of(ctx, given)
        if operation.safe_to_repeat:
            print_result(read(operation, given, options), options, what=_NAMES.get(operation.name, ("", "results"))[1])
        else:
            write(operation, given, options)

    common = _READ if operation.safe_to_repeat else _WRITE
    with_signature(command, operation_parameters(operation), common)
    return command


def with_signature(function: Callable[..., None], own: list[inspect.Parameter], common: dict[str, Any]) -> None:
    """Give a function the parameters that Typer reads: a context, its own, and the common options."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    shared = [
        inspect.Parameter(
            name, keyword, annotation=annotation, default=False if get_args(annotation)[0] is bool else None
        )
        for name, annotation in common.items()
    ]
    parameters = [inspect.Parameter("ctx", keyword, annotation=typer.Context), *own, *shared]
    required = [one for one in parameters if one.default is inspect.Parameter.empty]
    optional = [one for one in parameters if one.default is not inspect.Parameter.empty]
    function.__dict__["__signature__"] = inspect.Signature([*required, *optional])
    function.__annotations__ = {one.name: one.annotation for one in parameters}


def options_of(ctx: typer.Context, given: dict[str, Any]) -> Options:
    """Take the common options out of the given ones."""
    taken = {name: given.pop(name) for name in _WRITE if name in given}
    if taken.get("json") and taken.get("csv"):
        raise typer.BadParameter("--json and --csv are both given. Pass only one of them.")
    form = Format.JSON if taken.pop("json", False) else Format.CSV if taken.pop("csv", False) else Format.AUTO
    taken.pop("csv", None)
    return Options(form=form, transport=ctx.obj, **taken)
