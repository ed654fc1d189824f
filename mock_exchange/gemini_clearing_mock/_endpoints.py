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

_CREATE, _READ = "clearing:create", "clearing:read"
_TRADER, _ANY_READER = ("Trader",), ("Trader", "Auditor")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """
    One endpoint, under the name by which faults and the console know it.

    An API key needs one of the ``roles``, an access token the ``scope``; none stated, none needed.
    ``operation`` answers, or raises a ``Refusal`` before it has changed anything.
    """

    name: str
    operation: Callable[[Call], Response]
    roles: tuple[str, ...]
    scope: str | None
    fields: FieldTable


_ROWS: tuple[tuple[str, str, Callable[[Call], Response], tuple[str, ...], str | None], ...] = (
    ("/v1/clearing/new", "create_order", place, _TRADER, _CREATE),
    ("/v1/clearing/status", "get_order", status, _ANY_READER, _READ),
    ("/v1/clearing/cancel", "cancel_order", cancel, _TRADER, _CREATE),
    ("/v1/clearing/confirm", "confirm_order", confirm, _TRADER, _CREATE),
    ("/v1/clearing/list", "list_orders", list_orders, _TRADER, _READ),
    ("/v1/clearing/broker/new", "create_broker_order", place_for_two, _TRADER, _CREATE),
    ("/v1/clearing/broker/list", "list_broker_orders", list_broker_orders, _TRADER, _READ),
    ("/v1/clearing/trades", "list_trades", list_trades, _TRADER, _READ),
    ("/v1/heartbeat", "heartbeat", heartbeat, (), None),
)

ENDPOINTS: dict[str, Endpoint] = {
    path: Endpoint(name, operation, roles, scope, FIELDS[path]) for path, name, operation, roles, scope in _ROWS
}
