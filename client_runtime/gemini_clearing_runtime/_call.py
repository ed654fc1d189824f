"""The course of one call: its attempts, its deadline, its retries, and the error that a failure becomes."""

# How a call works
#
# A call is a generator without I/O. It yields steps: `Send` a request, or `Wait`. The client performs the step, and
# sends the response back or throws the exception. The sync and the async client run the same generator, so they cannot
# differ, and tests run it without a network.
#
# The caller's question after a failure is: was the request executed? Every attempt ends in one of four ways:
#
#   result            The response is a success, as the spec describes it.
#   NotSentError      No. The request was not signed yet, or httpx failed before it wrote a byte (`_BEFORE_SENDING`).
#   RejectedError     No. The exchange sent an error response.
#   MaybeExecutedError  Unknown. Everything else: the request was sent, and nothing proves its outcome.
#
# Whether the request may have been sent follows from the signature: the signer adds it to the request's extensions
# immediately before the request goes to the transport. Without it, nothing was sent.
#
# Which failure is retried:
#
#             not sent             rejected                       unknown
#   read      no connection: yes   InvalidNonce, RateLimit: yes   OutcomeUnknownError: yes
#   write     no                   InvalidNonce, RateLimit: yes   no
#
# InvalidNonce and RateLimit prove that the request was not executed: the exchange checks rate and nonce before the
# order. Every retry is a new request with a new nonce. Sending the same signed bytes again would be
# rejected, and would hide the outcome of the first attempt.
#
# There is one deadline for the whole call, on the monotonic clock. httpx has no such thing, it has one timeout per
# phase (pool, connect, write, read). So each request gets a mapping that computes the time left whenever httpcore, or
# the signer, reads a timeout. httpcore 1.0 reads each when the phase starts, and `read` again for every chunk.
#
# Ctrl-C and a task's cancellation pass through unchanged, because a program must be able to stop. If they interrupt a
# write that may have been sent, they get a note with its nonce and payload.

import logging
import math
import random
from collections.abc import Generator, Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from itertools import count
from typing import Any, TypeVar, cast

import attrs
import httpx

from gemini_clearing_auth import PARAMETERS_EXTENSION, SIGNED_EXTENSION, SignedPayload
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

_MAX_ATTEMPTS = 4
_FIRST_PAUSE_S = 0.1
_MIN_TIMEOUT_S = 0.001
_MAX_TIMEOUTS_S = {"pool": math.inf, "connect": 10.0, "write": math.inf, "read": math.inf}

# httpx raises these before a byte of the request has been written.
_BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


@attrs.frozen
class Send:
    """Send this request, and return the response or raise an exception, by the deadline (monotonic clock)."""

    request: httpx.Request
    deadline: float


@attrs.frozen
class Wait:
    """Wait."""

    seconds: float


CallSteps = Generator[Send | Wait, RawResponse | None, R]


