"""
Faults: what can go wrong between an exchange and its client, on demand.

A fault says which operation it strikes, how often, and with which probability.  ``strike`` carries it out around the
request's handling, so that what a fault hides (an order placed, its answer lost) has really happened.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from enum import StrEnum
from typing import Any

import msgspec

from ..http._messages import JSON, Delivery, Response, json_response

__all__ = ["EVERY", "Fault", "FaultKind", "strike", "strikes"]

EVERY = "*"

_HTML = "<!DOCTYPE html>\n<html><head><title>{status}</title></head><body><h1>Error {status}</h1></body></html>\n"


class FaultKind(StrEnum):
    """What goes wrong."""

    LATENCY = "latency"  # the answer comes `delay_ms` late
    RESET_BEFORE = "reset_before"  # the connection is reset, and nothing was carried out
    RESET_AFTER = "reset_after"  # the request is carried out, and the connection is reset
    LOST_ANSWER = "lost_answer"  # the request is carried out, and the caller waits for ever
    TRUNCATED = "truncated"  # the request is carried out, and its answer breaks off
    HTML = "html"  # the request is carried out, and a page comes instead of its answer (under `status`, if given)
    STATUS = "status"  # `status` is answered (429, 500, 502, 520, …), and nothing was carried out
    MAINTENANCE = "maintenance"  # 503 with the reason Maintenance, and nothing was carried out
    DUPLICATE = "duplicate"  # the request is delivered twice; `answer` says which answer comes back
    WRONG_FIELD = "wrong_field"  # `field` of the answer is dropped, or has `value`


class Fault(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """
    One fault.

    ``operation`` is a path, or ``*`` for every one.  ``count`` is how often it still strikes, ``None`` for ever.
    ``probability`` is drawn per request, from ``seed``.  The others belong to the kinds that are named beside them.
    """

    fault_id: str = ""
    kind: FaultKind
    operation: str = EVERY
    count: int | None = 1
    probability: float = 1.0
    seed: int = 0
    seen: int = 0  # the requests it has looked at
    delay_ms: int = 1000  # latency
    status: int | None = None  # status, html
    retry_after: str | None = None  # status, maintenance: seconds, or an HTTP date
    answer: int = 1  # duplicate: 1 or 2
    field: str = ""  # wrong_field: a dotted path such as `orders.0.price`
    value: Any = msgspec.UNSET  # wrong_field

    def concerns(self, path: str) -> bool:
        """Whether the fault may strike a request to this path."""
        return self.operation in {EVERY, path}


def strikes(fault: Fault) -> bool:
    """Draw whether the fault strikes the next request it looks at: the same from the same seed, on every machine."""
    return random.Random(f"{fault.seed}:{fault.seen}").random() < fault.probability  # noqa: S311, no secret


def strike(fault: Fault, handle: Callable[[], Response]) -> Response:
    """Answer a request with the fault; ``handle`` carries the request out, as often as it is called."""
    return _STRIKES[fault.kind](fault, handle)


Handle = Callable[[], Response]


def _late(fault: Fault, handle: Handle) -> Response:
    return handle().after(fault.delay_ms)


def _reset_before(_fault: Fault, _handle: Handle) -> Response:
    return Response(502, {}, b"", delivery=Delivery.RESET)


def _delivered(delivery: Delivery) -> Callable[[Fault, Handle], Response]:
    return lambda _fault, handle: msgspec.structs.replace(handle(), delivery=delivery)


def _page(status: int, retry_after: str | None = None) -> Response:
    headers = {"content-type": "text/html; charset=utf-8", **_retry(retry_after)}
    return Response(status, headers, _HTML.format(status=status).encode())


def _retry(retry_after: str | None) -> dict[str, str]:
    return {} if retry_after is None else {"retry-after": retry_after}


def _html(fault: Fault, handle: Handle) -> Response:
    answer = handle()
    return _page(fault.status or answer.status)


def _status(fault: Fault, _handle: Handle) -> Response:
    status = fault.status or 500
    reason = {429: "RateLimit", 500: "System", 503: "Maintenance"}.get(status)
    if reason is None:
        return _page(status, fault.retry_after)
    content = {"result": "error", "reason": reason, "message": f"Injected: {status}"}
    return json_response(status, content, _retry(fault.retry_after))


def _maintenance(fault: Fault, handle: Handle) -> Response:
    return _status(msgspec.structs.replace(fault, status=503), handle)


def _duplicate(fault: Fault, handle: Handle) -> Response:
    answers = (handle(), handle())
    return answers[fault.answer - 1]


def _wrong_field(fault: Fault, handle: Handle) -> Response:
    answer = handle()
    document = msgspec.json.decode(answer.body, type=dict[str, msgspec.Raw])
    body = _put(document, fault.field.split("."), fault.value)
    return msgspec.structs.replace(answer, headers={"content-type": JSON}, body=msgspec.json.encode(body))


def _put(part: Any, steps: list[str], value: Any) -> Any:
    """Replace or drop what the steps lead to; every other value stays as it was written, digit by digit."""
    if isinstance(part, msgspec.Raw):
        shape: Any = {b"{": dict[str, msgspec.Raw], b"[": list[msgspec.Raw]}.get(bytes(part)[:1], msgspec.Raw)
        part = msgspec.json.decode(part, type=shape)
    step, rest = steps[0], steps[1:]
    key: Any = int(step) if isinstance(part, list) and step.isdecimal() else step
    known = key in part if isinstance(part, dict) else isinstance(key, int) and key < len(part)
    if rest and known:
        part[key] = _put(part[key], rest, value)
    elif value is not msgspec.UNSET and (known or isinstance(part, dict)):
        part[key] = value
    elif known:
        del part[key]
    return part


_STRIKES: dict[FaultKind, Callable[[Fault, Handle], Response]] = {
    FaultKind.LATENCY: _late,
    FaultKind.RESET_BEFORE: _reset_before,
    FaultKind.RESET_AFTER: _delivered(Delivery.RESET),
    FaultKind.LOST_ANSWER: _delivered(Delivery.LOST),
    FaultKind.TRUNCATED: _delivered(Delivery.TRUNCATED),
    FaultKind.HTML: _html,
    FaultKind.STATUS: _status,
    FaultKind.MAINTENANCE: _maintenance,
    FaultKind.DUPLICATE: _duplicate,
    FaultKind.WRONG_FIELD: _wrong_field,
}
