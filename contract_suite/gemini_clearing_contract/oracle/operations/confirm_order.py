"""`confirm_order`: a desk repeats the order's terms from its own side."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, ClassVar

from ...findings.finding import Problem
from ...spec import ExpectedError
from ..allowed_results import INSUFFICIENT_FUNDS, NOT_FOUND, AllowedResults, either, funds, is_large, only
from ..model import Call, Model
from ..order_book import Order
from .base import OneOrderRules

__all__ = ["ConfirmOrder"]

OWN_ORDER = ExpectedError(200, "ConflictingAccountName")


class ConfirmOrder(OneOrderRules):
    """For the desk that the order awaits, with the order's terms and the opposite side."""

    name: ClassVar[str] = "confirm_order"
    texts = ("clearing_id", "symbol", "amount", "price", "side")
    decimals = ("amount", "price")

    def allowed_for(self, model: Model, call: Call, order: Order, states: frozenset[str]) -> AllowedResults:
        """Return success for matching terms in those states that await the caller's confirmation."""
        if call.caller == order.placed_by:
            awaits = model.book.awaits_confirmation(states)
            return only(OWN_ORDER, NOT_FOUND) if order.is_brokered or False in awaits else only(OWN_ORDER)
        mismatches = _mismatches(order, call.request, order.side_of(call.caller))
        yes = only(*mismatches) if mismatches else funds(model, call.caller)
        allowed = either(_awaits_caller(model, call, order, states), yes, only(NOT_FOUND))
        may_lack_funds = allowed.success and is_large(order.amount, order.price)
        return allowed | only(INSUFFICIENT_FUNDS) if may_lack_funds else allowed

    def accept_for(self, model: Model, call: Call, order: Order, body: dict[str, Any]) -> Iterator[Problem]:
        """Apply the confirmation; the desk that confirms an open order becomes its target."""
        model.book.apply(order, model.book.confirm_event(order, call.caller), call.times.earliest_ms)
        order.confirmed_by.add(call.caller)
        if order.is_open:
            order.target, order.is_open = call.caller, False
        return iter(())


def _awaits_caller(model: Model, call: Call, order: Order, states: frozenset[str]) -> frozenset[bool]:
    if not order.is_open and call.caller not in order.parties():
        return frozenset({False})
    event = model.book.confirm_event(order, call.caller)
    return frozenset(event in model.book.transitions.get(state, {}) for state in states)


def _mismatches(order: Order, request: dict[str, Any], side: str) -> list[ExpectedError]:
    """Return the errors for the terms that differ; a server may return any of them."""
    differs = {
        "InvalidSymbol": request["symbol"].upper() != order.symbol,
        "InvalidQuantity": Decimal(request["amount"]) != order.amount,
        "InvalidPrice": Decimal(request["price"]) != order.price,
        "InvalidSide": request["side"] != side,
    }
    return [ExpectedError(200, reason) for reason, is_different in differs.items() if is_different]
