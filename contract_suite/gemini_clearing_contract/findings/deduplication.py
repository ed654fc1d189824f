"""
What later findings may follow from: the trail that earlier ones have left.

A finding follows from another only on evidence: both tell of the same answer, of the same order, or of an order whose
placing was not understood.  Whether it follows every time it is seen is counted in the ledger, not here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ..oracle.expected_outcome import ExpectedOutcome
from .finding import Finding, Key, Problem

__all__ = ["FindingTracker", "by_picture", "orders_of"]

# After one of these the rest of an answer, or of a request of the client, cannot be read as what it should be.
UNREADABLE = ("no server error", "documented status", "JSON", "address", "valid request")
# After one of these the suite's picture of an order is not the server's.
MISJUDGED = (
    "a valid request is not refused", "agrees with earlier answers", "documented result", "documented status",
    "expires in hours", "invalid request refused", "life-cycle",
)  # fmt: skip
# What is judged by that picture, and by nothing that the answer itself tells.
BY_PICTURE = (
    "a valid request is not refused", "filter", "invalid request refused: business", "life-cycle", "nothing forgotten",
)  # fmt: skip


@dataclass
class FindingTracker:
    """The findings of a session, by what they leave behind."""

    # Of the answer at hand, and of the case.
    answer: list[Finding] = field(default_factory=list)
    case: list[Finding] = field(default_factory=list)
    # Orders of which the suite's picture is wrong, with the finding that says so.
    misjudged: dict[str, Key] = field(default_factory=dict)
    # Placings that gave no order to keep in the book, and the ids that each of them has explained since.
    lost: list[Key] = field(default_factory=list)
    strays: dict[str, Key] = field(default_factory=dict)

    def begin_case(self) -> None:
        """What follows belongs to another case."""
        self.case, self.answer = [], []

    def begin_answer(self) -> None:
        """What follows belongs to another answer."""
        self.answer = []

    def origin(self, problem: Problem, orders: frozenset[str]) -> Key | None:
        """The earlier finding that explains this problem with these orders; None for one that stands by itself."""
        for earlier in self.answer:
            if earlier.check.startswith(UNREADABLE) or earlier.place == problem.place:
                return earlier.key
        if problem.check == "no invented order":
            return self._stray(problem.got)
        if problem.check == "refused leaves no trace":
            accepted = (earlier.key for earlier in self.case if earlier.check.startswith("invalid request refused"))
            return next(accepted, None)
        if by_picture(problem):
            return next((self.misjudged[order] for order in sorted(orders) if order in self.misjudged), None)
        return None

    def _stray(self, clearing_id: str) -> Key | None:
        """An order that nobody placed is one that was lost when it was placed; each placing explains one."""
        if clearing_id not in self.strays and self.lost:
            self.strays[clearing_id] = self.lost.pop(0)
        return self.strays.get(clearing_id)

    def note(self, finding: Finding, orders: frozenset[str]) -> None:
        """Take up a finding."""
        self.answer.append(finding)
        self.case.append(finding)
        if finding.check.startswith(MISJUDGED):
            for order in orders:
                self.misjudged.setdefault(order, finding.key)

    def lose(self) -> None:
        """The answer at hand, which had findings, should have told of a new order, and gave none to the book."""
        self.lost.append(self.answer[0].key)


def by_picture(problem: Problem) -> bool:
    """Whether this was judged by the suite's own picture of an order; such problems of an answer come last."""
    return problem.check.startswith(BY_PICTURE)


def orders_of(problem: Problem, expected: ExpectedOutcome, body: Any) -> frozenset[str]:
    """The clearing ids that a problem is about: of its row, of those it names, or of the one that was asked about."""
    answer = body if isinstance(body, dict) else {}
    row = re.match(r"(\w+)\[(\d+)\]", problem.place)
    if row is not None:
        rows = answer.get(row[1])
        found = [rows[int(row[2])]] if isinstance(rows, list) and int(row[2]) < len(rows) else []
    else:
        found = [expected.body or {}, answer]
    ids = [item.get(name) for item in found if isinstance(item, dict) for name in ("clearing_id", "clearingId")]
    named = re.findall(r"(?<=the order )\w+", problem.expected)
    return frozenset(name for name in (*ids, *named) if isinstance(name, str) and name)
