"""
Layer: the client's conclusions after a lost response: its query, and its conclusion from the result.

Query and conclusions are those of the spec's `x-resolve`. The query gets each kind of response: every status, no order,
a matching order, two of them, orders that differ in one term or in time, and rows that violate the spec.

*Not executed* needs time: the client repeats its query until the list would contain an order that it shows late.
"""

from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from typing import Any

import hypothesis
from hypothesis import strategies as st

from ..cases.arguments import arguments_for
from ..cases.responses import plain_response, success_response
from ..cases.values import plain_body
from ..findings.checks import INVALID_REQUEST_SENT
from ..findings.finding import Problem
from ..findings.text import shorten
from ..oracle.expected_outcome import expected_outcome
from ..oracle.key_ring import KeyRing
from ..oracle.order_book import opposite
from ..run.run import Context
from ..run.session import Session
from ..spec import SpecOperation
from ..wire import WireRequest, WireResponse, render_json
from .client_bytes import GROUP_KEY, ONE_ACCOUNT
from .client_decoding import JSON_HEADERS
from .tools.random_cases import FoundError, case_function, random_settings, run_random
from .tools.recording_client import ClientPair, Recorder, client_errors, violated_place

__all__ = ["run"]

LOST = WireResponse(502, {"content-type": "text/html"}, b"<html>Bad gateway</html>")
NOT_FOUND = WireResponse(404, JSON_HEADERS, b'{"result":"error","reason":"OrderNotFound","message":"No such order"}')
EXECUTED, NOT_EXECUTED, AMBIGUOUS = "executed", "not executed", "ambiguous"
WRONG_QUERY = "wrong query"
# For how long the exchange's lists may lag behind its book (docs/client.md).
SETTLE_S = 2.0
HOUR_MS = 3_600_000


class _Clients:
    """Clients that lose the response to each write."""

    def __init__(self, context: Context, session: Session) -> None:
        self.context = context
        self.session = session
        self.ring = KeyRing((ONE_ACCOUNT, GROUP_KEY), lambda: Decimal(0))
        self.recorder = Recorder(lambda request: LOST)
        self.pairs = {desk.name: ClientPair(desk, self.recorder) for desk in (ONE_ACCOUNT, GROUP_KEY)}
        # Ids of orders; each write has its own, because the clients exclude the orders of other writes.
        self.ids = (f"C{number:07X}" for number in count(1))

    def close(self) -> None:
        """Close the clients."""
        for pair in self.pairs.values():
            pair.close()


