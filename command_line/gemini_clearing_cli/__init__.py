"""
The command `gemini-clearing`: orders, trades, explanations and the journal in a terminal. It needs the extra `[cli]`.

The options of its commands come from the generated operations, so they are those of the spec. `reconcile` and
`read_book` compare a desk's own book with the exchange, `verify` compares installed files; they need no extra.
"""

from ._book import ExpectedOrder, read_book
from ._installation import Installation, find_installation
from ._reconcile import ActualOrders, Difference, DifferenceKind, fetch_orders, reconcile
from ._verification import Verification, verify

__all__ = [
    "ActualOrders",
    "Difference",
    "DifferenceKind",
    "ExpectedOrder",
    "Installation",
    "Verification",
    "fetch_orders",
    "find_installation",
    "read_book",
    "reconcile",
    "verify",
]
