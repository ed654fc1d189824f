"""Scenarios in which one order is placed, looked at, confirmed, canceled or left to expire."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ...cases.values import NO_ORDER, NO_SYMBOL, NOBODY
from ...oracle.order_book import HOUR_MS
from ...run.session import Session
from ...wire import OMITTED

__all__ = ["LIFECYCLE_SCENARIOS", "look_up", "third_desk"]

Scenario = Callable[[Session], None]
LIFECYCLE_SCENARIOS: dict[str, Scenario] = {}
TERMS: dict[str, Any] = {"symbol": "btcusd", "amount": "1.25", "price": "9500.50"}


def scenario(function: Scenario) -> Scenario:
    """Enter a scenario under its function's name, in words."""
    LIFECYCLE_SCENARIOS[function.__name__.replace("_", " ")] = function
    return function


def third_desk(session: Session) -> str:
    """A desk that has no part in an order between initiator and counterparty."""
    return "desk3" if "desk3" in session.ring.desks else "broker"


def _id_of(session: Session, desk: str) -> str:
    return session.desk(desk).counterparty_id


def _bilateral(session: Session, **fields: Any) -> str:
    other = {"counterparty_id": _id_of(session, "counterparty")}
    return session.call("initiator", "create_order", **{**TERMS, "side": "buy", **other, **fields}).clearing_id


def _brokered(session: Session, **fields: Any) -> str:
    desks = {
        "source_counterparty_id": _id_of(session, "initiator"),
        "target_counterparty_id": _id_of(session, "counterparty"),
    }
    return session.call(
        "broker", "create_broker_order", **{**desks, **TERMS, "side": "sell", "expires_in_hrs": 2, **fields}
    ).clearing_id


def look_up(session: Session, clearing_id: str) -> None:
    """Ask for the order in every way, from every desk."""
    for desk in ("initiator", "counterparty", "broker", third_desk(session), "auditor"):
        if desk in session.ring.desks:
            session.call(desk, "get_order", clearing_id=clearing_id)
    since = (
        int(session.oracle.book.orders[clearing_id].placed_ms[0]) - session.target.tolerance_ms - 1
        if clearing_id in session.oracle.book.orders
        else 0
    )
    for desk in ("initiator", "counterparty", "broker", third_desk(session)):
        for listing in ("list_orders", "list_broker_orders", "list_trades"):
            session.call(desk, listing, timestamp=since)


@scenario
def a_named_desk_confirms(session: Session) -> None:
    """Every wrong way to confirm first, each of which must leave the order waiting."""
    order = _bilateral(session)
    look_up(session, order)
    for desk in (third_desk(session), "initiator"):
        session.call(desk, "confirm_order", clearing_id=order, **TERMS, side="sell")
    wrong = (
        {"side": "buy"},
        {"amount": "1.26"},
        {"amount": "1.249999999"},
        {"price": "9500.5000001"},
        {"price": "1"},
        {"symbol": "ethusd"},
    )
    for change in wrong:
        session.call("counterparty", "confirm_order", **{"clearing_id": order, **TERMS, "side": "sell", **change})
    session.call("counterparty", "confirm_order", clearing_id=NO_ORDER, **TERMS, side="sell")
    session.call("counterparty", "confirm_order", clearing_id=order.lower() + "x", **TERMS, side="sell")
    look_up(session, order)
    same = {"symbol": "BTCUSD", "amount": "01.250", "price": "9500.5"}
    session.call("counterparty", "confirm_order", clearing_id=order, **same, side="sell")
    look_up(session, order)
    for desk in ("counterparty", "initiator", third_desk(session)):
        session.call(desk, "confirm_order", clearing_id=order, **TERMS, side="sell")
        session.call(desk, "cancel_order", clearing_id=order)
    look_up(session, order)
    if session.target.tolerance_ms == 0:
        session.target.wait_ms(61_000)
        look_up(session, order)


@scenario
def anybody_who_holds_the_id_confirms(session: Session) -> None:
    """An order without a counterparty: visible to all who know it, until one of them takes it."""
    order = session.call("initiator", "create_order", **TERMS, side="sell").clearing_id
    look_up(session, order)
    session.call("initiator", "confirm_order", clearing_id=order, **TERMS, side="buy")
    session.call("counterparty", "cancel_order", clearing_id=order)
    session.call("counterparty", "confirm_order", clearing_id=order, **TERMS, side="sell")
    session.call("counterparty", "confirm_order", clearing_id=order, **TERMS, side="buy")
    look_up(session, order)
    session.call(third_desk(session), "confirm_order", clearing_id=order, **TERMS, side="buy")
    session.call("broker", "cancel_order", clearing_id=order)
    look_up(session, order)


