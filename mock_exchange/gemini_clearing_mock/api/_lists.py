"""
The three lists: an account's orders, the orders it brokered, its trades.

An index gives the orders of an account, the newest first; a list keeps those that pass every filter, and stops when
its limit is reached.  Prices and quantities go out as JSON numbers with every digit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import islice

import msgspec

from ..http._messages import Response, json_response
from ..state._accounts import Account
from ..state._orders import ANNOUNCED_AS, Order, plain
from ..state._settlement import is_funded
from ._context import RequestContext

__all__ = ["list_broker_orders", "list_orders", "list_trades"]

Passes = Callable[[Order], bool]

_DEFAULT_TRADES = 100


def list_orders(context: RequestContext) -> Response:
    """List the orders in which the account is one of the two desks, told from its side."""
    account = context.state.accounts[context.actor]
    filters = [*_filters(context), *_desk_filters(context, account)]
    orders = _select(
        context, context.state.indexes.dealt[context.actor], filters, context.parameters.get("limit_orders")
    )
    return json_response(200, {"result": "success", "orders": [_own_row(account, order) for order in orders]})


def list_broker_orders(context: RequestContext) -> Response:
    """List the orders that the account placed as a broker."""
    index = context.state.indexes.brokered[context.actor]
    orders = _select(context, index, [*_filters(context)], context.parameters.get("limit_orders"))
    return json_response(200, {"result": "success", "orders": [_broker_row(order) for order in orders]})


def list_trades(context: RequestContext) -> Response:
    """List the account's trades, settled or not; of two limits the smaller holds, of two starts the later."""
    parameters = context.parameters
    filters: list[Passes] = []
    if "symbol" in parameters:
        symbol = context.known_symbol().name
        filters.append(lambda order: order.symbol == symbol)
    if "timestamp" in parameters:
        filters.append(lambda order: order.updated_ms > parameters["timestamp"])
    if "timestamp_nanos" in parameters:
        filters.append(lambda order: order.updated_ms * 1_000_000 >= parameters["timestamp_nanos"])
    limits = [parameters[name] for name in ("limit_per_account", "limit_trades") if name in parameters]
    orders = _select(context, context.state.indexes.dealt[context.actor], filters, min(limits, default=_DEFAULT_TRADES))
    return json_response(200, {"results": [_trade_row(context, order) for order in orders]})


def _select(context: RequestContext, index: list[int], filters: list[Passes], limit: int | None) -> Iterator[Order]:
    passing = (order for order in context.state.newest_first(index) if all(passes(order) for passes in filters))
    # islice takes no stop beyond the machine's word.
    return islice(passing, limit if limit is None else min(limit, len(index)))


def _filters(context: RequestContext) -> Iterator[Passes]:
    parameters = context.parameters
    if "symbol" in parameters:
        symbol = context.known_symbol().name
        yield lambda order: order.symbol == symbol
    if "expiration_start" in parameters:
        yield lambda order: parameters["expiration_start"] <= order.expires_ms <= parameters["expiration_end"]
    if "submission_start" in parameters:
        yield lambda order: parameters["submission_start"] <= order.submitted_ms <= parameters["submission_end"]
    if "timestamp" in parameters:
        yield lambda order: order.submitted_ms > parameters["timestamp"]
    if parameters.get("funded"):
        yield lambda order: is_funded(context.state, order)
    if "status" in parameters:
        yield lambda order: parameters["status"] in {order.state, ANNOUNCED_AS.get(order.state)}


def _desk_filters(context: RequestContext, account: Account) -> Iterator[Passes]:
    parameters = context.parameters
    if "side" in parameters:
        yield lambda order: order.side_of(context.actor) is parameters["side"]
    if "counterparty" in parameters:
        named = parameters["counterparty"]
        meant = {named, *(desk for desk, alias in account.aliases.items() if alias == named)}
        yield lambda order: _other_desk(context.actor, order) in meant


def _other_desk(account: str, order: Order) -> str | None:
    return order.target if account == order.source else order.source


def _own_row(account: Account, order: Order) -> dict[str, object]:
    other = _other_desk(account.counterparty_id, order)
    return _set(
        clearing_id=order.clearing_id,
        counterparty_id=other,
        counterparty_alias=account.aliases.get(other) if other else None,
        broker_id=order.broker,
        symbol=order.symbol,
        side=order.side_of(account.counterparty_id),
        price=_number(order.price),
        quantity=_number(order.amount),
        status=order.state,
        submission=order.submitted_ms,
        expiration=order.expires_ms,
    )


def _broker_row(order: Order) -> dict[str, object]:
    return _set(
        clearing_id=order.clearing_id,
        source_counterparty_id=order.source,
        target_counterparty_id=order.target,
        symbol=order.symbol,
        source_side=order.source_side,
        price=_number(order.price),
        quantity=_number(order.amount),
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
        "price": plain(order.price),
        "quantity": plain(order.amount),
        "clearingId": order.clearing_id,
        "status": order.state,
        "expirationTimeMs": order.expires_ms,
        "createdMs": order.submitted_ms,
        "lastUpdatedMs": order.updated_ms,
        "hasBroker": order.broker is not None,
        "wasNotified": order.target is not None,
    }


def _set(**fields: object) -> dict[str, object]:
    """Leave out what was never set: Gemini sends no nulls."""
    return {name: value for name, value in fields.items() if value is not None}


def _number(amount: Decimal) -> msgspec.Raw:
    return msgspec.Raw(plain(amount).encode())
