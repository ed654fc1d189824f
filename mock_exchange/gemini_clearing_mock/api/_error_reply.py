"""
Error replies: the error responses of the API, as exceptions that checks and handlers raise.

Which check raises which reply is in `_checks.py`, `_fields.py` and `_handlers.py`.
"""

from collections.abc import Mapping

import msgspec

__all__ = ["ErrorReply", "FailedCancelReply", "as_json", "as_sent"]

_encode = msgspec.json.Encoder(decimal_format="number").encode

_MAX_QUOTED = 100


class ErrorReply(Exception):  # noqa: N818  (a response of the API and not an error of this package)
    """
    An error response; raised before anything has changed.

    Args:
        reason: the value of `reason` in the body.
        message: the value of `message` in the body.
        status: the HTTP status.
        expected: what a valid request would have had; for the request log, never sent.
        headers: additional headers.

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

    @property
    def content(self) -> dict[str, str]:
        """The body as an object, keys in the order in which Gemini sends them."""
        return {"result": "error", "reason": self.reason, "message": self.message}


class FailedCancelReply(ErrorReply):
    """
    The reply to a cancellation that is too late, or by an account that is not a party of the order.

    Gemini documents a different body for it, with status 200.
    """

    def __init__(self, clearing_id: str) -> None:
        message = f"Unable to cancel order {clearing_id}"
        expected = "an order of this desk or broker that has not been confirmed"
        super().__init__("failed", message, status=200, expected=expected)

    @property
    def content(self) -> dict[str, str]:
        """The body as an object."""
        return {"result": self.reason, "details": self.message}


def as_sent(value: object) -> str:
    """Quote a value in a message: strings unchanged, other values as JSON, at most 100 characters."""
    text = value if isinstance(value, str) else as_json(value)
    return text if len(text) <= _MAX_QUOTED else text[: _MAX_QUOTED - 1] + "…"


def as_json(value: object) -> str:
    """Return a value that was read from JSON as JSON; a `Decimal` becomes a number with the same digits."""
    return _encode(value).decode()
