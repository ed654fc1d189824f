"""
Layer: what the client makes of answers.

Every answer that the spec allows becomes an object with exactly its values; every one that it does not allow ends in
the contract error that names the place; every refusal in a rejection, the ones under 200 included; and what is no
answer of this API at all is never taken for a yes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from ..cases.responses import SampleResponse, invalid_responses, valid_responses
from ..cases.values import plain_body
from ..findings.finding import Problem
from ..findings.text import shorten
from ..oracle.response_values import milliseconds
from ..run.run import Context
from ..run.session import Session
from ..spec import SpecOperation
from ..wire import WireResponse, parse_json, render_json
from .client_bytes import ONE
from .tools.recording_client import ClientPair, Recorder, errors, refused_place

__all__ = ["run"]

JSON = {"content-type": "application/json"}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What is no answer of this API, with its status and type.
NO_ANSWERS: dict[str, WireResponse] = {
    "HTML under 200": WireResponse(200, {"content-type": "text/html"}, b"<html><body>Welcome</body></html>"),
    "nothing under 200": WireResponse(200, {}, b""),
    "half a document": WireResponse(200, JSON, b'{"result":"ok","clearing_id":"0OQ'),
    "a list": WireResponse(200, JSON, b"[]"),
    "a number": WireResponse(200, JSON, b"7"),
    "null": WireResponse(200, JSON, b"null"),
    "no UTF-8": WireResponse(200, JSON, b'{"result":"\xff"}'),
    "status 204": WireResponse(204, {}, b""),
    "status 301": WireResponse(301, {"location": "https://example.org/"}, b""),
    "status 500": WireResponse(500, JSON, b'{"result":"error","reason":"System","message":"no"}'),
    "status 502 as HTML": WireResponse(502, {"content-type": "text/html"}, b"<html>Bad gateway</html>"),
    "status 520": WireResponse(520, {"content-type": "text/plain"}, b"error code: 520"),
}


class _Desk:
    """A client that is answered with whatever is put before it."""

    def __init__(self, context: Context, session: Session) -> None:
        self.context = context
        self.session = session
        self.pair = ClientPair(ONE, Recorder(lambda request: self.next))
        self.next = NO_ANSWERS["null"]
        self.turn = 0

    def ask(self, operation: SpecOperation, answer: WireResponse, what: str) -> Any:
        """Have the client call, and be answered so; every second call is awaited."""
        self.session.begin(operation.name)
        self.context.tick()
        self.turn += 1
        # A read asks again after an answer that tells nothing, but not where it would have to wait beyond its deadline.
        self.next = WireResponse(answer.status, {**answer.headers, "retry-after": "3600"}, answer.body)
        self.session.case.append(f"{operation.name}, answered {answer.status} {_text(answer)} [{what}]")
        self.session.ledger.requests[self.session.layer, operation.name] += 1
        return self.pair.call(operation.name, plain_body(operation), awaited=self.turn % 2 == 0)


def _text(answer: WireResponse) -> str:
    return shorten(answer.body.decode("utf-8", "replace"), 600)


def run(context: Context) -> None:
    """Every answer that the schemas give rise to, for each operation."""
    session = context.session()
    desk = _Desk(context, session)
    try:
        for operation in context.spec.operations.values():
            if context.wants(operation.name):
                _right(desk, operation)
                _wrong(desk, operation)
                _refused(desk, operation)
                _no_answer(desk, operation)
    finally:
        desk.pair.close()


def _right(desk: _Desk, operation: SpecOperation) -> None:
    schema = operation.success_schema
    examples = (
        SampleResponse("documented example", (), body)
        for body in operation.response_examples.values()
        if body.get("result") not in {"error", "failed"}
    )
    for made in (*valid_responses(schema), *examples):
        content = render_json(made.body)
        result = desk.ask(operation, WireResponse(200, JSON, content), f"{made.name} {made.place}")
        if isinstance(result, Exception):
            place, got = refused_place(result, made.place), shorten(f"{type(result).__name__}: {result}")
            desk.session.report(operation.name, Problem("an answer that the spec allows", place, "a result", got))
            continue
        body = parse_json(content)
        for problem in (*_same(body, result, schema, ""), *_same_wire(body, result.to_wire(), schema, "")):
            desk.session.report(operation.name, problem)
        desk.session.expect(operation.name, "the raw answer is reachable", "raw", content, result.raw.content)


def snake_case(name: str) -> str:
    """The name that a wire name has in Python."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _same(body: dict[str, Any], result: Any, schema: dict[str, Any], place: str) -> Iterator[Problem]:
    """Every value of the answer stands in the object, exact; absent ones are None."""
    for name, part in schema["properties"].items():
        where = f"{place}.{name}".removeprefix(".")
        if not hasattr(result, snake_case(name)):
            yield Problem("every field has its attribute", where, f"attribute {snake_case(name)}", "none")
            continue
        found = getattr(result, snake_case(name))
        if part.get("type") == "array":
            for index, (row, item) in enumerate(zip(body.get(name, []), found, strict=False)):
                yield from _same(row, item, part["items"], f"{where}[{index}]")
            if len(body.get(name, [])) != len(found):
                yield Problem("every row", where, f"{len(body[name])} rows", f"{len(found)}")
        elif not _equal(body.get(name), found, part):
            yield Problem("the value that was answered", where, shorten(str(body.get(name))), shorten(repr(found)))
        elif name in body and "x-extensible-enum" in part:
            listed, known = body[name] in part["x-extensible-enum"], getattr(found, "is_known", None)
            if known is not listed:
                yield Problem("a word is known if it is listed", where, f"{body[name]}: {listed}", str(known))


