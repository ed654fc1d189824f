"""The record of one attempt to send a write in the journal: its intent before it is sent, and its end."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import msgspec

from gemini_clearing_auth import SIGNED_EXTENSION, SignedPayload

from . import _time
from ._exchange_clock import ExchangeClock
from ._journal import Intent, Journal
from ._journal_entries import WriteEnd
from ._known_writes import order_id_of
from ._log_text import journal_text
from ._model import Model
from ._operation import Operation
from ._outcome import Outcome, Resolution
from .errors import ClearingError, JournalError, MaybeExecutedError, RejectedError

if TYPE_CHECKING:
    import asyncio
    from concurrent.futures import Future

__all__ = ["RECORD", "AttemptRecord", "WriteLog", "record_of", "resolved_facts"]

RECORD = "gemini_clearing.record"
"""Key of the `AttemptRecord` in `request.extensions`. Only requests that are recorded have one."""
_MIN_WAIT_S, _MAX_WAIT_S = 0.1, 1.0


class WriteLog(msgspec.Struct, frozen=True, kw_only=True):
    """The journal of a client, and how the client writes to it."""

    journal: Journal
    base_url: str
    key: str
    run: Callable[[Callable[[], None]], None]
    """Runs a function: immediately, or in the journal's thread for an event loop."""

    def record_resolution(self, attempt_id: str, *, resolution: Outcome, order_id: str | None, reason: str) -> None:
        """Record what `resolve()` has found out. Errors are logged."""
        self.run(partial(self.journal._record_resolution, attempt_id, resolution, order_id, reason))


class AttemptRecord(msgspec.Struct, kw_only=True, eq=False):
    """
    The entry of one attempt to send a write.

    `begin` is called between signing and sending, then `end`. Both may run in the journal's thread, in this order.
    """

    log: WriteLog
    clock: ExchangeClock
    attempt_id: str
    operation: Operation[Any]
    sent: Mapping[str, Any]
    """The serialized arguments."""
    number: int
    deadline: float
    """The end of the attempt, on the monotonic clock."""
    _started_s: float = msgspec.field(default_factory=_time.monotonic)
    _is_begun: bool = False
    _entry_id: int | None = None
    """None if `begin` was interrupted or has failed. Even then there may be an entry."""

    def attach(self, request: httpx.Request) -> None:
        """Let `record_of` return this record for the request."""
        request.extensions[RECORD] = self

    def begin(self, request: httpx.Request) -> None:
        """
        Write the intent to the disk.

        Raises:
            JournalError: it is not on the disk.
        """
        self._begin(self._intent(request))

    async def begin_async(self, request: httpx.Request) -> None:
        """Do the same as `begin` in the journal's thread."""
        import asyncio  # a program with blocking calls does not need it

        intent = self._intent(request)
        begun: Future[None] = self.log.journal._submit(partial(self._begin, intent))
        future = asyncio.wrap_future(begun)
        future.add_done_callback(_retrieve_exception)
        await asyncio.wait((future,), timeout=max(0.0, self.deadline - _time.monotonic()))
        if not future.done():
            future.cancel()
            raise JournalError(
                f"{self.operation.name}: nothing was sent, since it cannot be recorded. The disk of "
                f"{self.log.journal.path} was too slow for the call's timeout."
            )
        future.result()

    def end(self, end: Model | ClearingError) -> None:
        """Record how the attempt has ended: a result or an error. Errors of the journal are logged."""
        match end:
            case Model():
                self._submit_end(WriteEnd.EXECUTED, order_id=order_id_of(self.operation, self.sent, end))
            case RejectedError():
                self._submit_end(WriteEnd.REJECTED, reason=journal_text(end))
            case MaybeExecutedError():
                found = resolved_facts(self.operation, self.sent, end._resolution)
                self._submit_end(WriteEnd.UNKNOWN, reason=journal_text(end), exchange_time=end.exchange_time, **found)
            case _:
                self._submit_end(WriteEnd.NOT_SENT, reason=journal_text(end))

    def interrupt(self, *, may_have_been_sent: bool, end: Model | ClearingError | None) -> None:
        """Record that the attempt was interrupted; or its end, if the interruption prevented that record."""
        if end is not None:
            self.end(end)
        else:
            self._submit_end(WriteEnd.UNKNOWN if may_have_been_sent else WriteEnd.NOT_SENT, reason="interrupted")

    def _submit_end(self, end: WriteEnd, **facts: Any) -> None:
        self.log.run(partial(self._end, end, facts))

    def _begin(self, intent: Intent) -> None:
        self._is_begun = True
        self._entry_id = self.log.journal._begin(intent)

    def _end(self, end: WriteEnd, facts: Mapping[str, Any]) -> None:
        if self._is_begun:
            left_s = self.deadline - _time.monotonic()
            wait_s = min(max(left_s, _MIN_WAIT_S), _MAX_WAIT_S)
            self.log.journal._end(self.attempt_id, end, entry_id=self._entry_id, wait_s=wait_s, **facts)

    def _intent(self, request: httpx.Request) -> Intent:
        signed: SignedPayload = request.extensions[SIGNED_EXTENSION]
        return Intent(
            attempt_id=self.attempt_id,
            operation=self.operation.name,
            payload=signed.payload_json.decode(),
            nonce=signed.nonce,
            key=self.log.key,
            base_url=self.log.base_url,
            attempt=self.number,
            exchange_time=self.clock.earliest(self.clock.moment(self._started_s)),
            exchange_time_latest=self.clock.latest(self.clock.moment(_time.monotonic())),
            deadline=self.deadline,
        )


def resolved_facts(operation: Operation[Any], sent: Mapping[str, Any], resolution: Resolution | None) -> dict[str, Any]:
    """Return what a resolution adds to the entry of a write: the outcome, and the order if it was executed."""
    if resolution is None:
        return {}
    is_executed = resolution.outcome is Outcome.EXECUTED and resolution.evidence
    order_id = order_id_of(operation, sent, resolution.evidence[0]) if is_executed else None
    return {"resolution": resolution.outcome, "order_id": order_id}


def record_of(request: httpx.Request) -> AttemptRecord | None:
    """Return the record of a request; None if it is not recorded."""
    record = request.extensions.get(RECORD)
    return record if isinstance(record, AttemptRecord) else None


def _retrieve_exception(future: "asyncio.Future[None]") -> None:
    """Keep asyncio from reporting an exception that is not retrieved because the task was canceled."""
    if not future.cancelled():
        future.exception()
