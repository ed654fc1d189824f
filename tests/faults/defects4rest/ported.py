"""A ported defect: the mechanism of a public defect of another REST API, as an edit of the mock's source."""

from collections.abc import Iterable
from typing import Any

from tests.faults.catalog.source_text import MOCK, replace
from tests.faults.seeded_fault import SeededFault

__all__ = ["ERROR_REPLY_IN_LISTS", "Piece", "Row", "ported"]

# Source text, and its replacement.
Piece = tuple[str, str]
# The defect as project#issue, what the mock does wrong, and the pieces to replace.
Row = tuple[Any, ...]

# A piece that makes `ErrorReply` known in the module of the lists.
ERROR_REPLY_IN_LISTS: Piece = (
    "\nfrom ._field_types import find_symbol\n",
    "\nfrom ._error_reply import ErrorReply\nfrom ._field_types import find_symbol\n",
)


def ported(rows: Iterable[Row]) -> tuple[SeededFault, ...]:
    """Return the faults of rows; any layer may detect them, so none is expected."""
    return tuple(SeededFault(f"{defect}: {text}", "mock", "", replace(MOCK, *pieces)) for defect, text, *pieces in rows)
