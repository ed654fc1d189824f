"""
Interceptors: functions between suite and server that change requests and responses.

They work on bytes, so a fault written with them holds for any server.
Faults that lie deeper in the mock replace its source text instead.
"""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from gemini_clearing_contract.spec import Spec
from gemini_clearing_contract.wire import (
    KEY_HEADER,
    PAYLOAD_HEADER,
    SIGNATURE_HEADER,
    WireRequest,
    WireResponse,
    decode_base64,
    encode_base64,
    parse_json,
    render_json,
    sign,
)
from tests.faults.seeded_fault import Plant
from tests.faults.world import Handle, World

__all__ = [
    "PATHS",
    "as_float",
    "at",
    "change_error_responses",
    "change_responses",
    "each_row",
    "intercept",
    "on_response",
    "payload_of",
    "render",
    "secret_of",
    "sign_again",
    "with_payload",
]

Body = dict[str, Any]
PATHS = {name: operation.path for name, operation in Spec().operations.items()}


def intercept(handle_with: Callable[[WireRequest, Handle, Any], WireResponse]) -> Plant:
    """Respond to requests instead of the server; the function gets the request, the server's handler and the exchange."""

    def plant(world: World) -> None:
        world.wrappers.append(lambda handle, exchange: lambda request: handle_with(request, handle, exchange))

    return plant


def on_response(change: Callable[[WireRequest, WireResponse], WireResponse]) -> Plant:
    """Replace each response of the server."""
    return intercept(lambda request, handle, exchange: change(request, handle(request)))


def change_responses(operation: str, change: Callable[[Body], object]) -> Plant:
    """Change the JSON of an operation's successful responses, in place or by returning another object."""

    def alter(request: WireRequest, response: WireResponse) -> WireResponse:
        body = _read(response)
        if request.path != PATHS[operation] or body is None or body.get("result") in {"error", "failed"}:
            return response
        return WireResponse(response.status, response.headers, _changed(body, change))

    return on_response(alter)


def change_error_responses(
    change: Callable[[Body], object], *, status: Callable[[int], int] = lambda status: status
) -> Plant:
    """Change the JSON of every error response, and its status."""

    def alter(request: WireRequest, response: WireResponse) -> WireResponse:
        body = _read(response)
        if body is None or body.get("result") != "error":
            return response
        return WireResponse(status(response.status), response.headers, _changed(body, change))

    return on_response(alter)


def _changed(body: Body, change: Callable[[Body], object]) -> bytes:
    changed = change(body)
    return render(changed if isinstance(changed, dict) else body)


def _read(response: WireResponse) -> Body | None:
    try:
        body = parse_json(response.body)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def render(body: Body) -> bytes:
    """Serialize a changed response, in which a fault may have put a `float`."""
    return render_json(body)


def each_row(rows: str, change: Callable[[Body], object]) -> Callable[[Body], object]:
    """Change every row of a list."""

    def change_rows(body: Body) -> None:
        for row in body.get(rows, []):
            change(row)

    return change_rows


def at(place: str, change: Callable[[Body, str], object]) -> Callable[[Body], object]:
    """Change the field at a place such as `clearing_id` or `orders[].price`, where it is present."""
    rows, _, name = place.rpartition("[].")
    if not rows:
        return lambda body: change(body, name) if name in body else None
    return each_row(rows, lambda row: change(row, name) if name in row else None)


def payload_of(request: WireRequest) -> Body | None:
    """Return the JSON object in the payload header, or `None` if it does not contain one."""
    try:
        body = parse_json(decode_base64(request.header(PAYLOAD_HEADER) or ""))
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def secret_of(exchange: Any, api_key: str | None) -> str | None:
    """Return the secret of a key, from the mock's own accounts."""
    return next((account.api_secret for account in exchange.accounts if account.api_key == api_key), None)


def sign_again(
    request: WireRequest, exchange: Any, *, payload: str | None = None, key: str | None = None
) -> WireRequest:
    """Return the request with a valid signature, for another payload or another key if one is given."""
    api_key = key or request.header(KEY_HEADER)
    secret = secret_of(exchange, api_key)
    text = payload if payload is not None else request.header(PAYLOAD_HEADER)
    if secret is None or text is None or api_key is None:
        return request
    replaced = {KEY_HEADER.lower(), PAYLOAD_HEADER.lower(), SIGNATURE_HEADER.lower()}
    kept = tuple((name, value) for name, value in dict(request.headers).items() if name.lower() not in replaced)
    security = ((KEY_HEADER, api_key), (PAYLOAD_HEADER, text), (SIGNATURE_HEADER, sign(text, secret)))
    return WireRequest(request.method, request.path, (*security, *kept), request.body)


def with_payload(request: WireRequest, exchange: Any, body: Body, *, key: str | None = None) -> WireRequest:
    """Return the request with another payload and a valid signature, by another key if one is given."""
    return sign_again(request, exchange, payload=encode_base64(render_json(body)), key=key)


def as_float(value: Any) -> Any:
    """Return a number after a conversion through binary floating point."""
    return json.loads(json.dumps(float(Decimal(value))))
