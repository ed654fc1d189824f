"""Scenarios about variety: numbers of many lengths, every symbol, every pair of desks, each in every response."""

from collections.abc import Iterator
from itertools import permutations
from typing import Any

from ...run.session import Session
from .desks import Desks
from .lifecycle import Scenario

__all__ = ["VARIETY_SCENARIOS"]

# Amount and price: below, at and above the 17 digits of a binary double, small and large.
NUMBERS = (
    ("0.00000123", "0.000000045"),
    ("0.0000000000123", "12.5"),
    ("0.1234567890123456789", "1234567.8901234567890123"),
    ("9007199254740993", "1.00000000000000000001"),
    ("1.000000000000000000000000000001", "9007199254740993"),
    ("2500000.5", "123456789.012345678901234567"),
    ("3", "0.00000000000000000000000000012"),
)
# Documented requests have the first three; a server may not clear the others.
SYMBOLS = ("btcusd", "ethusd", "btceur", "ethbtc", "etheur", "solusd", "ltcusd", "paxgusd")
SIDES = ("buy", "sell")


def _place_both(desks: Desks, names: tuple[str, ...], **terms: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the ids of an order between the first two desks, and of one by the third, with the desks that it awaits."""
    first, second, broker = names
    bilateral = desks.create(first, **terms, counterparty_id=desks.id_of(second))
    brokered = desks.create_for_two(broker, first, second, **terms, expires_in_hrs=5)
    for response, awaited in ((bilateral, (second,)), (brokered, (first, second))):
        if response.wire.status == 200 and response.clearing_id:
            yield response.clearing_id, awaited


def numbers_keep_every_digit(session: Session) -> None:
    """Amounts and prices of many lengths, in both kinds of order; a confirmation compares every digit."""
    desks = Desks(session)
    for amount, price in NUMBERS:
        terms = {"symbol": "btcusd", "amount": amount, "price": price, "side": "buy"}
        placed = dict(_place_both(desks, ("initiator", "counterparty", "broker"), **terms))
        desks.read_everything(*placed)
        for order, awaited in placed.items():
            for name in ("amount", "price"):
                changed = {**terms, name: _next_digit(terms[name])}
                desks.confirm(awaited[-1], order, **{**changed, "side": "sell"})
            for desk in awaited:
                desks.confirm(desk, order, **{**terms, "side": "buy" if desk == "initiator" else "sell"})
        desks.read_everything(*placed)


def _next_digit(number: str) -> str:
    """Return a number that differs in its last digit only."""
    return number[:-1] + str((int(number[-1]) + 1) % 10)


def every_symbol_in_every_response(session: Session) -> None:
    """An order in each symbol, of each kind, read before and after its confirmation."""
    desks = Desks(session)
    for number, symbol in enumerate(SYMBOLS):
        names = tuple(desks.all[(number + step) % len(desks.all)] for step in range(3))
        terms = {"symbol": symbol, "amount": str(number + 2), "price": f"{number + 10}.5", "side": SIDES[number % 2]}
        placed = dict(_place_both(desks, names, **terms))
        desks.read_everything(*placed)
        for order, awaited in placed.items():
            for desk in awaited:
                other = terms["side"] if desk == names[0] else SIDES[SIDES.index(terms["side"]) - 1]
                desks.confirm(desk, order, **{**terms, "side": other})
        desks.read_everything(*placed)
        desks.list_all("initiator", symbol=symbol)


def every_pair_of_desks(session: Session) -> None:
    """Each desk with each other one, in each role and on each side."""
    desks = Desks(session)
    orders = []
    for number, names in enumerate(permutations(desks.all, 3)):
        for side in SIDES:
            terms = {"symbol": "ethusd", "amount": f"{number + 1}.25", "price": "7", "side": side}
            orders += [order for order, _ in _place_both(desks, names, **terms)]
    desks.list_since(orders, desks.all)
    for order in orders:
        for desk in desks.all:
            desks.get(desk, order)


VARIETY_SCENARIOS: dict[str, Scenario] = {
    function.__name__.replace("_", " "): function
    for function in (numbers_keep_every_digit, every_symbol_in_every_response, every_pair_of_desks)
}
