"""
Deduplication: the earlier finding that explains a new one.

A finding is explained only by evidence: both are about the same response, about the same order, or about an order whose
creation was not understood. Whether it is explained each time it occurs is counted in `run/ledger.py`.
"""

import re
from collections.abc import Mapping
from typing import Any

from attrs import define, field

from .checks import (
    DIFFERS_FROM_EARLIER,
    EXTRA_ORDER,
    FILTER_IGNORED,
    IMPLAUSIBLE_TIME,
    INVALID_JSON,
    INVALID_REQUEST_ACCEPTED,
    INVALID_REQUEST_SENT,
    MISSING_ORDER,
    SERVER_ERROR,
    STATE_CHANGED,
    UNDOCUMENTED_RESULT,
    UNDOCUMENTED_STATUS,
    UNKNOWN_ORDER,
    VALID_REQUEST_REJECTED,
    WRONG_EXPIRATION,
    WRONG_LIFETIME,
    WRONG_ORDER_STATUS,
    WRONG_REQUEST_LINE,
)
from .finding import Finding, Key, Problem

__all__ = ["FindingTracker", "depends_on_order_book", "orders_of"]

# After one of these the rest of the response, or of the client's request, cannot be checked.
UNREADABLE = (SERVER_ERROR, UNDOCUMENTED_STATUS, INVALID_JSON, WRONG_REQUEST_LINE, INVALID_REQUEST_SENT)
# After one of these the suite's order book differs from the server's state.
ORDER_BOOK_OUTDATED = (
    VALID_REQUEST_REJECTED, DIFFERS_FROM_EARLIER, UNDOCUMENTED_RESULT, UNDOCUMENTED_STATUS, WRONG_EXPIRATION,
    WRONG_LIFETIME, IMPLAUSIBLE_TIME, INVALID_REQUEST_ACCEPTED, WRONG_ORDER_STATUS,
)  # fmt: skip
# These are derived from the order book, and not from the response itself.
DEPENDS_ON_ORDER_BOOK = (
    VALID_REQUEST_REJECTED, FILTER_IGNORED, EXTRA_ORDER, f"{INVALID_REQUEST_ACCEPTED}: business", WRONG_ORDER_STATUS,
    MISSING_ORDER,
)  # fmt: skip


@define
class FindingTracker:
    """The findings of a session, as far as they can explain later ones."""

    # The findings of the current response, and of the current case.
    of_response: list[Finding] = field(factory=list)
    of_case: list[Finding] = field(factory=list)
    # The orders whose entry in the order book is outdated, with the finding that reported it.
    outdated: dict[str, Key] = field(factory=dict)
    # The creations that added no order to the book, and the unknown orders that each of them has explained.
    lost: list[Key] = field(factory=list)
    explained: dict[str, Key] = field(factory=dict)

    def begin_case(self) -> None:
        """Start a new case."""
        self.of_case, self.of_response = [], []

    def begin_response(self) -> None:
        """Start a new response."""
        self.of_response = []

    def origin(self, problem: Problem, orders: frozenset[str]) -> Key | None:
        """Return the earlier finding that explains a problem about these orders, or None."""
        for earlier in self.of_response:
            if earlier.check.startswith(UNREADABLE) or earlier.place == problem.place:
                return earlier.key
        if problem.check == UNKNOWN_ORDER:
            return self._lost_creation(problem.actual)
        if problem.check == STATE_CHANGED:
            accepted = (one.key for one in self.of_case if one.check.startswith(INVALID_REQUEST_ACCEPTED))
            return next(accepted, None)
        if depends_on_order_book(problem):
            return next((self.outdated[order] for order in sorted(orders) if order in self.outdated), None)
        return None

    def _lost_creation(self, clearing_id: str) -> Key | None:
        """Explain an unknown order by a creation that was lost; each creation explains one order."""
        if clearing_id not in self.explained and self.lost:
            self.explained[clearing_id] = self.lost.pop(0)
        return self.explained.get(clearing_id)

    def add(self, finding: Finding, orders: frozenset[str]) -> None:
        """Add a finding that is about these orders."""
        self.of_response.append(finding)
        self.of_case.append(finding)
        if finding.check.startswith(ORDER_BOOK_OUTDATED):
            for order in orders:
                self.outdated.setdefault(order, finding.key)

    def lose_creation(self) -> None:
        """Record that the current response, which has findings, created an order that is not in the book."""
        self.lost.append(self.of_response[0].key)


def depends_on_order_book(problem: Problem) -> bool:
    """Whether the problem was derived from the order book; such problems of a response are reported last."""
    return problem.check.startswith(DEPENDS_ON_ORDER_BOOK)


def orders_of(problem: Problem, request: Mapping[str, Any], body: Any) -> frozenset[str]:
    """Return the clearing ids of a problem: of its row, of the orders that it names, or of the request."""
    response = body if isinstance(body, dict) else {}
    row = re.match(r"(\w+)\[(\d+)\]", problem.place)
    if row is not None:
        rows = response.get(row[1])
        found = [rows[int(row[2])]] if isinstance(rows, list) and int(row[2]) < len(rows) else []
    else:
        found = [request, response]
    ids = [item.get(name) for item in found if isinstance(item, Mapping) for name in ("clearing_id", "clearingId")]
    named = re.findall(r"(?<=the order )\w+", problem.expected)
    return frozenset(name for name in (*ids, *named) if isinstance(name, str) and name)
