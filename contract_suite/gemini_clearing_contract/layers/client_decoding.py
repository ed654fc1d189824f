"""
Layer: the client's results and errors for each kind of response.

A valid response becomes an object with exactly its values. An invalid response, or a response to another request,
raises the contract error with the place. A response without a value that means success leaves the outcome of a write
unknown. An error response, also with status 200, raises a rejection, if it proves that the request was not executed.
Any other response never counts as a success or a rejection.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from ..cases.responses import (
    SampleResponse,
    invalid_responses,
    request_for,
    success_response,
    valid_responses,
)
from ..cases.values import plain_body
from ..findings.finding import Problem
from ..findings.text import shorten
from ..oracle.evidence import echo_problems, success_value_problems
from ..oracle.times import milliseconds
from ..run.run import Context
from ..run.session import Session
from ..spec import ExpectedError, SpecOperation
from ..wire import WireResponse, parse_json, render_json
from .client_bytes import ONE_ACCOUNT
from .tools.recording_client import ClientPair, Recorder, client_errors, violated_place

__all__ = ["JSON_HEADERS", "run"]

JSON_HEADERS = {"content-type": "application/json"}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Responses that are not of this API.
UNUSABLE_RESPONSES: dict[str, WireResponse] = {
    "HTML with status 200": WireResponse(200, {"content-type": "text/html"}, b"<html><body>Welcome</body></html>"),
    "empty body with status 200": WireResponse(200, {}, b""),
    "incomplete JSON": WireResponse(200, JSON_HEADERS, b'{"result":"ok","clearing_id":"0OQ'),
    "JSON of another type": WireResponse(200, JSON_HEADERS, b"7"),
    "JSON null": WireResponse(200, JSON_HEADERS, b"null"),
    "invalid UTF-8": WireResponse(200, JSON_HEADERS, b'{"result":"\xff"}'),
    "status 204": WireResponse(204, {}, b""),
    "status 301": WireResponse(301, {"location": "https://example.org/"}, b""),
    "status 500": WireResponse(500, JSON_HEADERS, b'{"result":"error","reason":"System","message":"no"}'),
    "status 502 with HTML": WireResponse(502, {"content-type": "text/html"}, b"<html>Bad gateway</html>"),
    "status 520": WireResponse(520, {"content-type": "text/plain"}, b"error code: 520"),
    # A proxy can send a 4xx although the exchange has executed the request.
    "status 400 with JSON of another API": WireResponse(400, JSON_HEADERS, b'{"error":"invalid_request"}'),
    "status 403 with HTML": WireResponse(403, {"content-type": "text/html"}, b"<html>Access denied</html>"),
    "status 404 with an empty body": WireResponse(404, {}, b""),
    "status 407": WireResponse(407, {"proxy-authenticate": "Basic"}, b""),
    "status 429 with text": WireResponse(429, {"content-type": "text/plain"}, b"slow down"),
}
LIST = WireResponse(200, JSON_HEADERS, b"[]")
OBJECT = WireResponse(200, JSON_HEADERS, b"{}")
# A reason that the spec does not list.
NEW_REASON = "ANewReason"
# Values that no operation lists as success.
UNLISTED_VALUES = ("rejected", "Failed", "pending", "OK", "Confirmed ", "")
# Encodings of an error response in which its reason must be readable.
ENCODINGS = ("utf-8-sig", "utf-16", "latin-1")


class _Client:
    """A client that gets chosen responses."""

    def __init__(self, context: Context, session: Session) -> None:
        self.context = context
        self.session = session
        self._pair = ClientPair(ONE_ACCOUNT, Recorder(lambda request: self._next))
        self._next = UNUSABLE_RESPONSES["JSON null"]
        self._calls = 0

    def call(
        self,
        operation: SpecOperation,
        response: WireResponse,
        note: str,
        arguments: dict[str, Any] | None = None,
    ) -> Any:
        """Call an operation, which gets a response to each request; every second call is asynchronous."""
        self.session.begin(operation.name)
        self.context.tick()
        self._calls += 1
        # A safe call is retried after an unusable response, unless it would have to wait beyond its deadline.
        headers = {**response.headers, "retry-after": "3600"}
        self._next = WireResponse(response.status, headers, response.body)
        body = shorten(response.body.decode("utf-8", "replace"), 600)
        self.session.steps.append(f"{operation.name} gets {response.status} {body} [{note}]")
        self.session.ledger.requests[self.session.layer, operation.name] += 1
        arguments = plain_body(operation) if arguments is None else arguments
        return self._pair.call(operation.name, arguments, is_async=self._calls % 2 == 0)

    def report(self, operation: SpecOperation, check: str, place: str, expected: str, actual: str) -> None:
        """Report a problem with the last call."""
        self.session.report(operation.name, Problem(check, place, expected, actual))

    def close(self) -> None:
        """Close the client."""
        self._pair.close()


def run(context: Context) -> None:
    """Let each operation get every kind of response."""
    client = _Client(context, context.session())
    try:
        for operation in context.spec.operations.values():
            if context.selects(operation.name):
                _get_valid(client, operation)
                _get_invalid(client, operation)
                _get_errors(client, operation)
                _get_unusable(client, operation)
    finally:
        client.close()


def _get_valid(client: _Client, operation: SpecOperation) -> None:
    schema, plain = operation.success_schema, plain_body(operation)
    full = success_response(operation, plain)
    documented = (SampleResponse("documented example", (), body) for body in operation.success_examples.values())
    unlisted = (
        SampleResponse("not a success", (name,), {**full, name: value})
        for name in operation.success
        for value in UNLISTED_VALUES
    )
    for sample in (*valid_responses(schema, full), *documented, *unlisted):
        fitting = request_for(operation, sample.body)
        for arguments in [fitting] if fitting == plain else [fitting, plain]:
            _get_sample(client, operation, sample, arguments)


def _get_sample(client: _Client, operation: SpecOperation, sample: SampleResponse, arguments: dict[str, Any]) -> None:
    """Check the client's result for a response that fits its schema."""
    content, note = render_json(sample.body), f"{sample.name} {sample.place}"
    result = client.call(operation, WireResponse(200, JSON_HEADERS, content), note, arguments)
    body = parse_json(content)
    fields = body if isinstance(body, dict) else {}
    for problem in echo_problems(operation, arguments, fields):
        _expect_violation(client, operation, problem.place, result)
        return
    if operation.success and list(success_value_problems(operation, fields)):
        if type(result) is not client_errors.OutcomeUnknownError:
            place, actual = sample.place or "body", _describe(result)
            client.report(operation, "success without proof", place, "OutcomeUnknownError", actual)
        return
    if isinstance(result, Exception):
        place = violated_place(result, sample.place)
        client.report(operation, "valid response rejected", place, "a result", _describe(result))
        return
    schema = operation.success_schema
    for problem in (*_value_problems(body, result, schema, ""), *_wire_problems(body, result.to_wire(), schema, "")):
        client.session.report(operation.name, problem)
    raw = getattr(getattr(result, "raw", None), "content", None)
    client.session.expect(operation.name, "raw response not reachable", "raw", content, raw)


