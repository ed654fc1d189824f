"""`order wait`: repeat the status of an order until it is one of the wanted ones, and state how the wait has ended."""

from typing import Annotated, Any

import typer

from gemini_clearing import OrderEndedError, WaitError
from gemini_clearing._operations import WAIT_FOR_ORDER
from gemini_clearing_runtime import WAIT_TIMEOUT_S

from ._calls import print_result, reading
from ._common import READ, options_of, with_signature
from ._connection import connect
from ._exit_codes import ExitCode
from ._output import print_message
from ._parameters import operation_parameters, parameter

__all__ = ["add_wait"]

_Until = Annotated[
    list[str],
    typer.Option(
        "--until",
        metavar="STATUS",
        help="The status to wait for. May be repeated: then any of them ends the wait.",
        autocompletion=lambda incomplete: [word for word in WAIT_FOR_ORDER.known() if word.startswith(incomplete)],
    ),
]
_Timeout = Annotated[float, typer.Option("--timeout", metavar="SECONDS", help="The end of the wait.")]
_Poll = Annotated[
    float | None,
    typer.Option(
        "--poll", metavar="SECONDS", show_default=False, help="The time between two reads, instead of 1 to 10 seconds."
    ),
]


def add_wait(group: typer.Typer) -> None:
    """Add the command to the group of the commands for orders."""
    own = [
        *operation_parameters(WAIT_FOR_ORDER.operation),
        parameter("until", _Until),
        parameter("timeout", _Timeout, WAIT_TIMEOUT_S),
        parameter("poll", _Poll, None),
    ]
    with_signature(_wait, own, READ)
    text = "Wait until an order has a status. The exit code is 8 if it has ended otherwise, and 9 if time ran out."
    group.command("wait", help=text)(_wait)


def _wait(ctx: typer.Context, **given: Any) -> None:
    options = options_of(ctx, given)
    with connect(options) as clearing:
        try:
            with reading("A wait changes nothing."):
                order = getattr(clearing, WAIT_FOR_ORDER.name)(**given)
        except WaitError as error:
            if error.order is not None:
                print_result(error.order, options)
            print_message(str(error), style="red")
            raise typer.Exit(ExitCode.ENDED if isinstance(error, OrderEndedError) else ExitCode.LATE) from None
    print_result(order, options)
