"""The desk's own book: the orders that it expects at the exchange, read from CSV or JSON."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import attrs

from gemini_clearing import ArgumentError, Side
from gemini_clearing_auth._secrets import shown, shown_names, shown_path

__all__ = ["ExpectedOrder", "read_book"]


@attrs.frozen(kw_only=True)
class ExpectedOrder:
    """One order of the book. What is None is not compared."""

    clearing_id: str
    symbol: str | None = None
    side: Side | None = None
    """The side of the desk that the book belongs to."""
    amount: Decimal | None = None
    price: Decimal | None = None
    status: str | None = None
    settle_by: datetime | None = None
    """The latest time of settlement."""


_COLUMNS = [field.name for field in attrs.fields(ExpectedOrder)]
_VALID = f"Valid columns: {', '.join(_COLUMNS)}."


def read_book(path: Path) -> list[ExpectedOrder]:
    """
    Return the orders of a book: a CSV file with a header line, or a JSON file with a list of objects.

    Amounts and prices are exact. An empty cell, `null` or a missing column is not compared.

    Raises:
        ArgumentError: the file cannot be read, a column is unknown, or a value is invalid; the message names the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        cause = exc.strerror if isinstance(exc, OSError) else "it is not UTF-8"
        raise ArgumentError(f"{shown_path(path)} cannot be read: {cause}.") from None
    rows = _json_rows(path, text) if path.suffix.lower() == ".json" else _csv_rows(path, text)
    return [_expected(f"{shown_path(path)}: {place}", row) for place, row in rows]


def _csv_rows(path: Path, text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    reader = csv.DictReader(text.splitlines(), strict=True)
    try:
        _check_columns(path, reader.fieldnames or ())
        for row in reader:
            if None in row or None in row.values():
                columns = len(reader.fieldnames or ())
                raise ArgumentError(
                    f"{shown_path(path)}: line {reader.line_num}: not {columns} cells, as in the header."
                )
            yield f"line {reader.line_num}", row
    except csv.Error as exc:
        raise ArgumentError(f"{shown_path(path)}: line {reader.line_num}: invalid CSV: {exc}.") from None


def _json_rows(path: Path, text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        rows = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as exc:
        raise ArgumentError(f"{shown_path(path)}: invalid JSON: {exc}.") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ArgumentError(f"{shown_path(path)}: invalid content. Pass a list of objects.")
    for number, row in enumerate(rows, 1):
        _check_columns(path, row)
        yield f"order {number}", row


def _check_columns(path: Path, names: Iterable[str]) -> None:
    """Reject unknown columns: a misspelled `amount` would be an amount that is not compared."""
    given = list(names)
    if unknown := [name for name in given if name not in _COLUMNS]:
        plural = "s" if len(unknown) > 1 else ""
        raise ArgumentError(f"{shown_path(path)}: unknown column{plural} {shown_names(unknown)}. {_VALID}")
    if "clearing_id" not in given:
        raise ArgumentError(f"{shown_path(path)}: missing column clearing_id. {_VALID}")


def _expected(place: str, row: Mapping[str, Any]) -> ExpectedOrder:
    given = {name: value for name, value in row.items() if value is not None and value != ""}
    if not isinstance(given.get("clearing_id"), str):
        raise ArgumentError(f"{place}: missing clearing_id. Pass it as text.")
    values: dict[str, Any] = {}
    for name, value in given.items():
        try:
            values[name] = _READERS.get(name, _text)(value)
        except ValueError as exc:
            raise ArgumentError(f"{place}: invalid {name}: {shown(value)}. {exc}.") from None
    return ExpectedOrder(**values)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("Pass text")
    return value.strip()


def _decimal(value: Any) -> Decimal:
    try:
        number = Decimal(value.strip() if isinstance(value, str) else value)
    except (InvalidOperation, TypeError, ValueError):
        raise ValueError("Pass a decimal") from None
    if isinstance(value, bool) or not number.is_finite():
        raise ValueError("Pass a decimal")
    return number


def _side(value: Any) -> Side:
    try:
        return Side(_text(value).lower())
    except ValueError:
        raise ValueError("Pass buy or sell") from None


def _time(value: Any) -> datetime:
    try:
        if isinstance(value, int) or str(value).isdecimal():
            return datetime.fromtimestamp(int(value) / 1000, UTC)
        time = datetime.fromisoformat(_text(value))
    except (ValueError, OverflowError, OSError):
        raise ValueError("Pass a time such as 2026-11-28T16:00:00Z, or milliseconds since the epoch") from None
    if time.utcoffset() is None:
        raise ValueError("Pass a time with a time zone, such as 2026-11-28T16:00:00Z")
    return time


_READERS = {"amount": _decimal, "price": _decimal, "side": _side, "settle_by": _time}
