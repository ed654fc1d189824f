"""
The market: the orders that clients have stated as placed, for other desks to confirm, cancel or read.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.simulation.plan import COUNTERPARTY, INITIATOR

__all__ = ["ACCOUNTS", "Market", "MarketOrder", "terms_to_confirm"]

# By key, the account that it acts for.
ACCOUNTS = {
    "initiator": INITIATOR,
    "clockwork": INITIATOR,
    "token": INITIATOR,
    "group": INITIATOR,
    "counterparty": COUNTERPARTY,
}
_OPPOSITE = {"buy": "sell", "sell": "buy"}


@dataclass(eq=False, slots=True)
class MarketOrder:
    """An order whose placement a client has stated, and its intended use."""

    clearing_id: str
    terms: dict[str, Any]
    key: str
    use: str
    taken_by: set[str] = field(default_factory=set)
    """The processes that have tried to confirm or cancel it, and in which role."""


class Market:
    """The orders that desks can confirm, cancel or read."""

    def __init__(self) -> None:
        self.orders: list[MarketOrder] = []

    def offer(self, order: MarketOrder) -> None:
        """Add an order. A second call that a client takes for the one that placed it does not offer it again."""
        if all(other.clearing_id != order.clearing_id for other in self.orders):
            self.orders.append(order)

    def to_confirm(self, key: str, process: str) -> MarketOrder | None:
        """Return an order that this desk may confirm, and that this process has not tried to."""
        account = ACCOUNTS.get(key)
        for order in self.orders:
            desks = {order.terms.get(name) for name in ("source_counterparty_id", "target_counterparty_id")} - {None}
            named = order.terms.get("counterparty_id")
            is_ours = account in desks if desks else named in {account, None} and ACCOUNTS.get(order.key) != account
            if is_ours and order.use in {"offered", "both"} and f"{account} {process}" not in order.taken_by:
                order.taken_by.add(f"{account} {process}")
                return order
        return None

    def to_cancel(self, key: str, process: str) -> MarketOrder | None:
        """Return an order that this desk is to cancel, and that this process has not tried to."""
        for order in self.orders:
            if order.key == key and order.use in {"canceled", "both"} and f"canceler {process}" not in order.taken_by:
                order.taken_by.add(f"canceler {process}")
                return order
        return None

    def to_read(self, key: str) -> MarketOrder | None:
        """Return the desk's latest order."""
        return next((order for order in reversed(self.orders) if order.key == key), None)


def terms_to_confirm(order: MarketOrder, key: str) -> dict[str, Any]:
    """Return the arguments with which a desk confirms an order: the opposite side, unless it is the order's source."""
    terms = {name: order.terms[name] for name in ("symbol", "amount", "price", "side")}
    if order.terms.get("source_counterparty_id") != ACCOUNTS[key]:
        terms["side"] = _OPPOSITE[terms["side"]]
    return {"clearing_id": order.clearing_id, **terms}
