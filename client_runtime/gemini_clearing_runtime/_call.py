"""
One call from its first attempt to its end: deadline, attempts, what may be repeated, and which error stands for what.

Written without I/O, as a generator: it yields what to do (`Send` a request, or `Wait`) and is sent the answer, or has
the exception thrown in.  The sync and the async client both drive it, so that they cannot differ.
"""

import logging
import math
import random
from collections.abc import Generator, Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from itertools import count
from typing import Any, NamedTuple, TypeVar, cast

import attrs
import httpx

from gemini_clearing_auth import SignedPayload
from gemini_clearing_auth.errors import ClearingError

from . import _time
from ._classification import UntrustedResponse, classify
from ._decoding import Violation
from ._model import Model
from ._operation import Operation
from ._response import RawResponse
from .errors import (
    ConnectionFailedError,
    ContractViolatedError,
    InvalidNonceError,
    MaybeExecutedError,
    OutcomeUnknownError,
    RateLimitError,
    RejectedError,
)

__all__ = ["CallSteps", "Send", "Wait", "run_call"]

R = TypeVar("R", bound=Model)
_log = logging.getLogger("gemini_clearing")

SIGNED = "gemini_clearing.signed"
_MOST_ATTEMPTS = 4
_FIRST_PAUSE_S = 0.1
_SHORTEST_S = 0.001
# The most that each phase of a request may take, whatever is left of the call.
_MOST_S = {"pool": math.inf, "connect": 10.0, "write": math.inf, "read": math.inf}

# httpx raises these before a byte of the request has left.
_BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class Send(NamedTuple):
    """Send this request, and give back the answer, or throw what went wrong, by the deadline."""

    request: httpx.Request
    deadline: float