def _expect_violation(client: _Client, operation: SpecOperation, place: str, result: Any) -> None:
    if not isinstance(result, client_errors.ContractViolatedError):
        actual = _describe(result)
        client.report(operation, "response to another request accepted", place, "ContractViolatedError", actual)
    elif place not in f"{result.place} {result}":
        client.report(operation, "place not named", place, place, shorten(f"{result.place}: {result}"))


def attribute_of(result: Any, name: str) -> str:
    """Return the Python name of a wire name; names that Python reserves end with an underscore."""
    attribute = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    return attribute if hasattr(result, attribute) else f"{attribute}_"


def _value_problems(body: Any, result: Any, schema: dict[str, Any], place: str) -> Iterator[Problem]:
    """Compare each value of the response with the result; a missing one is None."""
    if schema.get("type") == "array":
        # The result of an operation that returns a list has its rows in `items`.
        rows, found = body or [], getattr(result, "items", result) or []
        for index, (row, item) in enumerate(zip(rows, found, strict=False)):
            yield from _value_problems(row, item, schema["items"], f"{place}[{index}]")
        if len(rows) != len(found):
            yield Problem("wrong number of rows", place or "body", str(len(rows)), str(len(found)))
    elif "properties" in schema:
        for name, part in schema["properties"].items():
            where, attribute = f"{place}.{name}".removeprefix("."), attribute_of(result, name)
            if hasattr(result, attribute):
                yield from _value_problems(body.get(name), getattr(result, attribute), part, where)
            else:
                yield Problem("missing attribute", where, f"attribute {attribute.rstrip('_')}", "missing")
    elif not _equal(body, result, schema):
        yield Problem("value changed in decoding", place, shorten(str(body)), shorten(repr(result)))
    elif body is not None and "x-extensible-enum" in schema:
        is_listed, is_known = body in schema["x-extensible-enum"], getattr(result, "is_known", None)
        if is_known is not is_listed:
            yield Problem("wrong is_known of an enum value", place, f"{body}: {is_listed}", str(is_known))


