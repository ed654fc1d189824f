"""Faults that apply only to one symbol, one currency, one desk or one size of order."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from tests.faults.catalog.interceptors import change_responses, each_row
from tests.faults.catalog.layers import SEQUENCES
from tests.faults.seeded_fault import SeededFault

__all__ = ["SINGLE_VALUE_FAULTS"]

Body = dict[str, Any]
DESKS = {"initiator": "R485E04Q", "counterparty": "OM9VNL1G", "broker": "WV4V1DGN", "desk3": "Z4929ZDY"}
# Name, operation, change.
Row = tuple[str, str, Callable[[Body], object]]
SYMBOLS = ("BTCEUR", "ETHBTC", "ETHEUR", "SOLUSD")


def where(is_struck: Callable[[Body], bool], change: Callable[[Body], object]) -> Callable[[Body], None]:
    """Return a change of those rows for which a condition is true."""

    def change_row(row: Body) -> None:
        if is_struck(row):
            change(row)

    return change_row


def without(rows: str, is_struck: Callable[[Body], bool]) -> Callable[[Body], object]:
    """Return a change that drops the rows for which a condition is true."""
    return lambda body: body.update({rows: [row for row in body[rows] if not is_struck(row)]})


def one_more(name: str) -> Callable[[Body], object]:
    """Return a change that adds one to a number or to its text."""

    def change(row: Body) -> None:
        value = Decimal(row[name]) + 1
        row[name] = f"{value:f}" if isinstance(row[name], str) else value

    return change


def opposite_side(name: str) -> Callable[[Body], object]:
    """Return a change to the other side."""
    return lambda row: row.update({name: "sell" if row[name] == "buy" else "buy"})


def has(name: str, value: object) -> Callable[[Body], bool]:
    """Return the condition that a field has a value."""
    return lambda row: row.get(name) == value


def is_between(name: str, lowest: Decimal, highest: Decimal) -> Callable[[Body], bool]:
    """Return the condition that a number is between two others."""
    return lambda row: lowest < Decimal(row[name]) < highest


def _of_symbols() -> Iterator[Row]:
    for symbol in SYMBOLS:
        in_symbol = has("symbol", symbol)
        yield f"list_orders drops the orders in {symbol}", "list_orders", without("orders", in_symbol)
        more = each_row("results", where(has("pair", symbol), one_more("price")))
        yield f"list_trades raises the price in {symbol}", "list_trades", more
        more = each_row("orders", where(in_symbol, one_more("quantity")))
        yield f"list_broker_orders raises the quantity in {symbol}", "list_broker_orders", more
        yield f"get_order raises the amount in {symbol}", "get_order", where(in_symbol, one_more("amount"))


def _of_desks() -> Iterator[Row]:
    for desk, counterparty_id in DESKS.items():
        is_source = has("source_counterparty_id", counterparty_id)
        turned = each_row("orders", where(is_source, opposite_side("source_side")))
        yield f"list_broker_orders turns the side if {desk} is the source", "list_broker_orders", turned
        dropped = without("orders", has("target_counterparty_id", counterparty_id))
        yield f"list_broker_orders drops the orders with {desk} as target", "list_broker_orders", dropped
        turned = each_row("orders", where(has("counterparty_id", counterparty_id), opposite_side("side")))
        yield f"list_orders turns the side next to {desk}", "list_orders", turned
        turned = each_row("results", where(has("sourceAccount", desk), opposite_side("sourceSide")))
        yield f"list_trades turns the side of orders by {desk}", "list_trades", turned


def _of_sizes() -> Iterator[Row]:
    for operation, rows, field in (
        ("list_orders", "orders", "quantity"),
        ("list_trades", "results", "quantity"),
        ("list_broker_orders", "orders", "quantity"),
        ("list_broker_orders", "orders", "price"),
    ):
        for size, lowest, highest in (("below 0.00001", "0", "0.00001"), ("above one million", "1000000", "1E+60")):
            dropped = without(rows, is_between(field, Decimal(lowest), Decimal(highest)))
            yield f"{operation} drops orders of a {field} {size}", operation, dropped


SINGLE_VALUE_FAULTS = tuple(
    SeededFault(name, "mock", SEQUENCES, change_responses(operation, change))
    for name, operation, change in (*_of_symbols(), *_of_desks(), *_of_sizes())
)