def _equal(sent: Any, found: Any, schema: dict[str, Any]) -> bool:
    if sent is None:
        return found is None
    if schema.get("format") == "timestamp":
        return (
            isinstance(found, datetime)
            and found.utcoffset() == timedelta(0)
            and Decimal((found - EPOCH) // timedelta(milliseconds=1)) == milliseconds(sent)
        )
    if schema.get("format") == "decimal":
        return type(found) is Decimal and found == Decimal(sent)
    return bool(found == sent) and isinstance(found, bool) == isinstance(sent, bool)


def _same_wire(body: Any, wire: Any, schema: dict[str, Any], place: str) -> Iterator[Problem]:
    """What the object writes is what was read, documented fields only."""
    for name, part in schema["properties"].items():
        sent, written = body.get(name), wire.get(name)
        where = f"{place}.{name}".removeprefix(".")
        if part.get("type") == "array":
            for index, (row, item) in enumerate(zip(sent or [], written or [], strict=False)):
                yield from _same_wire(row, item, part["items"], f"{where}[{index}]")
        elif part.get("format") == "decimal" and sent is not None:
            if (
                written is None
                or isinstance(sent, str) != isinstance(written, str)
                or Decimal(written) != Decimal(sent)
            ):
                yield Problem("written as it was read", where, shorten(str(sent)), shorten(repr(written)))
        elif written != sent or isinstance(written, str) != isinstance(sent, str):
            yield Problem("written as it was read", where, shorten(str(sent)), shorten(repr(written)))


def _wrong(desk: _Desk, operation: SpecOperation) -> None:
    for made in invalid_responses(operation.success_schema):
        result = desk.ask(operation, WireResponse(200, JSON, render_json(made.body)), f"{made.name} {made.place}")
        if not isinstance(result, errors.ContractViolatedError):
            problem = Problem(
                "an answer that the spec forbids",
                made.place,
                "ContractViolatedError",
                shorten(f"{type(result).__name__}: {result}"),
            )
            desk.session.report(operation.name, problem)
        elif made.path and str(made.path[-1]) not in f"{result.place} {result}" and not isinstance(made.path[-1], int):
            desk.session.report(
                operation.name,
                Problem("the error names the place", made.place, made.place, shorten(f"{result.place}: {result}")),
            )


def _refused(desk: _Desk, operation: SpecOperation) -> None:
    documented = {(refusal.status, refusal.reason, refusal.result) for refusal in operation.errors}
    documented |= {(desk.context.spec.status_of(reason), reason, "error") for reason in desk.context.spec.reasons}
    # Words that nobody has listed, and a refusal of any kind under 200.
    documented |= {
        (400, "AReasonThatIsNew", "error"),
        (422, "AReasonThatIsNew", "error"),
        (200, "InvalidPrice", "error"),
    }
    for status, reason, result in sorted(documented, key=str):
        body = (
            {"result": result, "reason": reason, "message": "No."} if reason else {"result": result, "details": "No."}
        )
        error = desk.ask(operation, WireResponse(status, JSON, render_json(body)), "a refusal")
        if not isinstance(error, errors.RejectedError):
            got = shorten(f"{type(error).__name__}: {error}")
            desk.session.report(
                operation.name,
                Problem("a refusal is a rejection", f"{status} {reason or result}", "RejectedError", got),
            )
            continue
        for name, answered in (("status", status), ("reason", reason), ("message", "No.")):
            check = "a rejection tells what was answered"
            desk.session.expect(operation.name, check, name, answered, getattr(error, name))


def _no_answer(desk: _Desk, operation: SpecOperation) -> None:
    for name, answer in NO_ANSWERS.items():
        error = desk.ask(operation, answer, name)
        if not isinstance(error, errors.MaybeExecutedError):
            got = shorten(f"{type(error).__name__}: {error}")
            desk.session.report(
                operation.name, Problem("no answer is not taken for one", name, "MaybeExecutedError", got)
            )
