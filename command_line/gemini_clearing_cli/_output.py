"""The output of a command: a table for a person, JSON, CSV, or text with tabs for a pipe."""

import csv
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ._text import plain, safe, shown

__all__ = ["Format", "RowWriter", "error_console", "print_message", "print_record", "print_rows"]

Record = Mapping[str, Any]

# In a narrow terminal, these columns come before the others.
_IMPORTANT = (
    "clearing_id", "status", "price", "quantity", "side", "source_side", "symbol", "pair", "submission",
    "expiration",
)  # fmt: skip
# Fields that may repeat another one.
_REPEATS = {"timestampms": "timestamp", "result": "status"}
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
        print_rows([record], list(record), form, what="results")
    elif _is_terminal(sys.stdout):
        distinct = {name: value for name, value in record.items() if not _is_repeated(name, record)}
        _console(sys.stdout).print(_record_table(distinct))
        _name_time_zone([distinct], list(distinct))
    else:
        sys.stdout.write("".join(f"{name}\t{_field(value)}\n" for name, value in record.items()))


def print_rows(rows: Iterable[Record], columns: Sequence[str], form: Format, *, what: str) -> None:
    """Print a list of results on stdout; the arguments are those of `RowWriter`."""
    writer = RowWriter(columns, form, what=what)
    for row in rows:
        writer.write(row)
    writer.finish()


class RowWriter:
    """
    Prints results on stdout as they arrive; only a table, whose columns depend on all rows, is printed at the end.

    A program gets all columns, also empty ones, so that their order never changes.
    A person gets the columns with a value.

    Args:
        columns: the names of all fields, in order.
        form: the format.
        what: the name of the results, for a person who gets none.
    """

    def __init__(self, columns: Sequence[str], form: Format, *, what: str) -> None:
        self._columns, self._form, self._what = columns, form, what
        self._table: list[Record] = []
        self.is_table = form is Format.AUTO and _is_terminal(sys.stdout)
        """Whether the rows are kept for a table."""
        self.count = 0
        self._has_begun = False

    def write(self, row: Record) -> None:
        """Print a row."""
        self._begin()
        if self.is_table:
            self._table.append(row)
        elif self._form is Format.JSON:
            text = json.dumps(plain(row), indent=2, ensure_ascii=False).replace("\n", "\n  ")
            sys.stdout.write(f"{',' if self.count else ''}\n  {text}")
        else:
            self._write_line([_field(row.get(name)) for name in self._columns])
        self.count += 1

    def finish(self, *, is_complete: bool = True) -> None:
        """
        End the output.

        A list of JSON that is not complete is not closed, so that it cannot be mistaken for the whole list.
        """
        if is_complete:
            self._begin()
        if self.is_table and (self._table or is_complete):
            used = [name for name in self._columns if any(row.get(name) is not None for row in self._table)]
            _print_table(self._table, used, self._what)
        elif self._form is Format.JSON and is_complete:
            sys.stdout.write("\n]\n" if self.count else "]\n")

    def _begin(self) -> None:
        if self._has_begun:
            return
        self._has_begun = True
        if self._form is Format.JSON:
            sys.stdout.write("[")
        elif not self.is_table:
            self._write_line(self._columns)

    def _write_line(self, cells: Sequence[str]) -> None:
        if self._form is Format.CSV:
            csv.writer(sys.stdout, lineterminator="\n").writerow(cells)
        else:
            sys.stdout.write("\t".join(cells) + "\n")


def print_message(text: str, *, style: str = "") -> None:
    """Print a message on stderr, where it does not mix with results."""
    # On a terminal, lines break between words; elsewhere they do not break.
    error_console().print(Text(safe(text), style=style), soft_wrap=not _is_terminal(sys.stderr))


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
    _name_time_zone(rows, fitting)


def _is_repeated(name: str, record: Record) -> bool:
    """Return whether another field shows the same: both times of an order, and the status in `result`."""
    other = _REPEATS.get(name, "")
    return other in record and shown(record[name]) == shown(record[other])


def _name_time_zone(rows: Sequence[Record], columns: Sequence[str]) -> None:
    if any(isinstance(row.get(name), datetime) for row in rows for name in columns):
        print_message("Times are in UTC.", style="dim")


def _fitting(rows: Sequence[Record], columns: Sequence[str], width: int) -> list[str]:
    """Return the columns that fit into a width, in their order: the most important ones, then as many others as fit."""
    fitting: list[str] = []
    left = width
    ranks = {name: rank for rank, name in enumerate(_IMPORTANT)}
    for name in sorted(columns, key=lambda column: ranks.get(column, len(ranks))):
        needed = 2 + max(len(name), *(len(shown(row.get(name))) for row in rows))
        if not fitting or needed - 2 <= left:
            fitting.append(name)
            left -= needed
    return [name for name in columns if name in fitting]


def _cell(value: Any) -> Text:
    text = shown(value)
    return Text(text, style=_STATUS_STYLES.get(text, ""))
