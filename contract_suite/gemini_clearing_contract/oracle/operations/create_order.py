"""`create_order`: an order between the caller and another desk, or any desk that has its clearing id."""

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from ...findings.finding import Problem
from ..allowed_results import CONFLICTING_ACCOUNT, AllowedResults, funds, named_accounts, only
from ..model import Call, Model
from ..order_book import Order
from ..response_values import ValueChecker
from .base import CreationRules

__all__ = ["CreateOrder"]


class CreateOrder(CreationRules):
    """The counterparty must be another account."""

    name: ClassVar[str] = "create_order"

    def accounts(self, model: Model, call: Call) -> Iterable[AllowedResults]:
        """Return the results for `counterparty_id` and for the caller's funds."""
        yield funds(model, call.caller)
        if "counterparty_id" in call.request:
            named = call.request["counterparty_id"]
            yield only(CONFLICTING_ACCOUNT) if named == call.caller else named_accounts(model, call.caller, named)

    def parties(self, call: Call) -> dict[str, Any]:
        """Return the caller as the source, and the named desk as the target."""
        target = call.request.get("counterparty_id")
        return {"source": call.caller, "target": target, "is_brokered": False, "is_open": target is None}

    def details(self, model: Model, call: Call, order: Order, body: dict[str, Any]) -> Iterator[Problem]:
        """Check the order's terms, its status and its creation time, if the server returns them."""
        yield from super().details(model, call, order, body)
        values = ValueChecker(model.memory, call.times, self.name)
        yield from values.completeness(call.operation, body)
        yield from values.terms(order, body)
        yield from values.status(order, body, frozenset({self.announced(model, order)}), frozenset({False}))
        yield from values.creation_time(order, body)
