"""
Whether a list is true: it holds the account's orders, all of them that pass the filters, no others, newest first.

Which orders pass which filter is told in `filters.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from ..findings.finding import Problem
from ..findings.text import shorten
from .filters import FILTERS, TRADE_FILTERS, Facts, TriState, facts_of, is_ambiguous
from .order_book import Order
from .response_values import ValueChecker, milliseconds

__all__ = ["LIST_KINDS", "ListKind", "list_problems"]

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
class ListKind:
    """One kind of list: where its rows stand, which orders it is about, and how its fields are called."""

    rows: str
    id_field: str
    names: dict[str, str]
    concerns: Callable[[Order, str], bool]
    limits: tuple[str, ...]
    filters: dict[str, Callable[[Facts, Any], TriState]]
    default_limit: int | None = None
    # Whether a limit leaves the newest; of trades the spec does not say which.
    keeps_the_newest: bool = True


LIST_KINDS = {
    "list_orders": ListKind(
        "orders", "clearing_id", LIST_NAMES, lambda order, me: me in order.parties(), ("limit_orders",), FILTERS
    ),
    "list_broker_orders": ListKind(
        "orders",
        "clearing_id",
        LIST_NAMES,
        lambda order, me: order.is_brokered and order.placed_by == me,
        ("limit_orders",),
        FILTERS,
    ),
    "list_trades": ListKind(
        "results",
        "clearingId",
        TRADE_NAMES,
        lambda order, me: me in order.parties(),
        ("limit_trades", "limit_per_account"),
        TRADE_FILTERS,
        100,
        keeps_the_newest=False,
    ),
}


def list_problems(
    truth: ValueChecker,
    operation: str,
    me: str,
    request: dict[str, Any],
    body: dict[str, Any],
    states_of: Callable[[Order], frozenset[str]],
) -> Iterator[Problem]:
    """Everything in the list that is not true, and everything that is missing from it."""
    kind = LIST_KINDS[operation]
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
    if not any(is_ambiguous(value) for name, value in request.items() if name in kind.filters):
        yield from _selection_problems(truth, kind, me, request, body[kind.rows], states_of)
    yield from _order_problems(kind, body[kind.rows])


def _row_problems(
    truth: ValueChecker,
    kind: ListKind,
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


def _trade_problems(truth: ValueChecker, order: Order, row: dict[str, Any], place: str) -> Iterator[Problem]:
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
    truth: ValueChecker,
    kind: ListKind,
    me: str,
    request: dict[str, Any],
    rows: list[dict[str, Any]],
    states_of: Callable[[Order], frozenset[str]],
) -> Iterator[Problem]:
    given = {name: value for name, value in request.items() if name in kind.filters}
    passes = {}
    for order in truth.book.orders.values():
        if kind.concerns(order, me):
            facts = facts_of(truth, order, me, states_of(order))
            passes[order.clearing_id] = {name: kind.filters[name](facts, value) for name, value in given.items()}
    for index, row in enumerate(rows):
        for name, passed in passes.get(row[kind.id_field], {}).items():
            if passed is False:
                expected = f"only rows that pass {name}={given[name]}"
                yield Problem(f"filter: {name}", f"{kind.rows}[{index}]", expected, row[kind.id_field])
    limits = {name: int(request[name]) for name in kind.limits if name in request}
    limit = min(limits.values(), default=kind.default_limit)
    if limit is not None and len(rows) > limit:
        by = ", ".join(limits) or "what holds without a limit"
        yield Problem("limit", kind.rows, f"at most {limit} rows, by {by}", f"{len(rows)} rows")
    owed = [name for name, passed in passes.items() if all(passed.values())]
    asked = ", ".join(f"{name}={value}" for name, value in given.items())
    for clearing_id in _missing(truth, kind, owed, rows, is_full=limit is not None and len(rows) >= limit)[:3]:
        expected = f"the order {clearing_id}" + (f", which passes {asked}" if asked else "")
        yield Problem("nothing forgotten", kind.rows, expected, f"{len(rows)} rows without it")


def _missing(
    truth: ValueChecker, kind: ListKind, owed: list[str], rows: list[dict[str, Any]], *, is_full: bool
) -> list[str]:
    """The orders that the list owes and does not hold; a full list of orders still owes those newer than its last."""
    listed = {row[kind.id_field] for row in rows}
    missing = [name for name in owed if name not in listed]
    if not is_full:
        return missing
    if not kind.keeps_the_newest or not rows:
        return []
    oldest = min(milliseconds(row[kind.names["submission"]]) for row in rows)
    return [name for name in missing if truth.submission(truth.book.orders[name])[0] > oldest]


def _order_problems(kind: ListKind, rows: list[dict[str, Any]]) -> Iterator[Problem]:
    field = kind.names["submission"]
    times = [milliseconds(row[field]) for row in rows]
    for index, (newer, older) in enumerate(pairwise(times)):
        if newer < older:
            yield Problem("newest first", f"{kind.rows}[{index + 1}].{field}", f"at most {newer:f}", f"{older:f}")
            return
