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
#   NotSentError      No. The evidence of the attempt proves that no byte of the request was written (`_evidence`).
#   RejectedError     No. The exchange sent an error response.
#   MaybeExecutedError  Unknown. Everything else: the request was sent, and nothing proves its outcome.
#
# Whether the request may have been sent follows from the evidence, never from the class of an exception: a transport
# can deliver a request and then raise `httpx.ConnectTimeout`.
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
# phase (pool, connect, write, read). So each request gets a mapping that computes the time left whenever the transport,
# or the signer, reads a timeout. The runtime's own transport reads it once, and ends at that time (`_network`).
#
# After a 429, the key is paused for all its calls (`_key_pause`). A call that meets the pause before it is sent waits,
# and that is not an attempt.
#
# Ctrl-C and a task's cancellation pass through unchanged, because a program must be able to stop. If they interrupt a
# write that may have been sent, they get a note with its nonce and payload.

import logging
import math
import random
from collections.abc import Generator, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar, cast

import attrs
import httpx

from gemini_clearing_auth import PARAMETERS_EXTENSION, SIGNED_EXTENSION, SignedPayload
from gemini_clearing_auth.errors import ClearingError

from . import _time
from ._body import ResponseTooLargeError
from ._classification import UntrustedResponse, classify
from ._decoding import Violation
from ._evidence import EVIDENCE, SendEvidence
from ._key_pause import KeyPausedError
from ._model import Model
from ._operation import Operation
from ._response import RawResponse
from ._retry_after import retry_after_s
from .errors import (
    ConnectionFailedError,
    ContractViolatedError,
    DeadlineError,
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

    @property
    def evidence(self) -> SendEvidence:
        evidence: SendEvidence = self.request.extensions[EVIDENCE]
        return evidence

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
    number, failure = 1, None
    while True:
        # As an extension, because the signer would parse a body again. The signed request has an empty body.
        extensions = {"timeout": _TimeLeft(deadline), PARAMETERS_EXTENSION: parameters, EVIDENCE: SendEvidence()}
        request = httpx.Request("POST", url, headers=headers, extensions=extensions)
        attempt = _Attempt(operation, deadline, number, request)
        try:
            end = yield from _run_attempt(attempt)
        except KeyPausedError as paused:
            yield _wait_for_key(paused, attempt, failure)
            continue
        except GeneratorExit:
            raise
        except BaseException as exc:  # Ctrl-C, or a task's cancellation
            _add_note(exc, attempt)
            raise
        if isinstance(end, Model):
            return cast("R", end)
        yield _wait_before_retry(end, attempt)
        number, failure = number + 1, end


def _run_attempt(attempt: _Attempt) -> Generator[Send | Wait, RawResponse | None, Model | ClearingError]:
    """Send once. Return the result, or the error that the attempt ended in."""
    try:
        raw = yield Send(attempt.request, attempt.deadline)
    except ClearingError as error:
        return error
    except KeyPausedError:
        raise
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
    if attempt.evidence.nothing_was_written:
        origin = attempt.request.url.copy_with(path="/")
        error = ConnectionFailedError(
            f"{attempt.operation.name}: no connection to {origin} ({reason}). Nothing was sent."
        )
    elif isinstance(exc, ResponseTooLargeError):
        error = attempt.unknown(ContractViolatedError, str(exc), None)
    else:
        error = attempt.unknown(OutcomeUnknownError, f"no response ({reason})", None)
    error.__cause__ = exc
    return error


def _wait_before_retry(error: ClearingError, attempt: _Attempt) -> Wait:
    """Return the wait before another attempt; raise the error if there must be none."""
    pause_s = _pause_before_retry(error, attempt)
    if pause_s is None:
        raise error
    _log.info("retrying %s in %.2f s: %s", attempt.operation.name, pause_s, error)
    return Wait(pause_s)


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
    return retry_after_s(raw.headers, _time.utc_now()) if raw else None


def _add_note(exc: BaseException, attempt: _Attempt) -> None:
    """Add nonce and payload to an exception that interrupted a write."""
    if attempt.operation.safe_to_repeat or attempt.evidence.nothing_was_written:
        return
    unknown = attempt.unknown(OutcomeUnknownError, "interrupted before the response", None)
    exc.add_note(f"{unknown} Nonce {unknown.nonce}, payload {unknown.payload}")


def _wait_for_key(paused: KeyPausedError, attempt: _Attempt, failure: ClearingError | None) -> Wait:
    """Return the wait until the key's pause ends; raise the last failure of the call if there is not enough time."""
    if paused.left_s < attempt.deadline - _time.monotonic():
        return Wait(paused.left_s)
    raise failure or DeadlineError(
        f"{attempt.operation.name}: {paused}, and the call has less time left. Nothing was sent."
    ) from None


def _advice(operation: Operation[Any]) -> str:
    if operation.safe_to_repeat:
        return "It is a read: nothing was changed, and you can call it again."
    return "It may have been executed: call resolve() before you call it again."
