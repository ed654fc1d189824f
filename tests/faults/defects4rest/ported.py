"""A ported defect: the mechanism of a public defect of another REST API, as an edit of the mock's source."""

from typing import Any

from tests.faults.catalog.source_text import MOCK, replace
from tests.faults.seeded_fault import SeededFault

__all__ = ["ERROR_REPLY_IN_LISTS", "Piece", "Row", "fault_of", "pieces_of"]

# Source text, and its replacement.
Piece = tuple[str, str]
# The defect as project#issue, what the mock does wrong, and the pieces to replace.
Row = tuple[Any, ...]

# A piece that makes `ErrorReply` known in the module of the lists.
ERROR_REPLY_IN_LISTS: Piece = (
    "\nfrom ._field_types import find_symbol\n",
    "\nfrom ._error_reply import ErrorReply\nfrom ._field_types import find_symbol\n",
)


def pieces_of(row: Row) -> tuple[Piece, ...]:
    """Return the pieces of source text that a row replaces."""
    return tuple(row[2:])


def fault_of(row: Row) -> SeededFault:
    """Return the fault of a row. It expects no layer, because any layer may detect it."""
    return SeededFault(f"{row[0]}: {row[1]}", "mock", "", replace(MOCK, *pieces_of(row)))
