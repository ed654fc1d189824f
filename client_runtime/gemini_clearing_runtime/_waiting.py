"""
Waiting for an order: reads by a schedule, until the order has a wanted status or another final one, or time runs out.

A wait is a generator without I/O, as a call is (`_call`). Each read is a call with one attempt, so that only
the schedule decides when a request is sent. A failed read does not end the wait, unless every later one would fail too.
"""

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import msgspec

from gemini_clearing_auth.errors import ClearingError, DeadlineError, NonceError

from . import _time
from ._call import CallSteps
from ._context import CallContext
from ._model import Model
from ._operation import Waiter
from ._polling import PollSchedule
from ._steps import Wait
from ._strict import run_strict_call
from ._watch_errors import OrderEndedError, WaitTimeoutError
from .errors import (
    SETTLE_S,
    ConnectionFailedError,
    InvalidNonceError,
    MaintenanceError,
    MaybeExecutedError,
    OrderNotFoundError,
    RateLimitError,
    RejectedError,
)

__all__ = ["wait_steps"]

R = TypeVar("R", bound=Model)

# The last read begins this long before the end of the wait, so that its response is still in time.
_LAST_READ_S = 1.0


def wait_steps(
    context: CallContext,
    waiter: Waiter[R],
    sent: Mapping[str, Any],
    wanted: tuple[Callable[[R], object], str],
    schedule: PollSchedule,
    *,
    end_s: float,
    call_s: float,
) -> CallSteps[R]:
    """
    Read until the order is as wanted, and return it.

    Args:
        context: what all calls of the client share.
        waiter: the read, and the statuses.
        sent: the serialized arguments of the read.
        wanted: the result of `wanted_by`.
        schedule: when to read again.
        end_s: the end of the wait on the monotonic clock.
        call_s: the seconds that one read may take.

    Raises:
        OrderEndedError: the order has another final status.
        WaitTimeoutError: time ran out.
        NotSentError: no later read would be sent either.
        RejectedError: the exchange would reject every later read.
    """
    context = msgspec.structs.replace(context, max_attempts=1)
    watch = _Watch(waiter, *wanted, schedule, end_s, interval_s=schedule.shortest)
    while True:
        started_s = _time.monotonic()
        try:
            order = yield from run_strict_call(context, waiter.operation, sent, deadline=min(end_s, started_s + call_s))
        except ClearingError as error:
            watch.failed(error)
        else:
            if watch.has_arrived(order):
                return order
        yield Wait(watch.pause_s(started_s))


class _Watch(msgspec.Struct, Generic[R], eq=False):
    """The orders and failed reads that a wait has received."""

    waiter: Waiter[R]
    is_wanted: Callable[[R], object]
    wanted: str
    schedule: PollSchedule
    end_s: float
    interval_s: float
    order: R | None = None
    status: str | None = None
    failure: ClearingError | None = None
    missing_since_s: float | None = None

    def has_arrived(self, order: R) -> bool:
        """Return whether the order is as wanted; raise `OrderEndedError` if it never will be."""
        status = self.waiter.status_of(order)
        if status != self.status:
            self.interval_s = self.schedule.shortest
        self.order, self.status, self.failure, self.missing_since_s = order, status, None, None
        if self.is_wanted(order):
            return True
        if status in self.waiter.final:
            raise OrderEndedError(
                f"the order has ended as {status}, not {self.wanted}.", operation=self.waiter.name, order=order
            )
        return False

    def failed(self, error: ClearingError) -> None:
        """Keep the error of a failed read; raise its error if a later read would fail too."""
        if isinstance(error, OrderNotFoundError):
            self.missing_since_s = _since(self.missing_since_s)
            is_passing = _time.monotonic() - self.missing_since_s < SETTLE_S  # the read may lag behind the write
        else:
            # A nonce source that has worked before can work again; a source that never did has the wrong settings.
            is_passing = _is_passing(error) or (isinstance(error, NonceError) and self.order is not None)
        if not is_passing:
            raise error
        self.failure = error

    def pause_s(self, started_s: float) -> float:
        """Return the seconds until the next read; raise `WaitTimeoutError` if the wait ends before it."""
        now_s = _time.monotonic()
        next_s = started_s + _time.random_s(self.interval_s, self.interval_s * (1 + self.schedule.jitter))
        earliest_s = max(now_s + self._demanded_s(), started_s + self.schedule.shortest)
        next_s = max(earliest_s, min(next_s, self.end_s - _LAST_READ_S))
        if next_s >= self.end_s:
            raise self._late() from self.failure
        self.interval_s = min(self.interval_s * self.schedule.growth, self.schedule.longest)
        return next_s - now_s

    def _demanded_s(self) -> float:
        """Return the pause that the last response demands, such as that of a server under maintenance."""
        if isinstance(self.failure, RejectedError | MaybeExecutedError):
            return self.failure.retry_after_s or 0.0
        return 0.0

    def _late(self) -> WaitTimeoutError:
        seen = f"its status is {self.status}" if self.order is not None else "no read has shown the order"
        failed = f" The last read failed: {self.failure}" if self.failure else ""
        return WaitTimeoutError(
            f"time ran out: {seen}, not {self.wanted}.{failed}", operation=self.waiter.name, order=self.order
        )


def _since(start_s: float | None) -> float:
    return _time.monotonic() if start_s is None else start_s


def _is_passing(error: ClearingError) -> bool:
    """Return whether a later read can succeed although this one has failed."""
    if isinstance(error, RejectedError):
        return error.status >= 500 or isinstance(error, InvalidNonceError | MaintenanceError | RateLimitError)
    return isinstance(error, MaybeExecutedError | ConnectionFailedError | DeadlineError)
