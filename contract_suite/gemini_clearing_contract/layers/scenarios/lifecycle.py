"""Scenarios about one order: created, read, confirmed, canceled, or expired."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ...cases.values import UNKNOWN_DESK, UNKNOWN_ORDER_ID, UNKNOWN_SYMBOL
from ...oracle.order_book import HOUR_MS, opposite
from ...run.session import Session
from ...wire import OMITTED
from .desks import Desks

__all__ = ["LIFECYCLE_SCENARIOS"]

Scenario = Callable[[Session], None]
LIFECYCLE_SCENARIOS: dict[str, Scenario] = {}
TERMS: dict[str, Any] = {"symbol": "btcusd", "amount": "1.25", "price": "9500.50"}
# The sides of the two desks in an order of the broker.
SIDES = {"initiator": "sell", "counterparty": "buy"}
# How long a change comes after the one before.
STEP_MS = 25


def scenario(function: Callable[[Desks], None]) -> Callable[[Desks], None]:
    """Add a scenario; its name is the function's name with spaces."""
    LIFECYCLE_SCENARIOS[function.__name__.replace("_", " ")] = lambda session: function(Desks(session))
    return function


def _bilateral(desks: Desks, **terms: Any) -> str:
    """Create an order of the initiator with the counterparty."""
    named = {"counterparty_id": desks.id_of("counterparty")}
    return desks.create("initiator", **{**TERMS, "side": "buy", **named, **terms}).clearing_id


def _brokered(desks: Desks, **terms: Any) -> str:
    """Create an order of the broker between initiator and counterparty."""
    given = {**TERMS, "side": SIDES["initiator"], "expires_in_hrs": 2, **terms}
    return desks.create_for_two("broker", "initiator", "counterparty", **given).clearing_id


@scenario
def the_named_desk_confirms(desks: Desks) -> None:
    """Each invalid confirmation comes first, and must leave the order waiting."""
    order = _bilateral(desks)
    desks.read_everything(order)
    for desk in (desks.third, "initiator"):
        desks.confirm(desk, order, **TERMS, side="sell")
    _confirm_other_terms(desks, "counterparty", order, "sell")
    for unknown in (UNKNOWN_ORDER_ID, f"{order}X", order[:-1], order[1:]):
        desks.confirm("counterparty", unknown, **TERMS, side="sell")
    desks.read_everything(order)
    desks.confirm("counterparty", order, symbol="BTCUSD", amount="01.250", price="9500.5", side="sell")
    desks.read_everything(order)
    for desk in ("counterparty", "initiator", desks.third):
        desks.confirm(desk, order, **TERMS, side="sell")
        desks.cancel(desk, order)
    desks.read_everything(order)
    if desks.session.controls_clock:
        desks.session.target.wait_ms(61_000)
        desks.read_everything(order)


@scenario
def any_desk_confirms_an_open_order(desks: Desks) -> None:
    """Every desk that has the clearing id can read an order without a counterparty, until one desk confirms it."""
    order = desks.create("initiator", **TERMS, side="sell").clearing_id
    desks.read_everything(order)
    desks.confirm("initiator", order, **TERMS, side="buy")
    desks.cancel("counterparty", order)
    desks.confirm("counterparty", order, **TERMS, side="sell")
    desks.confirm("counterparty", order, **TERMS, side="buy")
    desks.read_everything(order)
    desks.confirm(desks.third, order, **TERMS, side="buy")
    desks.cancel("broker", order)
    desks.read_everything(order)


def _cancel(desks: Desks, create: Callable[..., str], canceler: str, confirmer: str) -> None:
    order = create(desks)
    for desk in (desks.third, "broker"):
        if desk != canceler and not (create is _brokered and desk == "broker"):
            desks.cancel(desk, order)
    desks.cancel(canceler, order)
    desks.read_everything(order)
    desks.cancel(canceler, order)
    for side in ("sell", "buy"):
        desks.confirm(confirmer, order, **TERMS, side=side)
    desks.read_everything(order)


@scenario
def the_creator_cancels(desks: Desks) -> None:
    """An order is canceled only once."""
    _cancel(desks, _bilateral, "initiator", "counterparty")


