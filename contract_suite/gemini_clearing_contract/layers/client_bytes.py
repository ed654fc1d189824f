"""
Layer: the client's bytes, for every operation and every argument that the spec allows, blocking and awaited.

Three judges look at each request: the suite's own verdict with its own signer, openapi-core over the wire view of the
spec, and the mock's validator.  Where they disagree, or one of them refuses, there is a finding.
What the spec does not allow must not leave the client at all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from typing import Any

import hypothesis
from hypothesis import strategies as st

from ..cases.arguments import arguments_for, as_wire
from ..cases.values import invalid_values, plain_body
from ..findings.finding import Problem
from ..findings.text import shorten
from ..oracle.expected_outcome import expected_outcome
from ..oracle.key_ring import KeyRing
from ..run.run import Context
from ..run.session import Session
from ..spec import Spec, SpecOperation
from ..targets.embedded import EMBEDDED_EPOCH_MS
from ..targets.mock import make_exchange
from ..wire import PAYLOAD_HEADER, Desk, WireRequest, WireResponse
from .tools.openapi_core_check import openapi_core_errors
from .tools.random_cases import REPORTED, FoundError, random_settings
from .tools.recording_client import ClientPair, Recorder, errors

__all__ = ["run"]

# A key for one account, and one for a group, which must name the account that it means.
ONE = Desk("initiator", "account-demo-initiator", "demo-secret-of-initiator", "R485E04Q", frozenset({"Trader"}))
GROUP = Desk("group", "master-demo-group", "demo-secret-of-group", "", frozenset({"Trader"}))
FIXED_HEADERS = {"content-length": "0", "content-type": "text/plain", "cache-control": "no-cache"}


class _Bench:
    """The clients, the judges, and the catch between them."""

    def __init__(self, context: Context, session: Session) -> None:
        self.session = session
        self.spec: Spec = context.spec
        self.ring = KeyRing((ONE, GROUP), lambda: Decimal(0))
        _, _, self.mock = make_exchange(EMBEDDED_EPOCH_MS)
        self.caught = Recorder(self._answer)
        self.last: WireResponse | None = None
        self.pairs = {desk.name: ClientPair(desk, self.caught) for desk in (ONE, GROUP)}

    def _answer(self, request: WireRequest) -> WireResponse:
        self.last = self.mock(request)
        return self.last

    def call(self, operation: SpecOperation, arguments: dict[str, Any], *, awaited: bool) -> Any:
        """Call, with the key that the arguments are for."""
        self.caught.requests.clear()
        desk = GROUP if "account" in arguments else ONE
        self.session.case.append(f"{desk.name}: {'await ' if awaited else ''}{operation.name}({_told(arguments)})")
        self.session.ledger.requests[self.session.layer, operation.name] += 1
        return self.pairs[desk.name].call(operation.name, arguments, awaited=awaited)

    def close(self) -> None:
        """Close the clients."""
        for pair in self.pairs.values():
            pair.close()


def run(context: Context) -> None:
    """What the spec allows, then what it forbids."""
    session = context.session()
    bench = _Bench(context, session)
    try:
        for operation in context.spec.operations.values():
            if context.wants(operation.name):
                _allowed(context, bench, operation)
                _forbidden(context, bench, operation)
                _repeated(context, bench, operation)
    finally:
        bench.close()


def _allowed(context: Context, bench: _Bench, operation: SpecOperation) -> None:
    @hypothesis.seed(context.seed)
    @random_settings(context, context.profile.client_cases)
    @hypothesis.given(arguments=arguments_for(operation), awaited=st.booleans())
    @hypothesis.example(arguments={**plain_body(operation), "account": "primary"}, awaited=False)
    def every_call(arguments: dict[str, Any], awaited: bool) -> None:
        bench.session.begin(operation.name)
        context.tick()
        result = bench.call(operation, arguments, awaited=awaited)
        problems = list(_problems(bench, operation, arguments, result))
        for problem in problems:
            bench.session.report(operation.name, problem)
        if problems:
            raise FoundError(problems[0].check)

    # What is found, the session has reported, with its smallest case.
    with suppress(*REPORTED):
        every_call()


def _problems(bench: _Bench, operation: SpecOperation, arguments: dict[str, Any], result: Any) -> Iterator[Problem]:
    requests = bench.caught.requests
    if isinstance(result, errors.NotSentError) or not requests:
        yield Problem(
            "the client sends what the spec allows",
            "request",
            "one request",
            shorten(f"{type(result).__name__}: {result}"),
        )
        return
    if len(requests) != 1:
        yield Problem("one request for a call", "request", "1", str(len(requests)))
    request = requests[0]
    yield from _dress(operation, request)
    expected = expected_outcome(bench.spec, bench.ring, request)
    bench.ring.note(expected.desk, expected.spends_nonce)
    if not expected.is_valid:
        yield Problem(
            f"valid request: {expected.check}",
            expected.place,
            "a request without fault",
            ", ".join(f"{f.rule} → {f.reason}" for f in expected.violations),
        )
    seen = openapi_core_errors(bench.spec, request)
    if seen:
        yield Problem("wire view (openapi-core)", PAYLOAD_HEADER, "a valid request", ", ".join(seen))
    answer = bench.last
    if answer is not None and expected.is_valid and answer.status >= 400:
        reason = json.loads(answer.body).get("reason")
        if reason not in {refusal.reason for refusal in operation.errors} | {"InvalidAccountName"}:
            yield Problem(
                "the judges agree", "request", "no refusal but for business", f"{answer.status} {reason} from the mock"
            )
    yield from _values(operation, arguments, expected.body or {})


def _dress(operation: SpecOperation, request: WireRequest) -> Iterator[Problem]:
    if (request.method, request.path) != ("POST", operation.path):
        yield Problem("address", "request line", f"POST {operation.path}", f"{request.method} {request.path}")
    if request.body:
        yield Problem("empty body", "body", "nothing", f"{len(request.body)} bytes")
    names = [name.lower() for name, _ in request.headers]
    for name, value in FIXED_HEADERS.items():
        if request.header(name) != value:
            yield Problem("headers", name, value, str(request.header(name)))
    for name in {name for name in names if names.count(name) > 1} | ({"authorization"} & set(names)):
        yield Problem("headers", name, "at most once, and no second way to sign in", str(names.count(name)))


def _values(operation: SpecOperation, arguments: dict[str, Any], body: dict[str, Any]) -> Iterator[Problem]:
    for name in body.keys() - arguments.keys() - {"request", "nonce"}:
        yield Problem("only what was given", name, "absent", shorten(body[name]))
    for name, given in arguments.items():
        schema = operation.fields[name]
        expected = as_wire(given, schema)
        if name not in body:
            yield Problem("everything that was given", name, shorten(given), "absent")
            continue
        found = body[name]
        comparable = Decimal(found) if isinstance(expected, Decimal) and isinstance(found, str | Decimal) else found
        if comparable != expected:
            yield Problem("the value that was given", name, shorten(str(expected)), shorten(str(found)))
        if isinstance(found, str) and schema.get("format") == "decimal" and "e" in found.lower():
            yield Problem("plain decimal", name, "digits without an exponent", shorten(found))


def _forbidden(context: Context, bench: _Bench, operation: SpecOperation) -> None:
    body = plain_body(operation)
    for name, schema in operation.own_fields.items():
        cases: list[tuple[str, Any]] = [*invalid_values(schema), *MORE_WRONG.get(str(schema.get("format")), [])]
        for number, (keyword, value) in enumerate(cases):
            if value is not None and not (schema.get("format") == "timestamp" and isinstance(value, str)):
                _must_stay(context, bench, operation, {**body, name: value}, f"{name} breaks {keyword} {number}")
        if name in operation.required:
            rest = {key: value for key, value in body.items() if key != name}
            _must_stay(context, bench, operation, {**rest, name: None}, f"{name} left out")
    for name, needs in operation.request_schema.get("dependentRequired", {}).items():
        _must_stay(context, bench, operation, {**body, name: 1_700_000_000_000}, f"{name} without {', '.join(needs)}")


# Money that is not exact, or is none at all.
MORE_WRONG: dict[str, list[tuple[str, Any]]] = {
    "decimal": [
        ("money", value)
        for value in (1.5, 0.1, float("nan"), True, Decimal("NaN"), Decimal("-1"), Decimal("Infinity"), b"1", "one")
    ],
}


def _must_stay(context: Context, bench: _Bench, operation: SpecOperation, arguments: dict[str, Any], name: str) -> None:
    """A call that the spec forbids does not leave, or leaves as something that it allows and that means the same."""
    bench.session.begin(operation.name)
    context.tick()
    result = bench.call(operation, arguments, awaited=False)
    if bench.caught.requests:
        expected = expected_outcome(bench.spec, bench.ring, bench.caught.requests[-1])
        bench.ring.note(expected.desk, expected.spends_nonce)
        field = name.split()[0]
        sent = (expected.body or {}).get(field)
        is_float_money = isinstance(arguments[field], float | bool) and operation.fields[field].get("type") == "string"
        if not expected.is_valid or is_float_money or not _means_the_same(arguments[field], sent):
            bench.session.report(
                operation.name,
                Problem("what the spec forbids is not sent", field, "ArgumentError", shorten(f"sent {sent!r}")),
            )
    elif not isinstance(result, errors.ArgumentError):
        problem = Problem(
            "what the spec forbids is not sent",
            name.split()[0],
            "ArgumentError",
            shorten(f"{type(result).__name__}: {result}"),
        )
        bench.session.report(operation.name, problem)
    elif name.split()[0] not in str(result):
        bench.session.report(
            operation.name,
            Problem("an error names the argument", name.split()[0], "its name in the message", shorten(str(result))),
        )


def _means_the_same(given: Any, sent: Any) -> bool:
    try:
        return Decimal(str(given).strip().replace("_", "")) == Decimal(str(sent))
    except ArithmeticError:
        return bool(given == sent)


def _first_then(
    first: WireResponse, rest: Callable[[WireRequest], WireResponse]
) -> Callable[[WireRequest], WireResponse]:
    """Give one answer once, and leave every later request to another."""
    waiting = [first]
    return lambda request: waiting.pop() if waiting else rest(request)


def _repeated(context: Context, bench: _Bench, operation: SpecOperation) -> None:
    """A refused nonce proves that nothing happened: the call is repeated, signed anew; a lost answer proves nothing."""
    refusal = WireResponse(
        400,
        {"content-type": "application/json"},
        b'{"result":"error","reason":"InvalidNonce","message":"Nonce \'1\' has not increased"}',
    )
    broken = WireResponse(502, {"content-type": "text/html", "retry-after": "0"}, b"<html>Bad gateway</html>")
    for first, name in ((refusal, "a refused nonce"), (broken, "a lost answer")):
        bench.session.begin(operation.name)
        context.tick()
        bench.caught.answer = _first_then(first, bench.mock)
        result = bench.call(operation, plain_body(operation), awaited=False)
        bench.caught.answer = bench._answer
        requests = bench.caught.requests
        may_repeat = first is refusal or bool(operation.raw["x-safe-to-repeat"])
        bench.session.expect(operation.name, f"repeats after {name}", "requests", 2 if may_repeat else 1, len(requests))
        for request in requests:
            expected = expected_outcome(bench.spec, bench.ring, request)
            bench.ring.note(expected.desk, expected.spends_nonce)
            if not expected.is_valid:
                bench.session.report(
                    operation.name,
                    Problem(
                        f"valid repetition: {expected.check}", expected.place, "a request without fault", expected.place
                    ),
                )
        if not may_repeat and not isinstance(result, errors.MaybeExecutedError):
            bench.session.report(
                operation.name,
                Problem("an unknown outcome is told", "error", "MaybeExecutedError", type(result).__name__),
            )


def _told(arguments: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in arguments.items())
