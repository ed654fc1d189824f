"""
The delivery of a request over a line that breaks now and then: no response, or one from a gateway (502, 503 or 504).

A request that can change nothing is sent again. After a write, the suite first queries the server, as `x-resolve`
describes, and sends it again only if it was not executed. A request that may have used up its nonce gets a new one. The
same failure several times in a row is not the line: the response is checked, or the run ends.
"""

import time
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Protocol

from attrs import define, evolve, field, frozen

from ..errors import LineError, TargetError
from ..oracle.expected_outcome import ExpectedOutcome, expected_outcome
from ..oracle.key_ring import KeyRing
from ..oracle.order_book import OrderBook
from ..spec import Spec, SpecOperation
from ..targets.sandbox import has_terms
from ..targets.target import Target
from ..wire import (
    PAYLOAD_HEADER,
    SIGNATURE_HEADER,
    Caller,
    WireRequest,
    WireResponse,
    encode_base64,
    read_body,
    render_json,
    request_by,
    sign,
)

__all__ = ["GATEWAY", "Delivery", "Line", "Sender"]

# How often one request is sent, and how many lost writes of one operation in a row are blamed on the line.
ATTEMPTS, LOST_IN_A_ROW = 3, 3
GATEWAY = frozenset({502, 503, 504})
# An operation, and whether its request was valid: a server may fail only where it executes a request.
Kind = tuple[str, bool]
PAUSE_S = 0.05
JSON_HEADERS = {"content-type": "application/json"}


class Sender(Protocol):
    """The session, as far as a delivery needs it."""

    spec: Spec
    target: Target
    ring: KeyRing

    @property
    def book(self) -> OrderBook:
        """The order book."""

    def nonce(self, desk: Caller) -> Any:
        """Return a new nonce."""


@frozen
class Attempt:
    """A request as it is sent, and its expected outcome."""

    request: WireRequest
    expected: ExpectedOutcome
    payload: bytes


@frozen
class Delivery:
    """The last attempt, and its response."""

    attempt: Attempt
    response: WireResponse
    # Whether the response was lost, and written from what the server shows of the executed write.
    is_looked_up: bool = False


@define
class Line:
    """The deliveries of a run, and how many of them failed."""

    sent: int = 0
    failed: int = 0
    # By operation, and whether the request was valid: how many requests were lost in all, and in a row.
    _lost: Counter[Kind] = field(factory=Counter)
    _in_a_row: Counter[Kind] = field(factory=Counter)
    # The kinds of which a response was checked.
    _checked: set[Kind] = field(factory=set)

    def lost(self) -> Counter[str]:
        """Return the number of lost requests by operation."""
        numbers: Counter[str] = Counter()
        for (name, _), number in self._lost.items():
            numbers[name] += number
        return numbers

    def never_checked(self) -> list[str]:
        """Return the operations whose every response to a valid request was lost, so that it is unknown."""
        return sorted(name for name, is_valid in self._lost.keys() - self._checked if is_valid)

    def deliver(self, session: Sender, request: WireRequest, expected: ExpectedOutcome, payload: bytes) -> Delivery:
        """
        Send a request until it has a response.

        Raises:
            TargetError: The request had no response several times in a row.
        """
        attempt = Attempt(request, expected, payload)
        kind = (expected.operation.name if expected.operation else request.path, expected.is_valid)
        for number in range(1, ATTEMPTS + 1):
            response, error = self._send(session, attempt.request)
            if response is not None and not self._is_lost(session, response):
                self._in_a_row[kind] = 0
                break
            self._in_a_row[kind] += 1
            self._lost[kind] += 1
            if number == ATTEMPTS or self._in_a_row[kind] > LOST_IN_A_ROW:
                break
            time.sleep(number * PAUSE_S)
            executed, attempt = self._prepare(session, attempt)
            if executed is not None:
                return Delivery(attempt, executed, is_looked_up=True)
        if response is None:
            raise error or TargetError(f"{session.target.name} did not respond.")
        self._checked.add(kind)
        return Delivery(attempt, response)

    def _send(self, session: Sender, request: WireRequest) -> tuple[WireResponse | None, LineError | None]:
        self.sent += 1
        try:
            response = session.target.send(request)
        except LineError as error:
            self.failed += 1
            return None, error
        self.failed += self._is_lost(session, response)
        return response, None

    @staticmethod
    def _is_lost(session: Sender, response: WireResponse) -> bool:
        # An exchange in this process has no gateway.
        return response.status in GATEWAY and session.target.tolerance_ms > 0

    def _prepare(self, session: Sender, attempt: Attempt) -> tuple[WireResponse | None, Attempt]:
        """Return the response of a write that was executed, or the request to send next."""
        expected = attempt.expected
        if expected.operation is not None and expected.is_valid and not expected.operation.is_safe:
            executed = _Lookup(session, self, attempt).result()
            if executed is not None:
                return WireResponse(200, JSON_HEADERS, render_json(executed)), attempt
        return None, _with_new_nonce(session, attempt)

    def query(self, session: Sender, desk: Caller, operation: SpecOperation, fields: dict[str, Any]) -> Any:
        """
        Return the JSON of the response to a query.

        Raises:
            TargetError: The query had no response several times in a row.
        """

        def request() -> WireRequest:
            return _request_of(session, desk, operation, fields)

        return read_body(self._first_response(session, request))

    def send_once(self, session: Sender, desk: Caller, operation: SpecOperation, fields: dict[str, Any]) -> Any:
        """
        Return the JSON of the response to a request that may change something, so that it is not sent again.

        Raises:
            LineError: The request had no response.
        """
        response, error = self._send(session, _request_of(session, desk, operation, fields))
        if response is None:
            raise error or LineError(f"{session.target.name} did not respond.")
        return read_body(response)

    def fetch(self, session: Sender, request: WireRequest) -> WireResponse:
        """
        Return the response to a request that changes nothing.

        Raises:
            TargetError: The request had no response several times in a row.
        """
        return self._first_response(session, lambda: request)

    def _first_response(self, session: Sender, request: Callable[[], WireRequest]) -> WireResponse:
        for number in range(1, ATTEMPTS + 1):
            sent = request()
            response, error = self._send(session, sent)
            if response is not None and not self._is_lost(session, response):
                return response
            time.sleep(number * PAUSE_S)
        raise error or TargetError(f"{session.target.name} responds only with 502, 503 or 504 to {sent.path}.")