@scenario
def the_named_desk_cancels(desks: Desks) -> None:
    """Either desk may cancel before the confirmation."""
    _cancel(desks, _bilateral, "counterparty", "counterparty")


@scenario
def the_broker_cancels(desks: Desks) -> None:
    """The broker may cancel before the first confirmation."""
    _cancel(desks, _brokered, "broker", "initiator")


@scenario
def the_source_of_a_broker_order_cancels(desks: Desks) -> None:
    """The source may cancel before the first confirmation."""
    _cancel(desks, _brokered, "initiator", "counterparty")


@scenario
def the_target_of_a_broker_order_cancels(desks: Desks) -> None:
    """The target may cancel before the first confirmation."""
    _cancel(desks, _brokered, "counterparty", "initiator")


def _both_confirm(desks: Desks, first: str, second: str) -> None:
    order = _brokered(desks)
    desks.read_everything(order)
    for desk in (desks.third, "broker"):
        desks.confirm(desk, order, **TERMS, side="buy")
    for desk, other in ((first, second), (second, first)):
        _confirm_other_terms(desks, desk, order, SIDES[desk])
        desks.session.target.wait_ms(STEP_MS)
        desks.confirm(desk, order, **TERMS, side=SIDES[desk])
        desks.read_everything(order)
        desks.confirm(desk, order, **TERMS, side=SIDES[desk])
        for canceler in ("broker", desk, other):
            desks.cancel(canceler, order)
        desks.read_everything(order)


def _confirm_other_terms(desks: Desks, desk: str, order: str, side: str) -> None:
    """Confirm with one other term at a time: each is rejected, and the order still waits."""
    for change in (
        {"side": opposite(side)}, {"amount": "1.26"}, {"amount": "1.249999999"}, {"price": "9500.5000001"},
        {"price": "1"}, {"symbol": "ethusd"},
    ):  # fmt: skip
        desks.confirm(desk, order, **{**TERMS, "side": side, **change})


@scenario
def both_desks_confirm_source_first(desks: Desks) -> None:
    """An order of a broker needs both confirmations."""
    _both_confirm(desks, "initiator", "counterparty")


@scenario
def both_desks_confirm_target_first(desks: Desks) -> None:
    """The order of the two confirmations does not matter."""
    _both_confirm(desks, "counterparty", "initiator")


@scenario
def an_order_expires(desks: Desks) -> None:
    """An order expires to the millisecond; without control of the clock, an order of about a second is used."""
    session = desks.session
    hours = Decimal(1) if session.controls_clock else Decimal("0.0003")
    order, longer = _brokered(desks, expires_in_hrs=hours), _brokered(desks)
    desks.read_everything(longer)
    confirmed_once = {desk: _brokered(desks, expires_in_hrs=hours) for desk in SIDES}
    for desk, confirmed in confirmed_once.items():
        desks.confirm(desk, confirmed, **TERMS, side=SIDES[desk])
    if session.controls_clock:
        session.target.wait_ms(HOUR_MS - 1)
        desks.read_everything(order)
        session.target.wait_ms(1)
    else:
        session.target.wait_ms(1080 + 2 * session.target.slack_ms)
    for expired in (order, *confirmed_once.values()):
        for desk, side in SIDES.items():
            desks.confirm(desk, expired, **TERMS, side=side)
        desks.cancel("broker", expired)
        desks.read_everything(expired)
    desks.read_everything(longer)


@scenario
def orders_between_two_desks_expire(desks: Desks) -> None:
    """An order expires after the given hours, or after 24; tested only with control of the clock."""
    if not desks.session.controls_clock:
        return
    waiting = [_bilateral(desks, expires_in_hrs=hours) for hours in (1, Decimal("2.0"), OMITTED)]
    confirmed = _bilateral(desks, expires_in_hrs=1)
    desks.confirm("counterparty", confirmed, **TERMS, side="sell")
    canceled = _bilateral(desks, expires_in_hrs=1)
    desks.cancel("initiator", canceled)
    for step in (HOUR_MS - 1, 1, HOUR_MS - 1, 1, 22 * HOUR_MS - 1, 1):
        desks.session.target.wait_ms(step)
        desks.read_everything(*waiting, confirmed, canceled)
    for order in waiting:
        desks.confirm("counterparty", order, **TERMS, side="sell")
        desks.cancel("initiator", order)


