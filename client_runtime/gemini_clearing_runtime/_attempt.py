"""
One attempt of a call: it is sent once, and ends in a result or in one of our errors.

The class of the error states what is proven. `_call` decides what follows.
"""

import contextlib
import inspect
import math
import secrets
import sys
from collections.abc import Generator, Iterator, Mapping
from datetime import datetime
from typing import Any, cast

import httpx
import msgspec

from gemini_clearing_auth import PARAMETERS_EXTENSION, REPEAT_BODY_EXTENSION, SIGNED_EXTENSION, SignedPayload
from gemini_clearing_auth.errors import ClearingError

from . import _time
from ._body import ResponseTooLargeError
from ._classification import UntrustedResponse, classify, is_by_the_exchange, is_list_by_the_exchange, report_status
from ._context import CallContext
from ._decoding import Violation
from ._doubt import Doubt, nonce_time
from ._drift import collect_drift, report_drift
from ._events import DriftEvent, DriftKind
from ._evidence import EVIDENCE, SendEvidence
from ._exchange_clock import Moment
from ._hooks import Notify, run_hook
from ._interruption import interruption_of
from ._key_pause import KeyPausedError
from ._log_text import repeats_call
from ._model import Model
from ._observation import Observation
from ._operation import Operation
from ._outcome import Outcome, Resolution
from ._response import RawResponse
from ._steps import Send, Step
from ._time_left import TimeLeft
from .errors import (
    ConnectionFailedError,
    ContractViolatedError,
    MaybeExecutedError,
    OutcomeUnknownError,
    RejectedError,
)

__all__ = ["Attempt", "report_interruption", "report_unknown", "run_attempt"]

# A read whose response is lost is sent again, so it must not wait for the response until the end of the call.
_MAX_READ_S = 10.0
_NO_BODY = httpx.ByteStream(b"")


