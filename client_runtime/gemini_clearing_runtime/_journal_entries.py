"""The entries of a journal, as callers and auditors see them."""

import json
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

from ._outcome import Outcome, Resolution
from .errors import ClearingError, OutcomeUnknownError

if TYPE_CHECKING:
    import sqlite3

__all__ = ["JournalEntry", "RecoveredWrite", "WriteEnd", "entry_of"]


class WriteEnd(StrEnum):
    """How the attempt to send a write ended."""

    EXECUTED = "executed"
    """The exchange reported success."""
    REJECTED = "rejected"
    """The exchange rejected it."""
    NOT_SENT = "not sent"
    """The connection reports that no byte was written."""
    UNKNOWN = "unknown"
    """The response was lost, or the call was interrupted."""


class JournalEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to send a write."""

    id: int
    """The number of the entry in its journal. Later entries have higher numbers."""
    attempt_id: str
    """The id that the client gave to the attempt; the same as in `MaybeExecutedError.attempt_id`."""
    operation: str
    """The method that was called, such as `create_order`."""
    payload: str
    """The JSON that was signed. It contains no secret."""
    nonce: int | str | None
    """The nonce of the request; None with OAuth."""
    key: str
    """The fingerprint of the API key: SHA-256 in hexadecimal."""
    base_url: str
    """The address of the exchange."""
    attempt: int
    """1 for the first attempt of a call; higher if the exchange rejected an attempt and the call tried again."""
    pid: int
    """The process that wrote the entry."""
    written_at: datetime
    """When the entry was written, just before sending, by this machine's clock."""
    exchange_time: datetime | None
    """The earliest time of sending by the exchange's clock; None if it was not known."""
    exchange_time_latest: datetime | None
    """The latest time of sending by the exchange's clock; None if it was not known."""
    end: WriteEnd | None
    """How it ended; None while the call is in progress, and forever if its process died then."""
    ended_at: datetime | None
    order_id: str | None
    """The id of the order that the write placed, or that it was to confirm or cancel."""
    reason: str | None
    """Why it was rejected, not sent, or is unknown. A reason of its resolution follows."""
    resolution: Outcome | None
    """The outcome that `resolve()`, `recover()` or `Journal.settle()` has recorded."""
    resolved_at: datetime | None
    is_open: bool
    """Whether it is still not known if the write was executed."""

    @property
    def outcome(self) -> Outcome | None:
        """
        Whether the exchange executed the write; None or ambiguous if that is not known.

        *Executed* without the exchange's response (`end`) is the result of a query. For a confirmation or cancellation
        that is the status of the order, whichever call has changed it.
        """
        if self.end is None or self.end is WriteEnd.UNKNOWN:
            return self.resolution
        return Outcome.EXECUTED if self.end is WriteEnd.EXECUTED else Outcome.NOT_EXECUTED

    def to_error(self) -> OutcomeUnknownError:
        """Return the entry as an error, which `client.resolve()` accepts."""
        return OutcomeUnknownError.from_dict(
            {
                "attempt_id": self.attempt_id,
                "operation": self.operation,
                "payload": self.payload,
                "nonce": self.nonce,
                "key": self.key,
                "sent_at": self.written_at.isoformat(),
                "exchange_time": self.exchange_time.isoformat() if self.exchange_time else None,
                "message": self.reason or "the journal has no end of this write",
            }
        )


class RecoveredWrite(msgspec.Struct, frozen=True, kw_only=True):
    """The result of `client.recover()` for one write."""

    entry: JournalEntry
    """The entry in the journal before the query."""
    resolution: Resolution | None
    """The outcome with its evidence; None if the query failed."""
    error: ClearingError | None
    """Why the query failed. Then the write is still in doubt."""


# A column of the table has the name of its field. The nonce is in the payload only.
_COLUMNS = tuple(name for name in JournalEntry.__struct_fields__ if name != "nonce")


def entry_of(row: "sqlite3.Row") -> JournalEntry:
    """Return the entry of a row."""
    values: dict[str, Any] = {name: row[name] for name in _COLUMNS}
    for name in ("written_at", "exchange_time", "exchange_time_latest", "ended_at", "resolved_at"):
        values[name] = datetime.fromisoformat(values[name]) if values[name] else None
    values["end"] = WriteEnd(values["end"]) if values["end"] else None
    values["resolution"] = Outcome(values["resolution"]) if values["resolution"] else None
    values["is_open"] = bool(values["is_open"])
    return JournalEntry(nonce=json.loads(values["payload"]).get("nonce"), **values)
