"""The rows of a list in a response that violates the spec: each one is decoded separately, from its own bytes."""

from typing import Any

import msgspec

from ._decoding import decode, row_class, violation_of
from ._model import Model, fields_of, wire_name
from ._walk_errors import InvalidRow

__all__ = ["raw_rows"]


def raw_rows(cls: type[Model], field: str, content: bytes) -> tuple[list[Any], list[InvalidRow]] | None:
    """Return the rows of a list, and the invalid rows; None if the response has no list there."""
    name = next(wire_name(one) for one in fields_of(cls) if one.name == field)
    try:
        parts = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
        items = msgspec.json.decode(parts[name], type=list[msgspec.Raw])
    except (msgspec.DecodeError, KeyError, UnicodeDecodeError, RecursionError):
        return None
    rows: list[Any] = []
    invalid: list[InvalidRow] = []
    row_type = row_class(cls, field)
    for item in items:
        row = bytes(item)
        try:
            rows.append(decode(row_type, row))
        except msgspec.DecodeError as error:
            violation = violation_of(error)
            invalid.append(InvalidRow(row, violation.place, violation.problem))
    return rows, invalid
