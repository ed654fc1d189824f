"""
Classification of a response: a result, an error response, a violation of the spec, or not to be trusted.

Each class needs its own evidence. A result has a value that the spec lists as success, and repeats the request
correctly. An error response is the API's own error body: a proxy that did not call the exchange can send a 4xx too.
Everything else is not to be trusted. `_call` decides what follows.
"""

import re
from collections.abc import Mapping
from typing import Any

import attrs
import msgspec

from ._comparison import is_same
from ._decoding import NotASuccessError, Violation, decode, list_fields, parse, rows_of, violation_of
from ._drift import report_drift
from ._enums import ClosedEnum, OpenEnum
from ._events import DriftKind
from ._exchange_text import shown
from ._model import Model, fields_of, wire_name
from ._operation import ErrorFormat, Operation
from ._response import RawResponse
from .errors import REJECTIONS, MaintenanceError, RateLimitError, RejectedError

__all__ = ["UntrustedResponse", "classify", "is_by_the_exchange", "is_list_by_the_exchange", "report_status"]

# RFC 9110 15.5.9: a server did not wait for the request. RFC 8470 5.2: a server did not risk processing it. nginx's
# 499: the client closed the connection. With none of them it is known whether the exchange has read the request.
_UNTRUSTED_4XX = {408, 425, 499}


class UntrustedResponse(msgspec.Struct, frozen=True):
    """A response that proves neither that the request was executed nor that it was not."""

    problem: str
    drift: str | None = None
    """The value that the spec does not list, if that is the problem."""


def classify(
    operation: Operation[Any], sent: Mapping[str, Any], raw: RawResponse
) -> Model | RejectedError | Violation | UntrustedResponse:
    """
    Return the operation's result, or what the response is instead.

    Args:
        operation: the operation that was called.
        sent: its serialized arguments.
        raw: the response.
    """
    if raw.status == 200:
        return _result(operation, sent, raw)
    if raw.status < 400:
        return Violation("$", f"unexpected status {raw.status}")
    body = _json(raw)
    error = _rejection(operation, raw, body)
    if error is None or raw.status in _UNTRUSTED_4XX:
        return UntrustedResponse(_unexpected(raw))
    if error.reason is None and (crossed := _wrong_echo_in_text(operation, sent, body)):
        return crossed
    # A 5xx may come from a gateway, after the exchange has executed the request. Only the exchange itself announces
    # maintenance, and it executes nothing then.
    return error if raw.status < 500 or isinstance(error, MaintenanceError) else UntrustedResponse(_unexpected(raw))


def report_status(operation: Operation[Any], status: int) -> None:
    """Report a status that the spec does not list for the operation."""
    if not operation.lists_status(status):
        found = f"unknown status of {operation.name}: {status}"
        report_drift(DriftKind.STATUS, f"{found}. The spec does not list it.")


def is_by_the_exchange(operation: Operation[Any], sent: Mapping[str, Any], classified: Model | RejectedError) -> bool:
    """
    Return whether only the exchange can have written a response.

    The health page of a proxy, such as `{"status": "UP"}`, is a valid response to a read. It repeats no argument.
    """
    if isinstance(classified, RejectedError) or operation.success or not operation.echo:
        return True
    return _repeats_an_argument(operation, sent, classified)


def is_list_by_the_exchange(operation: Operation[Any], raw: RawResponse) -> bool:
    """Return whether a response that violates the spec is a list of the exchange: only rows of it cannot be read."""
    if raw.status != 200:
        return False
    lists = (rows_of(operation.response, name, raw.json) for name in list_fields(operation.response))
    return any(rows or unreadable for rows, unreadable in filter(None, lists))


def _repeats_an_argument(operation: Operation[Any], sent: Mapping[str, Any], result: Model) -> bool:
    return any(getattr(result, field) is not None for name, field in operation.echo.items() if name in sent)


def _result(
    operation: Operation[Any], sent: Mapping[str, Any], raw: RawResponse
) -> Model | RejectedError | Violation | UntrustedResponse:
    try:
        result: Model = decode(operation.response, raw.json, operation.errors)
    except NotASuccessError as error:
        rejection = _rejection(operation, raw, error.body) or UntrustedResponse(_unexpected(raw))
        return _wrong_echo_in_text(operation, sent, error.body) or rejection
    except msgspec.ValidationError as error:
        return violation_of(error)
    except msgspec.DecodeError:
        return Violation("$", _unexpected(raw))
    except (UnicodeDecodeError, RecursionError) as error:
        return Violation("$", f"not JSON: {error}")
    object.__setattr__(result, "_raw", raw)
    return (
        _wrong_echo(operation, sent, result)
        or _unlisted_success(operation, result)
        or _foreign_read(operation, sent, result, raw)
        or result
    )


def _wrong_echo(operation: Operation[Any], sent: Mapping[str, Any], result: Model) -> Violation | None:
    """Return the first field that does not repeat the request: such a response may belong to another request."""
    for argument, field in operation.echo.items():
        received = getattr(result, field)
        if argument in sent and received is not None and not is_same(sent[argument], received):
            return Violation(f"$.{field}", f"{received!s} does not repeat the request, which has {sent[argument]!s}")
    for argument, field in operation.echo_in_text.items():
        if not _is_named(sent.get(argument), getattr(result, field)):
            return Violation(f"$.{field}", f"{getattr(result, field)!r} does not name {sent[argument]!s}")
    return None


