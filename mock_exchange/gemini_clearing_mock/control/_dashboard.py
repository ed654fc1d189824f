"""
What the console shows: time, desks, the latest orders with their life-cycle, faults.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from ..api._routes import ROUTES
from ..state._accounts import Account
from ..state._faults import FaultKind
from ..state._orders import TRANSITIONS, Order, plain
from ..state._transaction import Transaction

if TYPE_CHECKING:
    from .._exchange import Exchange

__all__ = ["dashboard_data"]

_LATEST = 100


def dashboard_data(exchange: Exchange) -> dict[str, object]:
    """Tell how the exchange stands: everything that is short, and the latest of what grows."""
    with exchange.transaction() as transaction:
        state = transaction.state
        latest = islice(reversed(state.orders.values()), _LATEST)
        return {
            "now_ms": transaction.now_ms,
            "frozen": transaction.setting.frozen_at_ms is not None,
            "accounts": [_account(transaction, account) for account in state.accounts.values()],
            "orders": [_order(order) for order in sorted(latest, key=lambda order: -order.sequence)],
            "order_count": len(state.orders),
            "request_count": state.counters.get("requests", 0),
            "faults": list(state.faults.values()),
            "fault_kinds": list(FaultKind),
            "operations": {endpoint.name: path for path, endpoint in ROUTES.items()},
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
        "balances": {currency: plain(amount) for currency, amount in account.balances.items()},
        "aliases": account.aliases,
        "keys": keys,
    }


def _order(order: Order) -> dict[str, object]:
    return {
        "clearing_id": order.clearing_id,
        "symbol": order.symbol,
        "amount": plain(order.amount),
        "price": plain(order.price),
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