@scenario
def every_desk_creates_orders(desks: Desks) -> None:
    """Each desk creates orders of both kinds; the responses do not depend on the desk."""
    names = desks.all
    for number, desk in enumerate(names):
        first, second = (names[(number + step) % len(names)] for step in (1, 2))
        desks.create(desk, **TERMS, side="sell", counterparty_id=desks.id_of(first))
        order = desks.create_for_two(desk, first, second, **TERMS, side="buy", expires_in_hrs=3)
        desks.read_everything(order.clearing_id)


@scenario
def the_same_order_twice_is_two_orders(desks: Desks) -> None:
    """A request has no idempotency key."""
    orders = [_bilateral(desks), _bilateral(desks)]
    desks.cancel("initiator", orders[0])
    desks.read_everything(*orders)


@scenario
def money_is_exact(desks: Desks) -> None:
    """Each response contains every digit of an amount and a price."""
    amounts = (
        "100", "1000000", "0.01", "0.00000001", "12.50", "1.10000000", "123456789012345678901234567890", "99999999.99",
    )  # fmt: skip
    orders = [_bilateral(desks, amount=amount, price="100.10") for amount in amounts]
    desks.read_everything(*filter(None, orders))
    for price in ("100000", "0.01", "1.10", "33.33"):
        order = _bilateral(desks, amount="3", price=price)
        desks.read_everything(order)
        desks.confirm("counterparty", order, **{**TERMS, "amount": "3", "price": price}, side="sell")
        desks.read_everything(order)


@scenario
def lifetimes_are_those_of_the_request(desks: Desks) -> None:
    """Between two desks in full hours, for a broker also in fractions, and a day by default."""
    orders = [_bilateral(desks, expires_in_hrs=hours) for hours in (1, 23, Decimal("24.0"), 720, OMITTED)]
    fractions = (1, Decimal("0.5"), Decimal("1.25"), Decimal("2.0"), 48)
    desks.read_everything(*orders, *(_brokered(desks, expires_in_hrs=hours) for hours in fractions))


@scenario
def business_rules_reject(desks: Desks) -> None:
    """Orders that fit the schema, but not the business rules."""
    me, other, broker = (desks.id_of(desk) for desk in ("initiator", "counterparty", "broker"))
    too_fine = "0." + "0" * 98 + "1"
    invalid_terms: tuple[dict[str, Any], ...] = (
        {"symbol": UNKNOWN_SYMBOL}, {"expires_in_hrs": 10**9}, {"expires_in_hrs": Decimal("1E+400")},
        {"amount": too_fine}, {"price": too_fine},
    )  # fmt: skip
    for change in (*invalid_terms, {"counterparty_id": me}, {"counterparty_id": UNKNOWN_DESK}):
        _bilateral(desks, **change)
    for change in (
        *invalid_terms, {"source_counterparty_id": other}, {"target_counterparty_id": me},
        {"source_counterparty_id": broker}, {"target_counterparty_id": broker},
        {"source_counterparty_id": UNKNOWN_DESK}, {"target_counterparty_id": UNKNOWN_DESK},
    ):  # fmt: skip
        _brokered(desks, **change)
    for desk in ("initiator", "counterparty", "broker"):
        desks.get(desk, UNKNOWN_ORDER_ID)
        desks.cancel(desk, UNKNOWN_ORDER_ID)
    desks.list_all("initiator", symbol=UNKNOWN_SYMBOL)


@scenario
def roles_restrict_every_operation(desks: Desks) -> None:
    """A key without the role cannot call an operation, even with valid fields."""
    session = desks.session
    if "auditor" in session.ring.desks:
        given = {**TERMS, "side": "buy", "clearing_id": UNKNOWN_ORDER_ID, "expires_in_hrs": 1}
        parties = {
            "source_counterparty_id": desks.id_of("counterparty"),
            "target_counterparty_id": desks.id_of("broker"),
        }
        for operation in session.spec.operations.values():
            session.call("auditor", operation, **given, **parties)
