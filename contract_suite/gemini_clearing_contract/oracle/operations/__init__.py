"""
The meaning of each operation, in one module per operation; no other module of the suite names an operation.

An operation without a module here is tested by its spec: schemas, documented errors, roles, nonces and examples.
"""

from .base import OperationRules
from .cancel_order import CancelOrder
from .confirm_order import ConfirmOrder
from .create_broker_order import CreateBrokerOrder
from .create_order import CreateOrder
from .get_order import GetOrder
from .list_broker_orders import ListBrokerOrders
from .list_orders import ListOrders
from .list_trades import ListTrades
from .order_list import OrderList

__all__ = [
    "ORDER_LISTS",
    "CancelOrder",
    "ConfirmOrder",
    "CreateBrokerOrder",
    "CreateOrder",
    "GetOrder",
    "ListBrokerOrders",
    "ListOrders",
    "ListTrades",
    "OperationRules",
    "OrderList",
    "rules_of",
]

ORDER_LISTS: tuple[OrderList, ...] = (ListOrders(), ListBrokerOrders(), ListTrades())
_RULES: dict[str, OperationRules] = {
    rules.name: rules
    for rules in (CreateOrder(), CreateBrokerOrder(), GetOrder(), CancelOrder(), ConfirmOrder(), *ORDER_LISTS)
}
_BY_SPEC_ONLY = OperationRules()


def rules_of(operation: str) -> OperationRules:
    """Return the rules of an operation."""
    return _RULES.get(operation, _BY_SPEC_ONLY)
