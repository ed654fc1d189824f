"""
What an answer means: the result, a refusal, a breach of the contract, or nothing that can be trusted.

Knows no clock and no repetition; those stand in `_call`.
"""

from typing import Any, NamedTuple

import msgspec

from ._decoding import Violation, decode, violation_of
from ._model import Model
from ._operation import Operation
from ._response import RawResponse
from .errors import REJECTIONS, CancelFailedError, RateLimitError, RejectedError

__all__ = ["UntrustedResponse", "classify"]

# `result` of a refusal, whatever the status.
_REFUSED = {"error": RejectedError, "failed": CancelFailedError}
# 408 and 425: something gave up waiting, or would not take the risk; who had read what by then is not said.
_UNTRUSTED_4XX = {408, 425, 499}


class UntrustedResponse(NamedTuple):
    """An answer that neither proves that the request was executed nor that it was not."""

    problem: str


class _Refusal(msgspec.Struct):
    """The refusal's fields in both forms that were seen: flat, and inside an `error` object."""

    result: Any = None
    reason: Any = None
    message: Any = None
    details: Any = None
    error: Any = None


def classify(operation: Operation[Any], raw: RawResponse) -> Model | RejectedError | Violation | UntrustedResponse:
    """Return the operation's result, or what stands in its place."""
    if raw.status == 200:
        return _refusal_under_200(operation, raw) or _result(operation, raw)
    if 400 <= raw.status < 500 and raw.status not in _UNTRUSTED_4XX:
        return _rejection(operation, raw)
    if raw.status >= 400:
        refused = _rejection(operation, raw)
        return refused if refused.reason == "Maintenance" else UntrustedResponse(_told(raw))
    return Violation("$", f"status {raw.status} is none that the contract names")


def _result(operation: Operation[Any], raw: RawResponse) -> Model | Violation:
    try:
        result: Model = decode(operation.response, raw.content)
    except msgspec.DecodeError as error:
        fault = violation_of(error)
        return fault if isinstance(error, msgspec.ValidationError) else fault._replace(problem=_told(raw))
    except (UnicodeDecodeError, RecursionError) as error:
        return Violation("$", f"no JSON: {error}")
    object.__setattr__(result, "_raw", raw)
    return result


def _refusal_under_200(operation: Operation[Any], raw: RawResponse) -> RejectedError | None:
    said = _read(raw)
    refused = _REFUSED.get(said.result) if isinstance(said.result, str) else None
    if refused is None:
        return None
    reason, message = _text(said.reason), _text(said.message) or _text(said.details) or raw.excerpt
    kind = REJECTIONS.get(reason or "", refused)
    return kind(operation=operation.name, reason=reason, message=message, raw=raw)


def _rejection(operation: Operation[Any], raw: RawResponse) -> RejectedError:
    said = _read(raw)
    if said.reason is None and isinstance(said.error, dict):
        inner = said.error
        said = _Refusal(reason=inner.get("reason") or inner.get("code"), message=inner.get("message"))
    reason = _text(said.reason)
    # 429 is proof enough that the exchange did not look at the request, whatever word stands beside it.
    kind = RateLimitError if raw.status == 429 else REJECTIONS.get(reason or "", RejectedError)
    message = _text(said.message) or _text(said.details) or _told(raw)
    return kind(operation=operation.name, reason=reason, message=message, raw=raw)


def _read(raw: RawResponse) -> _Refusal:
    try:
        return msgspec.json.decode(raw.content, type=_Refusal)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _Refusal()


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _told(raw: RawResponse) -> str:
    """Tell what came instead of the API's JSON."""
    if not raw.content:
        return f"status {raw.status} with an empty body"
    what = raw.headers.get("content-type", "no content type")
    return f"status {raw.status} with {len(raw.content)} bytes that are not what was expected ({what}): {raw.excerpt!r}"
