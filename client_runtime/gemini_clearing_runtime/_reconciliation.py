"""
Reconciliation: whether a write with an unknown outcome was executed.

Only reads are sent. Which read to send and how to interpret its response is declared with the operation.
"""

# When is an outcome proven?
#
# *Executed* needs an order that can only be the one in doubt: it has every term that was sent, was submitted after the
# request was sent, and no other write of this client has placed it or may have placed it. If only this machine's clock
# shows when the request was sent, an order that was submitted more than a minute earlier proves nothing.
#
# For a confirmation or cancellation, *executed* is a statement about the order: it is confirmed or canceled, and no
# other write of this client is known to be the cause. Other processes, and the other desks of the order, can have the
# same effect, and no response of the exchange names who had it. The resolution's reason states that.
#
# *Not executed* needs more, because a missing order proves nothing by itself:
#
#   The window fits.  Orders are searched by the exchange's time of sending. It follows from the `Date` headers of the
#                     exchange and the monotonic clock; this machine's wall clock may have been wrong then.
#   It is too late.   A request that is still in transit can be executed later. Where nonces must increase, the query's
#                     own nonce rules that out. A time-based nonce is rejected once it is too old for the exchange.
#   It was visible.   A list can lag behind the exchange's book, so the query is repeated until `settle_s` have passed.
#                     A status that an order never leaves needs neither.
#   All was read.     A row that violates the spec is compared field by field. If it could be the order, the query is
#                     repeated: it may be readable then.
#
# Everything else is *ambiguous*.

from collections.abc import Generator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from . import _time
from ._context import CallContext
from ._decoding import rows_of
from ._doubt import Doubt
from ._known_writes import order_id_of
from ._listed_orders import matches, may_match
from ._model import Model
from ._operation import Operation, ResolveByList, ResolveByStatus
from ._outcome import Outcome, Resolution
from .errors import ContractViolatedError, OrderNotFoundError

__all__ = ["Pause", "Query", "reconcile"]

_FIRST_PAUSE_S = 0.5
_MAX_PAUSE_S = 4.0
# How much longer to repeat the query if a row or a status could not be read.
_UNREADABLE_S = 5.0
# How far the exchange's clock may be put back while a request is in transit.
_MAX_JUMP_S = 10.0
_MARGIN = timedelta(seconds=1)
# The largest error of this machine's clock that is expected, where no response of the exchange had a date before.
_MAX_CLOCK_ERROR = timedelta(hours=1)
# How far the exchange's clock may have moved against real time, if this process did not observe it all the time.
_MAX_DRIFT = timedelta(minutes=1)


class Query(msgspec.Struct, frozen=True):
    """A read to send. Its response, or the error of the call, is sent back."""

    operation: Operation[Any]
    arguments: Mapping[str, Any]


class Pause(msgspec.Struct, frozen=True):
    """A time to wait before the next query."""

    seconds: float


class _Finding(msgspec.Struct, frozen=True):
    """The result of one query."""

    resolution: Resolution
    is_final: bool = False
    """Whether another query cannot show anything else."""
    seen: str = "no order was found"
    """The result of the query, as the reason of an ambiguous outcome begins with it."""


class _Listed(msgspec.Struct, frozen=True):
    """The rows of a list."""

    orders: Sequence[Any]
    unreadable: Sequence[Any]
    """The rows that violate the spec."""


Steps = Generator[Query | Pause, Any, Resolution]
QuerySteps = Generator[Query | Pause, Any, _Finding]


