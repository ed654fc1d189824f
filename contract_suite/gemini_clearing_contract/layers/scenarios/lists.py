"""Scenarios about lists: each filter at its boundaries, limits, and the orders of each account."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ...run.session import Session
from .desks import NEEDED, Desks
from .lifecycle import Scenario

__all__ = ["LIST_SCENARIOS"]

# How long the orders are apart.
STEP_MS = 25
# The year 2286 in milliseconds.
FAR_FUTURE_MS = 10**13


def _create_orders(desks: Desks) -> list[str]:
    """Create orders that differ in every property that a filter reads, at different times."""
    session = desks.session
    created = []
    for symbol, amount, price, side, other, hours in (
        ("btcusd", "1", "10", "buy", "counterparty", 1),
        ("ethusd", "2", "20", "sell", "counterparty", 2),
        ("BTCUSD", "3", "30", "sell", desks.third, 3),
        ("ETHUSD", "4", "40", "buy", None, 4),
    ):
        named = {"counterparty_id": desks.id_of(other)} if other else {}
        terms = {"symbol": symbol, "amount": amount, "price": price, "side": side, "expires_in_hrs": hours}
        created.append(desks.create("initiator", **terms, **named).clearing_id)
        session.target.wait_ms(STEP_MS)
    incoming = {"symbol": "btcusd", "amount": "5", "price": "50", "side": "buy"}
    created.append(desks.create("counterparty", **incoming, counterparty_id=desks.id_of("initiator")).clearing_id)
    session.target.wait_ms(STEP_MS)
    for life, side in ((Decimal("1.5"), "buy"), (Decimal(6), "sell")):
        terms = {"symbol": "ethusd", "amount": "7", "price": "70", "side": side, "expires_in_hrs": life}
        created.append(desks.create_for_two("broker", "initiator", "counterparty", **terms).clearing_id)
        session.target.wait_ms(STEP_MS)
    desks.cancel("initiator", created[2])
    desks.confirm("counterparty", created[1], symbol="ethusd", amount="2", price="20", side="buy")
    session.target.wait_ms(STEP_MS)
    return created


def every_filter_at_its_boundaries(session: Session) -> None:
    """Each filter at each boundary in each list, as each desk; the first lists report the times."""
    desks = Desks(session)
    created = _create_orders(desks)
    desks.list_since(created, desks.all)
    since = desks.creation_ms(created)
    for desk in NEEDED:
        for filters in _filters(desks, created):
            has_start = bool({"timestamp", "timestamp_nanos"} & filters.keys())
            start = {} if session.controls_clock or has_start else {"timestamp": since}
            desks.list_all(desk, **start, **filters)


def _filters(desks: Desks, created: list[str]) -> Iterator[dict[str, Any]]:
    for symbol in ("btcusd", "BTCUSD", "EthUsd"):
        yield {"symbol": symbol}
    for side in ("buy", "sell"):
        yield {"side": side}
    for desk in ("initiator", "counterparty", desks.third):
        yield {"counterparty": desks.id_of(desk)}
    alias = desks.alias_of("counterparty")
    if alias is not None:
        yield {"counterparty": alias}
    for status in (
        "AwaitTargetConfirm", "AwaitSourceTargetConfirm", "Canceled", "Settled", "Confirmed", "AwaitConfirm",
    ):  # fmt: skip
        yield {"status": status}
    for flag in (True, False):
        yield {"funded": flag}
    for clearing_id in (created[1], created[4], created[5]):
        order = desks.session.book.orders.get(clearing_id)
        yield from _time_filters(order.reported if order else {})
    yield {"symbol": "btcusd", "side": "buy", "status": "AwaitTargetConfirm"}
    yield {"symbol": "ethusd", "side": "buy", "counterparty": desks.id_of("counterparty"), "funded": False}


def _time_filters(reported: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield filters at and next to the times of an order."""
    for name in ("submission", "expiration"):
        if name in reported:
            yield from _ranges(name, int(reported[name]))
    for name in ("submission", "updated"):
        for offset in (-1, 0, 1) if name in reported else ():
            time = int(reported[name]) + offset
            yield {"timestamp": time}
            yield {"timestamp": str(time)} if name == "submission" else {"timestamp_nanos": time * 1_000_000}


def _ranges(name: str, time: int) -> Iterator[dict[str, Any]]:
    """Yield ranges that start, end, and are at a time or next to it, in milliseconds, as text, and in seconds."""
    for offset in (-1, 0, 1):
        yield {f"{name}_start": time + offset, f"{name}_end": FAR_FUTURE_MS}
        yield {f"{name}_start": 0, f"{name}_end": time + offset}
        yield {f"{name}_start": time + offset, f"{name}_end": time + offset}
    yield {f"{name}_start": str(time), f"{name}_end": str(time)}
    yield {f"{name}_start": time // 1000, f"{name}_end": time // 1000 + 1}
    yield {f"{name}_start": time, f"{name}_end": time - 1}


def limits_keep_the_newest(session: Session) -> None:
    """A list has at most as many rows as its limit; of two limits the smaller one applies."""
    desks = Desks(session)
    desks.list_since(_create_orders(desks), NEEDED)
    for number in (1, 2, 3, 300):
        for desk in NEEDED:
            desks.list_all(desk, limit_orders=number)
            desks.list_all(desk, limit_trades=number)
        desks.list_all("initiator", limit_per_account=number)
    for per_account, trades in ((3, 1), (1, 3)):
        desks.list_all("initiator", limit_per_account=per_account, limit_trades=trades)
    desks.list_all("initiator", limit_orders=Decimal("2.0"))
    # The newest orders do not pass these filters: a limit counts only the orders that do.
    for filters in ({"symbol": "btcusd"}, {"side": "sell"}, {"status": "Canceled"}):
        for desk in NEEDED:
            desks.list_all(desk, limit_orders=1, **filters)
            desks.list_all(desk, limit_trades=1, **filters)


def long_lists_end_at_their_limit(session: Session) -> None:
    """Without a limit a list of trades has at most 100 rows, and others have all; tested only on a new exchange."""
    if not session.controls_clock:
        return
    desks = Desks(session)
    for number in range(104):
        terms = {"symbol": "btcusd", "amount": "1", "price": str(number + 1), "side": "buy", "expires_in_hrs": 1}
        desks.create_for_two("broker", "initiator", "counterparty", **terms)
    for desk in ("initiator", "broker"):
        desks.list_all(desk)
        desks.list_all(desk, symbol="btcusd")
        for number in (11, 51, 101, 103):
            desks.list_all(desk, limit_orders=number)
    for limits in ({"limit_per_account": 102}, {"limit_trades": 101}, {"limit_per_account": 300}, {"limit_trades": 51}):
        desks.list_all("initiator", **limits)


LIST_SCENARIOS: dict[str, Scenario] = {
    function.__name__.replace("_", " "): function
    for function in (every_filter_at_its_boundaries, limits_keep_the_newest, long_lists_end_at_their_limit)
}
