"""
The judge: whether an answer is the one that the spec owes to a request.

It puts together what the other modules know: the verdict on the request, the outcome that the business rules allow,
the answer's shape, and the truth of its values.  After each answer it carries forward what the answer changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ..findings.finding import Problem
from ..findings.text import shorten
from ..spec import ExpectedError, Spec
from ..wire import NO_BODY, WireResponse, read_body
from .business_rules import AllowedResults, BusinessRules, allowed_results
from .error_messages import DocumentedMessages
from .expected_outcome import ExpectedOutcome
from .key_ring import KeyRing
from .list_rows import LIST_KINDS, list_problems
from .order_book import Order, OrderBook
from .response_shape import shape_problems
from .response_values import CallTimes, Memory, ValueChecker

__all__ = ["Oracle"]


class Oracle:
    """Judges one answer after the other; holds the suite's picture of the server's state."""

    def __init__(self, spec: Spec, ring: KeyRing) -> None:
        self.spec = spec
        self.book = OrderBook(spec)
        self.truth = ValueChecker(self.book, Memory())
        self.rules = BusinessRules(spec, ring, self.book)
        self.sentences = DocumentedMessages(spec)
        self.slack_ms = 0
        self._any_operation = next(iter(spec.operations.values()))

    def oracle(self, expected: ExpectedOutcome, answer: WireResponse, clock: CallTimes) -> list[Problem]:
        """Everything wrong with the answer; then takes up what it changed."""
        problems: list[Problem] = []
        try:
            problems.extend(self._judge(expected, answer, clock))
        except (ArithmeticError, AttributeError, KeyError, LookupError, TypeError, ValueError) as error:
            # An answer so wrong that its values cannot even be compared; what was found before says more.
            if not problems:
                got = f"{type(error).__name__}: {error}"
                problems.append(Problem("comparable answer", "body", "values that can be compared", got))
        return problems

    def _judge(self, expected: ExpectedOutcome, answer: WireResponse, clock: CallTimes) -> Iterator[Problem]:
        # What is said where there is no endpoint is said as everywhere.
        shape = list(shape_problems(expected.operation or self._any_operation, answer))
        yield from shape
        body = read_body(answer)
        yield from self.sentences.problems(body, expected)
        if expected.is_valid:
            predicted = allowed_results(self.rules, expected, clock.after_ms, self.slack_ms)
            # Whatever the orders leave open, only the spec's own `x-refusals` may be given.
            outcome = AllowedResults(predicted.success, predicted.errors & expected.errors)
        else:
            outcome = AllowedResults(False, expected.errors)
        given = _refusal_in(answer, body)
        if given is not None:
            yield from self._refused(expected, outcome, given, body)
        elif answer.status == 200:
            is_sound = not any(problem.check.startswith("schema") for problem in shape)
            yield from self._accepted(expected, outcome, body, clock, is_sound=is_sound)

    def _refused(
        self, expected: ExpectedOutcome, outcome: AllowedResults, given: ExpectedError, body: Any
    ) -> Iterator[Problem]:
        if given not in outcome.errors:
            check = f"right refusal: {expected.check}" if expected.check else "a valid request is not refused"
            yield Problem(check, _place(expected, {given.reason}), _text(outcome), _told(given, body))
        elif isinstance(body, dict) and not str(body.get("message", body.get("details", ""))).strip():
            yield Problem("says why", "message", "a sentence", "nothing")
        if expected.operation and given.reason == "MissingRole" and expected.desk and isinstance(body, dict):
            yield from _names(body, "message", sorted(expected.operation.roles | expected.desk.roles))
        if given.result == "failed" and expected.body and isinstance(body, dict):
            yield from _names(body, "details", [str(expected.body.get("clearing_id", ""))])

    def _accepted(
        self, expected: ExpectedOutcome, outcome: AllowedResults, body: Any, clock: CallTimes, *, is_sound: bool
    ) -> Iterator[Problem]:
        if not outcome.success:
            check = f"invalid request refused: {expected.check or 'business'}"
            reasons = {refusal.reason for refusal in outcome.errors}
            yield Problem(check, _place(expected, reasons), _text(outcome), "200, accepted")
        if expected.operation is None or expected.desk is None or expected.body is None or body is NO_BODY:
            return
        words = expected.operation.success_results
        if isinstance(body, dict) and words and body.get("result", next(iter(words))) not in words:
            yield Problem("documented result", "result", f"one of {sorted(words)}", shorten(body["result"]))
        if not is_sound:
            # Values of the wrong type cannot be compared; the orders that this answer moved are lost to the book.
            self._lose(expected)
            return
        yield from self._values(expected.operation.name, expected, body, clock)

    def _values(
        self, operation: str, expected: ExpectedOutcome, body: dict[str, Any], clock: CallTimes
    ) -> Iterator[Problem]:
        assert expected.desk is not None
        assert expected.body is not None
        self.truth.clock = clock
        me, request = expected.desk.counterparty_id, expected.body
        if operation in LIST_KINDS:

            def states_of(order: Order) -> frozenset[str]:
                return self.book.states_now(order, clock.after_ms, self.slack_ms)

            yield from list_problems(self.truth, operation, me, request, body, states_of)
        elif operation in {"create_order", "create_broker_order"}:
            if request.keys() >= expected.operation.required if expected.operation else False:
                placed = self._new_order(operation, me, request, body, clock)
                yield from self.truth.placed(placed, body)
                self.book.add(placed)
        else:
            order = self.book.orders.get(request["clearing_id"])
            if order is not None:
                yield from self._about_one(operation, me, order, body, clock)

    def _about_one(
        self, operation: str, me: str, order: Order, body: dict[str, Any], clock: CallTimes
    ) -> Iterator[Problem]:
        if operation == "get_order":
            yield from self.truth.told(order, body, self.book.states_now(order, clock.after_ms, self.slack_ms))
        elif operation == "cancel_order":
            self.book.move(order, "cancel")
            yield from _names(body, "details", [order.clearing_id])
        elif operation == "confirm_order":
            self.book.move(order, self.book.confirm_event(order, me))
            order.confirmed_by.add(me)
            if order.is_open:
                order.target, order.is_open = me, False

    def _new_order(
        self, operation: str, me: str, request: dict[str, Any], body: dict[str, Any], clock: CallTimes
    ) -> Order:
        is_brokered = operation == "create_broker_order"
        order = Order(
            clearing_id=body["clearing_id"],
            placed_by=me,
            source=request["source_counterparty_id"] if is_brokered else me,
            target=request["target_counterparty_id"] if is_brokered else request.get("counterparty_id"),
            is_brokered=is_brokered,
            symbol=request["symbol"].upper(),
            amount=Decimal(request["amount"]),
            price=Decimal(request["price"]),
            side=request["side"],
            hours=Decimal(request.get("expires_in_hrs", 24)),
            placed_ms=(clock.before_ms, clock.after_ms),
            states=frozenset(),
            is_open=not is_brokered and "counterparty_id" not in request,
        )
        order.states = frozenset({self.book.first_state(order)})
        return order

    def _lose(self, expected: ExpectedOutcome) -> None:
        clearing_id = (expected.body or {}).get("clearing_id")
        if expected.operation and not expected.operation.raw["x-safe-to-repeat"] and isinstance(clearing_id, str):
            self.book.orders.pop(clearing_id, None)
            self.book.foreign.add(clearing_id)


def _refusal_in(answer: WireResponse, body: Any) -> ExpectedError | None:
    """The refusal that an answer is; None where it says yes, or is no answer of this API at all."""
    if answer.status == 405:
        return ExpectedError(405, None)
    if not isinstance(body, dict):
        return ExpectedError(answer.status, None) if answer.status != 200 else None
    result = body.get("result")
    if answer.status == 200 and result not in {"error", "failed"}:
        return None
    return ExpectedError(answer.status, body.get("reason"), result if result == "failed" else "error")


def _names(body: dict[str, Any], field: str, words: list[str]) -> Iterator[Problem]:
    text = str(body.get(field, ""))
    if not all(re.search(rf"\b{re.escape(word)}\b", text) for word in words):
        yield Problem("says what it is about", field, f"a sentence with {', '.join(words)}", shorten(text))


def _place(expected: ExpectedOutcome, reasons: set[str | None]) -> str:
    """The place of the fault; of one that only business rules know, the sent fields that the reasons are about."""
    if not expected.is_valid or expected.operation is None or expected.body is None:
        return expected.place
    about = [name for name, schema in expected.operation.fields.items() if schema["x-reason"] in reasons]
    return ", ".join(name for name in about if name in expected.body) or expected.place


def _told(given: ExpectedError, body: Any) -> str:
    sentence = body.get("message", body.get("details")) if isinstance(body, dict) else None
    return shorten(f"{given}: {sentence}") if isinstance(sentence, str) else str(given)


def _text(outcome: AllowedResults) -> str:
    return " or ".join([*(["success"] if outcome.success else []), *sorted(map(str, outcome.errors))]) or "nothing"
