"""
Waiting for an order: reads by a schedule, until the order has a wanted status or another final one, or time runs out.

A wait is a generator without I/O, as a call is (`_call`). Each read is a call with one attempt, so that only
the schedule decides when a request is sent. A failed read does not end the wait, unless every later one would fail too.
"""

import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any, Generic, TypeVar

import msgspec

from gemini_clearing_auth.errors import ClearingError, DeadlineError, NonceError

from . import _time
from ._attempt import Wait
from ._call import CallSteps
from ._context import CallContext
from ._model import Model
from ._operation import Operation
from ._strict import run_strict_call
from ._watch_errors import OrderEndedError, WaitTimeoutError
from .errors import (
    SETTLE_S,
    ArgumentError,
    ConnectionFailedError,
    InvalidNonceError,
    MaintenanceError,
    MaybeExecutedError,
    OrderNotFoundError,
    RateLimitError,
    RejectedError,
)

__all__ = ["WAIT_TIMEOUT_S", "PollSchedule", "Until", "Waiter", "schedule_of", "wait_steps", "wanted_by"]

R = TypeVar("R", bound=Model)
Until = str | Collection[str] | Callable[[R], object]
"""A status to wait for, one of several statuses, or a function that returns whether an order is as wanted."""

WAIT_TIMEOUT_S = 600.0
# The last read begins this long before the end of the wait, so that its response is still in time.
_LAST_READ_S = 1.0


class Waiter(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """How to wait for a status: the read that shows it, and the statuses of the spec's life-cycle."""

    name: str
    """The client's method."""
    operation: Operation[R]
    status: str
    """The field of the response that has the status."""
    final: tuple[str, ...]
    """The statuses that never change."""
    others: tuple[str, ...]
    """The other statuses."""
    announced_as: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Statuses, and the text that some responses have for them."""

    def status_of(self, order: R) -> str:
        """Return the status of an order, as the life-cycle names it."""
        return self.plain(str(getattr(order, self.status)))

    def plain(self, status: str) -> str:
        """Return the life-cycle's name of a status."""
        return next((name for name, announced in self.announced_as.items() if announced == status), status)

    def known(self) -> list[str]:
        """Return the statuses that a caller can wait for."""
        return [*self.final, *self.others, *self.announced_as.values()]


class PollSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """
    When a wait reads again. All values are in seconds, except for `growth` and `jitter`.

    The time between two reads starts at `shortest`, and grows by the factor `growth` up to `longest`. Whenever the
    status changes, it starts again. A random part of up to `jitter` is added, so that programs that started together
    do not read together.
    """

    shortest: float = 1.0
    longest: float = 10.0
    growth: float = 1.2
    jitter: float = 0.2


def schedule_of(poll: float | PollSchedule | None) -> PollSchedule:
    """
    Return a schedule; a number means the same time between all reads, plus the random part. None is the default.

    Raises:
        ArgumentError: a value is not a finite number, or too small.
    """
    if poll is None:
        return PollSchedule()
    schedule = poll if isinstance(poll, PollSchedule) else PollSchedule(shortest=poll, longest=poll)
    smallest = {"shortest": 0.0, "longest": schedule.shortest, "growth": 1.0, "jitter": 0.0}
    for name, least in smallest.items():
        value = getattr(schedule, name)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not least <= value < float("inf") or (name == "shortest" and value == 0):
            bound = "greater than 0" if name == "shortest" else f"of at least {least:g}"
            raise ArgumentError(f"invalid poll: {name} {value!r}. Pass a finite number {bound}.")
    return schedule


def wanted_by(waiter: Waiter[R], until: Until[R]) -> tuple[Callable[[R], object], str]:
    """
    Return a function that returns whether an order is as wanted, and a text that names the wanted status.

    Raises:
        ArgumentError: a status is unknown, no status is given, or the function is async.
    """
    if callable(until):
        if inspect.iscoroutinefunction(until):
            raise ArgumentError(f"{waiter.name}: invalid until: {until!r}. Pass a function that is not async.")
        return until, "as wanted"
    words = [until] if isinstance(until, str) else list(until) if isinstance(until, Collection) else [until]
    valid = f"Valid statuses: {', '.join(waiter.known())}. Pass a function to wait for anything else."
    if unknown := [word for word in words if word not in waiter.known()]:
        raise ArgumentError(f"{waiter.name}: unknown until: {', '.join(map(repr, unknown))}. {valid}")
    if not words:
        raise ArgumentError(f"{waiter.name}: no status in until. {valid}")
    wanted = {waiter.plain(str(word)) for word in words}
    return lambda order: waiter.status_of(order) in wanted, " or ".join(map(str, words))


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