class _LostWrite:
    """A call whose response is lost, and the query that the spec has for it."""

    def __init__(
        self, clients: _Clients, operation: SpecOperation, arguments: dict[str, Any], *, is_async: bool
    ) -> None:
        self.clients = clients
        self.session = clients.session
        self.operation = operation
        self.is_async = is_async
        self.resolve = operation.resolve
        self.query = clients.context.spec.operations[self.resolve["query"]]
        self._pair = clients.pairs[(GROUP_KEY if "account" in arguments else ONE_ACCOUNT).name]
        self.sent_ms = round(self._pair.now_s() * 1000)
        self.session.begin(operation.name)
        clients.context.tick()
        self.error = self._lose(arguments)
        requests = clients.recorder.requests
        self.sent = self._checked(requests[-1]) if requests else {}

    def _lose(self, arguments: dict[str, Any]) -> Any:
        self.clients.recorder.requests.clear()
        self.clients.recorder.respond = lambda request: LOST
        shown = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
        self.session.steps.append(f"{self.operation.name}({shown}), and the response is lost")
        error = self._pair.call(self.operation.name, arguments, is_async=self.is_async)
        if not isinstance(error, client_errors.MaybeExecutedError):
            self.report("lost response not reported", "error", "MaybeExecutedError", type(error).__name__)
        return error

    def conclude(self, expected: str, response: WireResponse, note: str, *, is_final: bool = False) -> None:
        """Let the client send its query, which gets a response, and compare its conclusion and its wait."""
        if not isinstance(self.error, client_errors.MaybeExecutedError) or not self.sent:
            return
        self.session.ledger.requests[self.session.layer, self.operation.name] += 1
        self.clients.recorder.requests.clear()
        self.clients.recorder.respond = lambda request: response
        body = shorten(response.body.decode(), 600)
        self.session.steps.append(f"resolve(), and the query gets {response.status} {body} [{note}]")
        before_s = self._pair.now_s()
        resolution = self._pair.resolve(self.error, is_async=self.is_async)
        waited_s = self._pair.now_s() - before_s
        outcome = str(getattr(resolution, "outcome", type(resolution).__name__))
        if outcome != expected and isinstance(resolution, client_errors.ContractViolatedError):
            # The conclusion is not wrong; the client cannot decode the response of the query.
            place, actual = violated_place(resolution, note), shorten(f"{outcome}: {resolution}")
            self.session.report(self.query.name, Problem("valid response rejected", place, "a result", actual))
        elif outcome != expected:
            self.report("wrong conclusion", note, expected, outcome)
        elif expected == NOT_EXECUTED and not is_final and waited_s < SETTLE_S - 0.001:
            self.report("conclusion too early", "wait", f"at least {SETTLE_S} s", f"{waited_s} s")
        self._check_queries(self.clients.recorder.requests)
        self.session.steps.pop()

    def _check_queries(self, requests: list[WireRequest]) -> None:
        """Check that only queries were sent, that they are valid, and that they are about this write."""
        paths = {request.path for request in requests}
        if paths != {self.query.path}:
            self.report(WRONG_QUERY, "path", self.query.path, ", ".join(sorted(paths)) or "no request")
            return
        for request in requests:
            self._check_query(self._checked(request))

    def _check_query(self, body: dict[str, Any]) -> None:
        expected, window = dict(self._expected_query()), self.resolve.get("window", ())
        for name in (expected.keys() | body.keys()) - {"request", "nonce", *window}:
            if expected.get(name) != body.get(name):
                self.report(WRONG_QUERY, name, str(expected.get(name)), str(body.get(name)))
        if window:
            start, end = (Decimal(body.get(name, 0)) for name in window)
            if not start <= self.sent_ms <= end:
                self.report(WRONG_QUERY, "window", f"around {self.sent_ms}", f"{start} to {end}")

    def _expected_query(self) -> Iterator[tuple[str, Any]]:
        """Yield the terms of the write that are filters of the query, and the account."""
        for ours, theirs in {**self.resolve["match"], "account": "account"}.items():
            if ours in self.sent and theirs in self.query.fields:
                yield theirs, self.sent[ours]

    def _checked(self, request: WireRequest) -> dict[str, Any]:
        """Return the signed JSON of a request, which must be valid."""
        expected = expected_outcome(self.clients.context.spec, self.clients.ring, request)
        self.clients.ring.spend(expected.desk, expected.spends_nonce)
        if not expected.is_valid:
            check = f"{INVALID_REQUEST_SENT}: {expected.check}"
            self.report(check, expected.place, "a valid request", expected.place)
        return expected.body or {}

    def report(self, check: str, place: str, expected: str, actual: str) -> None:
        """Report a problem of the write."""
        self.session.report(self.operation.name, Problem(check, place, shorten(expected), shorten(actual)))


def run(context: Context) -> None:
    """Lose the response to every kind of write."""
    clients = _Clients(context, context.session())
    try:
        for operation in context.spec.operations.values():
            if context.selects(operation.name) and operation.resolve:
                if operation.creates_order:
                    _resolve_by_list(clients, operation)
                else:
                    _resolve_by_status(clients, operation)
    finally:
        clients.close()


def _resolve_by_status(clients: _Clients, operation: SpecOperation) -> None:
    """Let the query return each status, for both sides."""
    sides = operation.own_fields["side"]["enum"] if "side" in operation.own_fields else [None]
    for number, side in enumerate(sides):
        more = ({"side": side} if side else {}) | ({"account": "primary"} if number else {})
        write = _LostWrite(clients, operation, plain_body(operation) | more, is_async=bool(number))
        write.conclude(NOT_EXECUTED, NOT_FOUND, "no such order")
        body = success_response(write.query, write.sent)
        properties = write.query.success_schema["properties"]
        for status in (*properties["status"]["x-extensible-enum"], "ANewStatus"):
            for theirs in properties["side"]["enum"]:
                content = render_json({**body, "status": status, "side": theirs})
                expected = _conclusion(write.resolve, status, is_source=side == theirs)
                note, is_final = f"{status}, {side} of {theirs}", status in clients.context.spec.lifecycle["final"]
                write.conclude(expected, WireResponse(200, JSON_HEADERS, content), note, is_final=is_final)


