"""Scenarios about lists: each filter at its boundaries, limits, and who sees what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from ...run.session import Session
from .lifecycle import third_desk

__all__ = ["LIST_SCENARIOS"]

Scenario = Callable[[Session], None]
LIST_SCENARIOS: dict[str, Scenario] = {}


def scenario(function: Scenario) -> Scenario:
    """Enter a scenario under its function's name, in words."""
    LIST_SCENARIOS[function.__name__.replace("_", " ")] = function
    return function


def _furnish(session: Session) -> list[str]:
    """Orders that differ in everything that can be asked for, at different times."""
    ids = {name: desk.counterparty_id for name, desk in session.ring.desks.items()}
    third = third_desk(session)
    placed = []
    for symbol, amount, price, side, other, hours in (
        ("btcusd", "1", "10", "buy", ids["counterparty"], 1),
        ("ethusd", "2", "20", "sell", ids["counterparty"], 2),
        ("BTCUSD", "3", "30", "sell", ids[third], 3),
        ("ETHUSD", "4", "40", "buy", None, 4),
    ):
        named = {"counterparty_id": other} if other else {}
        placed.append(
            _place(
                session,
                "initiator",
                symbol=symbol,
                amount=amount,
                price=price,
                side=side,
                expires_in_hrs=hours,
                **named,
            )
        )
    placed.append(
        _place(
            session,
            "counterparty",
            symbol="btcusd",
            amount="5",
            price="50",
            side="buy",
            counterparty_id=ids["initiator"],
        )
    )
    for life, side in ((Decimal("1.5"), "buy"), (Decimal(6), "sell")):
        desks = {"source_counterparty_id": ids["initiator"], "target_counterparty_id": ids["counterparty"]}
        fields = {**desks, "symbol": "ethusd", "amount": "7", "price": "70", "side": side, "expires_in_hrs": life}
        placed.append(session.call("broker", "create_broker_order", **fields).clearing_id)
        session.target.wait_ms(25)
    session.call("initiator", "cancel_order", clearing_id=placed[2])
    session.call(
        "counterparty", "confirm_order", clearing_id=placed[1], symbol="ethusd", amount="2", price="20", side="buy"
    )
    session.target.wait_ms(25)
    return placed


def _place(session: Session, desk: str, **fields: Any) -> str:
    answer = session.call(desk, "create_order", **fields)
    session.target.wait_ms(25)
    return answer.clearing_id


def _since(session: Session, placed: list[str]) -> int:
    order = session.oracle.book.orders.get(placed[0])
    return int(order.placed_ms[0]) - session.target.tolerance_ms - 1 if order else 0


@scenario
def every_filter_at_its_boundaries(session: Session) -> None:
    """One call for each filter and boundary, from each desk; the first call of each desk tells the times."""
    placed = _furnish(session)
    since = _since(session, placed)
    for desk in ("initiator", "counterparty", "broker", third_desk(session)):
        for listing in ("list_orders", "list_broker_orders", "list_trades"):
            session.call(desk, listing, timestamp=since)
    for desk in ("initiator", "counterparty", "broker"):
        for listing in ("list_orders", "list_broker_orders", "list_trades"):
            known = session.spec.operations[listing].own_fields
            for filters in _filters(session, placed):
                if filters.keys() <= known.keys():
                    wanted = (
                        {"timestamp": since}
                        if session.target.tolerance_ms and not {"timestamp", "timestamp_nanos"} & filters.keys()
                        else {}
                    )
                    session.call(desk, listing, **{**wanted, **filters})


def _filters(session: Session, placed: list[str]) -> Iterator[dict[str, Any]]:
    ids = {name: desk.counterparty_id for name, desk in session.ring.desks.items()}
    for symbol in ("btcusd", "BTCUSD", "EthUsd"):
        yield {"symbol": symbol}
    for side in ("buy", "sell"):
        yield {"side": side}
    for name in ("initiator", "counterparty", third_desk(session)):
        yield {"counterparty": ids[name]}
    for status in (
        "AwaitTargetConfirm",
        "AwaitSourceTargetConfirm",
        "Canceled",
        "Settled",
        "Confirmed",
        "AwaitConfirm",
    ):
        yield {"status": status}
    for flag in (True, False):
        yield {"funded": flag}
    for clearing_id in (placed[1], placed[4], placed[5]):
        order = session.oracle.book.orders.get(clearing_id)
        told = order.told if order else {}
        for name in ("submission", "expiration"):
            if name in told:
                yield from _around(name, int(told[name]))
        if "submission" in told:
            for offset in (-1, 0, 1):
                yield {"timestamp": int(told["submission"]) + offset}
                yield {"timestamp": str(int(told["submission"]) + offset)}
        if "updated" in told:
            for offset in (-1, 0, 1):
                yield {"timestamp": int(told["updated"]) + offset}
                yield {"timestamp_nanos": (int(told["updated"]) + offset) * 1_000_000}
    yield {"symbol": "btcusd", "side": "buy", "status": "AwaitTargetConfirm"}
    yield {"symbol": "ethusd", "side": "buy", "counterparty": ids["counterparty"], "funded": False}


def _around(name: str, moment: int) -> Iterator[dict[str, Any]]:
    """A range that ends, starts and lies at a moment, and just beside it; in milliseconds, as text, in seconds."""
    far = 10**13
    for offset in (-1, 0, 1):
        yield {f"{name}_start": moment + offset, f"{name}_end": far}
        yield {f"{name}_start": 0, f"{name}_end": moment + offset}
        yield {f"{name}_start": moment + offset, f"{name}_end": moment + offset}
    yield {f"{name}_start": str(moment), f"{name}_end": str(moment)}
    yield {f"{name}_start": moment // 1000, f"{name}_end": moment // 1000 + 1}
    yield {f"{name}_start": moment, f"{name}_end": moment - 1}


@scenario
def limits_keep_the_newest(session: Session) -> None:
    """As many rows as asked for, and no more; of two limits the smaller one."""
    placed = _furnish(session)
    since = _since(session, placed)
    for desk in ("initiator", "counterparty", "broker"):
        for listing in ("list_orders", "list_broker_orders", "list_trades"):
            session.call(desk, listing, timestamp=since)
    for number in (1, 2, 3, 300):
        session.call("initiator", "list_orders", limit_orders=number)
        session.call("broker", "list_broker_orders", limit_orders=number)
        session.call("counterparty", "list_trades", limit_trades=number)
        session.call("initiator", "list_trades", limit_per_account=number)
    session.call("initiator", "list_trades", limit_per_account=3, limit_trades=1)
    session.call("initiator", "list_trades", limit_per_account=1, limit_trades=3)
    session.call("initiator", "list_orders", limit_orders=Decimal("2.0"))


@scenario
def a_hundred_trades_without_a_limit(session: Session) -> None:
    """The default of `limit_per_account`, and its maximum."""
    if session.target.tolerance_ms:
        return
    for number in range(104):
        session.call("initiator", "create_order", symbol="btcusd", amount="1", price=str(number + 1), side="buy")
    session.call("initiator", "list_orders")
    for limits in ({}, {"limit_per_account": 102}, {"limit_trades": 101}, {"limit_per_account": 300}):
        session.call("initiator", "list_trades", **limits)