class _TimeLeft(Mapping[str, float]):
    """The timeouts of a request: what is left of the call at the moment that httpx, or the signer, asks."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline

    def __getitem__(self, phase: str) -> float:
        left_s = max(self._deadline - _time.monotonic(), _SHORTEST_S)
        return min(left_s, _MOST_S[phase])

    def __iter__(self) -> Iterator[str]:
        return iter(_MOST_S)

    def __len__(self) -> int:
        return len(_MOST_S)


class Wait(NamedTuple):
    """Do nothing for so long."""

    seconds: float


CallSteps = Generator[Send | Wait, RawResponse | None, R]


@attrs.frozen
class _Attempt:
    """What is known of one attempt of a call."""

    operation: Operation[Any]
    deadline: float
    attempt: int
    request: httpx.Request
    sent_at: datetime = attrs.field(factory=_time.utc_now)

    def left_s(self) -> float:
        return self.deadline - _time.monotonic()

    def may_have_left(self) -> bool:
        return SIGNED in self.request.extensions

    def perhaps(self, kind: type[MaybeExecutedError], problem: str, raw: RawResponse | None) -> MaybeExecutedError:
        """Make the error for a request of which it is not known whether it was executed."""
        signed: SignedPayload | None = self.request.extensions.get(SIGNED)
        return kind(
            f"{problem}. {_advice(self.operation)}",
            operation=self.operation.name,
            payload=signed.payload_json.decode() if signed else "",
            nonce=signed.nonce if signed else None,
            sent_at=self.sent_at,
            raw=raw,
        )


def run_call(
    operation: Operation[R],
    body: bytes,
    *,
    url: httpx.URL,
    headers: list[tuple[bytes, bytes]],
    timeout_s: float,
) -> CallSteps[R]:
    """
    Lead one call to its result.

    Raises:
        NotSentError: nothing reached the exchange.
        RejectedError: the exchange refused.
        MaybeExecutedError: the request left, and no answer came back that can be trusted.
    """
    deadline = _time.monotonic() + timeout_s
    for attempt in count(1):
        extensions = {"timeout": _TimeLeft(deadline)}
        request = httpx.Request("POST", url, headers=headers, content=body, extensions=extensions)
        call = _Attempt(operation, deadline, attempt, request)
        try:
            ended = yield from _attempt(call)
        except GeneratorExit:
            raise
        except BaseException as exc:  # Ctrl-C, or a task's cancellation
            _note(exc, call)
            raise
        if isinstance(ended, Model):
            return cast("R", ended)
        pause_s = _pause(ended, call)
        if pause_s is None:
            raise ended
        _log.info("%s is repeated in %.2f s: %s", operation.name, pause_s, ended)
        yield Wait(pause_s)
    raise AssertionError("a call has an end")


def _attempt(call: _Attempt) -> Generator[Send | Wait, RawResponse | None, Model | ClearingError]:
    """Send once; return the result, or the error that this attempt ended in."""
    try:
        raw = yield Send(call.request, call.deadline)
    except ClearingError as error:
        return error
    except Exception as exc:
        return _of_transport(exc, call)
    match classified := classify(call.operation, cast("RawResponse", raw)):
        case Violation(place, problem):
            violated = call.perhaps(
                ContractViolatedError, f"the answer is not what the contract says: {place}: {problem}", raw
            )
            cast("ContractViolatedError", violated).place = place
            return violated
        case UntrustedResponse(problem):
            return call.perhaps(OutcomeUnknownError, problem, raw)
        case _:
            return classified


def _of_transport(exc: Exception, call: _Attempt) -> ClearingError:
    """Put our own error in the place of one that came from below."""
    told = f"{type(exc).__name__}: {exc}" if str(exc) else type(exc).__name__
    error: ClearingError
    if isinstance(exc, _BEFORE_SENDING) or not call.may_have_left():
        origin = call.request.url.copy_with(path="/")
        error = ConnectionFailedError(f"{call.operation.name}: no connection to {origin} ({told}). Nothing was sent.")
    else:
        error = call.perhaps(OutcomeUnknownError, f"no answer came back ({told})", None)
    error.__cause__ = exc
    return error


def _pause(error: ClearingError, call: _Attempt) -> float | None:
    """Return how long to wait before another attempt, or None where there must not be one."""
    if call.attempt >= _MOST_ATTEMPTS or not _repeatable(error, call.operation):
        return None
    pause_s = _asked_for(error)
    if pause_s is None and isinstance(error, InvalidNonceError):
        pause_s = 0.0
    if pause_s is None:
        # Scattered, so that clients that failed together do not come back together.
        longest_s = _FIRST_PAUSE_S * 2 ** (call.attempt - 1)
        pause_s = random.uniform(longest_s / 2, longest_s)  # noqa: S311  (a pause is no secret)
    return pause_s if pause_s < call.left_s() else None


def _repeatable(error: ClearingError, operation: Operation[Any]) -> bool:
    if isinstance(error, InvalidNonceError | RateLimitError):
        return True  # the exchange refused before it looked at the request
    if not operation.safe_to_repeat:
        return False
    return isinstance(error, OutcomeUnknownError | ConnectionFailedError)


def _asked_for(error: ClearingError) -> float | None:
    """Return what the exchange asks for in `Retry-After` (undocumented), in seconds."""
    raw = error.raw if isinstance(error, RejectedError | MaybeExecutedError) else None
    text = raw.headers.get("retry-after", "") if raw else ""
    if not text:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(text) - _time.utc_now()).total_seconds())
    except (ValueError, TypeError):
        return None


def _note(exc: BaseException, call: _Attempt) -> None:
    """Tell an interruption, which must pass as it is, what it interrupted."""
    if call.operation.safe_to_repeat or not call.may_have_left():
        return
    unknown = call.perhaps(OutcomeUnknownError, "interrupted while it was under way", None)
    exc.add_note(f"{unknown} It was sent with nonce {unknown.nonce}: {unknown.payload}")


def _advice(operation: Operation[Any]) -> str:
    if operation.safe_to_repeat:
        return "It only reads: nothing was changed, and it may be called again."
    return "It may have been carried out: ask with resolve() before you call it again."
