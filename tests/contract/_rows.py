"""
Whether a list is true: it holds the account's orders, all of them that pass the filters, no others, newest first.

Each filter is a line in `FILTERS`: which field it reads and what a row must be to pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from contract._echo import Span, Truth, milliseconds
from contract._finding import Problem
from contract._orders import Order
from contract._shape import shorten

__all__ = ["KINDS", "Kind", "list_problems"]

LIST_NAMES = {
    "symbol": "symbol",
    "price": "price",
    "quantity": "quantity",
    "submission": "submission",
    "expiration": "expiration",
}
TRADE_NAMES = {
    "symbol": "pair",
    "price": "price",
    "quantity": "quantity",
    "submission": "createdMs",
    "expiration": "expirationTimeMs",
}


@dataclass(frozen=True)
class Kind:
    """One kind of list: where its rows stand, which orders it is about, and how its fields are called."""

    rows: str
    id_field: str
    names: dict[str, str]
    concerns: Callable[[Order, str], bool]
    limits: tuple[str, ...]
    default_limit: int | None = None


KINDS = {
    "list_orders": Kind(
        "orders", "clearing_id", LIST_NAMES, lambda order, me: me in order.parties(), ("limit_orders",)
    ),
    "list_broker_orders": Kind(
        "orders",
        "clearing_id",
        LIST_NAMES,
        lambda order, me: order.is_brokered and order.placed_by == me,
        ("limit_orders",),
    ),
    "list_trades": Kind(
        "results",
        "clearingId",
        TRADE_NAMES,
        lambda order, me: me in order.parties(),
        ("limit_trades", "limit_per_account"),
        100,
    ),
}


@dataclass(frozen=True)
class Facts:
    """What a filter may ask of an order; a time lies between two, which are the same once an answer has told it."""

    order: Order
    me: str
    submission: Span
    expiration: Span
    updated: Span
    states: frozenset[str]


Verdict3 = bool | None  # None: it cannot be told from outside.


def _from(span: Span, start: Decimal) -> Verdict3:
    return True if span[0] >= start else False if span[1] < start else None


def _until(span: Span, end: Decimal) -> Verdict3:
    return True if span[1] <= end else False if span[0] > end else None


def _after(span: Span, moment: Decimal) -> Verdict3:
    return True if span[0] > moment else False if span[1] <= moment else None


def _status(facts: Facts, word: Any) -> Verdict3:
    if word not in facts.states:
        # The word of the call that placed the order may count as its state's.
        return None if word == "AwaitConfirm" else False
    return True if facts.states == {word} else None


def _funded(facts: Facts) -> Verdict3:
    """Only the server knows balances; but where there is no second desk yet, not both can hold the funds."""
    return None if facts.order.target else False


def _counterparty(facts: Facts, name: Any) -> Verdict3:
    others = facts.order.parties() - {facts.me}
    if name in others:
        return True
    # An alias is the account's own name for a desk; only the server knows it.
    return False if _is_known_id(name) else None


def _is_known_id(name: str) -> bool:
    return len(name) == 8 and name == name.upper()


FILTERS: dict[str, Callable[[Facts, Any], Verdict3]] = {
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


def list_problems(
    truth: Truth,
    operation: str,
    me: str,
    request: dict[str, Any],
    body: dict[str, Any],
    states_of: Callable[[Order], frozenset[str]],
) -> Iterator[Problem]:
    """Everything in the list that is not true, and everything that is missing from it."""
    kind = KINDS[operation]
    seen: list[str] = []
    for index, row in enumerate(body[kind.rows]):
        place = f"{kind.rows}[{index}]"
        clearing_id = row[kind.id_field]
        order = truth.book.orders.get(clearing_id)
        if clearing_id in seen:
            yield Problem("each order once", f"{place}.{kind.id_field}", "an id not yet listed", clearing_id)
        seen.append(clearing_id)
        if order is None:
            if clearing_id not in truth.book.foreign:
                yield Problem("no invented order", f"{place}.{kind.id_field}", "an order that was placed", clearing_id)
        elif not kind.concerns(order, me):
            yield Problem("no foreign order", f"{place}.{kind.id_field}", "an order of this account", clearing_id)
        else:
            yield from _row_problems(truth, kind, operation, me, order, row, states_of(order), place)
    if not any(_is_ambiguous(value) for name, value in request.items() if name in FILTERS):
        yield from _selection_problems(truth, kind, operation, me, request, body[kind.rows], seen, states_of)
    yield from _order_problems(kind, body[kind.rows])


def _row_problems(
    truth: Truth,
    kind: Kind,
    operation: str,
    me: str,
    order: Order,
    row: dict[str, Any],
    states: frozenset[str],
    place: str,
) -> Iterator[Problem]:
    yield from truth.row(order, row, kind.names, states, place)
    truths = OWN_TRUTHS[operation](order, me)
    for name, value in truths.items():
        if value is None and name in row:
            yield Problem("echo", f"{place}.{name}", "absent: nothing set it", shorten(row[name]))
        elif value is not None and row.get(name) != value:
            yield Problem("echo", f"{place}.{name}", str(value), shorten(row.get(name, "absent")))
    if operation == "list_trades":
        yield from _trade_problems(truth, order, row, place)


def _of_list(order: Order, me: str) -> dict[str, Any]:
    other = next(iter(order.parties() - {me}), None)
    return {
        "side": order.side_of(me),
        "counterparty_id": other,
        "broker_id": order.placed_by if order.is_brokered else None,
        "order_id": None,
    }


def _of_broker_list(order: Order, me: str) -> dict[str, Any]:
    return {
        "source_counterparty_id": order.source,
        "target_counterparty_id": order.target,
        "source_side": order.side,
        "source_order_id": None,
        "target_order_id": None,
    }


def _of_trades(order: Order, me: str) -> dict[str, Any]:
    return {"sourceSide": order.side, "hasBroker": order.is_brokered}


OWN_TRUTHS: dict[str, Callable[[Order, str], dict[str, Any]]] = {
    "list_orders": _of_list,
    "list_broker_orders": _of_broker_list,
    "list_trades": _of_trades,
}


def _trade_problems(truth: Truth, order: Order, row: dict[str, Any], place: str) -> Iterator[Problem]:
    created, updated = Decimal(row["createdMs"]), Decimal(row["lastUpdatedMs"])
    earlier = order.told.get("updated", created)
    if updated < max(created, earlier):
        yield Problem("time goes on", f"{place}.lastUpdatedMs", f"at least {max(created, earlier):f}", f"{updated:f}")
    if updated > truth.clock.latest_ms:
        expected = f"at most {truth.clock.latest_ms:f}, which is now"
        yield Problem("plausible time", f"{place}.lastUpdatedMs", expected, f"{updated:f}")
    order.told["updated"] = max(updated, earlier)
    if order.told.get("notified") and not row["wasNotified"]:
        yield Problem("agrees with earlier answers", f"{place}.wasNotified", "True", "False")
    order.told["notified"] = row["wasNotified"]
    yield from truth.account_name(order.source, row["sourceAccount"], f"{place}.sourceAccount")
    yield from truth.account_name(order.target, row["targetAccount"], f"{place}.targetAccount")


def _selection_problems(
    truth: Truth,
    kind: Kind,
    operation: str,
    me: str,
    request: dict[str, Any],
    rows: list[dict[str, Any]],
    seen: list[str],
    states_of: Callable[[Order], frozenset[str]],
) -> Iterator[Problem]:
    filters = TRADE_FILTERS if operation == "list_trades" else FILTERS
    given = {name: value for name, value in request.items() if name in filters}
    limits = [int(request[name]) for name in kind.limits if name in request]
    limit = min(limits) if limits else kind.default_limit
    passes: dict[str, dict[str, Verdict3]] = {}
    for order in truth.book.orders.values():
        if kind.concerns(order, me):
            facts = _facts(truth, order, me, states_of(order))
            passes[order.clearing_id] = {name: filters[name](facts, value) for name, value in given.items()}
    for index, clearing_id in enumerate(seen):
        for name, passed in passes.get(clearing_id, {}).items():
            if passed is False:
                expected = f"only rows that pass {name}={given[name]}"
                yield Problem(f"filter: {name}", f"{kind.rows}[{index}]", expected, clearing_id)
    if limit is not None and len(rows) > limit:
        by = ", ".join(name for name in kind.limits if name in request) or "what holds without a limit"
        yield Problem("limit", kind.rows, f"at most {limit} rows, by {by}", f"{len(rows)} rows")
    missing = [name for name, passed in passes.items() if all(passed.values()) and name not in seen]
    if limit is not None and len(rows) >= limit:
        oldest = min((milliseconds(row[kind.names["submission"]]) for row in rows), default=Decimal(0))
        missing = (
            [name for name in missing if truth.submission(truth.book.orders[name])[0] > oldest]
            if operation != "list_trades"
            else []
        )
    asked = ", ".join(f"{name}={value}" for name, value in given.items())
    for clearing_id in missing[:3]:
        expected = f"the order {clearing_id}" + (f", which passes {asked}" if asked else "")
        yield Problem("nothing forgotten", kind.rows, expected, f"{len(rows)} rows without it")


def _facts(truth: Truth, order: Order, me: str, states: frozenset[str]) -> Facts:
    submission = truth.submission(order)
    updated = order.told.get("updated")
    since = (updated, updated) if updated is not None else (submission[0], truth.clock.latest_ms)
    return Facts(order, me, submission, truth.expiration(order), since, states)


def _order_problems(kind: Kind, rows: list[dict[str, Any]]) -> Iterator[Problem]:
    field = kind.names["submission"]
    times = [milliseconds(row[field]) for row in rows]
    for index, (newer, older) in enumerate(pairwise(times)):
        if newer < older:
            yield Problem("newest first", f"{kind.rows}[{index + 1}].{field}", f"at most {newer:f}", f"{older:f}")
            return


def _is_ambiguous(value: object) -> bool:
    """Whether a time might be meant in seconds or in milliseconds, so that only the server knows which."""
    try:
        return AMBIGUOUS[0] * 10 <= Decimal(str(value)) < AMBIGUOUS[1]
    except ArithmeticError:
        return False
