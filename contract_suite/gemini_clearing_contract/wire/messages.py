"""A request and a response as bytes and headers."""

import json
from functools import lru_cache
from typing import Any

from attrs import field, frozen

from .encoding import decode_base64, parse_json

__all__ = [
    "NO_BODY",
    "PAYLOAD_HEADER",
    "PAYLOAD_MEDIA_TYPE",
    "WireRequest",
    "WireResponse",
    "encoding_of",
    "payload_of",
    "read_body",
]

PAYLOAD_HEADER = "X-GEMINI-PAYLOAD"
PAYLOAD_MEDIA_TYPE = "application/json+base64"
# The result of `read_body` for a body that is not JSON; `None` is JSON's `null`.
NO_BODY: Any = object()


@frozen
class WireRequest:
    """A request as it is sent; header names keep their case."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return a header's value; the case of the name does not matter."""
        wanted = name.lower()
        for key, value in self.headers:
            if key.lower() == wanted:
                return value
        return None


@frozen
class WireResponse:
    """A received response; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def read_body(response: WireResponse) -> Any:
    """Return the response's JSON, or `NO_BODY`; the result is shared and must not be changed."""
    return _parsed(response.body)


# Several checks read the same response one after the other.
@lru_cache(maxsize=8)
def _parsed(content: bytes) -> Any:
    try:
        return parse_json(content)
    except (ValueError, ArithmeticError):
        return _parsed_in_another_encoding(content)


def _parsed_in_another_encoding(content: bytes) -> Any:
    """Parse JSON with a byte order mark, or in UTF-16 or UTF-32: one violation must not hide all others."""
    try:
        return parse_json(content.decode(encoding_of(content)).encode())
    except (ValueError, ArithmeticError):
        return NO_BODY


def encoding_of(content: bytes) -> str:
    """Return the encoding of JSON by its first bytes; RFC 8259 permits only UTF-8 without a byte order mark."""
    return json.detect_encoding(content)


def payload_of(request: WireRequest) -> dict[str, Any]:
    """Return the signed JSON of a request; empty if it is not a JSON object."""
    try:
        body = parse_json(decode_base64(request.header(PAYLOAD_HEADER) or ""))
    except (ValueError, ArithmeticError):
        return {}
    return body if isinstance(body, dict) else {}
