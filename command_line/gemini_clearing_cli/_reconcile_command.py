"""`reconcile`: the differences between the desk's own book and the exchange."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import attrs
import typer

from gemini_clearing_runtime import Time, _time

from ._book import read_book
from ._calls import reading
from ._common import Csv, Json, ProfileName, options_of
from ._connection import connect
from ._exit_codes import ExitCode
from ._output import print_message, print_rows
from ._parameters import text_parser
from ._progress import shown_progress
from ._reconcile import Difference, fetch_orders, reconcile
from ._text import record_of

__all__ = ["add_reconcile"]

_COLUMNS = [field.name for field in attrs.fields(Difference)]
_Expected = Annotated[
    Path, typer.Argument(metavar="EXPECTED", help="The book: a CSV file with a header line, or a JSON file.")
]
_Since = Annotated[
    Any,
    typer.Option(
        "--since",
        parser=text_parser(Time(minimum=0)),
        metavar="TIME",
        help="List only orders that were placed at this time or later. Without it, an old order is unexpected.",
    ),
]
_Broker = Annotated[bool, typer.Option("--broker", help="Compare with the orders that were placed as a broker.")]


def add_reconcile(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reconcile")(_reconcile)


def _reconcile(
    ctx: typer.Context,
    expected: _Expected,
    since: _Since = None,
    broker: _Broker = False,
    profile: ProfileName = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """
    Compare the orders that you expect with those of the exchange. The exit code is 7 if they differ.

    The columns of EXPECTED are clearing_id, symbol, side, amount, price, status and settle_by; all but the first are
    optional.
    """
    options = options_of(ctx, {"profile": profile, "json": json, "csv": csv})
    book = read_book(expected)
    start = datetime.fromtimestamp(since / 1000, UTC) if isinstance(since, int) else since
    with (
        connect(options) as clearing,
        reading("Nothing was compared."),
        shown_progress("orders and trades") as on_progress,
    ):
        actual = fetch_orders(clearing, book, since=start, as_broker=broker, on_progress=on_progress)
    differences = reconcile(book, actual, now=_time.utc_now())
    print_rows([record_of(one) for one in differences], _COLUMNS, options.form, what="differences")
    print_message(f"Orders in the book: {len(book)}. Differences: {len(differences)}.")
    if differences:
        raise typer.Exit(ExitCode.DIFFERENCES)
