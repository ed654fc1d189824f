"""
The effect of each kind of fault on a request.

`inject` wraps the handling of the request, so a request whose response is lost has really been executed.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from ..http._messages import JSON, Delivery, Response, json_response
from ..state._faults import Fault, FaultKind

__all__ = ["inject"]

Handle = Callable[[], Response]

_HTML = "<!DOCTYPE html>\n<html><head><title>{status}</title></head><body><h1>Error {status}</h1></body></html>\n"

# The statuses that the exchange itself sends with an error body; a proxy in front of it sends the others, as HTML.
_REASONS = {429: "RateLimit", 500: "System", 503: "Maintenance"}


def inject(fault: Fault, handle: Handle) -> Response:
    """Return the response to a request with a fault; each call of `handle` executes the request."""
    return _EFFECTS[fault.kind](fault, handle)


def _delay(fault: Fault, handle: Handle) -> Response:
    return handle().delayed_by(fault.delay_ms)


def _reset_before(_fault: Fault, _handle: Handle) -> Response:
    return Response(502, {}, b"", delivery=Delivery.RESET)


def _deliver_as(delivery: Delivery) -> Callable[[Fault, Handle], Response]:
    return lambda _fault, handle: msgspec.structs.replace(handle(), delivery=delivery)


def _html_page(status: int, retry_after: str | None = None) -> Response:
    headers = {"content-type": "text/html; charset=utf-8", **_retry_after(retry_after)}
    return Response(status, headers, _HTML.format(status=status).encode())


def _retry_after(value: str | None) -> dict[str, str]:
    return {} if value is None else {"retry-after": value}


def _html(fault: Fault, handle: Handle) -> Response:
    response = handle()
    return _html_page(fault.status or response.status)


def _status(fault: Fault, _handle: Handle) -> Response:
    status = fault.status or 500
    reason = _REASONS.get(status)
    if reason is None:
        return _html_page(status, fault.retry_after)
    content = {"result": "error", "reason": reason, "message": f"Injected: {status}"}
    return json_response(status, content, _retry_after(fault.retry_after))


def _maintenance(fault: Fault, handle: Handle) -> Response:
    return _status(msgspec.structs.replace(fault, status=503), handle)


def _duplicate(fault: Fault, handle: Handle) -> Response:
    responses = (handle(), handle())
    return responses[fault.answer - 1]


def _wrong_field(fault: Fault, handle: Handle) -> Response:
    response = handle()
    document = msgspec.json.decode(response.body, type=dict[str, msgspec.Raw])
    body = _set_or_remove(document, fault.field.split("."), fault.value)
    return msgspec.structs.replace(response, headers={"content-type": JSON}, body=msgspec.json.encode(body))


def _set_or_remove(part: Any, steps: list[str], value: Any) -> Any:
    """
    Set the value at a path of steps, or remove it if `value` is `UNSET`.

    Only the objects and arrays along the path are decoded, so every other value keeps its text, digit by digit.
    """
    if isinstance(part, msgspec.Raw):
        json_type: Any = {b"{": dict[str, msgspec.Raw], b"[": list[msgspec.Raw]}.get(bytes(part)[:1], msgspec.Raw)
        part = msgspec.json.decode(part, type=json_type)
    step, rest = steps[0], steps[1:]
    key: Any = int(step) if isinstance(part, list) and step.isdecimal() else step
    exists = key in part if isinstance(part, dict) else isinstance(key, int) and key < len(part)
    if rest and exists:
        part[key] = _set_or_remove(part[key], rest, value)
    elif value is not msgspec.UNSET and (exists or isinstance(part, dict)):
        part[key] = value
    elif exists:
        del part[key]
    return part


_EFFECTS: dict[FaultKind, Callable[[Fault, Handle], Response]] = {
    FaultKind.LATENCY: _delay,
    FaultKind.RESET_BEFORE: _reset_before,
    FaultKind.RESET_AFTER: _deliver_as(Delivery.RESET),
    FaultKind.LOST_ANSWER: _deliver_as(Delivery.LOST),
    FaultKind.TRUNCATED: _deliver_as(Delivery.TRUNCATED),
    FaultKind.HTML: _html,
    FaultKind.STATUS: _status,
    FaultKind.MAINTENANCE: _maintenance,
    FaultKind.DUPLICATE: _duplicate,
    FaultKind.WRONG_FIELD: _wrong_field,
}
