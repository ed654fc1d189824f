"""
The filters of the lists: which of the suite's orders pass them, as far as that can be told from outside.

Each filter is a line in `FILTERS`: what it reads of an order, and what that must be to pass.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .order_book import Order
from .response_values import Span, ValueChecker, milliseconds

__all__ = ["FILTERS", "TRADE_FILTERS", "Facts", "TriState", "facts_of", "is_ambiguous"]


@dataclass(frozen=True)
class Facts:
    """What a filter may ask of an order; a time lies between two, which are the same once an answer has told it."""

    order: Order
    me: str
    submission: Span
    expiration: Span
    updated: Span
    states: frozenset[str]


TriState = bool | None  # None: it cannot be told from outside.


def _from(span: Span, start: Decimal) -> TriState:
    return True if span[0] >= start else False if span[1] < start else None


def _until(span: Span, end: Decimal) -> TriState:
    return True if span[1] <= end else False if span[0] > end else None


def _after(span: Span, moment: Decimal) -> TriState:
    return True if span[0] > moment else False if span[1] <= moment else None


def _status(facts: Facts, word: Any) -> TriState:
    if word not in facts.states:
        # The word of the call that placed the order may count as its state's.
        return None if word == "AwaitConfirm" else False
    return True if facts.states == {word} else None


def _funded(facts: Facts) -> TriState:
    """Only the server knows balances; but where there is no second desk yet, not both can hold the funds."""
    return None if facts.order.target else False


def _counterparty(facts: Facts, name: Any) -> TriState:
    others = facts.order.parties() - {facts.me}
    if name in others:
        return True
    # An alias is the account's own name for a desk; only the server knows it.
    return False if _is_known_id(name) else None


def _is_known_id(name: str) -> bool:
    return len(name) == 8 and name == name.upper()


FILTERS: dict[str, Callable[[Facts, Any], TriState]] = {
    "symbol": lambda facts, value: facts.order.symbol == value.upper(),
    "side": lambda facts, value: facts.order.side_of(facts.me) == value,
    "counterparty": _counterparty,
    "submission_start": lambda facts, value: _from(facts.submission, milliseconds(value)),
    "submission_end": lambda facts, value: _until(facts.submission, milliseconds(value)),
    "expiration_start": lambda facts, value: _from(facts.expiration, milliseconds(value)),
    "expiration_end": lambda facts, value: _until(facts.expiration, milliseconds(value)),
    "status": _status,
    "funded": lambda facts, value: _funded(facts) if value else True,
    "timestamp": lambda facts, value: _after(facts.submission, milliseconds(value)),
    "timestamp_nanos": lambda facts, value: _from(facts.updated, Decimal(value) / 1_000_000),
}
# Trades are asked for by when they were last updated, orders by when they were placed.
TRADE_FILTERS = {**FILTERS, "timestamp": lambda facts, value: _after(facts.updated, milliseconds(value))}
AMBIGUOUS = (10**9, 10**12)


def facts_of(truth: ValueChecker, order: Order, me: str, states: frozenset[str]) -> Facts:
    """What the answers so far, or the suite's own clock, tell of an order."""
    submission = truth.submission(order)
    updated = order.told.get("updated")
    since = (updated, updated) if updated is not None else (submission[0], truth.clock.latest_ms)
    return Facts(order, me, submission, truth.expiration(order), since, states)


def is_ambiguous(value: object) -> bool:
    """Whether a time might be meant in seconds or in milliseconds, so that only the server knows which."""
    try:
        return AMBIGUOUS[0] * 10 <= Decimal(str(value)) < AMBIGUOUS[1]
    except ArithmeticError:
        return False
