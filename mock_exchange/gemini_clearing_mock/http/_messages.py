"""
What goes into the exchange and what comes out: one request, one answer, nothing of sockets.

How an answer reaches the caller (late, cut short, not at all) is part of it, because faults are part of the exchange;
carrying that out is left to the shells in ``_asgi`` and ``_transports``.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

__all__ = ["JSON", "Delivery", "Request", "Response", "json_response"]

JSON = "application/json"

_encode = msgspec.json.Encoder().encode


class Request(msgspec.Struct, frozen=True):
    """
    One HTTP request.

    ``path`` is without ``query``, which stands apart and counts for the controls only; the names in ``headers`` are
    lower-case; ``body`` is what came after the headers.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    query: str = ""


class Delivery(StrEnum):
    """How an answer reaches the caller."""

    COMPLETE = "complete"
    RESET = "reset"  # the connection is reset before the first byte
    TRUNCATED = "truncated"  # the connection closes in the middle of the body
    LOST = "lost"  # the caller waits, and nothing ever comes


class Response(msgspec.Struct, frozen=True):
    """
    One HTTP answer.

    ``delay_ms`` is how long the shell holds it back: a queued request, or a fault.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    delay_ms: int = 0
    delivery: Delivery = Delivery.COMPLETE

    def after(self, delay_ms: int) -> Response:
        """The same answer, held back this much longer."""
        return msgspec.structs.replace(self, delay_ms=self.delay_ms + delay_ms) if delay_ms else self


def json_response(status: int, content: object, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with compact JSON, keys in the order given."""
    return Response(status, {"content-type": JSON, **(headers or {})}, _encode(content))
