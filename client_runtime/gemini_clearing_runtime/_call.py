"""The course of one call: its attempts, its deadline, its retries, and the query before a write is retried."""

# How a call works
#
# A call is a generator without I/O. It yields steps: `Send` a request, `Wait`, or `Notify` a hook. The client performs
# the step, and sends the response back or throws the exception. The sync and the async client run the same generator,
# so they cannot differ, and tests run it without a network.
#
# The caller's question after a failure is: was the request executed? Every attempt ends in one of four ways:
#
#   result            The response has a value that the spec lists as success, and repeats the request correctly.
#   NotSentError      No. The request was not signed, or the evidence of the attempt proves that no byte of it was
#                     written (`_evidence`).
#   RejectedError     No. The exchange sent its own error body.
#   MaybeExecutedError  Unknown. Everything else.
#
# Whether the request may have been sent follows from the evidence, never from the class of an exception: a transport
# can deliver a request and then raise `httpx.ConnectTimeout`.
#
# What follows:
#
#             not sent             rejected                       unknown
#   read      no connection: retry InvalidNonce, RateLimit: retry OutcomeUnknownError: retry
#   write     raise                raise, or query the exchange   raise
#
# A write is never sent again before a query. Even InvalidNonce does not prove that it was not executed: a proxy may
# deliver a request twice, and pass on the second response. The same holds for every check that
# depends on more than the request (`ErrorFormat.inconclusive`). So after such a rejection the call sends reads
# (`_reconciliation`). Only if they prove that the write was not executed, it is sent again, with a new nonce, or the
# rejection is raised. Otherwise the outcome is unknown.
#
# There is one deadline for the whole call, on the monotonic clock. httpx has no such thing, it has one timeout per
# phase (pool, connect, write, read). So each request gets a mapping that computes the time left whenever the transport,
# or the signer, reads a timeout. The runtime's own transport reads it once, and ends at that time (`_network`).
#
# Each attempt waits for its slot by the rate limit of the key (`_rate_wait`), before a nonce is drawn and before the
# key's lock is acquired. Queries, waits and walks are calls, so they take slots as well.
#
# After a 429, the key is paused for all its calls (`_key_pause`). A call that meets the pause before it is sent waits,
# and that is not an attempt.
#
# Interruptions pass through unchanged, because a program must be able to stop: Ctrl-C, a task's cancellation, and the
# exception that a signal handler or a timer raises in this thread. They can come at any moment, also after the response
# has arrived. If the call then cannot return what is known about a write that may have been sent, the write is reported
# to the log and to the hook, and the exception gets a note with its nonce and payload.

import secrets
from collections.abc import Generator, Iterator, Mapping
from functools import partial
from typing import Any, TypeVar, cast

from gemini_clearing_auth.errors import ClearingError, DeadlineError

from . import _time
from ._attempt import Attempt, report_interruption, report_unknown, run_attempt
from ._attempt_record import AttemptRecord
from ._context import CallContext
from ._doubt import Doubt
from ._events import DriftEvent
from ._key_pause import KeyPausedError
from ._log import log as _log
from ._log_text import log_text
from ._model import Model
from ._nonce_causes import name_causes
from ._observation import outcome_of
from ._operation import Operation, ResolveByList, ResolveByStatus, encode, serialize_arguments
from ._outcome import Outcome, Resolution
from ._rate_wait import start_when_allowed
from ._reconciliation import Pause, reconcile
from ._response import RawResponse
from ._steps import Step, Wait
from .errors import (
    SETTLE_S,
    ConnectionFailedError,
    DriftError,
    InvalidNonceError,
    MaybeExecutedError,
    NotSentError,
    OutcomeUnknownError,
    RateLimitError,
    RejectedError,
)

__all__ = ["CallSteps", "query_outcome", "run_call"]

R = TypeVar("R", bound=Model)

_FIRST_PAUSE_S = 0.1

CallSteps = Generator[Step, RawResponse | None, R]


def run_call(
    context: CallContext,
    operation: Operation[R],
    sent: Mapping[str, Any],
    *,
    deadline: float,
    drift: list[DriftEvent] | None = None,
) -> CallSteps[R]:
    """
    Run one call to its result.

    Args:
        context: what all calls of the client share.
        operation: the operation.
        sent: the serialized arguments.
        deadline: the end of the call on the monotonic clock, retries included.
        drift: for a strict client, collects what the responses have that the spec does not list, without those to
            queries; None for others.

    Raises:
        DriftError: the call has a result, and `drift` is not empty.
        NotSentError: nothing reached the exchange.
        RejectedError: the exchange rejected the request.
        MaybeExecutedError: the request was sent, and its outcome is not known.
    """
    parameters = encode(operation, sent)
    number, failure = 1, None
    call_id = secrets.token_hex(8) if context.is_observed else None
    start = partial(
        Attempt.start, context, operation, sent, parameters, deadline=deadline, call_id=call_id, drift=drift
    )
    while True:
        attempt = yield from start_when_allowed(partial(start, number=number), context.rate, deadline, failure)
        try:
            end = yield from _run_known(attempt)
            if isinstance(end, Model):
                return cast("R", _checked(end, attempt))
            pause_s = yield from _raise_or_pause(end, attempt, failure)
        except KeyPausedError as paused:
            yield from _wait_for_key(paused, attempt, failure)
            continue
        except ClearingError:  # without a function call, because Python runs signal handlers after each of them
            raise
        except BaseException as exc:
            yield from report_interruption(exc, attempt)
            raise
        yield Wait(pause_s)
        number, failure = number + 1, end