def _wrong_echo_in_text(operation: Operation[Any], sent: Mapping[str, Any], body: Any) -> Violation | None:
    """Return the text of an error body that does not name the request's object: it may belong to another request."""
    wire_names = {field.name: wire_name(field) for field in attrs.fields(operation.response)}
    for argument, field in operation.echo_in_text.items():
        text = _first_text(body, (wire_names[field],))
        if text is None and _first_text(body, operation.errors.reason) is not None:
            continue  # an error body with a reason does not have the field
        if text is None or not _is_named(sent.get(argument), text):
            return Violation(f"$.{wire_names[field]}", f"{text!r} does not name {sent.get(argument)!s}")
    return None


def _is_named(value: Any, text: str) -> bool:
    """Return whether a text contains a value as a whole: `A12` does not name `A1`."""
    return re.search(rf"(?<![\w-]){re.escape(str(value))}(?![\w-])", text) is not None


def _unlisted_success(operation: Operation[Any], result: Model) -> UntrustedResponse | None:
    """Return the problem if no field says success in a way that the spec lists."""
    if not operation.success:
        return None
    found = {field: value for field in operation.success if (value := getattr(result, field)) is not None}
    if not found:
        return UntrustedResponse(f"no field says success: {', '.join(operation.success)} are missing")
    for field, value in found.items():
        if value not in operation.success[field]:
            unlisted = f"which the spec does not list as success of {operation.name}"
            drift = f"{field} is {shown(str(value))}, {unlisted}"
            return UntrustedResponse(f"{field} is {str(value)!r}, {unlisted}", drift)
    return None


def _foreign_read(
    operation: Operation[Any], sent: Mapping[str, Any], result: Model, raw: RawResponse
) -> UntrustedResponse | None:
    """
    Return the problem if anything could have written the response to a read, such as a health page.

    It must repeat an argument, or have a value that the spec lists; `{"status": "UP"}` does neither.
    """
    if not operation.safe_to_repeat or not operation.echo or _repeats_an_argument(operation, sent, result):
        return None
    values = [getattr(result, field.name) for field in fields_of(type(result))]
    if any(isinstance(value, ClosedEnum) or (isinstance(value, OpenEnum) and value.is_known) for value in values):
        return None
    repeated = ", ".join(operation.echo.values())
    return UntrustedResponse(
        f"nothing shows that the exchange wrote the response: it has no {repeated}, and no value that the spec lists "
        f"({raw.excerpt!r})"
    )


def _rejection(operation: Operation[Any], raw: RawResponse, body: Any) -> RejectedError | None:
    """Return the error for an error body of the API; None if the body is not one, for this operation."""
    errors = operation.errors
    mark = _mark(errors, body)
    reason, message = _first_text(body, errors.reason), _first_text(body, errors.message)
    if mark is not None and mark not in operation.rejected:
        return None
    if mark is None and reason not in errors.known_reasons:
        return None
    if mark is not None and reason is None and _needs_reason(errors, mark):
        return None
    if reason is not None and errors.known_reasons and reason not in errors.known_reasons:
        found = f"unknown reason in an error response: {shown(reason)}"
        report_drift(DriftKind.REASON, f"{found}. The spec does not list it.")
    if message is None:
        message = raw.excerpt if raw.status == 200 else _unexpected(raw)
    error_class = RateLimitError if raw.status == 429 else _error_class(errors, reason, mark)
    return error_class(operation=operation.name, reason=reason, message=message, raw=raw)


def _mark(errors: ErrorFormat, body: Any) -> str | None:
    """Return the value that marks the body as an error."""
    values = ((_first_text(body, (field,)), classes) for field, classes in errors.marks.items())
    return next((value for value, classes in values if value in classes), None)


def _needs_reason(errors: ErrorFormat, mark: str) -> bool:
    """Return whether error responses with this mark have a reason: without one, the mark has a separate class."""
    return any(classes.get(mark) is RejectedError for classes in errors.marks.values())


def _error_class(errors: ErrorFormat, reason: str | None, mark: str | None) -> type[RejectedError]:
    if reason is not None and reason in REJECTIONS:
        return REJECTIONS[reason]
    marked = (classes.get(mark or "") for classes in errors.marks.values())
    return next(filter(None, marked), RejectedError)


def _json(raw: RawResponse) -> Any:
    """Return the JSON value of the body; None if it is not JSON in any encoding that a response may have."""
    for content in (raw.json, raw.transcoded):
        try:
            return parse(content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
    return None


def _first_text(body: Any, fields: tuple[str, ...]) -> str | None:
    """Return the first field that holds text; a dot separates the names of nested objects."""
    for field in fields:
        value = body
        for name in field.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        if isinstance(value, str) and value:
            return value
    return None


def _unexpected(raw: RawResponse) -> str:
    """Describe a body that is not the JSON that the spec lists."""
    if not raw.content:
        return f"status {raw.status} with an empty body"
    content_type = raw.headers.get("content-type", "no content type")
    return f"status {raw.status} with an unexpected body ({len(raw.content)} bytes, {content_type}): {raw.excerpt!r}"
