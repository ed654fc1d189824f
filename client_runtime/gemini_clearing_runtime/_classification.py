"""
Classification of a response: a result, an error response, a violation of the spec, or not to be trusted.

It depends on the response only. `_call` decides on retries and errors.
"""

from typing import Any

import attrs
import msgspec

from ._decoding import NotASuccessError, Violation, decode, parse, violation_of
from ._model import Model
from ._operation import ErrorFormat, Operation
from ._response import RawResponse
from .errors import REJECTIONS, MaintenanceError, RateLimitError, RejectedError

__all__ = ["UntrustedResponse", "classify"]

# RFC 9110 15.5.9: a server did not wait for the request. RFC 8470 5.2: a server did not risk processing it. nginx's
# 499: the client closed the connection. With none of them it is known whether the exchange has read the request.
_UNTRUSTED_4XX = {408, 425, 499}


@attrs.frozen
class UntrustedResponse:
    """A response that proves neither that the request was executed nor that it was not."""

    problem: str


def classify(operation: Operation[Any], raw: RawResponse) -> Model | RejectedError | Violation | UntrustedResponse:
    """Return the operation's result, or what the response is instead."""
    if raw.status == 200:
        return _result(operation, raw)
    if 400 <= raw.status < 500 and raw.status not in _UNTRUSTED_4XX:
        return _rejection(operation, raw, _json(raw))
    if raw.status >= 400:
        rejected = _rejection(operation, raw, _json(raw))
        # A 5xx may come from a gateway, after the exchange has executed the request. Only the exchange itself
        # announces maintenance, and it executes nothing then.
        return rejected if isinstance(rejected, MaintenanceError) else UntrustedResponse(_unexpected(raw))
    return Violation("$", f"unexpected status {raw.status}")


def _result(operation: Operation[Any], raw: RawResponse) -> Model | RejectedError | Violation:
    try:
        result: Model = decode(operation.response, raw.content, operation.errors)
    except NotASuccessError as error:
        return _rejection(operation, raw, error.body)
    except msgspec.ValidationError as error:
        return violation_of(error)
    except msgspec.DecodeError:
        return Violation("$", _unexpected(raw))
    except (UnicodeDecodeError, RecursionError) as error:
        return Violation("$", f"not JSON: {error}")
    object.__setattr__(result, "_raw", raw)
    return result


def _rejection(operation: Operation[Any], raw: RawResponse, body: Any) -> RejectedError:
    reason = _first_text(body, operation.errors.reason)
    message = _first_text(body, operation.errors.message)
    if message is None:
        message = raw.excerpt if raw.status == 200 else _unexpected(raw)
    if raw.status == 429:
        # The exchange does not process a request that exceeds the rate limit, whatever reason it gives.
        error_class: type[RejectedError] = RateLimitError
    elif reason is not None and reason in REJECTIONS:
        error_class = REJECTIONS[reason]
    else:
        error_class = _marked_class(operation.errors, body) if raw.status == 200 else RejectedError
    return error_class(operation=operation.name, reason=reason, message=message, raw=raw)


def _marked_class(errors: ErrorFormat, body: Any) -> type[RejectedError]:
    """Return the class that belongs to the mark of an error response."""
    marked = (classes.get(_first_text(body, (field,)) or "") for field, classes in errors.marks.items())
    return next(filter(None, marked), RejectedError)


def _json(raw: RawResponse) -> Any:
    """Return the JSON value of the body; None if it is not JSON."""
    try:
        return parse(raw.content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
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