def _cancel(session: Session, place: Callable[..., str], who: str, confirm: str) -> None:
    order = place(session)
    for desk in (third_desk(session), "broker"):
        if desk != who and not (place is _brokered and desk == "broker"):
            session.call(desk, "cancel_order", clearing_id=order)
    session.call(who, "cancel_order", clearing_id=order)
    look_up(session, order)
    session.call(who, "cancel_order", clearing_id=order)
    session.call(confirm, "confirm_order", clearing_id=order, **TERMS, side="sell")
    session.call(confirm, "confirm_order", clearing_id=order, **TERMS, side="buy")
    look_up(session, order)


@scenario
def the_desk_that_placed_it_cancels(session: Session) -> None:
    """And only once."""
    _cancel(session, _bilateral, "initiator", "counterparty")


@scenario
def the_named_desk_cancels(session: Session) -> None:
    """Either desk may while nobody has confirmed."""
    _cancel(session, _bilateral, "counterparty", "counterparty")


@scenario
def the_broker_cancels(session: Session) -> None:
    """While neither desk has confirmed."""
    _cancel(session, _brokered, "broker", "initiator")


@scenario
def the_source_of_a_broker_order_cancels(session: Session) -> None:
    """While neither desk has confirmed."""
    _cancel(session, _brokered, "initiator", "counterparty")


@scenario
def the_target_of_a_broker_order_cancels(session: Session) -> None:
    """While neither desk has confirmed."""
    _cancel(session, _brokered, "counterparty", "initiator")


def _both_confirm(session: Session, first: str, second: str, sides: dict[str, str]) -> None:
    order = _brokered(session)
    look_up(session, order)
    session.call(third_desk(session), "confirm_order", clearing_id=order, **TERMS, side="buy")
    session.call("broker", "confirm_order", clearing_id=order, **TERMS, side="buy")
    session.call(first, "confirm_order", clearing_id=order, **TERMS, side=sides[second])
    session.call(first, "confirm_order", clearing_id=order, **{**TERMS, "price": "9500.51"}, side=sides[first])
    session.call(first, "confirm_order", clearing_id=order, **TERMS, side=sides[first])
    look_up(session, order)
    session.call(first, "confirm_order", clearing_id=order, **TERMS, side=sides[first])
    for desk in ("broker", first, second):
        session.call(desk, "cancel_order", clearing_id=order)
    look_up(session, order)
    session.call(second, "confirm_order", clearing_id=order, **TERMS, side=sides[first])
    session.call(second, "confirm_order", clearing_id=order, **TERMS, side=sides[second])
    look_up(session, order)
    session.call(second, "confirm_order", clearing_id=order, **TERMS, side=sides[second])
    session.call("broker", "cancel_order", clearing_id=order)
    look_up(session, order)


@scenario
def both_desks_confirm_source_first(session: Session) -> None:
    """A broker order needs both."""
    _both_confirm(session, "initiator", "counterparty", {"initiator": "sell", "counterparty": "buy"})


@scenario
def both_desks_confirm_target_first(session: Session) -> None:
    """In either order."""
    _both_confirm(session, "counterparty", "initiator", {"initiator": "sell", "counterparty": "buy"})


@scenario
def an_order_expires(session: Session) -> None:
    """To the millisecond where the clock is ours; a broker order of about a second where it is not."""
    in_hand = session.target.tolerance_ms == 0
    hours = Decimal("1") if in_hand else Decimal("0.0003")
    order = _brokered(session, expires_in_hrs=hours)
    waiting = _brokered(session)
    look_up(session, waiting)
    half = _brokered(session, expires_in_hrs=hours)
    session.call("initiator", "confirm_order", clearing_id=half, **TERMS, side="sell")
    if in_hand:
        session.target.wait_ms(HOUR_MS - 1)
        look_up(session, order)
        session.target.wait_ms(1)
    else:
        session.target.wait_ms(1080 + 2 * session.target.slack_ms)
    for over in (order, half):
        session.call("counterparty", "confirm_order", clearing_id=over, **TERMS, side="buy")
        session.call("broker", "cancel_order", clearing_id=over)
        look_up(session, over)
    look_up(session, waiting)


