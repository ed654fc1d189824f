"""`list_broker_orders`: the orders that the account created as a broker."""

from typing import Any, ClassVar

from ..order_book import Order
from .list_orders import FIELDS
from .order_list import OrderList

__all__ = ["ListBrokerOrders"]


class ListBrokerOrders(OrderList):
    """Side and counterparties are those of the source."""

    name: ClassVar[str] = "list_broker_orders"
    rows = "orders"
    fields = FIELDS
    limits = ("limit_orders",)

    def concerns(self, order: Order, caller: str) -> bool:
        """Whether the account is the order's broker."""
        return order.is_brokered and order.placed_by == caller

    def own_fields(self, order: Order, caller: str) -> dict[str, Any]:
        """Return the two desks and the source's side."""
        return {
            "source_counterparty_id": order.source,
            "target_counterparty_id": order.target,
            "source_side": order.side,
            "source_order_id": None,
            "target_order_id": None,
        }