def reconcile(
    context: CallContext, operation: Operation[Any], doubt: Doubt, *, deadline: float, settle_s: float, fenced: bool
) -> Steps:
    """
    Yield queries and pauses, receive the responses, and return the outcome that they prove.

    Args:
        context: the context of the client that sends the queries.
        operation: the write in doubt.
        doubt: what is known about it.
        deadline: the end of the search on the monotonic clock; then the outcome is ambiguous.
        settle_s: how long a list of the exchange may lag behind its book.
        fenced: whether a request that arrives now is rejected, because the exchange has seen a higher nonce.
    """
    rule = operation.resolve
    if rule is None:  # a read changes nothing; for a write without a rule nothing is known
        return Resolution(Outcome.NOT_EXECUTED) if operation.safe_to_repeat else _ambiguous("no query can show it")
    first_answer_s: float | None = None
    unreadable_since_s: float | None = None
    pause_s = _FIRST_PAUSE_S
    while True:
        asked_s = _time.monotonic()
        finding = yield from _query(context, rule, operation, doubt)
        found, now_s = finding.resolution, _time.monotonic()
        first_answer_s = _since(first_answer_s, now_s)
        if finding.is_final:
            return _settled(context, doubt, found)
        late_s = _late_arrival_s(context, doubt, first_answer_s, fenced=fenced)
        end_s = first_answer_s + settle_s + late_s
        unreadable_since_s = _since(unreadable_since_s, now_s) if found.outcome is Outcome.AMBIGUOUS else None
        if unreadable_since_s is not None:
            end_s = max(end_s, unreadable_since_s + _UNREADABLE_S)
        # A response can be late, so the time that counts is that of the query. With nothing to wait for, one is enough.
        if asked_s >= end_s or end_s == first_answer_s:
            return _settled(context, doubt, found)
        if min(end_s, now_s + pause_s) >= deadline:
            return _ambiguous(found.reason or f"{finding.seen}, but {_too_early(late_s)}", *found.evidence)
        yield Pause(max(0.0, min(pause_s, end_s - now_s)))
        pause_s = min(2 * pause_s, _MAX_PAUSE_S)


def _since(start_s: float | None, now_s: float) -> float:
    return now_s if start_s is None else start_s


def _settled(context: CallContext, doubt: Doubt, found: Resolution) -> Resolution:
    """Return the outcome, and register that the write was not executed if that is proven."""
    if found.outcome is Outcome.NOT_EXECUTED:
        context.writes.remove(doubt.id)
    return found


def _ambiguous(reason: str, *evidence: Any) -> Resolution:
    return Resolution(Outcome.AMBIGUOUS, evidence, reason)


def _too_early(late_s: float) -> str:
    """Return the reason why a missing effect does not prove *not executed* at the deadline."""
    if late_s == float("inf"):
        return "no nonce rules out that the request arrives later"
    if late_s > 0:
        return "the exchange would still accept the request's nonce"
    return "too little time was left to repeat the query until its response is up to date"


def _late_arrival_s(context: CallContext, doubt: Doubt, now_s: float, *, fenced: bool) -> float:
    """Return for how long after `now_s` the exchange may still accept the request."""
    if fenced or (context.nonce_window_s == 0 and doubt.key == context.key):
        return 0.0
    if context.nonce_window_s is None or doubt.key != context.key:
        return float("inf")
    now_earliest = context.clock.earliest(context.clock.moment(now_s))
    if doubt.nonce_time is not None and now_earliest is not None:
        accepted_until_s = doubt.nonce_time + context.nonce_window_s / 2 + _MAX_JUMP_S
        return max(0.0, accepted_until_s - now_earliest.timestamp())
    return context.nonce_window_s


def _query(
    context: CallContext, rule: ResolveByStatus | ResolveByList, operation: Operation[Any], doubt: Doubt
) -> QuerySteps:
    """Send one query, or two if the first one searched the wrong time, and return what its response says."""
    if isinstance(rule, ResolveByStatus):
        return (yield from _by_status(context, rule, operation, doubt))
    window = _window(context, doubt)
    while True:
        listed = yield from _list(rule, operation, doubt, window)
        needed = _window(context, doubt)
        if window.start <= needed.start and needed.end - 2 * _MARGIN <= window.end:
            found = _of_list(context, rule, operation, doubt, listed, needed)
            is_readable = bool(found.evidence) and all(isinstance(row, Model) for row in found.evidence)
            is_running = context.writes.has_running_twin(operation, doubt.sent, doubt.id)
            return _Finding(found, is_final=is_readable and not (found.outcome is Outcome.AMBIGUOUS and is_running))
        window = msgspec.structs.replace(needed, start=min(window.start, needed.start))


