"""Faults of types that are nearly right: the text of a value for the value, an integer with a decimal point."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.faults.catalog.interceptors import at, change_responses
from tests.faults.catalog.layers import CORPUS, SEQUENCES
from tests.faults.catalog.request_repairs import edit_payload, repaired
from tests.faults.seeded_fault import SeededFault

__all__ = ["NEAR_TYPE_FAULTS"]

Body = dict[str, Any]


def accepts(name: str, accepted: Any, meant: Any, of: str | None = None) -> Any:
    """Return the fault of a server that takes one value for another."""

    def change(body: Body) -> None:
        if name in body and type(body[name]) is type(accepted) and body[name] == accepted:
            body[name] = meant

    return repaired(edit_payload(change, of=of))


def unwraps(name: str) -> Any:
    """Return the fault of a server that takes a list of one value for the value."""

    def change(body: Body) -> None:
        if isinstance(body.get(name), list) and len(body[name]) == 1:
            body[name] = body[name][0]

    return repaired(edit_payload(change))


def reads_text(name: str) -> Any:
    """Return the fault of a server that reads digits in a text as a number, but no single digit."""

    def change(body: Body) -> None:
        if isinstance(body.get(name), str) and len(body[name]) > 1 and body[name].isascii() and body[name].isdecimal():
            body[name] = int(body[name])

    return repaired(edit_payload(change))


REQUESTS: tuple[tuple[str, Any], ...] = (
    ("the text true for funded", accepts("funded", "true", True)),
    ("the text false for funded", accepts("funded", "false", False)),
    ("the number 0 for funded", accepts("funded", Decimal(0), False)),
    ("the number 1 for funded", accepts("funded", Decimal(1), True)),
    ("the text True for funded", accepts("funded", "True", True)),
    ("a list of one symbol", unwraps("symbol")),
    ("a list of one clearing_id", unwraps("clearing_id")),
    ("a list of one status", unwraps("status")),
    ("a list of one side", unwraps("side")),
    ("a list of one limit", unwraps("limit_orders")),
    ("limit_orders as text", reads_text("limit_orders")),
    ("limit_per_account as text", reads_text("limit_per_account")),
    ("expires_in_hrs as text", reads_text("expires_in_hrs")),
)


def with_point(body: Body, name: str) -> None:
    """Write an integer with a decimal point."""
    body[name] = Decimal(f"{body[name]}.0")


def as_text(body: Body, name: str) -> None:
    """Write a value as its text."""
    body[name] = str(body[name]).lower()


RESPONSES: tuple[tuple[str, str, str, Callable[[Body, str], object]], ...] = (
    ("create_order", "timestampms", "is an integer with a decimal point", with_point),
    ("get_order", "timestampms", "is an integer with a decimal point", with_point),
    ("list_orders", "orders[].submission", "is an integer with a decimal point", with_point),
    ("list_orders", "orders[].expiration", "is an integer with a decimal point", with_point),
    ("list_broker_orders", "orders[].submission", "is an integer with a decimal point", with_point),
    ("list_trades", "results[].lastUpdatedMs", "is an integer with a decimal point", with_point),
    ("list_trades", "results[].createdMs", "is an integer with a decimal point", with_point),
    ("get_order", "is_confirmed", "is the text of a boolean", as_text),
    ("list_trades", "results[].hasBroker", "is the text of a boolean", as_text),
    ("list_trades", "results[].wasNotified", "is the text of a boolean", as_text),
    ("list_trades", "results[].wasNotified", "is 0 or 1", lambda body, name: body.update({name: int(body[name])})),
    ("list_broker_orders", "orders[].submission", "is digits in a text", as_text),
    ("get_order", "timestampms", "is digits in a text", as_text),
)
NEAR_TYPE_FAULTS = (
    *(SeededFault(f"accepts {name}", "mock", CORPUS, plant) for name, plant in REQUESTS),
    *(
        SeededFault(f"{operation} response: {place} {problem}", "mock", SEQUENCES,
                    change_responses(operation, at(place, change)))
        for operation, place, problem, change in RESPONSES
    ),
)  # fmt: skip
