"""
What the endpoints do: place, confirm, cancel, tell.

Each operation first makes its business checks, in the order written here, and then changes state; the life-cycle it
obeys is the table in ``_orders``.  Lists stand in ``_listing``.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from ..http._messages import Response, json_response
from ..state._orders import ANNOUNCED_AS, EXACT, Event, Order, Side, State, advance, plain
from ..state._settlement import has_funds
from ._context import RequestContext
from ._error_reply import ErrorReply, FailedCancelReply, as_sent
from ._fields import AMOUNT, COUNTERPARTY, HOURS, PRICE, SIDE, SYMBOL, Kind

__all__ = ["cancel", "confirm", "heartbeat", "place", "place_for_two", "status"]

_HOUR_MS = 3_600_000


def place(context: RequestContext) -> Response:
    """Place an order with another desk."""
    _check_terms(context)
    expires_ms = _expiry(context)
    target = None
    if "counterparty_id" in context.parameters:
        target = _check_counterparty(context, "counterparty_id")
        _check_distinct(context.actor, target)
    order = _new_order(context, expires_ms, source=context.actor, target=target, broker=None)
    if context.state.choices.funds_needed_to_place:
        _check_funds(context, order, context.actor)
    context.state.put_order(order)
    word = ANNOUNCED_AS[order.state]
    return json_response(200, {"result": word, **_details(order), "status": word})


def place_for_two(context: RequestContext) -> Response:
    """Place an order for two other desks, as their broker."""
    _check_terms(context)
    expires_ms = _expiry(context)
    source = _check_counterparty(context, "source_counterparty_id")
    target = _check_counterparty(context, "target_counterparty_id")
    _check_distinct(context.actor, source, target)
    order = _new_order(context, expires_ms, source=source, target=target, broker=context.actor)
    if context.state.choices.funds_needed_to_place:
        _check_funds(context, order, *order.desks)
    context.state.put_order(order)
    return json_response(200, {"result": order.state, "clearing_id": order.clearing_id})


def status(context: RequestContext) -> Response:
    """Tell how an order stands."""
    return json_response(200, {"result": "ok", **_details(_visible_order(context))})


def cancel(context: RequestContext) -> Response:
    """Take an order back."""
    order = _visible_order(context)
    if context.actor not in order.parties or not order.is_untouched:
        raise FailedCancelReply(order.clearing_id)
    context.state.put_order(advance(order, Event.CANCEL, context.now_ms))
    return json_response(200, {"result": "ok", "details": f"{order.clearing_id} order canceled"})


def confirm(context: RequestContext) -> Response:
    """Confirm an order; terms that are not the order's are refused under status 200."""
    order = _visible_order(context)
    if context.actor == order.placed_by and order.awaits_confirmation:
        message = f"Order {order.clearing_id} cannot be confirmed by the account that placed it"
        raise ErrorReply("ConflictingAccountName", message, status=200, expected="a key of the other desk")
    event = order.confirmation_by(context.actor)
    if event is None:
        raise context.order_not_found()
    _check_same_terms(context, order)
    if order.target is None:
        order = msgspec.structs.replace(order, target=context.actor)
    if context.state.choices.funds_needed_to_confirm:
        _check_funds(context, order, context.actor)
    context.state.put_order(advance(order, event, context.now_ms))
    return json_response(200, {"result": "confirmed"})


def heartbeat(_context: RequestContext) -> Response:
    """Answer that the session was heard; that it was is noted with every context."""
    return json_response(200, {"result": "ok"})


def _check_terms(context: RequestContext) -> None:
    symbol = context.known_symbol()
    for name, kind, step in (("amount", AMOUNT, symbol.amount_step), ("price", PRICE, symbol.price_step)):
        if EXACT.remainder(context.parameters[name], step):
            expected = f"a multiple of {plain(step)}"
            raise kind.refusal(name, context.document[name], symbol=symbol.name, expected=expected)


def _check_same_terms(context: RequestContext, order: Order) -> None:
    terms: tuple[tuple[str, Kind, str | Decimal], ...] = (
        ("symbol", SYMBOL, order.symbol),
        ("amount", AMOUNT, order.amount),
        ("price", PRICE, order.price),
        ("side", SIDE, order.side_of(context.actor)),
    )
    for name, kind, value in terms:
        if context.parameters[name] != value:
            expected = plain(value) if isinstance(value, Decimal) else value
            raise kind.refusal(name, context.document[name], symbol=order.symbol, status=200, expected=expected)


def _expiry(context: RequestContext) -> int:
    """Tell when an order placed now expires, in whole milliseconds."""
    choices = context.state.choices
    hours: Decimal = context.parameters.get("expires_in_hrs", choices.default_expiry_hours)
    lifetime_ms = 0 if hours > choices.maximum_expiry_hours else int(EXACT.multiply(hours, Decimal(_HOUR_MS)))
    if lifetime_ms < 1:
        expected = f"at least a millisecond, at most {plain(choices.maximum_expiry_hours)} hours"
        raise HOURS.refusal("expires_in_hrs", context.document.get("expires_in_hrs"), expected=expected)
    return context.now_ms + lifetime_ms


def _check_counterparty(context: RequestContext, field: str) -> str:
    counterparty_id: str = context.parameters[field]
    if counterparty_id not in context.state.accounts:
        raise COUNTERPARTY.refusal(field, counterparty_id, expected="one of " + ", ".join(context.state.accounts))
    return counterparty_id


def _check_distinct(*accounts: str) -> None:
    if len(set(accounts)) < len(accounts):
        message = "Whoever places a clearing order, and every desk in it, must be different accounts"
        raise ErrorReply("ConflictingAccountName", message, expected="different accounts")


def _check_funds(context: RequestContext, order: Order, *desks: str) -> None:
    for desk in desks:
        if not has_funds(context.state, order, desk):
            symbol = context.state.symbols[order.symbol]
            buys = order.side_of(desk) is Side.BUY
            needed = f"{plain(order.total)} {symbol.quote}" if buys else f"{plain(order.amount)} {symbol.base}"
            message = f"Failed to place {order.side_of(desk)} order for symbol {symbol.name}: insufficient funds"
            raise ErrorReply("InsufficientFunds", message, status=406, expected=f"{desk} needs {as_sent(needed)}")


def _new_order(
    context: RequestContext, expires_ms: int, *, source: str, target: str | None, broker: str | None
) -> Order:
    parameters = context.parameters
    return Order(
        clearing_id=context.state.draw_clearing_id(),
        sequence=len(context.state.orders) + 1,
        symbol=parameters["symbol"],
        amount=parameters["amount"],
        price=parameters["price"],
        source=source,
        source_side=parameters["side"],
        target=target,
        broker=broker,
        state=State.AWAIT_SOURCE_TARGET_CONFIRM if broker else State.AWAIT_TARGET_CONFIRM,
        submitted_ms=context.now_ms,
        expires_ms=expires_ms,
        updated_ms=context.now_ms,
        placed_with=context.who.owner,
    )


def _visible_order(context: RequestContext) -> Order:
    order = context.state.orders.get(context.parameters["clearing_id"])
    if order is None or not (context.actor in order.parties or order.is_open):
        raise context.order_not_found()
    return order


def _details(order: Order) -> dict[str, object]:
    return {
        "clearing_id": order.clearing_id,
        "symbol": order.symbol,
        "price": plain(order.price),
        "amount": plain(order.amount),
        "side": order.source_side,
        "status": order.state,
        "timestamp": str(order.submitted_ms),
        "timestampms": order.submitted_ms,
        "is_confirmed": order.is_confirmed,
    }
