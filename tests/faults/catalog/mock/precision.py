"""Faults in the precision of one amount or price: binary doubles, a limit of digits, an increment for one kind of order."""

from decimal import Decimal
from typing import Any

from tests.faults.catalog.interceptors import as_float, at, change_responses
from tests.faults.catalog.layers import SEQUENCES
from tests.faults.catalog.source_text import MOCK, replace
from tests.faults.seeded_fault import SeededFault

__all__ = ["PRECISION_FAULTS"]

Body = dict[str, Any]
PLACES: tuple[tuple[str, str], ...] = (
    ("create_order", "amount"),
    ("create_order", "price"),
    ("get_order", "price"),
    ("list_orders", "orders[].price"),
    ("list_broker_orders", "orders[].price"),
    ("list_broker_orders", "orders[].quantity"),
    ("list_trades", "results[].price"),
    ("list_trades", "results[].quantity"),
)


def through_float(body: Body, name: str) -> None:
    """Convert a number through a binary double, in the notation that it had."""
    value = body[name]
    number = Decimal(as_float(Decimal(value)))
    body[name] = f"{number:f}" if isinstance(value, str) else number


def to_digits(digits: int) -> Any:
    """Return a change that keeps this many significant digits."""

    def change(body: Body, name: str) -> None:
        value = body[name]
        number = Decimal(f"{Decimal(value):.{digits}g}")
        body[name] = f"{number:f}" if isinstance(value, str) else number

    return change


EDITS: tuple[tuple[str, str, str], ...] = (
    (
        "stores the price of a broker order as a float",
        'price=parameters["price"],',
        'price=Decimal(repr(float(parameters["price"]))) if broker else parameters["price"],',
    ),
    (
        "stores the amount of a broker order as a float",
        'amount=parameters["amount"],',
        'amount=Decimal(repr(float(parameters["amount"]))) if broker else parameters["amount"],',
    ),
    (
        "compares the amount and the price of a confirmation as floats",
        "        if context.parameters[name] != value:",
        "        if (float(context.parameters[name]) != float(value)) if isinstance(value, Decimal) else context.parameters[name] != value:",
    ),
    (
        "stores prices with ten decimal places",
        'price=parameters["price"],',
        'price=Decimal(format(parameters["price"], ".10f")),',
    ),
)
PRECISION_FAULTS = (
    *(
        SeededFault(
            f"{operation} response: {place} is a binary double", "mock", SEQUENCES,
            change_responses(operation, at(place, through_float)),
        )
        for operation, place in PLACES
    ),
    *(
        SeededFault(
            f"{operation} response: {place} has 17 significant digits", "mock", SEQUENCES,
            change_responses(operation, at(place, to_digits(17))),
        )
        for operation, place in PLACES
    ),
    *(SeededFault(name, "mock", SEQUENCES, replace(MOCK, (old, new))) for name, old, new in EDITS),
)  # fmt: skip