def _by_status(context: CallContext, rule: ResolveByStatus, operation: Operation[Any], doubt: Doubt) -> QuerySteps:
    arguments = {name: doubt.sent[source] for source, name in rule.match.items()}
    try:
        order = yield Query(rule.operation, arguments | _account(operation, doubt.sent, rule.operation))
    except OrderNotFoundError:
        # an account can read every order that it confirmed or canceled
        return _Finding(Resolution(Outcome.NOT_EXECUTED), seen="the exchange has no such order")
    writes, outcome = context.writes, _outcome_of_status(rule, doubt.sent, order)
    seen = f"the order's status is {getattr(order, rule.status)}"
    if writes.was_done_by_another(operation, doubt.sent, doubt.id):  # it can be done only once
        reason = f"{seen}, and another call has the exchange's response that it is the cause"
        return _Finding(Resolution(Outcome.NOT_EXECUTED, (order,), reason), is_final=True)
    if outcome is Outcome.EXECUTED:
        return _by_whom(context, operation, doubt, order, seen)
    reason = f"{seen}, which does not prove either" if outcome is Outcome.AMBIGUOUS else ""
    is_final = getattr(order, rule.status) in rule.final
    return _Finding(Resolution(outcome, (order,), reason), is_final=is_final, seen=seen)


def _by_whom(context: CallContext, operation: Operation[Any], doubt: Doubt, order: Any, seen: str) -> _Finding:
    """Return *executed* for an order that shows the effect of the write, unless another known write may have had it."""
    writes, order_id = context.writes, order_id_of(operation, doubt.sent, order) or ""
    if writes.was_found_for_another(operation, doubt.sent, order_id, doubt.id):
        return _Finding(_ambiguous("a query has found this effect for another call before", order), is_final=True)
    if writes.has_open_twin(operation, doubt.sent, doubt.id):
        reason = "another call with the same effect has an unknown outcome"
        is_running = writes.has_running_twin(operation, doubt.sent, doubt.id)
        return _Finding(_ambiguous(reason, order), is_final=not is_running)
    writes.add_found(operation, doubt.sent, order_id, doubt.id)
    reason = f"{seen}, which does not show whether this call or another one is the cause"
    return _Finding(Resolution(Outcome.EXECUTED, (order,), reason), is_final=True)


def _outcome_of_status(rule: ResolveByStatus, sent: Mapping[str, Any], order: Any) -> Outcome:
    status = getattr(order, rule.status)
    if status in rule.executed:
        return Outcome.EXECUTED
    if status in rule.not_executed:
        return Outcome.NOT_EXECUTED
    if rule.compare is None or status not in (*rule.executed_if_equal, *rule.executed_if_different):
        return Outcome.AMBIGUOUS
    argument, field = rule.compare
    if (value := getattr(order, field)) is None:
        return Outcome.AMBIGUOUS
    is_equal, executed_if_equal = sent[argument] == value, status in rule.executed_if_equal
    return Outcome.EXECUTED if is_equal is executed_if_equal else Outcome.NOT_EXECUTED


class _Window(msgspec.Struct, frozen=True):
    """The exchange times between which the order was submitted, if it was."""

    start: datetime
    end: datetime
    proven_start: datetime
    """An order that was submitted before this time may be older than the request."""