def query_outcome(
    context: CallContext,
    operation: Operation[Any],
    doubt: Doubt,
    *,
    deadline: float,
    settle_s: float = SETTLE_S,
    fenced: bool,
) -> Generator[Step, RawResponse | None, Resolution]:
    """Run the queries of a reconciliation as calls, and return the outcome that they prove."""
    steps = reconcile(context, operation, doubt, deadline=deadline, settle_s=settle_s, fenced=fenced)
    try:
        step = next(steps)
        while True:
            if isinstance(step, Pause):
                yield Wait(step.seconds)
                step = steps.send(None)
                continue
            sent = serialize_arguments(step.operation, step.arguments)
            try:
                response = yield from run_call(context, step.operation, sent, deadline=deadline)
            except ClearingError as error:
                step = steps.throw(error)
            else:
                step = steps.send(response)
    except StopIteration as end:
        resolution: Resolution = end.value
        return resolution


def _run_known(attempt: Attempt) -> Generator[Step, RawResponse | None, Model | ClearingError]:
    """Make an attempt, and register a write for as long as it may have been executed."""
    if attempt.operation.safe_to_repeat:
        return (yield from run_attempt(attempt))
    writes = attempt.context.writes
    try:
        writes.begin(attempt.id, attempt.operation, attempt.sent)
        end = yield from _run_recorded(attempt)
        if isinstance(end, Model):
            _remember(end, attempt)
        elif not isinstance(end, MaybeExecutedError):
            writes.remove(attempt.id)
    except BaseException:
        if not attempt.may_have_been_sent():
            writes.remove(attempt.id)
        raise
    return end


def _run_recorded(attempt: Attempt) -> Generator[Step, RawResponse | None, Model | ClearingError]:
    """Make an attempt, and record in the journal how it has ended, if there is a journal."""
    if attempt.context.journal is None:
        end = attempt.end = yield from _run_to_proof(attempt)
        return end
    record = AttemptRecord(
        log=attempt.context.journal,
        clock=attempt.context.clock,
        operation=attempt.operation,
        sent=attempt.sent,
        attempt_id=attempt.id,
        number=attempt.number,
        deadline=attempt.deadline,
    )
    record.attach(attempt.request)
    try:
        end = attempt.end = yield from _run_to_proof(attempt)
        record.end(end)
    except BaseException:
        record.interrupt(may_have_been_sent=attempt.may_have_been_sent(), end=attempt.end)
        raise
    return end


def _run_to_proof(attempt: Attempt) -> Generator[Step, RawResponse | None, Model | ClearingError]:
    """Make an attempt. If its rejection does not prove that nothing was executed, query the exchange."""
    end = yield from run_attempt(attempt)
    if isinstance(end, RejectedError) and _is_inconclusive(end, attempt):
        end = yield from _reconciled(end, attempt)
    return end


def _is_inconclusive(error: RejectedError, attempt: Attempt) -> bool:
    """Return whether an earlier delivery of the same request may have been executed, although this one was rejected."""
    if attempt.operation.safe_to_repeat:
        return False
    if _is_of_the_moment(error, attempt.operation):
        return True
    # Without an order of nonces, both deliveries reach the order itself. What is confirmed or canceled rejects a second
    # confirmation or cancellation. A first new order can use the funds up that the second one needs.
    is_caused_by_a_first = isinstance(attempt.operation.resolve, ResolveByStatus) or _may_pass(error, attempt.operation)
    return attempt.context.nonce_window_s != 0 and is_caused_by_a_first


def _is_of_the_moment(error: RejectedError, operation: Operation[Any]) -> bool:
    """Return whether the reason of a rejection is neither the request nor the order."""
    return error.reason in operation.errors.inconclusive or isinstance(error, RateLimitError)


def _may_pass(error: RejectedError, operation: Operation[Any]) -> bool:
    """Return whether the cause of a rejection may pass. Of a reason that the spec does not list, nothing is known."""
    errors = operation.errors
    is_unlisted = error.reason is not None and bool(errors.known_reasons) and error.reason not in errors.known_reasons
    return is_unlisted or error.reason in errors.passing


