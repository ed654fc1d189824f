"""A write with an unknown outcome, as reconciliation needs it: what was sent, and when."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from ._exchange_clock import Moment
from ._operation import Operation, arguments_of
from .errors import MaybeExecutedError

__all__ = ["Doubt", "nonce_time"]


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """A write with an unknown outcome."""

    id: str
    """The id of the attempt."""
    sent: Mapping[str, Any]
    """The serialized values of its arguments."""
    nonce_time: float | None
    """The time that its nonce states, for a key with time-based nonces."""
    key: str | None
    """The fingerprint of the API key that sent it."""
    sent_at: datetime
    """When it was sent, by this machine's clock."""
    moment: Moment | None
    """When it was sent, by the monotonic clock; None if another process has sent it."""
    exchange_time: datetime | None
    """The earliest exchange time at which it can have been sent, if that was known then."""

    @classmethod
    def of(cls, operation: Operation[Any], error: MaybeExecutedError) -> "Doubt":
        """Return the doubt that an error reports."""
        return cls(
            id=error.attempt_id or error.payload,
            sent=arguments_of(operation, error.payload),
            nonce_time=nonce_time(error.nonce),
            key=error.key,
            sent_at=error.sent_at,
            moment=error._moment,
            exchange_time=error.exchange_time,
        )


def nonce_time(nonce: int | str | None) -> float | None:
    """Return the time that a nonce states: those of time-based keys are decimal text of seconds since the epoch."""
    return float(nonce) if isinstance(nonce, str) and nonce.replace(".", "", 1).isdecimal() else None
