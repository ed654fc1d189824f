"""
HTTP requests and responses as plain values, independent of any server or client library.

A response also describes how it is delivered (late, truncated, not at all), because the exchange can inject such
faults. The adapters in `_asgi.py` and `_transports.py` implement the delivery.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Self

import msgspec

from ._headers import http_date

__all__ = ["JSON", "Delivery", "Request", "Response", "json_response"]

JSON = "application/json"

# 10000-01-01: a `Date` header has four digits for the year.
_END_OF_DATES_MS = 253_402_300_800_000
_encode = msgspec.json.Encoder().encode


class Request(msgspec.Struct, frozen=True):
    """
    An HTTP request.

    `path` excludes the query string, which only the control API reads. Header names are lower-case.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    query: str = ""


class Delivery(StrEnum):
    """How a response is delivered to the client."""

    COMPLETE = "complete"
    RESET = "reset"  # the connection is reset before the first byte
    TRUNCATED = "truncated"  # the connection is closed in the middle of the body
    LOST = "lost"  # the connection stays open and no byte is ever sent


class Response(msgspec.Struct, frozen=True):
    """
    An HTTP response.

    `delay_ms` is the time that the adapter waits before it sends the response.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    delay_ms: int = 0
    delivery: Delivery = Delivery.COMPLETE

    def delayed_by(self, delay_ms: int) -> Self:
        """Return the same response with `delay_ms` added to its delay."""
        return msgspec.structs.replace(self, delay_ms=self.delay_ms + delay_ms) if delay_ms else self

    def dated(self, now_ms: int) -> Self:
        """Return the same response with the exchange's time in its `Date` header (RFC 9110, section 6.6.1)."""
        if now_ms >= _END_OF_DATES_MS:
            return self
        headers = {**self.headers, "date": http_date(now_ms // 1000)}
        return type(self)(self.status, headers, self.body, self.delay_ms, self.delivery)


def json_response(status: int, content: object, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response with compact JSON, keys in the given order."""
    return Response(status, {"content-type": JSON, **(headers or {})}, _encode(content))