def _may_be_accepted_later(error: RejectedError, operation: Operation[Any]) -> bool:
    """
    Return whether the exchange may execute a later delivery of the same request, if its nonce does not prevent that.

    The same new order, delivered again, is another order to the exchange: nothing that a query shows prevents it.
    """
    if _is_of_the_moment(error, operation):
        return True
    return isinstance(operation.resolve, ResolveByStatus) and _may_pass(error, operation)


def _reconciled(rejected: RejectedError, attempt: Attempt) -> Generator[Step, RawResponse | None, ClearingError]:
    """Query the exchange about a write. Return the rejection if nothing was executed, otherwise the unknown outcome."""
    try:
        resolution = yield from query_outcome(
            attempt.context,
            attempt.operation,
            attempt.doubt(),
            deadline=attempt.deadline,
            fenced=not _may_be_accepted_later(rejected, attempt.operation),
        )
    except ClearingError as error:
        resolution = Resolution(Outcome.AMBIGUOUS)
        reason = f"the query failed: {error}"
    else:
        reason = f"the query's outcome is: {resolution.outcome}" + (resolution.reason and f" ({resolution.reason})")
    if resolution.outcome is Outcome.NOT_EXECUTED:
        return rejected
    unknown = attempt.unknown(OutcomeUnknownError, f"{rejected}, but {reason}", rejected.raw)
    unknown.__cause__ = rejected
    if resolution.outcome is Outcome.EXECUTED:
        unknown._resolution = resolution
        attempt.context.writes.remove(attempt.id)
    return unknown


def _raise_or_pause(
    error: ClearingError, attempt: Attempt, failure: ClearingError | None
) -> Generator[Step, Any, float]:
    """Report the error, and return the seconds to wait before another attempt; raise it if there must be none."""
    pause_s = _pause_before_retry(error, attempt)
    yield from attempt.report_error(error, retry_in_s=pause_s)
    if pause_s is None:
        if isinstance(error, NotSentError) and isinstance(failure, RejectedError):
            raise failure from error  # "nothing was sent" would not be true of the whole call
        if isinstance(error, MaybeExecutedError) and not attempt.operation.safe_to_repeat:
            yield from report_unknown(error, attempt)
        if isinstance(error, InvalidNonceError):
            name_causes(error, attempt.context.nonce_window_s)
        raise error
    _log.info("retrying %s in %.2f s: %s", attempt.operation.name, pause_s, log_text(error))
    return pause_s


def _pause_before_retry(error: ClearingError, attempt: Attempt) -> float | None:
    """Return the seconds to wait before another attempt; None if there must be none."""
    if attempt.number >= attempt.context.max_attempts or not _is_retried(error, attempt.operation):
        return None
    pause_s = error.retry_after_s if isinstance(error, RejectedError | MaybeExecutedError) else None
    if pause_s is None and isinstance(error, InvalidNonceError):
        pause_s = 0.0  # the next nonce is higher, so there is nothing to wait for
    if pause_s is None:
        max_pause_s = _FIRST_PAUSE_S * 2 ** (attempt.number - 1)
        pause_s = _time.random_s(max_pause_s / 2, max_pause_s)
    if attempt.received_s is not None and not attempt.operation.safe_to_repeat:  # its queries were a part of the pause
        pause_s = max(0.0, pause_s - (_time.monotonic() - attempt.received_s))
    return pause_s if pause_s < attempt.left_s() else None


def _is_retried(error: ClearingError, operation: Operation[Any]) -> bool:
    """Return whether to send again. A rejected write gets here only if a query proved *not executed*."""
    if isinstance(error, InvalidNonceError | RateLimitError):
        return True
    if not operation.safe_to_repeat:
        return False
    return isinstance(error, OutcomeUnknownError | ConnectionFailedError)


def _checked(result: Model, attempt: Attempt) -> Model:
    """Return the result of a call; raise `DriftError` if the client is strict and a response has drifted."""
    if attempt.drift:
        operation = attempt.operation.name
        raise DriftError(operation=operation, drift=attempt.drift, outcome=outcome_of(result), end=result)
    return result


def _remember(result: Model, attempt: Attempt) -> None:
    """Register what a write has done, so that it is never mistaken for the effect of another write in doubt."""
    rule = attempt.operation.resolve
    if isinstance(rule, ResolveByList):
        attempt.context.writes.add_order(getattr(result, rule.id[0]), attempt.id)
    elif rule is not None:
        attempt.context.writes.add_done(attempt.operation, attempt.sent, attempt.id)


def _wait_for_key(paused: KeyPausedError, attempt: Attempt, failure: ClearingError | None) -> Iterator[Step]:
    """Wait until the key's pause ends; raise the last failure of the call if there is not enough time."""
    if paused.left_s < attempt.deadline - _time.monotonic():
        yield Wait(paused.left_s)
        return
    late = DeadlineError(f"{attempt.operation.name}: {paused}, and the call has less time left. Nothing was sent.")
    yield from attempt.report_error(late, retry_in_s=None)
    raise failure or late from None
