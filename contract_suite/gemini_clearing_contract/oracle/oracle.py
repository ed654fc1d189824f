"""
The oracle: whether the spec allows a response to a request.

It combines the expected outcome of the request, the results that the business rules allow, the shape of the response,
its message, and its values. After each response it updates its model of the server.
"""

from collections.abc import Iterator
from typing import Any

from ..findings.checks import INVALID_REQUEST_ACCEPTED, VALID_REQUEST_REJECTED, WRONG_ERROR
from ..findings.finding import Problem
from ..findings.text import shorten
from ..spec import ExpectedError, Spec, schema_violations
from ..wire import NO_BODY, WireResponse, read_body
from .allowed_results import AllowedResults
from .error_messages import DocumentedMessages
from .evidence import echo_problems, success_value_problems
from .expected_outcome import ExpectedOutcome
from .key_ring import KeyRing
from .leaks import Leaks
from .methods import allow_problems, describes_methods, method_problems
from .model import Call, Model
from .operations import rules_for
from .operations.base import missing_words
from .response_shape import SCHEMA, shape_problems
from .times import CallTimes

__all__ = ["Oracle"]


class Oracle:
    """Checks one response after the other."""

    def __init__(self, spec: Spec, ring: KeyRing) -> None:
        self.spec = spec
        self.model = Model(spec, ring.account_ids(), ring.unfunded_ids())
        self._messages = DocumentedMessages(spec)
        self._leaks = Leaks(ring)
        self._any_operation = next(iter(spec.operations.values()))

    def check(self, expected: ExpectedOutcome, response: WireResponse, times: CallTimes) -> list[Problem]:
        """Return everything that is wrong with a response, and update the model by it."""
        if describes_methods(expected, response):
            return list(allow_problems(expected, response))
        # A path without an operation gets the same error responses as any operation.
        operation = expected.operation or self._any_operation
        # Where the spec defines no error response, another status than the documented ones has no schema.
        is_open = response.status in expected.open_statuses and operation.response_schema(response.status) is None
        shape = [] if is_open else list(shape_problems(operation, response))
        fits_schema = not any(problem.check.startswith(SCHEMA) for problem in shape)
        outcome = self._outcome_problems(expected, response, times, fits_schema=fits_schema)
        return [*shape, *method_problems(expected, response), *outcome]

    def _outcome_problems(
        self, expected: ExpectedOutcome, response: WireResponse, times: CallTimes, *, fits_schema: bool
    ) -> Iterator[Problem]:
        body = read_body(response)
        yield from self._messages.problems(body, expected)
        call = _call(expected, times)
        allowed = self._allowed(expected, call)
        error = self._error_in(response, body)
        if error is not None:
            yield from _error_problems(expected, allowed, error, body)
            yield from self._leaks.problems(expected, response)
        elif response.status == 200:
            yield from _success_problems(expected, allowed, body)
            if call is not None and body is not NO_BODY:
                yield from self._accept(expected, call, body, fits_schema=fits_schema)

    def _allowed(self, expected: ExpectedOutcome, call: Call | None) -> AllowedResults:
        if not expected.is_valid or call is None:
            return AllowedResults(False, expected.errors)
        by_rules = rules_for(call).allowed(self.model, call)
        # The spec's `x-refusals` limit what the model leaves open.
        return AllowedResults(by_rules.success, by_rules.errors & expected.errors)

    def _accept(self, expected: ExpectedOutcome, call: Call, body: Any, *, fits_schema: bool) -> Iterator[Problem]:
        """Check the values of a success; without valid values in request and response they cannot be compared."""
        # The schema requires the nonce that a request with an access token does not need.
        free = {"nonce"} if expected.token else set()
        is_valid = all(one.place in free for one in schema_violations(call.operation, call.request))
        if fits_schema and is_valid:
            yield from rules_for(call, body).accept(self.model, call, body)
        elif not call.operation.is_safe and isinstance(call.request.get("clearing_id"), str):
            self.model.book.forget(call.request["clearing_id"])

    def _error_in(self, response: WireResponse, body: Any) -> ExpectedError | None:
        """Return the error of an error response; None for a success, or for a body that is not JSON of this API."""
        if response.status == 405:
            return ExpectedError(405, None)
        if not isinstance(body, dict):
            return ExpectedError(response.status, None) if response.status != 200 else None
        result, reason = (value if isinstance(value, str) else None for value in map(body.get, ("result", "reason")))
        if result in self.spec.error_results:
            return ExpectedError(response.status, reason, str(result))
        return ExpectedError(response.status, reason) if response.status != 200 else None


def _call(expected: ExpectedOutcome, times: CallTimes) -> Call | None:
    """Return the request as a call of its operation; None if it is not JSON of a known account."""
    if expected.operation is None or expected.account is None or expected.body is None:
        return None
    return Call(expected.operation, expected.account, expected.body, times)


def _error_problems(
    expected: ExpectedOutcome, allowed: AllowedResults, error: ExpectedError, body: Any
) -> Iterator[Problem]:
    message = body.get("message", body.get("details")) if isinstance(body, dict) else None
    if error not in allowed.errors and error.status not in expected.open_statuses:
        check = f"{WRONG_ERROR}: {expected.check}" if expected.check else VALID_REQUEST_REJECTED
        actual = shorten(f"{error}: {message}") if isinstance(message, str) else str(error)
        yield Problem(check, _place(expected, {error.reason}), str(allowed), actual)
    elif isinstance(body, dict) and not str(message or "").strip():
        yield Problem("empty error message", "message", "a sentence", "nothing")
    if not isinstance(body, dict):
        return
    if expected.operation and expected.desk and error.reason == "MissingRole":
        yield from missing_words(body, "message", sorted(expected.operation.roles | expected.desk.roles))
    if error.result == "failed" and expected.body:
        yield from missing_words(body, "details", [str(expected.body.get("clearing_id", ""))])


def _success_problems(expected: ExpectedOutcome, allowed: AllowedResults, body: Any) -> Iterator[Problem]:
    if not allowed.success:
        check = f"{INVALID_REQUEST_ACCEPTED}: {expected.check or 'business'}"
        place = _place(expected, {error.reason for error in allowed.errors})
        yield Problem(check, place, str(allowed), "200, accepted")
    if expected.operation is not None and isinstance(body, dict):
        yield from success_value_problems(expected.operation, body)
        if allowed.success:
            yield from echo_problems(expected.operation, expected.body or {}, body)


def _place(expected: ExpectedOutcome, reasons: set[str | None]) -> str:
    """Return the place of the violation; for a business rule, the sent fields that its reasons are about."""
    if not expected.is_valid or expected.operation is None or expected.body is None:
        return expected.place
    about = [name for name, schema in expected.operation.fields.items() if schema["x-reason"] in reasons]
    return ", ".join(name for name in about if name in expected.body) or expected.place