class Attempt(msgspec.Struct, kw_only=True, eq=False):
    """One attempt of a call."""

    context: CallContext
    operation: Operation[Any]
    sent: Mapping[str, Any]
    """The serialized arguments."""
    deadline: float
    """The end of the call, on the monotonic clock."""
    number: int
    moment: Moment
    """When the attempt began."""
    id: str = msgspec.field(default_factory=lambda: secrets.token_hex(16))
    request: httpx.Request
    sent_at: datetime = msgspec.field(default_factory=_time.utc_now)
    received_s: float | None = None
    """When its response was received, on the monotonic clock; None without a response."""
    raw: RawResponse | None = None
    """The response, as soon as the call has it."""
    end: Model | ClearingError | None = None
    """The proven end of the attempt; None until it is known."""
    is_reported: bool = False
    """Whether its unknown outcome was reported."""
    handled: BaseException | None = msgspec.field(default_factory=sys.exception)
    """The exception that the caller was handling when the attempt began. It does not come from the attempt."""
    drift: list[DriftEvent] | None = None
    """Collects what the responses to the call have that the spec does not list; None if the caller needs no list."""
    observation: Observation | None = None
    """Makes the events for the hooks; None without hooks."""

    @property
    def evidence(self) -> SendEvidence:
        """The connection's report about this attempt."""
        return cast("SendEvidence", self.request.extensions[EVIDENCE])

    def may_have_been_sent(self) -> bool:
        """Return whether it is not proven that nothing was sent: it was signed, and the connection may have written."""
        return SIGNED_EXTENSION in self.request.extensions and not self.evidence.nothing_was_written

    @classmethod
    def start(
        cls,
        context: CallContext,
        operation: Operation[Any],
        sent: Mapping[str, Any],
        parameters: bytes,
        *,
        call_id: str | None = None,
        **of_call: Any,
    ) -> "Attempt":
        """Return an attempt that begins now, with a request that is not signed yet."""
        # As an extension, because the signer would parse a body again.
        extensions: dict[str, Any] = {PARAMETERS_EXTENSION: parameters, EVIDENCE: SendEvidence()}
        extensions["timeout"] = TimeLeft(of_call["deadline"], _MAX_READ_S if operation.safe_to_repeat else math.inf)
        if operation.repeats_body:
            extensions[REPEAT_BODY_EXTENSION] = True
        if context.rate is not None:
            extensions |= context.rate.extension
        url = context.url(operation.path)
        # With a stream, httpx adds no headers: all are in the context, or added by the signer.
        request = httpx.Request("POST", url, headers=context.default_headers, stream=_NO_BODY, extensions=extensions)
        attempt = cls(
            context=context,
            operation=operation,
            sent=sent,
            request=request,
            moment=context.clock.moment(_time.monotonic()),
            **of_call,
        )
        if call_id is not None:
            attempt.observe(call_id)
        return attempt

    def observe(self, call_id: str) -> None:
        """Make the events of this attempt for the hooks."""
        self.observation = Observation(
            context=self.context,
            operation=self.operation.name,
            call_id=call_id,
            attempt=self.number,
            request=self.request,
        )
        self.observation.attach()

    def report_error(self, error: ClearingError, *, retry_in_s: float | None) -> Iterator[Notify]:
        """Report an error of this attempt to the hook `on_error`."""
        if self.observation is not None:
            yield from self.observation.failed(error, retry_in_s=retry_in_s)

    def left_s(self) -> float:
        """Return the seconds until the deadline."""
        return self.deadline - _time.monotonic()

    def unknown(self, cls: type[MaybeExecutedError], problem: str, raw: RawResponse | None) -> MaybeExecutedError:
        """Return the error for a request that may have been executed."""
        signed: SignedPayload | None = self.request.extensions.get(SIGNED_EXTENSION)
        problem = f"{problem.removesuffix('.')}."
        error = cls(
            f"{problem} {_advice(self.operation)}",
            operation=self.operation.name,
            payload=signed.payload_json.decode() if signed else "",
            nonce=signed.nonce if signed else None,
            sent_at=self.sent_at,
            raw=raw,
        )
        error.problem = problem
        error.key = self.context.key
        error.attempt_id = self.id
        if not self.operation.safe_to_repeat:
            self.context.writes.add_doubt(self.id, self.operation, self.sent)
        error.exchange_time = self.context.clock.earliest(self.moment)
        error._moment = self.moment
        return error

    def doubt(self) -> Doubt:
        """Return what reconciliation needs to know."""
        signed: SignedPayload | None = self.request.extensions.get(SIGNED_EXTENSION)
        return Doubt(
            id=self.id,
            sent=self.sent,
            nonce_time=nonce_time(signed.nonce) if signed else None,
            key=self.context.key,
            sent_at=self.sent_at,
            moment=self.moment,
            exchange_time=self.context.clock.earliest(self.moment),
        )


def run_attempt(attempt: Attempt) -> Generator[Step, RawResponse | None, Model | ClearingError]:
    """Send once. Return the result, or the error that the attempt ended in."""
    sent_s = _time.monotonic()
    try:
        raw = attempt.raw = cast("RawResponse", (yield Send(attempt.request)))
    except KeyPausedError:
        raise
    except BaseException as exc:
        if (interruption := interruption_of(exc, attempt.handled)) is exc:
            raise
        if interruption is not None:
            raise interruption from interruption.__cause__
        return exc if isinstance(exc, ClearingError) else _transport_error(exc, attempt)
    attempt.received_s = _time.monotonic()
    with collect_drift() as found:
        report_status(attempt.operation, raw.status)
        end = _classified(attempt, raw, sent_s, attempt.received_s)
    if not isinstance(end, RejectedError):  # a rejection may need a query
        attempt.end = end
    if attempt.observation is not None:
        yield from attempt.observation.responded(raw, end)
    yield from attempt.context.pass_drift_on(attempt.operation.name, found, attempt.drift)
    return end


def _classified(attempt: Attempt, raw: RawResponse, sent_s: float, received_s: float) -> Model | ClearingError:
    """Return what a response proves."""
    match classify(attempt.operation, attempt.sent, raw):
        case Violation(place, problem):
            if is_list_by_the_exchange(attempt.operation, raw):
                attempt.context.clock.observe(raw.headers, sent_s, received_s)
            violated = attempt.unknown(ContractViolatedError, f"response violates the spec: {place}: {problem}", raw)
            cast("ContractViolatedError", violated).place = place
            return violated
        case UntrustedResponse(problem, drift):
            if drift:
                report_drift(DriftKind.VALUE, drift)
            return attempt.unknown(OutcomeUnknownError, problem, raw)
        case classified:
            # Only now: a proxy that responds itself has another clock.
            if is_by_the_exchange(attempt.operation, attempt.sent, classified):
                attempt.context.clock.observe(raw.headers, sent_s, received_s)
            return classified


