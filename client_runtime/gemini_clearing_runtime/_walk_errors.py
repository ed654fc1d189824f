"""Errors of walks over lists. `errors` exports them."""

from datetime import datetime
from typing import Any

import msgspec

from ._watch_errors import UnfinishedError

__all__ = ["IncompleteWalkError", "InvalidRow", "InvalidRowsError", "WalkError"]


class InvalidRow(msgspec.Struct, frozen=True):
    """A row of a list that violates the spec."""

    content: bytes
    """The bytes of the row in the response."""
    place: str
    """The invalid part of the row, such as `$.price`; `$` is the whole row."""
    problem: str


class WalkError(UnfinishedError):
    """A walk over a list has stopped. Nothing is missing silently: the rows before this error are complete."""


class InvalidRowsError(WalkError):
    """
    Rows violate the spec, and the caller has passed no `on_bad_row`.

    The next call of the iterator continues behind these rows. `__cause__` has the whole response.
    """

    rows: list[Any]
    """The valid rows of the same response. The iterator has not returned them."""
    invalid: tuple[InvalidRow, ...]
    """The rows that violate the spec."""

    def __init__(self, *, operation: str, rows: list[Any], invalid: tuple[InvalidRow, ...]) -> None:
        first = invalid[0]
        super().__init__(
            f"{len(invalid)} of {len(rows) + len(invalid)} rows violate the spec, first {first.place}: "
            f"{first.problem}. Pass on_bad_row to skip such rows.",
            operation=operation,
        )
        self.rows = rows
        self.invalid = invalid


class IncompleteWalkError(WalkError):
    """The exchange does not return all rows between two times."""

    start: datetime
    end: datetime

    def __init__(self, problem: str, *, operation: str, start: datetime, end: datetime) -> None:
        super().__init__(
            f"the rows from {start.isoformat()} to {end.isoformat()} cannot be read completely: {problem}.",
            operation=operation,
        )
        self.start = start
        self.end = end
