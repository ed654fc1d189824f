"""
Helpers for the tests of reconciliation.

The request is sent at SENT_AT by the exchange's clock, when the monotonic clock shows SENT_S. Only pauses take time.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import attrs

from gemini_clearing import ListedOrder, OrderList, OrderStatus, Side
from gemini_clearing_runtime import (
    Operation,
    Outcome,
    Resolution,
)
from gemini_clearing_runtime._context import CallContext
from gemini_clearing_runtime._doubt import Doubt
from gemini_clearing_runtime._reconciliation import Pause, Query, reconcile
from gemini_clearing_runtime._timestamps import time_of
from gemini_clearing_runtime.errors import OutcomeUnknownError
from tests.unit.client_runtime.scripted import new_context

SENT_AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


SENT_S = 1000.0


TERMS = {"symbol": "btcusd", "amount": "0.00000001", "price": "9500.00", "side": "buy"}


def timestamp(seconds: float) -> datetime:
    """Return the exchange's time, a number of seconds after the request was sent."""
    return time_of(round((SENT_AT.timestamp() + seconds) * 1000))


NOW = timestamp(0.5)


ORDER: dict[str, Any] = {
    "clearing_id": "A1", "symbol": "BTCUSD", "price": Decimal(9500), "quantity": Decimal("1E-8"),
    "status": OrderStatus.AWAIT_CONFIRM, "submission": NOW, "expiration": NOW,
}  # fmt: skip


@attrs.define
class Clock:
    """A monotonic clock that pauses move."""

    now: float = SENT_S


def observed(context: CallContext, seconds: float = 0, date: datetime = SENT_AT) -> CallContext:
    """Let the context receive a response with this date, a number of seconds after the request was sent."""
    context.clock.observe({"date": format_datetime(date, usegmt=True)}, SENT_S + seconds, SENT_S + seconds)
    return context


def unknown(payload: dict[str, Any], context: CallContext, nonce: int | str = 1) -> OutcomeUnknownError:
    """Return the error of a call that got no response."""
    error = OutcomeUnknownError(
        "no response",
        operation="x",
        payload=json.dumps({"request": "/v1/x", "nonce": nonce, **payload}),
        nonce=nonce,
        sent_at=SENT_AT,
        raw=None,
    )
    error.key, error.attempt_id, error._moment = "key", "attempt", context.clock.moment(SENT_S)
    return error


@attrs.define
class Course:
    """The course of a reconciliation."""

    queries: list[Query] = attrs.field(factory=list)
    pauses: list[float] = attrs.field(factory=list)
    resolution: Resolution = Resolution(Outcome.AMBIGUOUS)  # noqa: RUF009  (frozen, so it can be shared)


def run(
    clock: Clock,
    operation: Operation[Any],
    doubt: Doubt,
    replies: Sequence[Any],
    context: CallContext,
    *,
    timeout_s: float = 60,
    fenced: bool = False,
) -> Course:
    """Send the replies to the queries (errors are thrown, the last reply is repeated), and return the course."""
    course, given = Course(), iter(replies)
    reply = replies[-1]
    steps = reconcile(context, operation, doubt, deadline=clock.now + timeout_s, settle_s=2, fenced=fenced)
    try:
        step = next(steps)
        while True:
            if isinstance(step, Pause):
                course.pauses.append(step.seconds)
                clock.now += step.seconds
                step = steps.send(None)
                continue
            course.queries.append(step)
            reply = next(given, replies[-1])
            step = steps.throw(reply) if isinstance(reply, Exception) else steps.send(reply)
    except StopIteration as end:
        course.resolution = end.value
    return course


def resolve(
    clock: Clock, operation: Operation[Any], payload: dict[str, Any], *replies: Any, **options: Any
) -> tuple[Query, Resolution]:
    """Return the first query and the resolution, for a client that has seen the exchange's clock before."""
    context = observed(new_context())
    course = run(clock, operation, Doubt.of(operation, unknown(payload, context)), replies, context, **options)
    return course.queries[0], course.resolution


def listed(**changes: Any) -> ListedOrder:
    """Return a listed order with the terms that were sent, and some changes."""
    return ListedOrder(**{**ORDER, "side": Side.BUY, **changes})


def orders(*listed: ListedOrder) -> OrderList:
    """Return the response of the order list."""
    return OrderList(result="success", orders=list(listed))
