"""
Layer: what the client makes of a write whose answer is lost: what it asks, and what it concludes from the answer.

Question and conclusions are those of the spec's `x-resolve`, read here and not in the client.  The answers to the
question are made up, so that each of them is met: every status, no order, one that fits, two, and near misses.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from typing import Any

import hypothesis
from hypothesis import strategies as st

from ..cases.arguments import arguments_for
from ..cases.responses import plain
from ..cases.values import plain_body
from ..findings.finding import Problem
from ..findings.text import shorten
from ..oracle.expected_outcome import expected_outcome
from ..oracle.key_ring import KeyRing
from ..run.run import Context
from ..run.session import Session
from ..spec import SpecOperation
from ..wire import WireRequest, WireResponse, render_json
from .client_bytes import GROUP, ONE
from .tools.random_cases import REPORTED, FoundError, random_settings
from .tools.recording_client import ClientPair, Recorder, errors, refused_place

__all__ = ["run"]

JSON = {"content-type": "application/json"}
LOST = WireResponse(502, {"content-type": "text/html"}, b"<html>Bad gateway</html>")
NOT_FOUND = WireResponse(404, JSON, b'{"result":"error","reason":"OrderNotFound","message":"No such order"}')
EXECUTED, NOT_EXECUTED, AMBIGUOUS = "executed", "not executed", "ambiguous"


class _Desk:
    """A client that loses the answer to each write, and whose question is answered at will."""

    def __init__(self, context: Context, session: Session) -> None:
        self.context = context
        self.session = session
        self.ring = KeyRing((ONE, GROUP), lambda: Decimal(0))
        self.caught = Recorder(lambda request: LOST)
        self.pairs = {desk.name: ClientPair(desk, self.caught) for desk in (ONE, GROUP)}

    def close(self) -> None:
        """Close the clients."""
        for pair in self.pairs.values():
            pair.close()


class _Case:
    """One lost write: the call, and the question that the spec has for it."""

    def __init__(self, desk: _Desk, operation: SpecOperation, arguments: dict[str, Any], *, awaited: bool) -> None:
        self.desk = desk
        self.operation = operation
        self.awaited = awaited
        self.ask: dict[str, Any] = operation.raw["x-resolve"]
        self.question = desk.context.spec.operations[self.ask["query"]]
        self.pair = desk.pairs["group" if "account" in arguments else "initiator"]
        self.before_ms = time.time_ns() // 1_000_000
        desk.session.begin(operation.name)
        desk.context.tick()
        self.error = self._lose(arguments)
        self.sent: dict[str, Any] = {}
        if desk.caught.requests:
            self.sent = self._judged(desk.caught.requests[-1])

    def _lose(self, arguments: dict[str, Any]) -> Any:
        self.desk.caught.requests.clear()
        self.desk.caught.answer = lambda request: LOST
        given = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
        self.desk.session.case.append(f"{self.operation.name}({given}), and the answer is lost")
        error = self.pair.call(self.operation.name, arguments, awaited=self.awaited)
        if not isinstance(error, errors.MaybeExecutedError):
            self.problem("a lost answer is told", "error", "MaybeExecutedError", type(error).__name__)
        return error

    def concludes(self, expected: str, answer: WireResponse, what: str) -> None:
        """Have the client ask, answer it so, and compare its conclusion."""
        if not isinstance(self.error, errors.MaybeExecutedError) or not self.sent:
            return
        session = self.desk.session
        session.ledger.requests[session.layer, self.operation.name] += 1
        self.desk.caught.requests.clear()
        self.desk.caught.answer = lambda request: answer
        session.case.append(f"resolve(), answered {answer.status} {shorten(answer.body.decode(), 600)} [{what}]")
        resolution = self.pair.settle(self.error, awaited=self.awaited)
        outcome = str(getattr(resolution, "outcome", type(resolution).__name__))
        if outcome != expected and isinstance(resolution, errors.ContractViolatedError):
            # Not the conclusion is wrong, but the reading of the answer, whatever was asked for.
            place, got = refused_place(resolution, what), shorten(f"{outcome}: {resolution}")
            session.report(self.question.name, Problem("an answer that the spec allows", place, "a result", got))
        elif outcome != expected:
            self.problem("what the answer proves", what, expected, outcome)
        self._asked(self.desk.caught.requests)
        session.case.pop()

    def _asked(self, requests: list[WireRequest]) -> None:
        """One question, a valid request, about this write and no other."""
        paths = [request.path for request in requests]
        if paths != [self.question.path]:
            self.problem("the question of x-resolve", "path", self.question.path, ", ".join(paths) or "no request")
            return
        body = self._judged(requests[0])
        wanted = dict(self._wanted())
        for name in (wanted.keys() | body.keys()) - {"request", "nonce", *self.ask.get("window", ())}:
            if wanted.get(name) != body.get(name):
                self.problem("the question of x-resolve", name, str(wanted.get(name)), str(body.get(name)))
        if "window" in self.ask:
            start, end = (Decimal(body.get(name, 0)) for name in self.ask["window"])
            if not start <= self.before_ms <= time.time_ns() // 1_000_000 <= end:
                self.problem("the question of x-resolve", "window", f"around {self.before_ms}", f"{start} to {end}")

    def _wanted(self) -> Iterator[tuple[str, Any]]:
        """What the question must hold: of the terms those that it knows, and the account that was acted for."""
        for ours, theirs in {**self.ask["match"], "account": "account"}.items():
            if ours in self.sent and theirs in self.question.fields:
                yield theirs, self.sent[ours]

    def _judged(self, request: WireRequest) -> dict[str, Any]:
        expected = expected_outcome(self.desk.context.spec, self.desk.ring, request)
        self.desk.ring.note(expected.desk, expected.spends_nonce)
        if not expected.is_valid:
            self.problem(f"valid request: {expected.check}", expected.place, "a request without fault", expected.place)
        return expected.body or {}

    def problem(self, check: str, place: str, expected: str, got: str) -> None:
        """Report; in a case that chance has made, have a smaller one looked for."""
        self.desk.session.report(self.operation.name, Problem(check, place, shorten(expected), shorten(got)))


def run(context: Context) -> None:
    """Every write, by the question that the spec has for it."""
    session = context.session()
    desk = _Desk(context, session)
    try:
        for operation in context.spec.operations.values():
            if context.wants(operation.name) and not operation.raw["x-safe-to-repeat"]:
                if "window" in operation.raw["x-resolve"]:
                    _by_list(desk, operation)
                else:
                    _by_order(desk, operation)
    finally:
        desk.close()


def _by_order(desk: _Desk, operation: SpecOperation) -> None:
    """Whatever status the order has by then, from either side's view."""
    sides = operation.own_fields["side"]["enum"] if "side" in operation.own_fields else [None]
    for number, side in enumerate(sides):
        body = plain_body(operation) | ({"side": side} if side else {}) | ({"account": "primary"} if number else {})
        case = _Case(desk, operation, body, awaited=bool(number))
        case.concludes(NOT_EXECUTED, NOT_FOUND, "no such order")
        answer = plain(case.question.success_schema)
        properties = case.question.success_schema["properties"]
        for status in (*properties["status"]["x-extensible-enum"], "AWordThatIsNew"):
            for theirs in properties["side"]["enum"]:
                content = render_json({**answer, "status": status, "side": theirs})
                expected = _proves(case.ask, status, is_source=side == theirs)
                case.concludes(expected, WireResponse(200, JSON, content), f"{status}, {side} of {theirs}")


