"""
The data that the console shows: time, desks, the latest orders, faults.
"""

from itertools import islice

from ..api._routes import ROUTES
from ..state._accounts import Account
from ..state._faults import FaultKind
from ..state._orders import TRANSITIONS, Order, format_decimal
from ..state._transaction import Transaction

__all__ = ["dashboard_data"]

_LATEST_ORDERS = 100


def dashboard_data(transaction: Transaction) -> dict[str, object]:
    """Return the dashboard data as a JSON object: all desks and faults, and the latest orders."""
    state = transaction.state
    latest = islice(reversed(state.orders.values()), _LATEST_ORDERS)
    return {
        "now_ms": transaction.now_ms,
        "frozen": transaction.is_frozen,
        "accounts": [_account(transaction, account) for account in state.accounts.values()],
        "orders": [_order(order) for order in sorted(latest, key=lambda order: -order.sequence)],
        "order_count": len(state.orders),
        "request_count": state.counters.get("requests", 0),
        "faults": list(state.faults.values()),
        "fault_kinds": list(FaultKind),
        "operations": {route.name: path for path, route in ROUTES.items()},
        "lifecycle": TRANSITIONS,
    }


def _account(transaction: Transaction, account: Account) -> dict[str, object]:
    keys = [
        {"name": key.name, "api_key": key.api_key, "roles": key.roles, "nonce": key.nonce}
        for key in transaction.state.keys.values()
        if key.account == account.counterparty_id
    ]
    return {
        "name": account.name,
        "counterparty_id": account.counterparty_id,
        "balances": {currency: format_decimal(amount) for currency, amount in account.balances.items()},
        "aliases": account.aliases,
        "keys": keys,
    }


def _order(order: Order) -> dict[str, object]:
    return {
        "clearing_id": order.clearing_id,
        "symbol": order.symbol,
        "amount": format_decimal(order.amount),
        "price": format_decimal(order.price),
        "source": order.source,
        "source_side": order.source_side,
        "target": order.target,
        "broker": order.broker,
        "state": order.state,
        "initial_state": order.initial_state,
        "submitted_ms": order.submitted_ms,
        "updated_ms": order.updated_ms,
        "expires_ms": order.expires_ms,
    }
