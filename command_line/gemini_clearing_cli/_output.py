"""The output of a command: a table for a person, JSON, CSV, or text with tabs for a pipe."""

import csv
import io
import json
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ._text import plain, safe, shown

__all__ = ["Format", "error_console", "print_message", "print_record", "print_rows"]

Record = Mapping[str, Any]

# In a narrow terminal, these columns come before the others.
_IMPORTANT = (
    "clearing_id", "status", "price", "quantity", "side", "source_side", "symbol", "pair", "submission",
    "expiration",
)  # fmt: skip
_STATUS_STYLES = {
    "Settled": "green",
    "Canceled": "red",
    "Expired": "red",
    **dict.fromkeys(("executed", "match"), "green"),
    **dict.fromkeys(("rejected", "ambiguous", "unknown"), "red"),
}


class Format(StrEnum):
    """How results are printed."""

    AUTO = "auto"
    """A table on a terminal, text with tabs elsewhere."""
    JSON = "json"
    CSV = "csv"


def print_record(record: Record, form: Format) -> None:
    """Print one result on stdout."""
    if form is Format.JSON:
        _print_json(plain(record))
    elif form is Format.CSV:
        _print_csv([record], list(record))
    elif _is_terminal(sys.stdout):
        _console(sys.stdout).print(_record_table(record))
    else:
        sys.stdout.write("".join(f"{name}\t{_field(value)}\n" for name, value in record.items()))


def print_rows(rows: Sequence[Record], columns: Sequence[str], form: Format, *, what: str) -> None:
    """
    Print a list of results on stdout.

    A program gets all columns, also empty ones, so that their order never changes.
    A person gets the columns with a value.

    Args:
        rows: the results.
        columns: the names of all fields, in order.
        form: the format.
        what: the name of the results, for a person who gets none.
    """
    if form is Format.JSON:
        _print_json([plain(row) for row in rows])
    elif form is Format.CSV:
        _print_csv(rows, columns)
    elif _is_terminal(sys.stdout):
        _print_table(rows, [name for name in columns if any(row.get(name) is not None for row in rows)], what)
    else:
        lines = [columns, *([_field(row.get(name)) for name in columns] for row in rows)]
        sys.stdout.write("".join("\t".join(line) + "\n" for line in lines))


def print_message(text: str, *, style: str = "") -> None:
    """Print a message on stderr, where it does not mix with results."""
    error_console().print(Text(safe(text), style=style), soft_wrap=True)


def error_console() -> Console:
    """Return the console for messages and prompts."""
    return _console(sys.stderr)


def _console(stream: Any) -> Console:
    # No markup and no highlighting: the texts come from the exchange.
    return Console(file=stream, markup=False, highlight=False, emoji=False)


def _is_terminal(stream: Any) -> bool:
    return bool(stream.isatty()) and os.environ.get("TERM") != "dumb"


def _field(value: Any) -> str:
    """Return a value for a pipe: as in JSON, but without quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(plain(value))


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def _print_csv(rows: Sequence[Record], columns: Sequence[str]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[_field(row.get(name)) for name in columns] for row in rows])
    sys.stdout.write(text.getvalue())


def _record_table(record: Record) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in record.items():
        table.add_row(name, _cell(value))
    return table


def _print_table(rows: Sequence[Record], columns: Sequence[str], what: str) -> None:
    """Print the columns that fit, and name the other ones."""
    console = _console(sys.stdout)
    if not rows:
        console.print(f"No {what}.")
        return
    fitting = _fitting(rows, columns, console.width)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in fitting:
        is_money = any(isinstance(row.get(name), Decimal) for row in rows)
        table.add_column(name, justify="right" if is_money else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row.get(name)) for name in fitting))
    console.print(table)
    hidden = [name for name in columns if name not in fitting]
    if hidden:
        print_message(f"Not shown at this width: {', '.join(hidden)}. Use --json or --csv.", style="dim")
    if any(isinstance(value, datetime) for row in rows for value in row.values()):
        print_message("Times are in UTC.", style="dim")


def _fitting(rows: Sequence[Record], columns: Sequence[str], width: int) -> list[str]:
    """Return the columns that fit into a width, in their order: the important ones, then as many others as fit."""
    fitting: list[str] = []
    left = width
    for name in sorted(columns, key=lambda column: column not in _IMPORTANT):
        needed = 2 + max(len(name), *(len(shown(row.get(name))) for row in rows))
        if not fitting or needed - 2 <= left:
            fitting.append(name)
            left -= needed
    return [name for name in columns if name in fitting]


def _cell(value: Any) -> Text:
    text = shown(value)
    return Text(text, style=_STATUS_STYLES.get(text, ""))
