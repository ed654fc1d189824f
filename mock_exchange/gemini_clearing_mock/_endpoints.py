"""
The private endpoints: who may call each, and what it then does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gemini_clearing_mock._call import Call
from gemini_clearing_mock._fields import FIELDS, FieldTable
from gemini_clearing_mock._http import Response
from gemini_clearing_mock._listing import list_broker_orders, list_orders, list_trades
from gemini_clearing_mock._operations import cancel, confirm, heartbeat, place, place_for_two, status

__all__ = ["ENDPOINTS", "Endpoint"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """
    One endpoint: an API key needs one of the ``roles``, an access token the ``scope``; none stated, none needed.

    ``operation`` answers, or raises a ``Refusal`` before it has changed anything.
    """

    operation: Callable[[Call], Response]
    roles: tuple[str, ...]
    scope: str | None
    fields: FieldTable


def _endpoint(path: str, operation: Callable[[Call], Response], scope: str | None, *roles: str) -> tuple[str, Endpoint]:
    return path, Endpoint(operation, roles, scope, FIELDS[path])


ENDPOINTS: dict[str, Endpoint] = dict(
    (
        _endpoint("/v1/clearing/new", place, "clearing:create", "Trader"),
        _endpoint("/v1/clearing/status", status, "clearing:read", "Trader", "Auditor"),
        _endpoint("/v1/clearing/cancel", cancel, "clearing:create", "Trader"),
        _endpoint("/v1/clearing/confirm", confirm, "clearing:create", "Trader"),
        _endpoint("/v1/clearing/list", list_orders, "clearing:read", "Trader"),
        _endpoint("/v1/clearing/broker/new", place_for_two, "clearing:create", "Trader"),
        _endpoint("/v1/clearing/broker/list", list_broker_orders, "clearing:read", "Trader"),
        _endpoint("/v1/clearing/trades", list_trades, "clearing:read", "Trader"),
        _endpoint("/v1/heartbeat", heartbeat, None),
    )
)
