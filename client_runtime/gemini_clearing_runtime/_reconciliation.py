"""
Reconciliation: whether a write with an unknown outcome was executed.

Only reads are sent. Which read to send and how to interpret its response is declared with the operation.
"""

import json
from collections.abc import Generator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

import attrs

from . import _time
from ._model import Model
from ._operation import Operation, ResolveByList, ResolveByStatus
from ._outcome import Outcome, Resolution
from ._response import RawResponse
from .errors import MaybeExecutedError, OrderNotFoundError

__all__ = ["Query", "queries"]

# The largest difference between this machine's clock and the exchange's that is expected.
_MAX_SKEW = timedelta(seconds=10)


@attrs.frozen
class Query:
    """A read to send."""

    operation: Operation[Any]
    arguments: Mapping[str, Any]


def queries(operation: Operation[Any], error: MaybeExecutedError) -> Generator[Query, Any, Resolution]:
    """Yield the reads to send, receive their responses, and return the outcome that they prove."""
    payload: dict[str, Any] = json.loads(error.payload, parse_float=Decimal)
    sent = {one.name: payload[one.wire] for one in operation.arguments if one.wire in payload}
    match operation.resolve:
        case ResolveByStatus() as rule:
            arguments = {name: sent[source] for source, name in rule.match.items()}
            try:
                order = yield Query(rule.operation, arguments | _account(operation, sent, rule.operation))
            except OrderNotFoundError:
                return Resolution(Outcome.NOT_EXECUTED)  # an account can read every order that it confirmed or canceled
            return Resolution(_outcome_of_status(rule, sent, order), (order,))
        case ResolveByList() as rule:
            arguments = _search(rule, sent, error.sent_at)
            listed = yield Query(rule.operation, arguments | _account(operation, sent, rule.operation))
            matching = tuple(row for row in getattr(listed, rule.rows) if _matches(rule, sent, row))
            if not matching:
                return Resolution(Outcome.AMBIGUOUS if _clocks_differ(listed) else Outcome.NOT_EXECUTED)
            return Resolution(Outcome.EXECUTED if len(matching) == 1 else Outcome.AMBIGUOUS, matching)
        case _:  # a read changes nothing; for a write without a rule nothing is known
            return Resolution(Outcome.NOT_EXECUTED if operation.safe_to_repeat else Outcome.AMBIGUOUS)


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


def _search(rule: ResolveByList, sent: Mapping[str, Any], sent_at: datetime) -> dict[str, Any]:
    """Return the arguments that list the orders of that time: the window, and the terms that the read can filter by."""
    names = {argument.name for argument in rule.operation.arguments}
    filters = {name: sent[source] for source, name in rule.match.items() if source in sent and name in names}
    start, end = rule.window
    return filters | {start: sent_at - _MAX_SKEW, end: _time.utc_now() + _MAX_SKEW}


def _account(write: Operation[Any], sent: Mapping[str, Any], read: Operation[Any]) -> dict[str, Any]:
    """Return the argument that selects the account of the write: a master key must name it in every call."""
    if read.account is None or write.account is None or write.account not in sent:
        return {}
    return {read.account: sent[write.account]}


def _clocks_differ(response: Model) -> bool:
    """Return whether the exchange's clock, if its response has a date, is so far off that the window is wrong."""
    raw: RawResponse | None = getattr(response, "_raw", None)
    try:
        date = parsedate_to_datetime(raw.headers["date"] if raw else "")
        return abs(date - _time.utc_now()) > _MAX_SKEW
    except (KeyError, ValueError, TypeError):
        return False


def _matches(rule: ResolveByList, sent: Mapping[str, Any], row: Model) -> bool:
    """Return whether a listed order has every term that was sent."""
    return all(_is_same(sent[source], getattr(row, field)) for source, field in rule.match.items() if source in sent)


def _is_same(sent: Any, listed: Any) -> bool:
    if isinstance(listed, Decimal):
        return Decimal(sent) == listed
    # The exchange takes symbols in either case, and lists them in upper case.
    return listed is None or str(sent).upper() == str(listed).upper()
