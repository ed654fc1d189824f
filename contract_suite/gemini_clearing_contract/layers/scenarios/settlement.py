"""Scenarios about confirmed orders: they settle, wait for funds, or expire. Only with control of the clock."""

from collections.abc import Iterator
from decimal import Decimal

from ...oracle.order_book import HOUR_MS, UNPAYABLE
from ...run.session import Session
from .desks import Desks
from .lifecycle import Scenario

__all__ = ["SETTLEMENT_SCENARIOS"]

# Longer than the documented 30 seconds between two checks of the funds, twice.
TWO_CHECKS_MS = 61_000
# How long after the confirmations the orders are read again.
STEP_MS = 25
# Less than the time until the first check.
SHORT_HOURS = Decimal("0.005")
SIDES = {"buy": "sell", "sell": "buy"}
STATUSES = ("Confirmed", "AttemptSettlement", "Settled", "Expired")


def _confirmed(desks: Desks, hours: Decimal, **terms: str) -> Iterator[str]:
    """Yield confirmed orders of the broker on both sides, and of the initiator."""
    given = {"symbol": "btcusd", "amount": "1.5", "price": "2.50", **terms}
    for side, other in SIDES.items():
        created = desks.create_for_two("broker", "initiator", "counterparty", **given, side=side, expires_in_hrs=hours)
        for desk, own in (("initiator", side), ("counterparty", other)):
            desks.confirm(desk, created.clearing_id, **given, side=own)
        yield created.clearing_id
        if hours == int(hours):
            named = {"counterparty_id": desks.id_of("counterparty"), "expires_in_hrs": hours}
            created = desks.create("initiator", **given, side=side, **named)
            desks.confirm("counterparty", created.clearing_id, **given, side=other)
            yield created.clearing_id


def _follow(session: Session, hours: Decimal, pauses_ms: tuple[int, ...], **terms: str) -> None:
    """Read confirmed orders in every way, immediately and after each pause; a confirmed order cannot be canceled."""
    if not session.controls_clock:
        return
    desks = Desks(session)
    orders = [*_confirmed(desks, hours, **terms)]
    for pause_ms in (0, *pauses_ms):
        session.target.wait_ms(pause_ms)
        desks.read_everything(*orders)
        for status in STATUSES:
            for desk in ("initiator", "broker"):
                desks.list_all(desk, status=status)
        for desk in ("initiator", "counterparty", "broker"):
            desks.cancel(desk, orders[0])


def confirmed_orders_settle(session: Session) -> None:
    """A settled order keeps its terms in each response, and does not expire."""
    _follow(session, Decimal(1), (STEP_MS, TWO_CHECKS_MS, HOUR_MS))


def confirmed_orders_expire_before_their_funds_are_checked(session: Session) -> None:
    """An order that expires first does not settle."""
    _follow(session, SHORT_HOURS, (int(SHORT_HOURS * HOUR_MS), TWO_CHECKS_MS))


def orders_wait_until_the_seller_has_funds(session: Session) -> None:
    """An order whose amount no account holds keeps its terms while it waits, and expires."""
    _follow(session, Decimal(1), (STEP_MS, TWO_CHECKS_MS, HOUR_MS), amount=f"{UNPAYABLE:f}", price="0.00000001")


def orders_wait_until_the_buyer_has_funds(session: Session) -> None:
    """An order whose total no account holds keeps its terms while it waits, and expires."""
    _follow(session, Decimal(1), (STEP_MS, TWO_CHECKS_MS, HOUR_MS), amount="2", price=f"{UNPAYABLE:f}")


SETTLEMENT_SCENARIOS: dict[str, Scenario] = {
    function.__name__.replace("_", " "): function
    for function in (
        confirmed_orders_settle,
        confirmed_orders_expire_before_their_funds_are_checked,
        orders_wait_until_the_seller_has_funds,
        orders_wait_until_the_buyer_has_funds,
    )
}