def _proves(ask: dict[str, Any], status: str, *, is_source: bool) -> str:
    """What a status proves; some say which desk has confirmed, and the order's side is its source's."""
    if status in ask["executed"]:
        return EXECUTED
    if status in ask["not_executed"]:
        return NOT_EXECUTED
    confirmed_by = ask.get("confirmed_by", {}).get(status)
    if confirmed_by is None:
        return AMBIGUOUS
    return EXECUTED if (confirmed_by == "source") is is_source else NOT_EXECUTED


def _by_list(desk: _Desk, operation: SpecOperation) -> None:
    @hypothesis.seed(desk.context.seed)
    @random_settings(desk.context, desk.context.profile.client_cases)
    @hypothesis.given(arguments=arguments_for(operation), awaited=st.booleans())
    @hypothesis.example(arguments=plain_body(operation), awaited=False)
    def every_list(arguments: dict[str, Any], awaited: bool) -> None:
        known = desk.session.ledger.seen.total()
        case = _Case(desk, operation, arguments, awaited=awaited)
        for expected, orders, what in _lists(case):
            case.concludes(expected, _listed(case.question, orders), what)
        if desk.session.ledger.seen.total() > known:
            raise FoundError

    # What is found, the session has reported, with its smallest case.
    with suppress(*REPORTED):
        every_list()


def _lists(case: _Case) -> Iterator[tuple[str, list[dict[str, Any]], str]]:
    """What may be listed, and what that proves."""
    schema = case.question.success_schema["properties"]["orders"]["items"]
    terms = {theirs: case.sent[ours] for ours, theirs in case.ask["match"].items() if ours in case.sent}
    row = plain(schema) | {name: _as_listed(value, schema["properties"][name]) for name, value in terms.items()}
    yield NOT_EXECUTED, [], "an empty list"
    yield EXECUTED, [row], "the order"
    yield AMBIGUOUS, [row, {**row, "clearing_id": "0OQGOZXX"}], "two orders that fit"
    for name in terms:
        other = {**row, name: _another(row[name])}
        yield NOT_EXECUTED, [other], f"an order with another {name}"
        yield EXECUTED, [other, row], f"the order beside one with another {name}"


def _as_listed(value: Any, schema: dict[str, Any]) -> Any:
    """A term as the lists tell it: symbols in upper case, amounts as numbers."""
    if schema.get("format") == "decimal":
        return Decimal(value)
    return value.upper() if schema["type"] == "string" and "enum" not in schema and "pattern" not in schema else value


def _another(value: Any) -> Any:
    """A near miss."""
    if isinstance(value, Decimal):
        return value.next_plus()
    return {"buy": "sell", "sell": "buy"}.get(value, f"{value}X")


def _listed(question: SpecOperation, orders: list[dict[str, Any]]) -> WireResponse:
    return WireResponse(200, JSON, render_json({**plain(question.success_schema), "orders": orders}))
