"""The rules of an operation that is known only by its spec, and the base classes of the others."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from ...findings.finding import Problem
from ...findings.text import shorten
from ..allowed_results import NOT_FOUND, AllowedResults, all_of, only, order_terms
from ..model import Call, Model
from ..order_book import Order
from ..response_values import ValueChecker, compare

__all__ = ["CreationRules", "OneOrderRules", "OperationRules", "missing_words"]


class OperationRules:
    """The rules of any operation: each documented error is allowed, and each value that fits the schema is right."""

    name: ClassVar[str] = ""
    # The fields that the rules read. A changed spec may no longer require them, or allow other values.
    texts: ClassVar[tuple[str, ...]] = ()
    decimals: ClassVar[tuple[str, ...]] = ()
    reported: ClassVar[tuple[str, ...]] = ()

    def applies_to(self, request: Mapping[str, Any]) -> bool:
        """Whether a valid request has what the rules read."""
        has_texts = all(isinstance(request.get(name), str) for name in self.texts)
        return has_texts and all(_is_decimal(request[name]) for name in self.decimals if name in request)

    def can_compare(self, body: Any) -> bool:
        """Whether a valid success has what the rules read."""
        return all(name in body for name in self.reported)

    def allowed(self, model: Model, call: Call) -> AllowedResults:
        """Return the results that the business rules allow for a valid request."""
        return AllowedResults(True, call.operation.errors)

    def accept(self, model: Model, call: Call, body: Any) -> Iterator[Problem]:
        """Yield the wrong values of a success that fits its schema, and update the model by it."""
        if isinstance(body, dict) and isinstance(clearing_id := body.get("clearing_id"), str):
            model.book.lose(clearing_id)
        return iter(())


class CreationRules(OperationRules, ABC):
    """The rules of an operation that creates an order."""

    texts: ClassVar[tuple[str, ...]] = ("symbol", "amount", "price", "side")
    decimals = ("amount", "price", "expires_in_hrs")
    reported = ("clearing_id",)

    def allowed(self, model: Model, call: Call) -> AllowedResults:
        """Return the results for the order's terms and for the accounts that it names."""
        return all_of([order_terms(model, call.request), *self.accounts(model, call)])

    @abstractmethod
    def accounts(self, model: Model, call: Call) -> Iterable[AllowedResults]:
        """Return the results for the accounts that the request names."""

    @abstractmethod
    def parties(self, call: Call) -> dict[str, Any]:
        """Return `source`, `target`, `is_brokered` and `is_open` of the new order."""

    def accept(self, model: Model, call: Call, body: Any) -> Iterator[Problem]:
        """Add the order to the book."""
        order = self._order(model, call, body)
        order.states = frozenset({model.book.first_state(order)})
        if order.clearing_id in model.book.orders or order.clearing_id in model.book.foreign:
            yield Problem("duplicate clearing id", "clearing_id", "a new id", order.clearing_id)
        yield from self.details(model, call, order, body)
        model.book.add(order)

    def announced(self, model: Model, order: Order) -> str:
        """Return the status that the response to the creation reports."""
        first = model.book.first_state(order)
        return model.book.announced_as.get(first, first)

    def details(self, model: Model, call: Call, order: Order, body: dict[str, Any]) -> Iterator[Problem]:
        """Yield the wrong values of the response."""
        announced = self.announced(model, order)
        yield from compare("wrong initial status", "result", announced, body.get("result", announced))

    def _order(self, model: Model, call: Call, body: dict[str, Any]) -> Order:
        request = call.request
        return Order(
            clearing_id=body["clearing_id"],
            placed_by=call.caller,
            symbol=request["symbol"].upper(),
            amount=Decimal(request["amount"]),
            price=Decimal(request["price"]),
            side=request["side"],
            hours=Decimal(request["expires_in_hrs"]) if "expires_in_hrs" in request else model.memory.default_hours,
            placed_ms=(call.times.before_ms, call.times.after_ms),
            states=frozenset(),
            **self.parties(call),
        )


class OneOrderRules(OperationRules, ABC):
    """The rules of an operation that is about one existing order."""

    texts: ClassVar[tuple[str, ...]] = ("clearing_id",)

    def allowed(self, model: Model, call: Call) -> AllowedResults:
        """Return the results for an order; an order outside the book may exist only if the suite has lost its state."""
        order = model.order_of(call)
        if order is None:
            may_exist = call.request["clearing_id"] in model.book.foreign
            return AllowedResults(True, call.operation.errors) if may_exist else only(NOT_FOUND)
        return self.allowed_for(model, call, order, model.states_of(order, call.times.after_ms))

    @abstractmethod
    def allowed_for(self, model: Model, call: Call, order: Order, states: frozenset[str]) -> AllowedResults:
        """Return the results for an order in one of these states."""

    def accept(self, model: Model, call: Call, body: Any) -> Iterator[Problem]:
        """Yield the wrong values of a success, and apply it to the order."""
        order = model.order_of(call)
        if order is not None:
            yield from self.accept_for(model, call, order, body)

    @abstractmethod
    def accept_for(self, model: Model, call: Call, order: Order, body: dict[str, Any]) -> Iterator[Problem]:
        """Yield the wrong values of a success about an order, and apply it to the order."""

    @staticmethod
    def values(model: Model, call: Call) -> ValueChecker:
        """Return the checker of the response's values."""
        return ValueChecker(model.memory, call.times, call.operation.name)


def _is_decimal(value: Any) -> bool:
    try:
        return Decimal(value).is_finite()
    except (ArithmeticError, TypeError, ValueError):
        return False


def missing_words(body: dict[str, Any], field: str, words: list[str]) -> Iterator[Problem]:
    """Yield a problem if a message does not contain each of these words."""
    text = str(body.get(field, ""))
    if not all(re.search(rf"\b{re.escape(word)}\b", text) for word in words):
        yield Problem("wrong value in message", field, f"a message with {', '.join(words)}", shorten(text))