@scenario
def orders_between_two_desks_expire(session: Session) -> None:
    """Given in hours, or 24 without; only where the clock is in the suite's hand."""
    if session.target.tolerance_ms:
        return
    given = [_bilateral(session, expires_in_hrs=hours) for hours in (1, Decimal("2.0"), OMITTED)]
    taken = _bilateral(session, expires_in_hrs=1)
    session.call("counterparty", "confirm_order", clearing_id=taken, **TERMS, side="sell")
    for step in (HOUR_MS - 1, 1, HOUR_MS - 1, 1, 22 * HOUR_MS - 1, 1):
        session.target.wait_ms(step)
        for order in (*given, taken):
            look_up(session, order)
    for order in given:
        session.call("counterparty", "confirm_order", clearing_id=order, **TERMS, side="sell")
        session.call("initiator", "cancel_order", clearing_id=order)


@scenario
def every_desk_places(session: Session) -> None:
    """Orders of both kinds, with the next desks for the other sides: whoever places is answered alike."""
    names = list(dict.fromkeys(("initiator", "counterparty", "broker", third_desk(session))))
    for number, desk in enumerate(names):
        first, second = (_id_of(session, names[(number + step) % len(names)]) for step in (1, 2))
        session.call(desk, "create_order", **TERMS, side="sell", counterparty_id=first)
        terms = {**TERMS, "side": "buy", "expires_in_hrs": 3}
        between = {"source_counterparty_id": first, "target_counterparty_id": second}
        look_up(session, session.call(desk, "create_broker_order", **between, **terms).clearing_id)


@scenario
def the_same_order_twice_is_two_orders(session: Session) -> None:
    """There is no key by which the exchange would recognise a repeated order."""
    orders = [_bilateral(session), _bilateral(session)]
    session.call("initiator", "cancel_order", clearing_id=orders[0])
    for order in orders:
        look_up(session, order)


@scenario
def money_is_exact(session: Session) -> None:
    """Every digit of an amount and a price comes back, in every answer."""
    amounts = (
        "100",
        "1000000",
        "0.01",
        "0.00000001",
        "12.50",
        "1.10000000",
        "123456789012345678901234567890",
        "99999999.99",
    )
    for amount in amounts:
        order = _bilateral(session, amount=amount, price="100.10")
        if order:
            look_up(session, order)
    for price in ("100000", "0.01", "1.10", "33.33"):
        order = _bilateral(session, amount="3", price=price)
        look_up(session, order)
        session.call(
            "counterparty",
            "confirm_order",
            **{"clearing_id": order, **TERMS, "amount": "3", "price": price},
            side="sell",
        )
        look_up(session, order)


@scenario
def lifetimes_are_what_was_asked_for(session: Session) -> None:
    """Whole hours between two desks, fractions for a broker, a day where nothing is said."""
    for hours in (1, 23, Decimal("24.0"), 720, OMITTED):
        look_up(session, _bilateral(session, expires_in_hrs=hours))
    for hours in (1, Decimal("0.5"), Decimal("1.25"), Decimal("2.0"), 48):
        look_up(session, _brokered(session, expires_in_hrs=hours))


@scenario
def what_the_business_rules_refuse(session: Session) -> None:
    """Orders whose form is right and whose content is not."""
    me, other = _id_of(session, "initiator"), _id_of(session, "counterparty")
    for change in (
        {"symbol": NO_SYMBOL}, {"counterparty_id": me}, {"counterparty_id": NOBODY}, {"expires_in_hrs": 10**9},
        {"amount": "0." + "0" * 98 + "1"}, {"price": "0." + "0" * 98 + "1"},
    ):  # fmt: skip
        _bilateral(session, **change)
    broker = _id_of(session, "broker")
    for change in (
        {"symbol": NO_SYMBOL}, {"source_counterparty_id": other}, {"target_counterparty_id": me},
        {"source_counterparty_id": broker}, {"target_counterparty_id": broker}, {"source_counterparty_id": NOBODY},
        {"target_counterparty_id": NOBODY}, {"expires_in_hrs": 10**9},
        {"amount": "0." + "0" * 98 + "1"}, {"price": "0." + "0" * 98 + "1"},
    ):  # fmt: skip
        _brokered(session, **change)
    for operation in ("get_order", "cancel_order"):
        for desk in ("initiator", "counterparty", "broker"):
            session.call(desk, operation, clearing_id=NO_ORDER)
    for listing in ("list_orders", "list_broker_orders", "list_trades"):
        session.call("initiator", listing, symbol=NO_SYMBOL)
    if "auditor" in session.ring.desks:
        whatever = {**TERMS, "side": "buy", "clearing_id": NO_ORDER, "expires_in_hrs": 1}
        desks = {"source_counterparty_id": other, "target_counterparty_id": broker}
        for name in session.spec.operations:
            session.call("auditor", name, **whatever, **desks)