def _conclusion(resolve: dict[str, Any], status: str, *, is_source: bool) -> str:
    """Return the conclusion from a status; some statuses identify the desk that has confirmed."""
    if status in resolve["executed"]:
        return EXECUTED
    if status in resolve["not_executed"]:
        return NOT_EXECUTED
    confirmed_by = resolve.get("confirmed_by", {}).get(status)
    if confirmed_by is None:
        return AMBIGUOUS
    return EXECUTED if (confirmed_by == "source") is is_source else NOT_EXECUTED


def _resolve_by_list(clients: _Clients, operation: SpecOperation) -> None:
    """Let the query return each kind of list, for random orders."""
    context = clients.context

    @hypothesis.seed(context.seed)
    @random_settings(context, context.profile.client_cases)
    @hypothesis.given(arguments=arguments_for(operation), is_async=st.booleans())
    @hypothesis.example(arguments=plain_body(operation), is_async=False)
    @case_function
    def resolve_random(arguments: dict[str, Any], is_async: bool) -> None:
        before = context.ledger.occurrences.total()
        write = _LostWrite(clients, operation, arguments, is_async=is_async)
        for expected, rows, note in _lists(write):
            write.conclude(expected, _list_response(write.query, rows), note)
        if context.ledger.occurrences.total() > before:
            raise FoundError

    run_random(resolve_random)


def _rows_of(query: SpecOperation) -> tuple[str, dict[str, Any]]:
    """Return the property that contains the rows of a list, and the schema of a row."""
    properties = query.success_schema["properties"].items()
    return next((name, schema["items"]) for name, schema in properties if schema.get("type") == "array")


def _lists(write: _LostWrite) -> Iterator[tuple[str, list[Any], str]]:
    """Yield the conclusion, the rows and a note for each kind of list."""
    row = _matching_row(write)
    submitted = write.resolve["submitted"]
    yield NOT_EXECUTED, [], "an empty list"
    yield from _unreadable(write, row)
    yield NOT_EXECUTED, [{**row, submitted: write.sent_ms - 2 * HOUR_MS}], "a matching order of an earlier time"
    yield EXECUTED, [row], "the order"
    yield AMBIGUOUS, [row, {**row, "clearing_id": next(write.clients.ids)}], "two matching orders"
    for name in _terms(write):
        other = {**row, name: _another(row[name]), "clearing_id": next(write.clients.ids)}
        yield NOT_EXECUTED, [other], f"an order with another {name}"
        yield EXECUTED, [other, row], f"the order and one with another {name}"


def _terms(write: _LostWrite) -> dict[str, Any]:
    """Return the terms that were sent, by their names in a list."""
    return {theirs: write.sent[ours] for ours, theirs in write.resolve["match"].items() if ours in write.sent}


def _matching_row(write: _LostWrite) -> dict[str, Any]:
    """Return the order as the list shows it."""
    _, schema = _rows_of(write.query)
    listed = {name: _as_listed(value, schema["properties"][name]) for name, value in _terms(write).items()}
    own = {"clearing_id": next(write.clients.ids), write.resolve["submitted"]: write.sent_ms}
    return {**plain_response(schema), **listed, **own}


def _unreadable(write: _LostWrite, row: dict[str, Any]) -> Iterator[tuple[str, list[Any], str]]:
    """Yield lists with a row that violates the spec. It matters only if it could be the order."""
    invalid = {"status": 7}
    # A number: a symbol can consist of digits, so that its text has two readings.
    name = next(name for name in _terms(write) if isinstance(row[name], Decimal))
    other = {**row, name: _another(row[name]), **invalid}
    yield NOT_EXECUTED, [other], f"an unreadable order with another {name}"
    yield AMBIGUOUS, [{**row, **invalid}], "an unreadable order with the same terms"
    yield AMBIGUOUS, [None], "a row that is not an object"


def _as_listed(value: Any, schema: dict[str, Any]) -> Any:
    """Return a term as lists contain it: symbols in upper case, amounts as numbers."""
    if schema.get("format") == "decimal":
        return Decimal(value)
    is_free_text = schema["type"] == "string" and "enum" not in schema and "pattern" not in schema
    return value.upper() if is_free_text else value


def _another(value: Any) -> Any:
    """Return the next value, or the other side."""
    if isinstance(value, Decimal):
        return value.next_plus()
    return opposite(value) if value in {"buy", "sell"} else f"{value}X"


def _list_response(query: SpecOperation, rows: list[Any]) -> WireResponse:
    name, _ = _rows_of(query)
    body = {**plain_response(query.success_schema), name: rows}
    return WireResponse(200, JSON_HEADERS, render_json(body))