class _TimeLeft(Mapping[str, float]):
    """The timeouts of a request: the time left until the deadline, at the moment that one is read."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline

    def __getitem__(self, phase: str) -> float:
        left_s = max(self._deadline - _time.monotonic(), _MIN_TIMEOUT_S)
        return min(left_s, _MAX_TIMEOUTS_S[phase])

    def __iter__(self) -> Iterator[str]:
        return iter(_MAX_TIMEOUTS_S)

    def __len__(self) -> int:
        return len(_MAX_TIMEOUTS_S)


@attrs.frozen
class _Attempt:
    """One attempt of a call."""

    operation: Operation[Any]
    deadline: float
    number: int
    request: httpx.Request
    sent_at: datetime = attrs.field(factory=_time.utc_now)

    def may_have_been_sent(self) -> bool:
        return SIGNED_EXTENSION in self.request.extensions

    def unknown(self, cls: type[MaybeExecutedError], problem: str, raw: RawResponse | None) -> MaybeExecutedError:
        """Return the error for a request that may have been executed."""
        signed: SignedPayload | None = self.request.extensions.get(SIGNED_EXTENSION)
        return cls(
            f"{problem}. {_advice(self.operation)}",
            operation=self.operation.name,
            payload=signed.payload_json.decode() if signed else "",
            nonce=signed.nonce if signed else None,
            sent_at=self.sent_at,
            raw=raw,
        )


def run_call(
    operation: Operation[R],
    parameters: bytes,
    *,
    url: httpx.URL,
    headers: list[tuple[bytes, bytes]],
    timeout_s: float,
) -> CallSteps[R]:
    """
    Run one call to its result.

    Raises:
        NotSentError: nothing reached the exchange.
        RejectedError: the exchange rejected the request.
        MaybeExecutedError: the request was sent, and its outcome is not known.
    """
    deadline = _time.monotonic() + timeout_s
    for number in count(1):
        # As an extension, because the signer would parse a body again. The signed request has an empty body.
        extensions = {"timeout": _TimeLeft(deadline), PARAMETERS_EXTENSION: parameters}
        request = httpx.Request("POST", url, headers=headers, extensions=extensions)
        attempt = _Attempt(operation, deadline, number, request)
        try:
            end = yield from _run_attempt(attempt)
        except GeneratorExit:
            raise
        except BaseException as exc:  # Ctrl-C, or a task's cancellation
            _add_note(exc, attempt)
            raise
        if isinstance(end, Model):
            return cast("R", end)
        pause_s = _pause_before_retry(end, attempt)
        if pause_s is None:
            raise end
        _log.info("retrying %s in %.2f s: %s", operation.name, pause_s, end)
        yield Wait(pause_s)
    raise AssertionError("a call ends")


def _run_attempt(attempt: _Attempt) -> Generator[Send | Wait, RawResponse | None, Model | ClearingError]:
    """Send once. Return the result, or the error that the attempt ended in."""
    try:
        raw = yield Send(attempt.request, attempt.deadline)
    except ClearingError as error:
        return error
    except Exception as exc:
        return _transport_error(exc, attempt)
    match classified := classify(attempt.operation, cast("RawResponse", raw)):
        case Violation(place, problem):
            violated = attempt.unknown(ContractViolatedError, f"response violates the spec: {place}: {problem}", raw)
            cast("ContractViolatedError", violated).place = place
            return violated
        case UntrustedResponse(problem):
            return attempt.unknown(OutcomeUnknownError, problem, raw)
        case _:
            return classified


def _transport_error(exc: Exception, attempt: _Attempt) -> ClearingError:
    """Return our own error for an exception of the transport."""
    reason = f"{type(exc).__name__}: {exc}" if str(exc) else type(exc).__name__
    error: ClearingError
    if isinstance(exc, _BEFORE_SENDING) or not attempt.may_have_been_sent():
        origin = attempt.request.url.copy_with(path="/")
        error = ConnectionFailedError(
            f"{attempt.operation.name}: no connection to {origin} ({reason}). Nothing was sent."
        )
    else:
        error = attempt.unknown(OutcomeUnknownError, f"no response ({reason})", None)
    error.__cause__ = exc
    return error


def _pause_before_retry(error: ClearingError, attempt: _Attempt) -> float | None:
    """Return the seconds to wait before another attempt; None if there must be none."""
    if attempt.number >= _MAX_ATTEMPTS or not _is_retried(error, attempt.operation):
        return None
    pause_s = _retry_after(error)
    if pause_s is None and isinstance(error, InvalidNonceError):
        pause_s = 0.0  # the next nonce is higher, so there is nothing to wait for
    if pause_s is None:
        # Random, so that clients that failed together do not retry together.
        max_pause_s = _FIRST_PAUSE_S * 2 ** (attempt.number - 1)
        pause_s = random.uniform(max_pause_s / 2, max_pause_s)  # noqa: S311  (not for cryptography)
    return pause_s if pause_s < attempt.deadline - _time.monotonic() else None


def _is_retried(error: ClearingError, operation: Operation[Any]) -> bool:
    if isinstance(error, InvalidNonceError | RateLimitError):
        return True
    if not operation.safe_to_repeat:
        return False
    return isinstance(error, OutcomeUnknownError | ConnectionFailedError)


def _retry_after(error: ClearingError) -> float | None:
    """Return the seconds of the header `Retry-After`; both forms of RFC 9110 10.2.3 are accepted."""
    raw = error.raw if isinstance(error, RejectedError | MaybeExecutedError) else None
    value = raw.headers.get("retry-after", "") if raw else ""
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(value) - _time.utc_now()).total_seconds())
    except (ValueError, TypeError):
        return None


def _add_note(exc: BaseException, attempt: _Attempt) -> None:
    """Add nonce and payload to an exception that interrupted a write."""
    if attempt.operation.safe_to_repeat or not attempt.may_have_been_sent():
        return
    unknown = attempt.unknown(OutcomeUnknownError, "interrupted before the response", None)
    exc.add_note(f"{unknown} Nonce {unknown.nonce}, payload {unknown.payload}")


def _advice(operation: Operation[Any]) -> str:
    if operation.safe_to_repeat:
        return "It is a read: nothing was changed, and you can call it again."
    return "It may have been executed: call resolve() before you call it again."
