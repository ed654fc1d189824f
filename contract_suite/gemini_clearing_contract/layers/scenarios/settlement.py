"""Scenarios about confirmed orders: they settle, wait for funds, or expire. Only with control of the clock."""

from collections.abc import Iterator

from ...oracle.order_book import HOUR_MS
from ...run.session import Session
from .desks import Desks
from .lifecycle import Scenario

__all__ = ["SETTLEMENT_SCENARIOS"]

# Longer than the documented 30 seconds between two checks of the funds, twice.
TWO_CHECKS_MS = 61_000
# More than any account of a test exchange has.
TOO_MUCH = "1" + "0" * 70
SIDES = {"buy": "sell", "sell": "buy"}


def _confirmed(desks: Desks, amount: str) -> Iterator[str]:
    """Yield confirmed orders of both kinds and on both sides, each with a life of an hour."""
    for side, other in SIDES.items():
        terms = {"symbol": "btcusd", "amount": amount, "price": "2.50"}
        given = {**terms, "side": side, "expires_in_hrs": 1}
        bilateral = desks.create("initiator", **given, counterparty_id=desks.id_of("counterparty")).clearing_id
        desks.confirm("counterparty", bilateral, **terms, side=other)
        brokered = desks.create_for_two("broker", "initiator", "counterparty", **given).clearing_id
        for desk, own in (("initiator", side), ("counterparty", other)):
            desks.confirm(desk, brokered, **terms, side=own)
        yield from (bilateral, brokered)


def _follow(session: Session, amount: str) -> None:
    """Read confirmed orders in every way: immediately, when their funds have been checked, and after their expiration."""
    if not session.controls_clock:
        return
    desks = Desks(session)
    orders = [*_confirmed(desks, amount)]
    for pause_ms in (0, TWO_CHECKS_MS, HOUR_MS):
        session.target.wait_ms(pause_ms)
        for order in orders:
            desks.read_everything(order)
        for status in ("Confirmed", "AttemptSettlement", "Settled", "Expired"):
            for desk in ("initiator", "broker"):
                desks.list_all(desk, status=status)
        for desk in ("initiator", "counterparty", "broker"):
            desks.cancel(desk, orders[0])


def confirmed_orders_settle(session: Session) -> None:
    """A settled order keeps its terms in each response, and does not expire."""
    _follow(session, "1.5")


def confirmed_orders_wait_for_funds(session: Session) -> None:
    """An order that no account can pay keeps its terms while it waits, and expires."""
    _follow(session, TOO_MUCH)


SETTLEMENT_SCENARIOS: dict[str, Scenario] = {
    function.__name__.replace("_", " "): function
    for function in (confirmed_orders_settle, confirmed_orders_wait_for_funds)
}
