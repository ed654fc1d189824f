"""
How the exchange says no: the refusal that a check raises, and its rendering.

Which check raises which refusal stands in ``_checks``, ``_fields`` and ``_operations``.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ..http._messages import Response, json_response

__all__ = ["ErrorReply", "FailedCancelReply", "as_json", "as_sent"]

_encode = msgspec.json.Encoder(decimal_format="number").encode


class ErrorReply(Exception):  # noqa: N818, no error here: an answer
    """
    A request is refused, and nothing has changed.

    ``expected`` says what a valid request would have looked like; it goes to the request log, never to the caller.
    """

    def __init__(
        self,
        reason: str,
        message: str,
        *,
        status: int = 400,
        expected: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.reason = reason
        self.message = message
        self.status = status
        self.expected = expected
        self.headers = headers

    def response(self) -> Response:
        """Render ``{"result":"error","reason":…,"message":…}``, keys in the order in which Gemini sends them."""
        content = {"result": "error", "reason": self.reason, "message": self.message}
        return json_response(self.status, content, self.headers)


class FailedCancelReply(ErrorReply):
    """A cancellation that comes too late, or from the wrong desk: a refusal of a shape of its own, under status 200."""

    def __init__(self, clearing_id: str) -> None:
        message = f"Unable to cancel order {clearing_id}"
        expected = "an order of this desk or broker that nobody has confirmed yet"
        super().__init__("failed", message, status=200, expected=expected)

    def response(self) -> Response:
        """Render ``{"result":"failed","details":…}``."""
        return json_response(self.status, {"result": self.reason, "details": self.message})


def as_sent(value: object) -> str:
    """Quote a value in a message: text without quotes, everything else as JSON, at most 100 characters."""
    text = value if isinstance(value, str) else as_json(value)
    return text if len(text) <= 100 else text[:99] + "…"


def as_json(value: object) -> str:
    """Write a value that was read from JSON as JSON again; decimals are numbers, as they were."""
    return _encode(value).decode()
