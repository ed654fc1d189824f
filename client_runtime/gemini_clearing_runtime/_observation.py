"""The observation of one attempt: it makes the events for the hooks `on_request`, `on_response` and `on_error`."""

from collections.abc import Iterator
from typing import Any

import httpx
import msgspec

from gemini_clearing_auth import SIGNED_EXTENSION, SignedPayload
from gemini_clearing_auth.errors import ClearingError

from . import _time
from ._context import CallContext
from ._events import CallOutcome, ErrorEvent, RequestEvent, ResponseEvent
from ._hooks import Notify, notify, run_hook, run_hook_async
from ._log_text import code_of
from ._model import Model
from ._response import RawResponse
from .errors import DriftError, MaybeExecutedError, NotSentError, RejectedError

__all__ = ["Observation", "observation_of", "outcome_of"]

_OBSERVATION = "gemini_clearing.observation"


class Observation(msgspec.Struct, kw_only=True, eq=False):
    """The facts about one attempt that the hooks get."""

    context: CallContext
    operation: str
    call_id: str
    attempt: int
    request: httpx.Request
    _sent_s: float | None = None
    """When it was sent, on the monotonic clock."""

    def attach(self) -> None:
        """Let `observation_of` return this observation for the request."""
        self.request.extensions[_OBSERVATION] = self

    def sending(self, request: httpx.Request) -> None:
        """Call `on_request`, just before the signed request is passed to the transport."""
        if (hook := self.context.on_request) is not None:
            run_hook(hook, self._request_event(request))
        self._sent_s = _time.monotonic()

    async def sending_async(self, request: httpx.Request) -> None:
        """Do the same as `sending`, with `await`."""
        if (hook := self.context.on_request) is not None:
            await run_hook_async(hook, self._request_event(request))
        self._sent_s = _time.monotonic()

    def responded(self, raw: RawResponse, end: Model | ClearingError) -> Iterator[Notify]:
        """Yield the call of `on_response`."""
        event = ResponseEvent(
            **self._common(self.request),
            status=raw.status,
            duration_s=self._duration_s(),
            outcome=outcome_of(end),
            reason=code_of(end),
        )
        return notify(self.context.on_response, event)

    def failed(self, error: ClearingError, *, retry_in_s: float | None) -> Iterator[Notify]:
        """Yield the call of `on_error` for an error of the client."""
        by_response = error if isinstance(error, RejectedError | MaybeExecutedError) else None
        event = ErrorEvent(
            **self._common(self.request),
            status=by_response.status if by_response else None,
            duration_s=self._duration_s(),
            outcome=outcome_of(error),
            error=type(error).__name__,
            reason=code_of(error),
            retry_after_s=by_response.retry_after_s if by_response else None,
            retry_in_s=retry_in_s,
        )
        return notify(self.context.on_error, event)

    def interrupted(self, exc: BaseException, *, may_have_been_sent: bool) -> Iterator[Notify]:
        """Yield the call of `on_error` for an exception that does not come from the call."""
        event = ErrorEvent(
            **self._common(self.request),
            status=None,
            duration_s=self._duration_s(),
            outcome=CallOutcome.UNKNOWN if may_have_been_sent else CallOutcome.NOT_SENT,
            error=type(exc).__name__,
            reason=None,
            retry_after_s=None,
            retry_in_s=None,
        )
        return notify(self.context.on_error, event)

    def _request_event(self, request: httpx.Request) -> RequestEvent:
        return RequestEvent(**self._common(request))

    def _common(self, request: httpx.Request) -> dict[str, Any]:
        signed: SignedPayload | None = request.extensions.get(SIGNED_EXTENSION)
        return {
            "operation": self.operation,
            "call_id": self.call_id,
            "attempt": self.attempt,
            "nonce": signed.nonce if signed else None,
        }

    def _duration_s(self) -> float:
        return 0.0 if self._sent_s is None else _time.monotonic() - self._sent_s


def observation_of(request: httpx.Request) -> Observation | None:
    """Return the observation of a request; None if no hook observes it."""
    observation: Observation | None = request.extensions.get(_OBSERVATION)
    return observation


def outcome_of(end: Model | BaseException) -> CallOutcome:
    match end:
        case Model():
            return CallOutcome.EXECUTED
        case RejectedError():
            return CallOutcome.REJECTED
        case NotSentError():
            return CallOutcome.NOT_SENT
        case DriftError():
            return end.outcome
        case _:
            return CallOutcome.UNKNOWN
