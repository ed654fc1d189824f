"""
Layer: the requests that the client sends, for every operation and all arguments that the spec allows.

Three validators check each request: the suite's expected outcome with its own signer, openapi-core with the wire view
of the spec, and the mock. It is a finding if one of them rejects the request, or if they disagree. Arguments that the
spec does not allow must not be sent.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import hypothesis
from hypothesis import strategies as st

from ..cases.arguments import arguments_for, as_wire
from ..cases.values import invalid_values, plain_body, plain_value
from ..findings.checks import INVALID_REQUEST_SENT, WRONG_REQUEST_LINE
from ..findings.finding import Problem
from ..findings.text import shorten
from ..oracle.expected_outcome import ExpectedOutcome, expected_outcome
from ..oracle.key_ring import KeyRing
from ..run.run import Context
from ..run.session import Session
from ..spec import Spec, SpecOperation
from ..targets.embedded import EMBEDDED_EPOCH_MS
from ..targets.mock import make_exchange
from ..wire import PAYLOAD_HEADER, Desk, MasterKey, WireRequest, WireResponse, common_headers, decode_base64, read_body
from .tools.openapi_core_check import openapi_core_errors
from .tools.random_cases import FoundError, case_function, random_settings, run_random
from .tools.recording_client import ClientPair, Recorder, client_errors

__all__ = ["GROUP_KEY", "ONE_ACCOUNT", "run"]

# A key of one account, and a key of a group, with which each request must name an account.
ONE_ACCOUNT = Desk("initiator", "account-demo-initiator", "demo-secret-of-initiator", "R485E04Q", frozenset({"Trader"}))
GROUP_KEY = MasterKey("group", "master-demo-group", "demo-secret-of-group", "", frozenset({"Trader"}))
NOT_SENT = "invalid argument sent"
# Money that is not exact, or not a number.
INVALID_MONEY = (1.5, 0.1, float("nan"), True, Decimal("NaN"), Decimal("-1"), Decimal("Infinity"), b"1", "one")


class _Clients:
    """The clients, and the mock that responds to them."""

    def __init__(self, context: Context, session: Session) -> None:
        self.context = context
        self.session = session
        self.spec: Spec = context.spec
        self.ring = KeyRing((ONE_ACCOUNT, GROUP_KEY), lambda: Decimal(0))
        _, _, self.mock = make_exchange(EMBEDDED_EPOCH_MS)
        self.recorder = Recorder(self._respond)
        self.last: WireResponse | None = None
        self.pairs = {desk.name: ClientPair(desk, self.recorder) for desk in (ONE_ACCOUNT, GROUP_KEY)}

    def _respond(self, request: WireRequest) -> WireResponse:
        self.last = self.mock(request)
        return self.last

    def call(self, operation: SpecOperation, arguments: dict[str, Any], *, is_async: bool = False) -> Any:
        """Call an operation with the key that the arguments are for."""
        self.recorder.requests.clear()
        desk = GROUP_KEY if "account" in arguments else ONE_ACCOUNT
        shown = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
        self.session.steps.append(f"{desk.name}: {'await ' if is_async else ''}{operation.name}({shown})")
        self.session.ledger.requests[self.session.layer, operation.name] += 1
        return self.pairs[desk.name].call(operation.name, arguments, is_async=is_async)

    def call_first(self, operation: SpecOperation, response: WireResponse) -> Any:
        """Call an operation; the first request gets a response, and the mock responds to the others."""
        waiting = [response]
        self.recorder.respond = lambda request: waiting.pop() if waiting else self.mock(request)
        result = self.call(operation, plain_body(operation))
        self.recorder.respond = self._respond
        return result

    def expected(self, request: WireRequest) -> ExpectedOutcome:
        """Return the expected outcome of a request, and spend its nonce."""
        expected = expected_outcome(self.spec, self.ring, request)
        self.ring.spend(expected.desk, expected.spends_nonce)
        return expected

    def begin(self, operation: SpecOperation) -> None:
        """Start a case."""
        self.session.begin(operation.name)
        self.context.tick()

    def close(self) -> None:
        """Close the clients."""
        for pair in self.pairs.values():
            pair.close()


def run(context: Context) -> None:
    """Call every operation with valid arguments, with invalid ones, and with a first response that fails."""
    clients = _Clients(context, context.session())
    try:
        for operation in context.spec.operations.values():
            if context.selects(operation.name):
                _call_validly(clients, operation)
                _call_invalidly(clients, operation)
                _retry(clients, operation)
    finally:
        clients.close()


def _call_validly(clients: _Clients, operation: SpecOperation) -> None:
    context = clients.context
    example = {**plain_body(operation), **_account(operation)}

    @hypothesis.seed(context.seed)
    @random_settings(context, context.profile.client_cases)
    @hypothesis.given(arguments=arguments_for(operation), is_async=st.booleans())
    @hypothesis.example(arguments=example, is_async=False)
    @case_function
    def call_randomly(arguments: dict[str, Any], is_async: bool) -> None:
        clients.begin(operation)
        result = clients.call(operation, arguments, is_async=is_async)
        problems = list(_problems(clients, operation, arguments, result))
        for problem in problems:
            clients.session.report(operation.name, problem)
        if problems:
            raise FoundError(problems[0].check)

    run_random(call_randomly)


def _account(operation: SpecOperation) -> dict[str, Any]:
    return {"account": plain_value(operation, "account")} if "account" in operation.fields else {}


def _problems(clients: _Clients, operation: SpecOperation, arguments: dict[str, Any], result: Any) -> Iterator[Problem]:
    requests = clients.recorder.requests
    if isinstance(result, client_errors.NotSentError) or not requests:
        yield Problem("valid call not sent", "request", "one request", _describe(result))
        return
    if len(requests) != 1:
        yield Problem("several requests for one call", "request", "1", str(len(requests)))
    request = requests[0]
    yield from _header_problems(operation, request)
    expected = clients.expected(request)
    if not expected.is_valid:
        violated = ", ".join(f"{one.rule} → {one.reason}" for one in expected.violations)
        yield Problem(f"{INVALID_REQUEST_SENT}: {expected.check}", expected.place, "a valid request", violated)
    found = openapi_core_errors(clients.spec, request)
    if found:
        yield Problem("openapi-core error", PAYLOAD_HEADER, "a valid request", ", ".join(found))
    yield from _mock_problems(operation, expected, clients.last)
    yield from _value_problems(operation, arguments, expected.body or {})


def _mock_problems(
    operation: SpecOperation, expected: ExpectedOutcome, response: WireResponse | None
) -> Iterator[Problem]:
    if response is None or not expected.is_valid or response.status < 400:
        return
    body = read_body(response)
    reason = body.get("reason") if isinstance(body, dict) else None
    if reason not in {error.reason for error in operation.errors} | {"InvalidAccountName"}:
        actual = f"{response.status} {reason} from the mock"
        yield Problem("mock and suite disagree", "request", "only errors of business rules", actual)


def _header_problems(operation: SpecOperation, request: WireRequest) -> Iterator[Problem]:
    if (request.method, request.path) != ("POST", operation.path):
        actual = f"{request.method} {request.path}"
        yield Problem(WRONG_REQUEST_LINE, "request line", f"POST {operation.path}", actual)
    body = _payload(request) if operation.repeats_body else b""
    if request.body != body:
        check = "payload not repeated" if operation.repeats_body else "body not empty"
        yield Problem(check, "body", f"{len(body)} bytes", f"{len(request.body)} bytes")
    names = [name.lower() for name, _ in request.headers]
    for name, value in common_headers(body):
        if request.header(name) != value:
            yield Problem("wrong header", name.lower(), value, str(request.header(name)))
    for name in {name for name in names if names.count(name) > 1} | ({"authorization"} & set(names)):
        yield Problem("wrong header", name, "at most once, and no second authentication", str(names.count(name)))


def _payload(request: WireRequest) -> bytes:
    """Return the JSON that is signed; empty if it is not in base64."""
    try:
        return decode_base64(request.header(PAYLOAD_HEADER) or "")
    except ValueError:
        return b""


def _value_problems(operation: SpecOperation, arguments: dict[str, Any], body: dict[str, Any]) -> Iterator[Problem]:
    for name in body.keys() - arguments.keys() - (operation.fields.keys() - operation.own_fields.keys()):
        yield Problem("field without argument", name, "missing", shorten(body[name]))
    for name, given in arguments.items():
        schema = operation.fields[name]
        if name not in body:
            yield Problem("argument not sent", name, shorten(given), "missing")
            continue
        expected, sent = as_wire(given, schema), body[name]
        comparable = Decimal(sent) if isinstance(expected, Decimal) and isinstance(sent, str | Decimal) else sent
        if comparable != expected:
            yield Problem("argument changed", name, shorten(str(expected)), shorten(str(sent)))
        if isinstance(sent, str) and schema.get("format") == "decimal" and "e" in sent.lower():
            yield Problem("decimal with exponent", name, "digits without an exponent", shorten(sent))


def _call_invalidly(clients: _Clients, operation: SpecOperation) -> None:
    body = plain_body(operation)
    for name, schema in operation.own_fields.items():
        values = [value for _, value in invalid_values(schema)]
        values += INVALID_MONEY if schema.get("format") == "decimal" else ()
        is_time = schema.get("format") == "timestamp"
        for value in values:
            # None means that the argument is not given; text is not a type of time arguments.
            if value is not None and not (is_time and isinstance(value, str)):
                _must_not_send(clients, operation, {**body, name: value}, name)
        if name in operation.required:
            _must_not_send(clients, operation, {**body, name: None}, name)
    for name in operation.request_schema.get("dependentRequired", {}):
        _must_not_send(clients, operation, {**body, name: plain_value(operation, name) or 1_700_000_000_000}, name)


def _must_not_send(clients: _Clients, operation: SpecOperation, arguments: dict[str, Any], name: str) -> None:
    """Check that an invalid argument is not sent, or is sent as a valid value with the same meaning."""
    clients.begin(operation)
    result = clients.call(operation, arguments)
    given, problem = arguments[name], None
    if clients.recorder.requests:
        expected = clients.expected(clients.recorder.requests[-1])
        sent = (expected.body or {}).get(name)
        is_inexact = isinstance(given, float | bool) and operation.fields[name].get("type") == "string"
        if not expected.is_valid or is_inexact or not _means_the_same(given, sent):
            problem = Problem(NOT_SENT, name, "ArgumentError", shorten(f"sent {sent!r}"))
    elif not isinstance(result, client_errors.ArgumentError):
        problem = Problem("wrong error for an argument", name, "ArgumentError", _describe(result))
    elif name not in str(result):
        problem = Problem("argument not named", name, "its name in the message", shorten(str(result)))
    if problem is not None:
        clients.session.report(operation.name, problem)


def _means_the_same(given: Any, sent: Any) -> bool:
    try:
        return Decimal(str(given).strip().replace("_", "")) == Decimal(str(sent))
    except ArithmeticError:
        return bool(given == sent)


REJECTED_NONCE = WireResponse(
    400,
    {"content-type": "application/json"},
    b'{"result":"error","reason":"InvalidNonce","message":"Nonce \'1\' has not increased"}',
)
BAD_GATEWAY = WireResponse(502, {"content-type": "text/html", "retry-after": "0"}, b"<html>Bad gateway</html>")


def _retry(clients: _Clients, operation: SpecOperation) -> None:
    """
    Check which calls are sent again, each time signed again.

    A read is sent again after a rejected nonce and after a lost response. A write is sent again only after a rejected
    nonce, and after a query for the outcome of the first request: the network may have delivered that request twice, so
    that the rejection belongs to the second delivery.
    """
    session = clients.session
    for response, name, is_retried in (
        (REJECTED_NONCE, "a rejected nonce", True),
        (BAD_GATEWAY, "a lost response", operation.is_safe),
    ):
        clients.begin(operation)
        result = clients.call_first(operation, response)
        requests = clients.recorder.requests
        sent = [request.path for request in requests]
        session.expect(operation.name, f"wrong retry after {name}", "requests", 2 if is_retried else 1,
                       sent.count(operation.path))  # fmt: skip
        between = set(sent[1:-1]) if is_retried else set(sent[1:])
        session.expect(operation.name, f"wrong query after {name}", "path",
                       _queried(clients.spec, operation, is_retried=is_retried), between)  # fmt: skip
        for request in requests:
            expected = clients.expected(request)
            if not expected.is_valid:
                check = f"invalid retry: {expected.check}"
                session.report(operation.name, Problem(check, expected.place, "a valid request", expected.place))
        if not is_retried and not isinstance(result, client_errors.MaybeExecutedError):
            actual = type(result).__name__
            problem = Problem("unknown outcome not reported", "error", "MaybeExecutedError", actual)
            session.report(operation.name, problem)


def _queried(spec: Spec, operation: SpecOperation, *, is_retried: bool) -> set[str]:
    """Return the paths of the queries that must precede a retry."""
    return {spec.operations[operation.resolve["query"]].path} if is_retried and not operation.is_safe else set()


def _describe(result: Any) -> str:
    return shorten(f"{type(result).__name__}: {result}")
