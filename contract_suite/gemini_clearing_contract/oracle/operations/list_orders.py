"""`list_orders`: the orders in which the account is one of the two desks, from its side."""

from collections.abc import Iterator
from typing import Any, ClassVar

from ...findings.finding import Problem
from ..model import Call, Model
from ..order_book import Order
from ..response_values import ValueChecker
from .order_list import OrderList

__all__ = ["FIELDS", "ListOrders"]

FIELDS = {
    "clearing_id": "clearing_id",
    "symbol": "symbol",
    "price": "price",
    "quantity": "quantity",
    "submission": "submission",
    "expiration": "expiration",
}


class ListOrders(OrderList):
    """Side and counterparty are those of the account that lists."""

    name: ClassVar[str] = "list_orders"
    rows = "orders"
    fields = FIELDS
    limits = ("limit_orders",)

    def own_fields(self, order: Order, caller: str) -> dict[str, Any]:
        """Return the account's own side and the other accounts of the order."""
        return {
            "side": order.side_of(caller),
            "counterparty_id": next(iter(order.parties() - {caller}), None),
            "broker_id": order.placed_by if order.is_brokered else None,
            "order_id": None,
        }

    def row(self, model: Model, call: Call, order: Order, row: dict[str, Any], place: str) -> Iterator[Problem]:
        """Check also the alias of the other desk."""
        yield from super().row(model, call, order, row, place)
        if "counterparty_id" in row:
            values = ValueChecker(model.memory, call.times, self.name)
            alias = row.get("counterparty_alias")
            yield from values.alias(call.caller, row["counterparty_id"], alias, f"{place}.counterparty_alias")