def _window(context: CallContext, doubt: Doubt) -> _Window:
    clock, now = context.clock, context.clock.moment(_time.monotonic())
    end = clock.latest(now) or _time.utc_now() + _MAX_CLOCK_ERROR
    sent = clock.earliest(doubt.moment) if doubt.moment else doubt.exchange_time
    if sent is None:  # no response had a date before, or the exchange's clock has jumped since
        sent = min(doubt.sent_at, end)
        return _Window(sent - _MAX_CLOCK_ERROR, end + _MARGIN, proven_start=sent - _MAX_DRIFT)
    is_exact = doubt.moment is not None and doubt.moment.is_dated
    start = sent - (timedelta(0) if is_exact else _MAX_DRIFT) - _MARGIN
    return _Window(start, end + _MARGIN, proven_start=start)


def _list(
    rule: ResolveByList, operation: Operation[Any], doubt: Doubt, window: _Window
) -> Generator[Query | Pause, Any, _Listed]:
    """Send the query, and return the rows of its response."""
    names = {argument.name for argument in rule.operation.arguments}
    filters = {name: doubt.sent[source] for source, name in rule.match.items() if source in doubt.sent}
    arguments = {name: value for name, value in filters.items() if name in names} | dict(
        zip(rule.window, (window.start, window.end), strict=True)
    )
    try:
        listed = yield Query(rule.operation, arguments | _account(operation, doubt.sent, rule.operation))
    except ContractViolatedError as violated:
        rows = rows_of(rule.operation.response, rule.rows, violated.raw.json if violated.raw else b"")
        if rows is None:
            raise
        return _Listed(*rows)
    return _Listed(getattr(listed, rule.rows), [])


def _of_list(
    context: CallContext,
    rule: ResolveByList,
    operation: Operation[Any],
    doubt: Doubt,
    listed: _Listed,
    window: _Window,
) -> Resolution:
    writes = context.writes
    matching = tuple(
        row
        for row in listed.orders
        if matches(rule, doubt.sent, row)
        and not writes.belongs_to_another(operation, getattr(row, rule.id[1]), doubt.id)
        and _is_within(getattr(row, rule.submitted), window)
    )
    if any(may_match(rule, doubt.sent, row) for row in listed.unreadable):
        return _ambiguous("a listed order that may be this one violates the spec", *matching, *listed.unreadable)
    if not matching:
        if context.clock.is_known:
            return Resolution(Outcome.NOT_EXECUTED)
        return _ambiguous("no order was found, but no response had a date, so the time to search is not certain")
    free = tuple(
        row
        for row in matching
        if not writes.was_found_for_another(operation, doubt.sent, getattr(row, rule.id[1]), doubt.id)
    )
    if not free:
        return _ambiguous("a query has found the order for another call with the same terms before", *matching)
    if reason := _other_explanation(context, rule, operation, doubt, free, window):
        return _ambiguous(reason, *free)
    writes.add_found(operation, doubt.sent, getattr(free[0], rule.id[1]), doubt.id)
    return Resolution(Outcome.EXECUTED, free)


def _other_explanation(
    context: CallContext,
    rule: ResolveByList,
    operation: Operation[Any],
    doubt: Doubt,
    matching: Sequence[Any],
    window: _Window,
) -> str | None:
    """Return the reason why the orders that were found may not be those of the request; None if they must be."""
    if len(matching) > 1:
        return f"{len(matching)} orders have the terms of the request"
    if context.writes.has_open_twin(operation, doubt.sent, doubt.id):
        return "the order may belong to another call with the same terms and an unknown outcome"
    submitted: datetime | None = getattr(matching[0], rule.submitted)
    if submitted is not None and submitted.astimezone(UTC) < window.proven_start:
        return "the order may be older than the request, because the exchange's clock was not known then"
    return None


def _is_within(submitted: datetime | None, window: _Window) -> bool:
    return submitted is None or window.start <= submitted.astimezone(UTC) <= window.end


def _account(write: Operation[Any], sent: Mapping[str, Any], read: Operation[Any]) -> dict[str, Any]:
    """Return the argument that selects the account of the write: a master key must name it in every call."""
    if read.account is None or write.account is None or write.account not in sent:
        return {}
    return {read.account: sent[write.account]}
