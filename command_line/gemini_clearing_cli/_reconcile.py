"""The comparison of the desk's own book with the orders and trades of the exchange."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import attrs

from gemini_clearing import (
    GeminiClearing,
    ListedBrokerOrder,
    ListedOrder,
    OrderDetails,
    OrderNotFoundError,
    OrderStatus,
    Side,
    Trade,
    WalkProgress,
)

from ._book import ExpectedOrder

__all__ = ["ActualOrders", "Difference", "DifferenceKind", "fetch_orders", "reconcile"]


class DifferenceKind(StrEnum):
    """The kind of a difference."""

    MISSING = "missing"
    """The exchange does not have an order of the book."""
    UNEXPECTED = "unexpected"
    """The book does not have an order of the exchange."""
    DUPLICATE = "duplicate"
    """The book has the same clearing id more than once."""
    SYMBOL = "symbol"
    SIDE = "side"
    AMOUNT = "amount"
    PRICE = "price"
    STATUS = "status"
    SETTLED_LATE = "settled late"
    """It was settled after `settle_by`."""
    NOT_SETTLED = "not settled"
    """`settle_by` has passed, and it is not settled."""
    UNKNOWN_SETTLEMENT = "settlement time unknown"
    """It is settled, but no list of trades shows when."""


@attrs.frozen(kw_only=True)
class Difference:
    """One difference between the book and the exchange."""

    clearing_id: str
    kind: DifferenceKind
    expected: str | Decimal | datetime | None = None
    actual: str | Decimal | datetime | None = None
    source: str
    """Where the actual value is from: `list`, `trades`, `status`, or `book` for a mistake in the book."""


@attrs.frozen(kw_only=True)
class ActualOrders:
    """The orders, trades and statuses that the exchange has returned."""

    orders: Iterable[ListedOrder | ListedBrokerOrder] = ()
    trades: Iterable[Trade] = ()
    details: Mapping[str, OrderDetails] = attrs.field(factory=dict)
    """The status of orders that are in neither list."""


@attrs.frozen(kw_only=True)
class _Seen:
    """An order as one source shows it."""

    source: str
    status: str
    symbol: str | None = None
    side: Side | None = None
    amount: Decimal | None = None
    price: Decimal | None = None
    settled_at: datetime | None = None


def fetch_orders(
    clearing: GeminiClearing,
    expected: Iterable[ExpectedOrder],
    *,
    since: datetime | None = None,
    as_broker: bool = False,
    on_progress: Callable[[WalkProgress], object] | None = None,
) -> ActualOrders:
    """
    Return all rows of the lists of the exchange, and the status of each order of a book that is not in them.

    Args:
        clearing: the client.
        expected: the book.
        since: list only orders that were placed at this time or later; by default all.
        as_broker: list the orders that the account has placed as a broker.
        on_progress: called after each response with orders or trades, which are read in parts.

    Raises:
        ClearingError: a query failed. Nothing is known about the book.
    """
    iterate = clearing.iter_broker_orders if as_broker else clearing.iter_orders
    listed: list[ListedOrder | ListedBrokerOrder] = list(iterate(start=since, on_progress=on_progress))
    trades = list(clearing.iter_trades(start=since, on_progress=on_progress))
    known = {order.clearing_id for order in listed} | {trade.clearing_id for trade in trades}
    details = {}
    for order in expected:
        if order.clearing_id not in known and order.clearing_id not in details:
            try:
                details[order.clearing_id] = clearing.get_order(clearing_id=order.clearing_id)
            except OrderNotFoundError:
                continue
    return ActualOrders(orders=listed, trades=trades, details=details)


def reconcile(expected: Iterable[ExpectedOrder], actual: ActualOrders, *, now: datetime) -> list[Difference]:
    """
    Compare a book with the exchange; numbers are compared exactly, symbols without case.

    If two sources show different values, each value that differs from the book is a difference. The side of an order
    that is in no order list is not compared: trades and status show the side of the source, not of the account.

    Args:
        expected: the book.
        actual: what the exchange has returned.
        now: the time that `settle_by` is compared with for orders that are not settled.

    Returns:
        The differences, in the order of the book, then the unexpected orders in the order of the lists.
    """
    seen = _by_id(actual)
    found: list[Difference] = []
    ids = Counter[str]()
    for order in expected:
        ids[order.clearing_id] += 1
        found += _differences(order, seen.get(order.clearing_id, []), ids[order.clearing_id], now)
    unexpected = [(clearing_id, rows[0]) for clearing_id, rows in seen.items() if clearing_id not in ids]
    return found + [
        Difference(clearing_id=clearing_id, kind=DifferenceKind.UNEXPECTED, actual=_terms(row), source=row.source)
        for clearing_id, row in unexpected
    ]


def _by_id(actual: ActualOrders) -> dict[str, list[_Seen]]:
    """Return the views of each order, the latest one last: trades are read after the list."""
    seen: dict[str, list[_Seen]] = {}
    for order in actual.orders:
        side = order.source_side if isinstance(order, ListedBrokerOrder) else order.side
        listed = _Seen(
            source="list", status=order.status, symbol=order.symbol, side=side, amount=order.quantity, price=order.price
        )
        seen.setdefault(order.clearing_id, []).append(listed)
    for trade in actual.trades:
        settled_at = trade.last_updated_ms if trade.status == OrderStatus.SETTLED else None
        traded = _Seen(
            source="trades",
            status=trade.status,
            symbol=trade.pair,
            amount=trade.quantity,
            price=trade.price,
            settled_at=settled_at,
        )
        seen.setdefault(trade.clearing_id, []).append(traded)
    for clearing_id, one in actual.details.items():
        if one.status != OrderStatus.NOT_FOUND:
            detail = _Seen(source="status", status=one.status, symbol=one.symbol, amount=one.amount, price=one.price)
            seen.setdefault(clearing_id, []).append(detail)
    return seen


def _differences(order: ExpectedOrder, seen: list[_Seen], times: int, now: datetime) -> Iterator[Difference]:
    if times > 1:
        yield Difference(clearing_id=order.clearing_id, kind=DifferenceKind.DUPLICATE, source="book")
    if not seen:
        yield Difference(clearing_id=order.clearing_id, kind=DifferenceKind.MISSING, source="status")
        return
    for kind in (DifferenceKind.SYMBOL, DifferenceKind.SIDE, DifferenceKind.AMOUNT, DifferenceKind.PRICE):
        yield from _different_values(order, kind, seen)
    latest = seen[-1]
    if order.status is not None and order.status != latest.status:
        yield Difference(
            clearing_id=order.clearing_id,
            kind=DifferenceKind.STATUS,
            expected=order.status,
            actual=latest.status,
            source=latest.source,
        )
    if order.settle_by is not None:
        yield from _late(order, order.settle_by, latest, now)


def _different_values(order: ExpectedOrder, kind: DifferenceKind, seen: list[_Seen]) -> Iterator[Difference]:
    """Yield a difference for each value of a field that is not the expected one."""
    expected = getattr(order, kind.value)
    if expected is None:
        return
    sources: dict[Any, list[str]] = {}
    for row in seen:
        value = getattr(row, kind.value)
        if value is not None and _comparable(value) != _comparable(expected):
            sources.setdefault(value, []).append(row.source)
    for value, names in sources.items():
        yield Difference(
            clearing_id=order.clearing_id,
            kind=kind,
            expected=expected,
            actual=value,
            source=" and ".join(dict.fromkeys(names)),
        )


def _comparable(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


def _late(order: ExpectedOrder, settle_by: datetime, latest: _Seen, now: datetime) -> Iterator[Difference]:
    """Yield a difference if the order was settled late, is not settled in time, or shows no time of settlement."""
    actual: str | datetime | None
    if latest.status != OrderStatus.SETTLED:
        kind, actual, is_different = DifferenceKind.NOT_SETTLED, latest.status, now > settle_by
    elif latest.settled_at is None:
        kind, actual, is_different = DifferenceKind.UNKNOWN_SETTLEMENT, None, True
    else:
        kind, actual, is_different = DifferenceKind.SETTLED_LATE, latest.settled_at, latest.settled_at > settle_by
    if is_different:
        yield Difference(
            clearing_id=order.clearing_id, kind=kind, expected=settle_by, actual=actual, source=latest.source
        )


def _terms(row: _Seen) -> str:
    """Return an order as text, such as `buy 100 BTCUSD at 9500.00, Settled`."""
    terms = " ".join(str(part) for part in (row.side, row.amount, row.symbol) if part is not None)
    return f"{terms} at {row.price}, {row.status}"
