"""
The three lists: the orders of an account, the orders that it brokered, and its trades.

An index has the orders of an account, newest first. A list returns the orders that match every filter, up to its
limit. Prices and quantities of orders are JSON numbers with every digit; prices and quantities of trades are strings.
"""

import heapq
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import islice

import msgspec

from ..http._messages import Response, json_response
from ..state._accounts import Account
from ..state._orders import CREATION_STATUS, Order, format_decimal
from ..state._settlement import is_funded
from ._context import RequestContext
from ._field_types import find_symbol

__all__ = ["list_broker_orders", "list_orders", "list_trades"]

Filter = Callable[[Order], bool]

_DEFAULT_TRADES = 100


def list_orders(context: RequestContext) -> Response:
    """List the orders in which the account is a desk, described from its side."""
    account = context.state.accounts[context.account_id]
    filters = [*_filters(context), *_desk_filters(context, account)]
    orders = _select(context.state.orders_of_desk(context.account_id), filters, context.parameters.get("limit_orders"))
    return json_response(200, {"result": "success", "orders": [_order_row(account, order) for order in orders]})


def list_broker_orders(context: RequestContext) -> Response:
    """List the orders that the account placed as a broker."""
    orders = _select(
        context.state.orders_of_broker(context.account_id),
        [*_filters(context)],
        context.parameters.get("limit_orders"),
    )
    return json_response(200, {"result": "success", "orders": [_broker_order_row(order) for order in orders]})


def list_trades(context: RequestContext) -> Response:
    """
    List the account's trades, settled or not. If two limits or start times are sent, the stricter one applies.

    After a start time the limit keeps the trades that changed first, so that a client can continue behind the last one.
    """
    parameters = context.parameters
    filters: list[Filter] = []
    if "symbol" in parameters:
        filters.append(_symbol_filter(context))
    if "timestamp" in parameters:
        filters.append(lambda order: order.updated_ms > parameters["timestamp"])
    if "timestamp_nanos" in parameters:
        filters.append(lambda order: order.updated_ms * 1_000_000 >= parameters["timestamp_nanos"])
    limits = [parameters[name] for name in ("limit_per_account", "limit_trades") if name in parameters]
    limit = min(limits, default=_DEFAULT_TRADES)
    orders = context.state.orders_of_desk(context.account_id)
    if not {"timestamp", "timestamp_nanos"} & parameters.keys():
        chosen = _select(orders, filters, limit)
    else:
        matching = list(_select(orders, filters, None))
        kept = {order.clearing_id for order in heapq.nsmallest(limit, matching, key=lambda order: order.updated_ms)}
        chosen = (order for order in matching if order.clearing_id in kept)
    return json_response(200, {"results": [_trade_row(context, order) for order in chosen]})


def _select(orders: Iterator[Order], filters: list[Filter], limit: int | None) -> Iterator[Order]:
    matching = (order for order in orders if all(matches(order) for matches in filters))
    # islice() accepts no stop above sys.maxsize.
    return islice(matching, limit if limit is None else min(limit, sys.maxsize))


def _symbol_filter(context: RequestContext) -> Filter:
    symbol = find_symbol(context.state.symbols, context.parameters, context.document).name
    return lambda order: order.symbol == symbol


def _filters(context: RequestContext) -> Iterator[Filter]:
    parameters = context.parameters
    if "symbol" in parameters:
        yield _symbol_filter(context)
    if "expiration_start" in parameters:
        yield lambda order: parameters["expiration_start"] <= order.expires_ms <= parameters["expiration_end"]
    if "submission_start" in parameters:
        yield lambda order: parameters["submission_start"] <= order.submitted_ms <= parameters["submission_end"]
    if "timestamp" in parameters:
        yield lambda order: order.submitted_ms > parameters["timestamp"]
    if parameters.get("funded"):
        yield lambda order: is_funded(context.state, order)
    if "status" in parameters:
        yield lambda order: parameters["status"] in {order.state, CREATION_STATUS.get(order.state)}


def _desk_filters(context: RequestContext, account: Account) -> Iterator[Filter]:
    parameters = context.parameters
    if "side" in parameters:
        yield lambda order: order.side_of(context.account_id) is parameters["side"]
    if "counterparty" in parameters:
        name = parameters["counterparty"]
        ids = {name, *(desk for desk, alias in account.aliases.items() if alias == name)}
        yield lambda order: _other_desk(context.account_id, order) in ids


def _other_desk(account: str, order: Order) -> str | None:
    return order.target if account == order.source else order.source


def _order_row(account: Account, order: Order) -> dict[str, object]:
    other = _other_desk(account.counterparty_id, order)
    return _without_none(
        clearing_id=order.clearing_id,
        counterparty_id=other,
        counterparty_alias=account.aliases.get(other) if other else None,
        broker_id=order.broker,
        symbol=order.symbol,
        side=order.side_of(account.counterparty_id),
        price=_json_number(order.price),
        quantity=_json_number(order.amount),
        status=order.state,
        submission=order.submitted_ms,
        expiration=order.expires_ms,
    )


def _broker_order_row(order: Order) -> dict[str, object]:
    return _without_none(
        clearing_id=order.clearing_id,
        source_counterparty_id=order.source,
        target_counterparty_id=order.target,
        symbol=order.symbol,
        source_side=order.source_side,
        price=_json_number(order.price),
        quantity=_json_number(order.amount),
        status=order.state,
        submission=order.submitted_ms,
        expiration=order.expires_ms,
    )


def _trade_row(context: RequestContext, order: Order) -> dict[str, object]:
    accounts = context.state.accounts
    return {
        "sourceAccount": accounts[order.source].name,
        "targetAccount": accounts[order.target].name if order.target else "",
        "pair": order.symbol,
        "sourceSide": order.source_side,
        "price": format_decimal(order.price),
        "quantity": format_decimal(order.amount),
        "clearingId": order.clearing_id,
        "status": order.state,
        "expirationTimeMs": order.expires_ms,
        "createdMs": order.submitted_ms,
        "lastUpdatedMs": order.updated_ms,
        "hasBroker": order.broker is not None,
        "wasNotified": order.target is not None,
    }


def _without_none(**fields: object) -> dict[str, object]:
    """Return the fields that are set; Gemini's documentation has no nulls in lists."""
    return {name: value for name, value in fields.items() if value is not None}


def _json_number(number: Decimal) -> msgspec.Raw:
    return msgspec.Raw(format_decimal(number).encode())
