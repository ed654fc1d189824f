"""
Did it happen?  Which question answers that for a write whose outcome is not known, and what its answer proves.

Only reads are asked; nothing is ever sent a second time.
"""

import json
from collections.abc import Generator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from . import _time
from ._model import Model
from ._operation import Operation, ResolveByList, ResolveByStatus
from ._outcome import Outcome, Resolution
from ._response import RawResponse
from .errors import MaybeExecutedError, OrderNotFoundError

__all__ = ["Query", "queries"]

# How far this machine's clock and the exchange's may be apart.
_SKEW = timedelta(seconds=10)


class Query(NamedTuple):
    """A read to be asked."""

    operation: Operation[Any]
    arguments: Mapping[str, Any]


def queries(operation: Operation[Any], error: MaybeExecutedError) -> Generator[Query, Any, Resolution]:
    """Yield the reads that settle it, be sent their answers, and return what they prove."""
    sent: dict[str, Any] = json.loads(error.payload, parse_float=Decimal)
    match operation.resolve:
        case ResolveByStatus() as ask:
            asked = {theirs: sent[ours] for ours, theirs in ask.match.items()}
            try:
                order = yield Query(ask.operation, asked | _account(sent))
            except OrderNotFoundError:
                return Resolution(Outcome.NOT_EXECUTED)  # whoever has confirmed or canceled an order may see it
            return Resolution(_of_status(ask, sent, order), (order,))
        case ResolveByList() as ask:
            listed = yield _in_window(ask, sent, error.sent_at)
            fitting = tuple(order for order in listed.orders if _fits(ask, sent, order))
            absent = Outcome.AMBIGUOUS if _clocks_differ(listed) else Outcome.NOT_EXECUTED
            outcomes = {0: absent, 1: Outcome.EXECUTED}
            return Resolution(outcomes.get(len(fitting), Outcome.AMBIGUOUS), fitting)
        case _:  # a read leaves nothing behind; of a write that the spec has no question for, nothing is known
            return Resolution(Outcome.NOT_EXECUTED if operation.safe_to_repeat else Outcome.AMBIGUOUS)


def _of_status(ask: ResolveByStatus, sent: Mapping[str, Any], order: Any) -> Outcome:
    if order.status in ask.executed:
        return Outcome.EXECUTED
    if order.status in ask.not_executed:
        return Outcome.NOT_EXECUTED
    if order.status in ask.confirmed_by and order.side is not None:
        # The status answer tells the side of the order's source.
        desk = "source" if sent["side"] == order.side else "target"
        return Outcome.EXECUTED if ask.confirmed_by[order.status] == desk else Outcome.NOT_EXECUTED
    return Outcome.AMBIGUOUS


def _in_window(ask: ResolveByList, sent: Mapping[str, Any], sent_at: datetime) -> Query:
    names = {argument.name for argument in ask.operation.arguments}
    filters = {field: sent[ours] for ours, field in ask.match.items() if ours in sent and field in names}
    start, end = ask.window
    filters |= {start: sent_at - _SKEW, end: _time.utc_now() + _SKEW}
    return Query(ask.operation, filters | _account(sent))


def _clocks_differ(answer: Model) -> bool:
    """Whether the exchange's clock, where its answer tells it, is so far off that the window missed the order."""
    raw: RawResponse | None = getattr(answer, "_raw", None)
    try:
        told = parsedate_to_datetime(raw.headers["date"] if raw else "")
        return abs(told - _time.utc_now()) > _SKEW
    except (KeyError, ValueError, TypeError):
        return False


def _account(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return the argument that lets a master key ask for the account that it acted for."""
    return {name: sent[name] for name in ("account",) if name in sent}


def _fits(ask: ResolveByList, sent: Mapping[str, Any], order: Model) -> bool:
    """Whether every term that was sent is the listed order's."""
    return all(_same(sent[ours], getattr(order, field)) for ours, field in ask.match.items() if ours in sent)


def _same(sent: Any, listed: Any) -> bool:
    if isinstance(listed, Decimal):
        return Decimal(sent) == listed
    # Symbols are taken in either case and listed in upper case.
    return listed is None or str(sent).upper() == str(listed).upper()
