"""
The private endpoints: who may call each, and what it then does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..http._messages import Response
from ._context import RequestContext
from ._fields import FIELDS, FieldTable
from ._handlers import cancel, confirm, heartbeat, place, place_for_two, status
from ._lists import list_broker_orders, list_orders, list_trades

__all__ = ["ROUTES", "Route"]

_CREATE, _READ = "clearing:create", "clearing:read"
_TRADER, _ANY_READER = ("Trader",), ("Trader", "Auditor")


@dataclass(frozen=True, slots=True)
class Route:
    """
    One endpoint, under the name by which faults and the console know it.

    An API key needs one of the ``roles``, an access token the ``scope``; none stated, none needed.
    ``operation`` answers, or raises a ``ErrorReply`` before it has changed anything.
    """

    name: str
    operation: Callable[[RequestContext], Response]
    roles: tuple[str, ...]
    scope: str | None
    fields: FieldTable


_ROWS: tuple[tuple[str, str, Callable[[RequestContext], Response], tuple[str, ...], str | None], ...] = (
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

ROUTES: dict[str, Route] = {
    path: Route(name, operation, roles, scope, FIELDS[path]) for path, name, operation, roles, scope in _ROWS
}
