"""`cancel_order`: end an order before any desk has confirmed it."""

from collections.abc import Iterator
from typing import Any, ClassVar

from ...findings.finding import Problem
from ...spec import ExpectedError
from ..allowed_results import NOT_FOUND, SUCCESS, AllowedResults, either, only
from ..model import Call, Model
from ..order_book import Order
from .base import OneOrderRules, missing_words

__all__ = ["CancelOrder"]

FAILED = ExpectedError(200, None, "failed")


class CancelOrder(OneOrderRules):
    """For the desks and the broker, until the first confirmation."""

    name: ClassVar[str] = "cancel_order"

    def allowed_for(self, model: Model, call: Call, order: Order, states: frozenset[str]) -> AllowedResults:
        """Return success in those states that have a `cancel` event."""
        if not order.concerns(call.caller):
            # `x-refusals` has both: no such order for this account, or not by this account.
            return only(NOT_FOUND, FAILED)
        transitions = model.book.transitions
        possible = frozenset("cancel" in transitions.get(state, {}) and not order.confirmed_by for state in states)
        return either(possible, SUCCESS, only(FAILED))

    def accept_for(self, model: Model, call: Call, order: Order, body: dict[str, Any]) -> Iterator[Problem]:
        """Cancel the order; the message must name it."""
        model.book.apply(order, "cancel", call.times.earliest_ms)
        yield from missing_words(body, "details", [order.clearing_id])