def _transport_error(exc: BaseException, attempt: Attempt) -> ClearingError:
    """Return our own error for an exception of the transport."""
    reason = _described(exc, attempt.request)
    error: ClearingError
    if isinstance(exc, ResponseTooLargeError):
        error = attempt.unknown(ContractViolatedError, str(exc), None)
    elif attempt.may_have_been_sent():
        error = attempt.unknown(OutcomeUnknownError, f"no response ({reason})", None)
    else:
        origin = attempt.request.url.copy_with(path="/")
        error = ConnectionFailedError(
            f"{attempt.operation.name}: no connection to {origin} ({reason}). Nothing was sent."
        )
    error.__cause__ = exc
    return error


def _described(exc: BaseException, request: httpx.Request) -> str:
    """Return the class and the text of an exception. Some cannot be written as text, or repeat the request."""
    text = ""
    with contextlib.suppress(Exception):
        text = str(exc)
    if repeats_call(text, request):
        return type(exc).__name__
    return f"{type(exc).__name__}: {text}" if text else type(exc).__name__


def report_unknown(unknown: MaybeExecutedError, attempt: Attempt) -> Iterator[Notify]:
    """Report the unknown outcome of a write to the log and to the hook, once."""
    if not attempt.is_reported:
        yield from attempt.context.report_unknown(unknown)
        attempt.is_reported = True


def report_interruption(exc: BaseException, attempt: Attempt) -> Iterator[Notify]:
    """
    Report an interrupted attempt to the hooks, and a write that may have been executed also to the log.

    No result or error of its call will report it. A write that is proven not to be executed needs no report.
    """
    steps = _reports(exc, attempt)
    if not isinstance(exc, GeneratorExit):
        yield from steps
        return
    for step in steps:  # the coroutine of the call is closed, so it cannot wait for anything
        if not inspect.iscoroutinefunction(step.hook):
            run_hook(step.hook, step.event)


def _reports(exc: BaseException, attempt: Attempt) -> Iterator[Notify]:
    may_have_been_sent, observation = attempt.may_have_been_sent(), attempt.observation
    if _is_in_doubt(attempt):
        unknown = _interrupted(exc, attempt)
        with contextlib.suppress(Exception):  # an exception can be immutable
            exc.add_note(f"{unknown} Nonce {unknown.nonce}, payload {unknown.payload}")
        yield from report_unknown(unknown, attempt)
    if observation is not None:
        attempt.observation = None
        yield from observation.interrupted(exc, may_have_been_sent=may_have_been_sent)


def _is_in_doubt(attempt: Attempt) -> bool:
    """Return whether a write may have been executed, and nothing has reported that."""
    if attempt.operation.safe_to_repeat or attempt.is_reported or not attempt.may_have_been_sent():
        return False
    return not isinstance(attempt.end, ClearingError) or isinstance(attempt.end, MaybeExecutedError)


def _interrupted(exc: BaseException, attempt: Attempt) -> MaybeExecutedError:
    """Return the error for an interrupted write. If its end is known already, the error has it."""
    if isinstance(attempt.end, MaybeExecutedError):
        return attempt.end
    when = "before the response" if attempt.raw is None else "after the response had arrived"
    unknown = attempt.unknown(OutcomeUnknownError, f"interrupted by {type(exc).__name__} {when}", attempt.raw)
    unknown._may_quote = False
    if isinstance(attempt.end, Model):
        unknown._resolution = Resolution(Outcome.EXECUTED, (attempt.end,))
    return unknown


def _advice(operation: Operation[Any]) -> str:
    if operation.safe_to_repeat:
        return "It is a read: nothing was changed, and you can call it again."
    return "It may have been executed: call resolve() before you call it again."