def _equal(sent: Any, found: Any, schema: dict[str, Any]) -> bool:
    if sent is None:
        return found is None
    if schema.get("format") == "timestamp":
        if not isinstance(found, datetime) or found.utcoffset() != timedelta(0):
            return False
        return Decimal((found - EPOCH) // timedelta(milliseconds=1)) == milliseconds(sent)
    if schema.get("format") == "decimal":
        return type(found) is Decimal and found == Decimal(sent)
    return bool(found == sent) and isinstance(found, bool) == isinstance(sent, bool)


def _wire_problems(body: Any, wire: Any, schema: dict[str, Any], place: str) -> Iterator[Problem]:
    """Compare the documented fields of the response with the fields that the result writes."""
    if schema.get("type") == "array":
        for index, (row, item) in enumerate(zip(body or [], wire or [], strict=False)):
            yield from _wire_problems(row, item, schema["items"], f"{place}[{index}]")
    elif "properties" in schema:
        for name, part in schema["properties"].items():
            yield from _wire_problems(body.get(name), wire.get(name), part, f"{place}.{name}".removeprefix("."))
    elif not _is_same_wire(body, wire, schema):
        yield Problem("value changed in encoding", place, shorten(str(body)), shorten(repr(wire)))


def _is_same_wire(sent: Any, written: Any, schema: dict[str, Any]) -> bool:
    if isinstance(sent, str) != isinstance(written, str):
        return False
    if schema.get("format") == "decimal" and sent is not None and written is not None:
        return Decimal(written) == Decimal(sent)
    return bool(written == sent)


def _get_invalid(client: _Client, operation: SpecOperation) -> None:
    full = success_response(operation, plain_body(operation))
    for sample in invalid_responses(operation.success_schema, full):
        response = WireResponse(200, JSON_HEADERS, render_json(sample.body))
        result = client.call(operation, response, f"{sample.name} {sample.place}")
        if not isinstance(result, client_errors.ContractViolatedError):
            actual = _describe(result)
            client.report(operation, "invalid response accepted", sample.place, "ContractViolatedError", actual)
            continue
        field = sample.path[-1] if sample.path else 0
        if isinstance(field, str) and field not in f"{result.place} {result}":
            actual = shorten(f"{result.place}: {result}")
            client.report(operation, "place not named", sample.place, sample.place, actual)


def _get_errors(client: _Client, operation: SpecOperation) -> None:
    spec = client.context.spec
    errors = operation.errors | {ExpectedError(spec.status_of(reason), reason) for reason in spec.reasons}
    # Reasons that the spec does not list, an error with status 200 in each operation, and an announced maintenance.
    errors |= {ExpectedError(status, NEW_REASON) for status in (400, 422)} | {ExpectedError(200, "InvalidPrice")}
    errors |= {ExpectedError(503, "Maintenance")}
    # An error text that repeats the request names it, like the text of a success.
    message = " ".join(["No:", *(str(plain_body(operation)[name]) for name in operation.echo_in_text)])
    for error in sorted(errors, key=lambda error: (error.status, str(error), error.result)):
        body = {"result": error.result, "details": message}
        if error.reason:
            body = {"result": error.result, "reason": error.reason, "message": message}
        result = client.call(operation, WireResponse(error.status, JSON_HEADERS, render_json(body)), "an error")
        if error.reason in spec.inconclusive_reasons and not operation.is_safe:
            _expect_unknown(client, operation, "inconclusive error counted as rejection", str(error), result)
        else:
            _expect_rejection(client, operation, error, message, result)
    for encoding in ENCODINGS:
        error = ExpectedError(400, "InvalidPrice")
        content = '{"result":"error","reason":"InvalidPrice","message":"Zu groß"}'.encode(encoding)
        result = client.call(operation, WireResponse(400, JSON_HEADERS, content), f"an error as {encoding}")
        _expect_rejection(client, operation, error, "Zu groß", result)
    if operation.echo_in_text:
        _get_error_to_another_request(client, operation)
    # A mark that only other operations have.
    for mark in spec.error_results - {error.result for error in operation.errors} - {"error"}:
        response = WireResponse(200, JSON_HEADERS, render_json({"result": mark, "details": "No."}))
        result = client.call(operation, response, "an error of another operation")
        _expect_unknown(client, operation, "error of another operation accepted", mark, result)


def _get_error_to_another_request(client: _Client, operation: SpecOperation) -> None:
    """Send errors of this operation that name another order."""
    for error in sorted((one for one in operation.errors if one.reason is None), key=str):
        for place in operation.echo_in_text.values():
            body = {"result": error.result, place: "No: 0OQGOZXW"}
            response = WireResponse(error.status, JSON_HEADERS, render_json(body))
            _expect_violation(client, operation, place, client.call(operation, response, "an error to another request"))


def _expect_rejection(
    client: _Client, operation: SpecOperation, error: ExpectedError, message: str, result: Any
) -> None:
    if not isinstance(result, client_errors.RejectedError):
        client.report(operation, "error response not rejected", str(error), "RejectedError", _describe(result))
        return
    for name, expected in (("status", error.status), ("reason", error.reason), ("message", message)):
        check = "wrong attribute of a rejection"
        client.session.expect(operation.name, check, name, expected, getattr(result, name))


def _expect_unknown(client: _Client, operation: SpecOperation, check: str, place: str, result: Any) -> None:
    if not isinstance(result, client_errors.MaybeExecutedError):
        client.report(operation, check, place, "MaybeExecutedError", _describe(result))


def _get_unusable(client: _Client, operation: SpecOperation) -> None:
    # An empty list is a valid response of an operation that returns a list.
    other_type = OBJECT if operation.success_schema.get("type") == "array" else LIST
    for name, response in {**UNUSABLE_RESPONSES, "JSON object or list": other_type}.items():
        result = client.call(operation, response, name)
        _expect_unknown(client, operation, "unusable response accepted", name, result)


def _describe(result: Any) -> str:
    return shorten(f"{type(result).__name__}: {result}")
