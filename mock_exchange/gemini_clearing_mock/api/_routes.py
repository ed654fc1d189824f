"""
The routes: path and name of each endpoint, and who may call it.

`_fields.py` declares the request fields of each path; `_handlers.py` and `_lists.py` have a handler for each name.
"""

import msgspec

__all__ = ["ROUTES", "Route"]

_CREATE, _READ = "clearing:create", "clearing:read"
_TRADER, _TRADER_OR_AUDITOR = ("Trader",), ("Trader", "Auditor")


class Route(msgspec.Struct, frozen=True):
    """
    An endpoint.

    `name` identifies it in faults and in the console. An API key needs one of the `roles`, an access token the `scope`;
    an empty tuple or `None` requires nothing. If it `repeats_body`, the JSON of the payload must be the HTTP body too;
    otherwise a body is ignored.
    """

    name: str
    roles: tuple[str, ...]
    scope: str | None
    repeats_body: bool = False


ROUTES: dict[str, Route] = {
    "/v1/clearing/new": Route("create_order", _TRADER, _CREATE),
    "/v1/clearing/status": Route("get_order", _TRADER_OR_AUDITOR, _READ),
    "/v1/clearing/cancel": Route("cancel_order", _TRADER, _CREATE),
    "/v1/clearing/confirm": Route("confirm_order", _TRADER, _CREATE),
    "/v1/clearing/list": Route("list_orders", _TRADER, _READ),
    "/v1/clearing/broker/new": Route("create_broker_order", _TRADER, _CREATE),
    "/v1/clearing/broker/list": Route("list_broker_orders", _TRADER, _READ),
    "/v1/clearing/trades": Route("list_trades", _TRADER, _READ),
    "/v1/heartbeat": Route("heartbeat", (), None),
}
