"""
What a lenient server does with signature and payload, as repairs: a wrong request is put right on the way in.

A server that never checks is one for which every request has been repaired before it looks.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

from gemini_clearing_contract._signer import KEY_HEADER, SIGNATURE_HEADER, sign
from gemini_clearing_contract._wire import PAYLOAD_HEADER, WireRequest, encode_base64
from tests.faults._ways import resigned, secret_of

__all__ = [
    "Repair",
    "any_signature",
    "from_body",
    "hashlike",
    "is_signed",
    "lenient_json",
    "no_signature",
    "of_any_key",
    "over_json",
    "payload_text",
    "signature_by",
    "signature_case",
    "signature_prefix",
    "with_header",
]

Repair = Callable[[WireRequest, Any], WireRequest]


def with_header(request: WireRequest, name: str, value: str | None) -> WireRequest:
    kept = tuple(pair for pair in request.headers if pair[0].lower() != name.lower())
    return WireRequest(request.method, request.path, (*kept, *([(name, value)] if value is not None else [])), request.body)


def is_signed(request: WireRequest, exchange: Any) -> bool:
    secret = secret_of(exchange, request.header(KEY_HEADER))
    return secret is not None and request.header(SIGNATURE_HEADER) == sign(request.header(PAYLOAD_HEADER) or "", secret)


def any_signature(request: WireRequest, exchange: Any) -> WireRequest:
    return resigned(request, exchange) if request.header(SIGNATURE_HEADER) else request


def no_signature(request: WireRequest, exchange: Any) -> WireRequest:
    return request if request.header(SIGNATURE_HEADER) else resigned(request, exchange)


def signature_case(request: WireRequest, exchange: Any) -> WireRequest:
    signature = request.header(SIGNATURE_HEADER)
    return with_header(request, SIGNATURE_HEADER, signature.lower()) if signature else request


def signature_prefix(request: WireRequest, exchange: Any) -> WireRequest:
    secret, signature = secret_of(exchange, request.header(KEY_HEADER)), request.header(SIGNATURE_HEADER)
    right = sign(request.header(PAYLOAD_HEADER) or "", secret) if secret else ""
    return resigned(request, exchange) if signature and right.startswith(signature) else request


def signature_by(digest: Callable[[str, WireRequest, Any], list[str]]) -> Repair:
    """Besides the right signature another one is taken."""

    def repair(request: WireRequest, exchange: Any) -> WireRequest:
        secret = secret_of(exchange, request.header(KEY_HEADER))
        also = digest(secret, request, exchange) if secret and request.header(PAYLOAD_HEADER) else []
        return resigned(request, exchange) if request.header(SIGNATURE_HEADER) in also else request

    return repair


def over_json(secret: str, request: WireRequest, exchange: Any) -> list[str]:
    try:
        text = base64.b64decode(request.header(PAYLOAD_HEADER) or "").decode()
    except ValueError:
        return []
    return [sign(text, secret)]


def of_any_key(secret: str, request: WireRequest, exchange: Any) -> list[str]:
    return [sign(request.header(PAYLOAD_HEADER) or "", account.api_secret) for account in exchange.accounts]


def hashlike(name: str) -> Callable[[str, WireRequest, Any], list[str]]:
    return lambda secret, request, exchange: [
        hmac.new(secret.encode(), (request.header(PAYLOAD_HEADER) or "").encode(), getattr(hashlib, name)).hexdigest()
    ]


def payload_text(change: Callable[[str], str]) -> Repair:
    """Base64 that a lenient reader takes, rewritten as the strict one needs it."""

    def repair(request: WireRequest, exchange: Any) -> WireRequest:
        text = request.header(PAYLOAD_HEADER)
        if not text or not is_signed(request, exchange) or change(text) == text:
            return request
        return resigned(request, exchange, payload=change(text))

    return repair


def from_body(request: WireRequest, exchange: Any) -> WireRequest:
    if request.header(PAYLOAD_HEADER) or not request.body:
        return request
    return resigned(request, exchange, payload=encode_base64(request.body))


def lenient_json(change: Callable[[str], str]) -> Repair:
    def repair(request: WireRequest, exchange: Any) -> WireRequest:
        try:
            text = base64.b64decode(request.header(PAYLOAD_HEADER) or "", validate=True).decode()
        except ValueError:
            return request
        if not is_signed(request, exchange) or change(text) == text:
            return request
        return resigned(request, exchange, payload=encode_base64(change(text).encode()))

    return repair
