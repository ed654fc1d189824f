"""The events of calls, as hooks get them, and of walks, as `on_progress` gets them."""

from datetime import datetime
from enum import StrEnum

import msgspec

__all__ = ["CallOutcome", "DriftEvent", "DriftKind", "ErrorEvent", "RequestEvent", "ResponseEvent", "WalkProgress"]


class CallOutcome(StrEnum):
    """The known outcome of a request."""

    EXECUTED = "executed"
    """The exchange executed it and reported success."""
    REJECTED = "rejected"
    """The exchange rejected it."""
    NOT_SENT = "not sent"
    """Nothing reached the exchange."""
    UNKNOWN = "unknown"
    """It was sent, and nothing proves whether it was executed."""


class DriftKind(StrEnum):
    """The kind of something that the spec does not list."""

    VALUE = "value"
    """A value of an enum."""
    REASON = "reason"
    """The reason of a rejection."""
    FIELD = "field"
    """A field of a response."""
    STATUS = "status"
    """An HTTP status of the operation."""


# No event has the payload, a signature, a header or a text of the exchange: a text can repeat all of them.


class RequestEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt is about to be sent. It is signed, and it holds the lock of its key."""

    operation: str
    """The method that was called, such as `create_order`."""
    call_id: str
    """A random id that all events of one call share. A query about a write is a separate call."""
    attempt: int
    """1 for the first attempt of the call."""
    nonce: int | str | None
    """The nonce of the attempt; None with OAuth."""


class ResponseEvent(RequestEvent, frozen=True, kw_only=True):
    """An attempt got a response."""

    status: int
    """The HTTP status."""
    duration_s: float
    """Seconds from sending the attempt until the end of its response."""
    outcome: CallOutcome
    """The outcome by the response. `ErrorEvent.outcome` of the same attempt is the proven one, after the queries."""
    reason: str | None
    """The exchange's code of a rejection, such as `InvalidSide`."""


class ErrorEvent(RequestEvent, frozen=True, kw_only=True):
    """An attempt failed: with or without a response, sent or not."""

    status: int | None
    """The HTTP status; None without a response."""
    duration_s: float
    """Seconds from sending the attempt until it failed; 0 if it was not sent."""
    outcome: CallOutcome
    """The proven outcome."""
    error: str
    """The name of the error's class, such as `RateLimitError`, or of the exception that interrupted the call."""
    reason: str | None
    """The exchange's code of a rejection."""
    retry_after_s: float | None
    """The seconds that the header `Retry-After` demands; None without one."""
    retry_in_s: float | None
    """Seconds until the next attempt; None if the call ends with this error."""


class DriftEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A response has something that the spec does not list. As text, it is the description."""

    operation: str
    """The method that was called, such as `create_order`."""
    kind: DriftKind
    description: str
    """The value and its place. A text of the exchange is in it only if it looks like a name."""

    def __str__(self) -> str:
        return self.description


class WalkProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a walk has come."""

    rows: int
    """The rows that were read so far."""
    requests: int
    start: datetime
    """The first time of the walk."""
    end: datetime
    """The last time of the walk."""
    reached: datetime
    """The time up to which the rows were read: from `start`, or from `end` if the newest rows come first."""
