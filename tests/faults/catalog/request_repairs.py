"""
Repairs: interceptors that correct an invalid request before it reaches the server.

A server that omits a check behaves like one for which each request has been corrected first.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from gemini_clearing_contract.wire import (
    KEY_HEADER,
    PAYLOAD_HEADER,
    SIGNATURE_HEADER,
    WireRequest,
    encode_base64,
    render_json,
    sign,
)
from tests.faults.catalog.interceptors import PATHS, intercept, payload_of, secret_of, sign_again, with_payload
from tests.faults.seeded_fault import Plant

__all__ = [
    "ABSENT",
    "Repair",
    "add_missing_signature",
    "correct_base64",
    "correct_json",
    "correct_nonce",
    "correct_request_path",
    "edit_payload",
    "is_signed",
    "move_body_to_payload",
    "next_nonce",
    "number_of",
    "repaired",
    "replace_signature",
    "replace_truncated_signature",
    "signature_accepted_too",
    "signature_of_any_key",
    "signature_over_json",
    "signature_to_lower_case",
    "signature_with_hash",
    "with_header",
]

Repair = Callable[[WireRequest, Any], WireRequest]
Signatures = Callable[[str, WireRequest, Any], list[str]]
ABSENT: Any = object()


def repaired(repair: Repair) -> Plant:
    """Return the fault of a server that does not check what the repair corrects."""
    return intercept(lambda request, handle, exchange: handle(repair(request, exchange)))


def with_header(request: WireRequest, name: str, value: str | None) -> WireRequest:
    """Return the request with another value of a header, or without the header."""
    kept = tuple(pair for pair in request.headers if pair[0].lower() != name.lower())
    return WireRequest(
        request.method, request.path, (*kept, *([(name, value)] if value is not None else [])), request.body
    )


def is_signed(request: WireRequest, exchange: Any) -> bool:
    """Whether the request has a valid signature."""
    secret = secret_of(exchange, request.header(KEY_HEADER))
    return secret is not None and request.header(SIGNATURE_HEADER) == sign(request.header(PAYLOAD_HEADER) or "", secret)


# Repairs of the signature.


def replace_signature(request: WireRequest, exchange: Any) -> WireRequest:
    """Replace any signature."""
    return sign_again(request, exchange) if request.header(SIGNATURE_HEADER) else request


def add_missing_signature(request: WireRequest, exchange: Any) -> WireRequest:
    """Sign a request that has no signature."""
    return request if request.header(SIGNATURE_HEADER) else sign_again(request, exchange)


def signature_to_lower_case(request: WireRequest, exchange: Any) -> WireRequest:
    """Convert the signature to lower case."""
    signature = request.header(SIGNATURE_HEADER)
    return with_header(request, SIGNATURE_HEADER, signature.lower()) if signature else request


def replace_truncated_signature(request: WireRequest, exchange: Any) -> WireRequest:
    """Replace a signature that is the beginning of the valid one."""
    secret, signature = secret_of(exchange, request.header(KEY_HEADER)), request.header(SIGNATURE_HEADER)
    valid = sign(request.header(PAYLOAD_HEADER) or "", secret) if secret else ""
    return sign_again(request, exchange) if signature and valid.startswith(signature) else request


def signature_accepted_too(accepted: Signatures) -> Repair:
    """Replace a signature that the function returns for the secret, the request and the exchange."""

    def repair(request: WireRequest, exchange: Any) -> WireRequest:
        secret = secret_of(exchange, request.header(KEY_HEADER))
        signatures = accepted(secret, request, exchange) if secret and request.header(PAYLOAD_HEADER) else []
        return sign_again(request, exchange) if request.header(SIGNATURE_HEADER) in signatures else request

    return repair


def signature_over_json(secret: str, request: WireRequest, exchange: Any) -> list[str]:
    """Return the signature of the JSON text."""
    try:
        text = base64.b64decode(request.header(PAYLOAD_HEADER) or "").decode()
    except ValueError:
        return []
    return [sign(text, secret)]


def signature_of_any_key(secret: str, request: WireRequest, exchange: Any) -> list[str]:
    """Return the signatures by the secret of every account."""
    return [sign(request.header(PAYLOAD_HEADER) or "", account.api_secret) for account in exchange.accounts]


def signature_with_hash(name: str) -> Signatures:
    """Return the signature with another hash function."""
    return lambda secret, request, exchange: [
        hmac.new(secret.encode(), (request.header(PAYLOAD_HEADER) or "").encode(), getattr(hashlib, name)).hexdigest()
    ]


# Repairs of the payload.


def correct_base64(change: Callable[[str], str]) -> Repair:
    """Rewrite base64 that a lenient decoder accepts to what a strict one requires."""

    def repair(request: WireRequest, exchange: Any) -> WireRequest:
        text = request.header(PAYLOAD_HEADER)
        if not text or not is_signed(request, exchange) or change(text) == text:
            return request
        return sign_again(request, exchange, payload=change(text))

    return repair


def move_body_to_payload(request: WireRequest, exchange: Any) -> WireRequest:
    """Take the payload from the request body if the header is missing."""
    if request.header(PAYLOAD_HEADER) or not request.body:
        return request
    return sign_again(request, exchange, payload=encode_base64(request.body))


def correct_json(change: Callable[[str], str]) -> Repair:
    """Rewrite JSON that a lenient parser accepts to what a strict one requires."""

    def repair(request: WireRequest, exchange: Any) -> WireRequest:
        try:
            text = base64.b64decode(request.header(PAYLOAD_HEADER) or "", validate=True).decode()
        except ValueError:
            return request
        if not is_signed(request, exchange) or change(text) == text:
            return request
        return sign_again(request, exchange, payload=encode_base64(change(text).encode()))

    return repair


def edit_payload(change: Callable[[dict[str, Any]], object], *, of: str | None = None) -> Repair:
    """Change the signed JSON, of one operation or of all, where the signature is valid."""

    def repair(request: WireRequest, exchange: Any) -> WireRequest:
        body = payload_of(request)
        if body is None or (of is not None and request.path != PATHS[of]) or not is_signed(request, exchange):
            return request
        before = dict(body)
        change(body)
        # As JSON: `False` equals the number 0.
        return with_payload(request, exchange, body) if render_json(body) != render_json(before) else request

    return repair


def correct_request_path(is_accepted: Callable[[WireRequest, dict[str, Any]], bool]) -> Repair:
    """Set the field `request` to the path where the function accepts the request."""

    def repair(request: WireRequest, exchange: Any) -> WireRequest:
        body = payload_of(request)
        if body is None or not is_signed(request, exchange) or not is_accepted(request, body):
            return request
        return with_payload(request, exchange, {**body, "request": request.path})

    return repair


def correct_nonce(is_accepted: Callable[[Any], bool]) -> Repair:
    """Replace a nonce that the function accepts by a valid one; a missing nonce is `ABSENT`."""

    def repair(request: WireRequest, exchange: Any) -> WireRequest:
        body = payload_of(request)
        if body is None or not is_signed(request, exchange) or not is_accepted(body.get("nonce", ABSENT)):
            return request
        return with_payload(
            request, exchange, {**body, "nonce": next_nonce(exchange, "repairs", 1_999_000_000_000_000)}
        )

    return repair


def next_nonce(exchange: Any, counter: str, first: int) -> int:
    """Return the next nonce of a counter that is kept on the exchange, so that each exchange has its own."""
    counters: dict[str, int] = vars(exchange).setdefault("fault_counters", {})
    counters[counter] = counters.get(counter, first) + 1
    return counters[counter]


def number_of(value: Any) -> Decimal | None:
    """Return a finite number that JSON holds as a number or a string, or `None`."""
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        return None
    try:
        number = Decimal(value)
    except ArithmeticError:
        return None
    return number if number.is_finite() else None
