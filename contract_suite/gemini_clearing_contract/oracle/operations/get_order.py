"""`get_order`: the status of one order."""

from collections.abc import Iterator
from typing import Any, ClassVar

from ...findings.checks import DIFFERS_FROM_REQUEST
from ...findings.finding import Problem
from ..allowed_results import NOT_FOUND, SUCCESS, AllowedResults, either, only
from ..model import Call, Model
from ..order_book import Order
from ..response_values import compare
from .base import OneOrderRules

__all__ = ["GetOrder"]

# `is_confirmed` is true once each desk that must confirm has done so, and false again for an order that has expired.
CONFIRMED = frozenset({"Confirmed", "AttemptSettlement", "Settled"})


class GetOrder(OneOrderRules):
    """For the desks and the broker; for any desk until an order without a counterparty is confirmed."""

    name: ClassVar[str] = "get_order"
    reported = ("status",)

    def allowed_for(self, model: Model, call: Call, order: Order, states: frozenset[str]) -> AllowedResults:
        """Return success for accounts that may read the order."""
        if order.concerns(call.caller):
            return SUCCESS
        awaits = model.book.awaits_confirmation(states) if order.is_open else frozenset({False})
        return either(awaits, SUCCESS, only(NOT_FOUND))

    def accept_for(self, model: Model, call: Call, order: Order, body: dict[str, Any]) -> Iterator[Problem]:
        """Check each value; the reported status then replaces the possible ones."""
        states = model.states_of(order, call.times.after_ms)
        values = self.values(model, call)
        yield from values.completeness(call.operation, body)
        reported_id = body.get("clearing_id", order.clearing_id)
        yield from compare(DIFFERS_FROM_REQUEST, "clearing_id", order.clearing_id, reported_id)
        reported = frozenset({body["status"]}) if body["status"] in states else states
        yield from values.terms(order, body)
        yield from values.status(order, body, states, frozenset(state in CONFIRMED for state in reported))
        yield from values.creation_time(order, body)
        if body["status"] in states:
            model.note_state(order, body["status"], call.times)