def _request_of(session: Sender, desk: Caller, operation: SpecOperation, fields: dict[str, Any]) -> WireRequest:
    payload = render_json({"request": operation.path, "nonce": session.nonce(desk), **fields})
    return request_by(desk, operation.path, payload, repeats_body=operation.repeats_body)


def _with_new_nonce(session: Sender, attempt: Attempt) -> Attempt:
    """Return the request with a new nonce if its own may be used up; everything else stays byte for byte."""
    expected, request = attempt.expected, attempt.request
    nonce = expected.spends_nonce
    if nonce is None or expected.desk is None:
        return attempt
    session.ring.spend(expected.desk, nonce)
    old, new = format(nonce, "f").encode(), render_json(session.nonce(expected.desk))
    if attempt.payload.count(old) != 1:
        return attempt
    payload = attempt.payload.replace(old, new)
    text = encode_base64(payload)
    values = {PAYLOAD_HEADER.lower(): text, SIGNATURE_HEADER.lower(): sign(text, expected.desk.api_secret)}
    headers = tuple((name, values.get(name.lower(), value)) for name, value in request.headers)
    body = payload if request.body == attempt.payload else request.body
    renewed = evolve(request, headers=headers, body=body)
    return Attempt(renewed, expected_outcome(session.spec, session.ring, renewed), payload)


class _Lookup:
    """The query after a write whose response was lost."""

    def __init__(self, session: Sender, line: Line, attempt: Attempt) -> None:
        self.session = session
        self.line = line
        expected = attempt.expected
        assert expected.operation is not None
        caller = expected.desk or expected.token
        assert caller is not None
        self.operation, self.account = expected.operation, expected.account
        # A token without the scope for reading cannot query; a key of its account can.
        keys = (desk for desk in session.ring.desks.values() if desk.counterparty_id == expected.account)
        self.caller: Caller = next(keys, caller) if expected.token else caller
        self.sent: dict[str, Any] = expected.body or {}
        self.resolve = expected.operation.resolve
        self.sent_ms = session.target.now_ms()

    def result(self) -> dict[str, Any] | None:
        """Return the body of a success if the write was executed."""
        if not self.resolve:
            return None
        # An event takes a while to show in responses.
        self.session.target.wait_ms(self.session.target.slack_ms)
        clearing_id = self._created() if self.operation.creates_order else self._changed()
        return None if clearing_id is None else self._success(clearing_id)

    def _created(self) -> str | None:
        start, end = self.resolve["window"]
        margin = Decimal(self.session.target.tolerance_ms * 2)
        window = {start: int(self.sent_ms - margin), end: int(self.session.target.now_ms() + margin)}
        body = self._query(window)
        book = self.session.book
        rows = next((value for value in body.values() if isinstance(value, list)), [])
        for row in rows:
            clearing_id = row.get("clearing_id") if isinstance(row, dict) else None
            is_new = isinstance(clearing_id, str) and clearing_id not in book.orders.keys() | book.foreign
            if is_new and has_terms(row, self.sent, self.resolve["match"]):
                return str(clearing_id)
        return None

    def _changed(self) -> str | None:
        clearing_id, executed = str(self.sent.get("clearing_id")), set(self.resolve["executed"])
        order = self.session.book.orders.get(clearing_id)
        if order is None or order.states & executed:
            # Another request has executed it before, so the server rejects this one.
            return None
        status = self._query({"clearing_id": clearing_id}).get(self.resolve["status"])
        by = self.resolve.get("confirmed_by", {}).get(status)
        sides = {"source": order.source, "target": order.target}
        is_confirmed = order.is_brokered and by is not None and sides[by] == self.account
        return clearing_id if status in executed or is_confirmed else None

    def _query(self, fields: dict[str, Any]) -> dict[str, Any]:
        account = {"account": self.sent["account"]} if "account" in self.sent else {}
        query = self.session.spec.operations[self.resolve["query"]]
        body = self.line.query(self.session, self.caller, query, {**account, **fields})
        return body if isinstance(body, dict) else {}

    def _success(self, clearing_id: str) -> dict[str, Any]:
        """Return the documented success, with only the fields that are certain."""
        example = next(iter(self.operation.success_examples.values()))
        needed = {"result", *self.operation.success_schema.get("required", ())}
        body = {name: value for name, value in example.items() if name in needed}
        return {**body, "clearing_id": clearing_id} if "clearing_id" in body else body
