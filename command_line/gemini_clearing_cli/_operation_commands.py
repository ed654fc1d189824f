"""The commands of the operations of the spec, and `explain` with the same options."""

import json
import sys
from collections.abc import Callable
from typing import Any

import typer

from gemini_clearing import Explanation
from gemini_clearing._operations import OPERATIONS
from gemini_clearing_runtime import Operation

from ._calls import print_result, read, write
from ._common import READ, WRITE, Json, ProfileName, options_of, with_signature
from ._connection import connect
from ._list_commands import WALKERS, list_function
from ._parameters import operation_parameters, summary_of, takes_times
from ._wait_command import add_wait

__all__ = ["add_explanations", "add_operations"]

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
Function = Callable[..., None]


def add_operations(app: typer.Typer) -> None:
    """Add a command for each operation, and the commands that repeat one."""
    groups = _add(app, _call_function, _help)
    add_wait(groups["order"])


def add_explanations(app: typer.Typer) -> None:
    """Add `explain`, with a command for each operation."""
    explain = typer.Typer(help="Show the request of a call, without sending it.", no_args_is_help=True)
    _add(explain, _explain_function, lambda operation: f"Show the request: {summary_of(operation)}")
    app.add_typer(explain, name="explain")


def _add(
    app: typer.Typer, function: Callable[[Operation[Any]], Function], text: Callable[[Operation[Any]], str]
) -> dict[str, typer.Typer]:
    """Add the commands, and return their groups."""
    groups = {"": app}
    for name, help_text in _GROUPS.items():
        groups[name] = typer.Typer(help=help_text, no_args_is_help=True)
        app.add_typer(groups[name], name=name)
    for operation in OPERATIONS.values():
        group, name = _NAMES.get(operation.name, ("", operation.name.replace("_", "-")))
        groups[group].command(name, help=text(operation))(function(operation))
    return groups


def _help(operation: Operation[Any]) -> str:
    sentences = [summary_of(operation)]
    if operation.name in WALKERS:
        sentences.append("Reads all of them, in as many requests as needed.")
    if not operation.safe_to_repeat:
        sentences.append("Prompts before it sends.")
    if takes_times(operation):
        sentences.append("A TIME is text such as 2026-11-28T16:00:00Z, or milliseconds since the epoch.")
    return " ".join(sentences)


def _call_function(operation: Operation[Any]) -> Callable[..., None]:
    """Return the function of an operation's command, with the signature that Typer reads."""

    if operation.name in WALKERS:
        return list_function(operation, WALKERS[operation.name])

    def command(ctx: typer.Context, **given: Any) -> None:
        options = options_of(ctx, given)
        if operation.safe_to_repeat:
            print_result(read(operation, given, options), options)
        else:
            write(operation, given, options)

    common = READ if operation.safe_to_repeat else WRITE
    with_signature(command, operation_parameters(operation), common)
    return command


def _explain_function(operation: Operation[Any]) -> Function:
    """Return the function that explains an operation."""

    def command(ctx: typer.Context, **given: Any) -> None:
        as_json = bool(given.get("json"))
        with connect(options_of(ctx, given)) as clearing:
            _print_explanation(clearing.explain(operation.name, **given), as_json=as_json)

    with_signature(command, operation_parameters(operation), {"profile": ProfileName, "json": Json})
    return command


def _print_explanation(explained: Explanation, *, as_json: bool) -> None:
    """Print a request. Unlike every other command, this one shows the payload; it was never signed."""
    if as_json:
        facts = {
            "operation": explained.operation,
            "url": explained.url,
            "payload": explained.payload,
            "headers": dict(explained.headers),
            "body": explained.body,
            "wire": explained.wire.decode(),
        }
        sys.stdout.write(json.dumps(facts, indent=2, ensure_ascii=False) + "\n")
    else:
        wire = explained.wire.decode().replace("\r\n", "\n").rstrip()
        sys.stdout.write(f"{explained.url}\n{explained.payload}\n\n{wire}\n")
