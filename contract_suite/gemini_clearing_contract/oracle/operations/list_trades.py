"""`list_trades`: the orders in which the account is one of the two desks, with their last update."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, ClassVar

from ...findings.checks import DIFFERS_FROM_EARLIER
from ...findings.finding import Problem
from ..model import Call, Model
from ..order_book import Order
from ..response_values import ValueChecker
from .filters import TRADE_FILTERS
from .order_list import OrderList

__all__ = ["ListTrades"]


FIELDS = {
    "clearing_id": "clearingId",
    "symbol": "pair",
    "price": "price",
    "quantity": "quantity",
    "submission": "createdMs",
    "expiration": "expirationTimeMs",
}


class ListTrades(OrderList):
    """The update time of an order never decreases, and a notification is not revoked."""

    name: ClassVar[str] = "list_trades"
    reported = ("status", "sourceSide", "hasBroker", "wasNotified", "lastUpdatedMs", "sourceAccount", "targetAccount")
    rows = "results"
    fields = FIELDS
    limits = ("limit_trades", "limit_per_account")
    filters = TRADE_FILTERS
    keeps_newest = False

    def own_fields(self, order: Order, caller: str) -> dict[str, Any]:
        """Return the source's side, and whether a broker created the order."""
        return {"sourceSide": order.side, "hasBroker": order.is_brokered}

    def row(self, model: Model, call: Call, order: Order, row: dict[str, Any], place: str) -> Iterator[Problem]:
        """Check also the last update, the notification and the account names."""
        yield from super().row(model, call, order, row, place)
        yield from _update_time(call, order, row, place)
        if order.reported.get("notified") and not row["wasNotified"]:
            yield Problem(DIFFERS_FROM_EARLIER, f"{place}.wasNotified", "True", "False")
        order.reported["notified"] = row["wasNotified"]
        values = ValueChecker(model.memory, call.times)
        yield from values.account_name(order.source, row["sourceAccount"], f"{place}.sourceAccount")
        yield from values.account_name(order.target, row["targetAccount"], f"{place}.targetAccount")


def _update_time(call: Call, order: Order, row: dict[str, Any], place: str) -> Iterator[Problem]:
    created, updated = Decimal(row["createdMs"]), Decimal(row["lastUpdatedMs"])
    earlier = order.reported.get("updated", created)
    earliest, latest = max(created, earlier), call.times.latest_ms
    if updated < earliest:
        yield Problem("update time decreased", f"{place}.lastUpdatedMs", f"at least {earliest:f}", f"{updated:f}")
    if updated > latest:
        yield Problem("implausible time", f"{place}.lastUpdatedMs", f"at most {latest:f} (now)", f"{updated:f}")
    order.reported["updated"] = max(updated, earlier)
