"""
Ways to be wrong: the small vocabulary in which the faults of a server are written.

Answers are changed on the way back, requests are repaired on the way in.  Both work on bytes, so that they hold for
any server; what lies deeper in the mock is patched in `_mock.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from gemini_clearing_contract._signer import KEY_HEADER, SIGNATURE_HEADER, render_json, sign
from gemini_clearing_contract._spec import Spec
from gemini_clearing_contract._wire import (
    PAYLOAD_HEADER,
    WireAnswer,
    WireRequest,
    decode_base64,
    encode_base64,
    parse_json,
)
from tests.faults._fault import Handle, World

__all__ = ["PATHS", "answers", "deep", "each_row", "in_way", "out_way", "payload_of", "refusals", "resigned", "secret_of"]

Body = dict[str, Any]
Plant = Callable[[World], None]
PATHS = {name: operation.path for name, operation in Spec().operations.items()}


def out_way(change: Callable[[WireRequest, WireAnswer], WireAnswer]) -> Plant:
    """Change answers on the way back."""
    return in_way(lambda request, handle, exchange: change(request, handle(request)))


def in_way(way: Callable[[WireRequest, Handle, Any], WireAnswer]) -> Plant:
    """Stand in the way: take a request, and answer it with the server's help."""

    def plant(world: World) -> None:
        world.wrappers.append(lambda handle, exchange: lambda request: way(request, handle, exchange))

    return plant


def answers(operation: str | None, change: Callable[[Body], object], *, refused: bool = False) -> Plant:
    """Change the JSON of an operation's answers; of those that say yes, or of refusals under any status."""

    def alter(request: WireRequest, answer: WireAnswer) -> WireAnswer:
        if operation is not None and request.path != PATHS[operation]:
            return answer
        body = _read(answer)
        if not isinstance(body, dict) or (body.get("result") in {"error", "failed"}) is not refused:
            return answer
        changed = change(body)
        content = changed if isinstance(changed, dict) else body
        return WireAnswer(answer.status, answer.headers, dumps(content))

    return out_way(alter)


def refusals(change: Callable[[Body], object], *, status: Callable[[int], int] = lambda status: status) -> Plant:
    """Change every refusal, and its status."""

    def alter(request: WireRequest, answer: WireAnswer) -> WireAnswer:
        body = _read(answer)
        if not isinstance(body, dict) or body.get("result") != "error":
            return answer
        changed = change(body)
        return WireAnswer(status(answer.status), answer.headers, dumps(changed if isinstance(changed, dict) else body))

    return out_way(alter)


def _read(answer: WireAnswer) -> Any:
    try:
        return parse_json(answer.body)
    except ValueError:
        return None


def dumps(body: Any) -> bytes:
    """JSON of a changed answer; a `float` in it is a fault's own doing."""
    return render_json(body)


def each_row(rows: str, change: Callable[[Body], object]) -> Callable[[Body], object]:
    """Change every row of a list."""

    def every(body: Body) -> None:
        for row in body.get(rows, []):
            change(row)

    return every


def deep(place: str, change: Callable[[Body, str], object]) -> Callable[[Body], object]:
    """Change one field at a place such as `clearing_id` or `orders[].price`."""
    rows, _, name = place.rpartition("[].")
    if not rows:
        return lambda body: change(body, name) if name in body else None
    return each_row(rows, lambda row: change(row, name) if name in row else None)


def payload_of(request: WireRequest) -> Body | None:
    """The signed JSON of a request, if it is any."""
    try:
        body = parse_json(decode_base64(request.header(PAYLOAD_HEADER) or ""))
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def secret_of(exchange: Any, api_key: str | None) -> str | None:
    """The secret of a key, as the server knows it."""
    return next((account.api_secret for account in exchange.accounts if account.api_key == api_key), None)


def resigned(request: WireRequest, exchange: Any, *, payload: str | None = None, key: str | None = None) -> WireRequest:
    """The request with a right signature, over another payload or for another key where one is given."""
    headers = dict(request.headers)
    api_key = key or request.header(KEY_HEADER)
    secret = secret_of(exchange, api_key)
    text = payload if payload is not None else request.header(PAYLOAD_HEADER)
    if secret is None or text is None or api_key is None:
        return request
    drop = {KEY_HEADER.lower(), PAYLOAD_HEADER.lower(), SIGNATURE_HEADER.lower()}
    kept = tuple((name, value) for name, value in headers.items() if name.lower() not in drop)
    security = ((KEY_HEADER, api_key), (PAYLOAD_HEADER, text), (SIGNATURE_HEADER, sign(text, secret)))
    return WireRequest(request.method, request.path, (*security, *kept), request.body)


def with_payload(request: WireRequest, exchange: Any, body: Body) -> WireRequest:
    """The request with another payload, signed rightly."""
    return resigned(request, exchange, payload=encode_base64(render_json(body)))


def as_float(value: Any) -> Any:
    """A number that has gone through binary floating point."""
    return json.loads(json.dumps(float(Decimal(value))))
