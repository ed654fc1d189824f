"""`list_trades`: the orders in which the account is one of the two desks, with their last update."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, ClassVar

from ...findings.checks import DIFFERS_FROM_EARLIER, IMPLAUSIBLE_TIME
from ...findings.finding import Problem
from ..model import Call, Memory, Model
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
        yield from _update_time(model.memory, call, order, row, place)
        if order.reported.get("notified") and not row["wasNotified"]:
            yield Problem(DIFFERS_FROM_EARLIER, f"{place}.wasNotified", "True", "False")
        order.reported["notified"] = row["wasNotified"]
        values = ValueChecker(model.memory, call.times, self.name)
        yield from values.account_name(order.source, row["sourceAccount"], f"{place}.sourceAccount")
        yield from values.account_name(order.target, row["targetAccount"], f"{place}.targetAccount")


def _update_time(memory: Memory, call: Call, order: Order, row: dict[str, Any], place: str) -> Iterator[Problem]:
    """Check the last update; a wrong one is not a fact that later responses must agree with."""
    created, updated = Decimal(row["createdMs"]), Decimal(row["lastUpdatedMs"])
    if order.reported.get("submission") != created:
        return
    earlier, latest = order.reported.get("updated", created), call.times.latest_ms
    for check, expected, is_wrong in (
        (f"{IMPLAUSIBLE_TIME}: update", f"at most {latest:f} (now)", updated > latest),
        ("update before creation", f"at least {created:f}", updated < created),
        ("update time decreased", f"at least {earlier:f}", updated < earlier),
        ("update time before last change", f"at least {order.changed_ms:f}", updated < order.changed_ms),
    ):
        if is_wrong:
            memory.has_wrong_updates = True
            yield Problem(check, f"{place}.lastUpdatedMs", expected, f"{updated:f}")
            return
    order.reported["updated"] = updated
