"""
The filters of the lists: whether an order passes, as far as a client can know.

Each filter is a line in `FILTERS`: the property of the order that it reads, and the condition.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from attrs import frozen

from ..allowed_results import looks_like_id
from ..order_book import Order
from ..response_values import ValueChecker
from ..times import Span, milliseconds

__all__ = ["FILTERS", "TRADE_FILTERS", "Facts", "Filter", "MaybeBool", "facts_of", "is_at_bound"]

# None: only the server can decide.
MaybeBool = bool | None


@frozen
class Facts:
    """The properties of an order that filters read; a time is between two values, equal once a response reported it."""

    order: Order
    caller: str
    submission: Span
    expiration: Span
    updated: Span
    states: frozenset[str]
    has_inclusive_ends: bool
    # The time that `timestamp` limits.
    is_trade: bool
    # The alias of the other desk, if the caller's lists have shown one.
    alias: str | None


Filter = Callable[[Facts, Any], MaybeBool]


def _from(span: Span, start: Decimal) -> MaybeBool:
    return True if span[0] >= start else False if span[1] < start else None


def _until(facts: Facts, span: Span, end: Decimal) -> MaybeBool:
    passes = span[1] <= end if facts.has_inclusive_ends else span[1] < end
    return True if passes else False if span[0] > end else None


def _after(span: Span, time: Decimal) -> MaybeBool:
    return True if span[0] > time else False if span[1] <= time else None


def _status(facts: Facts, status: Any) -> MaybeBool:
    if status not in facts.states:
        # The documentation does not state that the announced status of a new order is a filter value.
        return None if status == "AwaitConfirm" else False
    return True if facts.states == {status} else None


def _funded(facts: Facts) -> MaybeBool:
    """Balances are not visible; an order without a second desk cannot be funded by both."""
    return None if facts.order.target else False


def _counterparty(facts: Facts, name: Any) -> MaybeBool:
    if name in facts.order.parties() - {facts.caller}:
        return True
    if facts.alias is not None:
        return bool(name == facts.alias)
    # The desk may have an alias that no list has shown yet. A part of an id, or an id with more text, is not an alias.
    is_near_an_id = any(looks_like_id(one) and (name in one or name.startswith(one)) for one in facts.order.parties())
    return False if looks_like_id(name) or is_near_an_id else None


FILTERS: dict[str, Filter] = {
    "symbol": lambda facts, value: facts.order.symbol == value.upper(),
    "side": lambda facts, value: facts.order.side_of(facts.caller) == value,
    "counterparty": _counterparty,
    "submission_start": lambda facts, value: _from(facts.submission, milliseconds(value)),
    "submission_end": lambda facts, value: _until(facts, facts.submission, milliseconds(value)),
    "expiration_start": lambda facts, value: _from(facts.expiration, milliseconds(value)),
    "expiration_end": lambda facts, value: _until(facts, facts.expiration, milliseconds(value)),
    "status": _status,
    "funded": lambda facts, value: _funded(facts) if value else True,
    "timestamp": lambda facts, value: _after(facts.submission, milliseconds(value)),
    "timestamp_nanos": lambda facts, value: _from(facts.updated, Decimal(value) / 1_000_000),
}
# For trades, `timestamp` is compared with the last update, for orders with the creation.
TRADE_FILTERS = {**FILTERS, "timestamp": lambda facts, value: _after(facts.updated, milliseconds(value))}


def is_at_bound(facts: Facts, name: str, value: Any) -> bool:
    """Whether a filter's time is exactly that of the order."""
    spans = {
        "submission": facts.submission,
        "expiration": facts.expiration,
        "timestamp": facts.updated if facts.is_trade else facts.submission,
        "timestamp_nanos": facts.updated,
    }
    span = spans.get(name.removesuffix("_start").removesuffix("_end"))
    if span is None:
        return False
    time = Decimal(value) / 1_000_000 if name == "timestamp_nanos" else milliseconds(value)
    return span == (time, time)


def facts_of(
    values: ValueChecker, order: Order, caller: str, states: frozenset[str], *, is_trade: bool = False
) -> Facts:
    """Return the facts of an order, by earlier responses or by the suite's own clock."""
    submission = values.submission(order)
    updated = order.reported.get("updated", Decimal(0))
    changed = max(submission[0], order.changed_ms)
    is_known = updated >= changed and not values.memory.has_wrong_updates
    since = (updated, updated) if is_known else (changed, values.times.latest_ms)
    has_inclusive_ends = "inclusive_ends" in values.memory.choices
    aliases = (values.memory.aliases.get((caller, other)) for other in order.parties() - {caller})
    return Facts(
        order=order,
        caller=caller,
        submission=submission,
        expiration=values.expiration(order),
        updated=since,
        states=states,
        has_inclusive_ends=has_inclusive_ends,
        is_trade=is_trade,
        alias=next(aliases, None),
    )
