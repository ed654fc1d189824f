"""
The meaning of each operation, in one module per operation; no other module of the suite names an operation.

An operation without a module here is tested by its spec: schemas, documented errors, roles, nonces and examples.
"""

from typing import Any

from ..model import Call
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
    "rules_for",
]

ORDER_LISTS: tuple[OrderList, ...] = (ListOrders(), ListBrokerOrders(), ListTrades())
_RULES: dict[str, OperationRules] = {
    rules.name: rules
    for rules in (CreateOrder(), CreateBrokerOrder(), GetOrder(), CancelOrder(), ConfirmOrder(), *ORDER_LISTS)
}
_BY_SPEC_ONLY = OperationRules()


def rules_for(call: Call, body: Any = None) -> OperationRules:
    """Return the rules for a request and the success that it got; without what they read, only the spec counts."""
    rules = _RULES.get(call.operation.name, _BY_SPEC_ONLY)
    is_readable = rules.applies_to(call.request) and (body is None or rules.can_compare(body))
    return rules if is_readable else _BY_SPEC_ONLY
