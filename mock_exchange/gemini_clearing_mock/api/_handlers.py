"""
The handlers of the endpoints, apart from the lists, which are in `_lists.py`.

Each handler first makes its checks, in the order in which they are written, and then changes the state. The allowed
state changes of an order are in `state/_orders.py`.
"""

from decimal import Decimal

import msgspec

from ..http._messages import Response, json_response
from ..state._orders import CREATION_STATUS, EXACT, Event, Order, Side, State, apply_event, format_decimal
from ..state._settlement import has_funds
from ._context import RequestContext
from ._error_reply import ErrorReply, FailedCancelReply, as_sent
from ._field_types import AMOUNT, COUNTERPARTY, HOURS, PRICE, SIDE, SYMBOL, FieldType, find_symbol

__all__ = ["cancel_order", "confirm_order", "create_broker_order", "create_order", "get_order", "heartbeat"]

_HOUR_MS = 3_600_000


def create_order(context: RequestContext) -> Response:
    """Place an order with another desk, or with any desk."""
    _check_steps(context)
    expires_ms = _expiry_ms(context)
    target = None
    if "counterparty_id" in context.parameters:
        target = _check_counterparty(context, "counterparty_id")
        _check_distinct(context.account_id, target)
    order = _new_order(context, expires_ms, source=context.account_id, target=target, broker=None)
    if context.state.choices.funds_needed_to_place:
        _check_funds(context, order, context.account_id)
    context.state.put_order(order)
    status = CREATION_STATUS[order.state]
    return json_response(200, {"result": status, **_details(order), "status": status})


def create_broker_order(context: RequestContext) -> Response:
    """Place an order between two other desks, as their broker."""
    _check_steps(context)
    expires_ms = _expiry_ms(context)
    source = _check_counterparty(context, "source_counterparty_id")
    target = _check_counterparty(context, "target_counterparty_id")
    _check_distinct(context.account_id, source, target)
    order = _new_order(context, expires_ms, source=source, target=target, broker=context.account_id)
    if context.state.choices.funds_needed_to_place:
        _check_funds(context, order, *order.desks)
    context.state.put_order(order)
    return json_response(200, {"result": order.state, "clearing_id": order.clearing_id})


def get_order(context: RequestContext) -> Response:
    """Return the details of an order."""
    return json_response(200, {"result": "ok", **_details(_find_order(context))})


def cancel_order(context: RequestContext) -> Response:
    """Cancel an order that has not been confirmed."""
    order = _find_order(context)
    if context.account_id not in order.parties or not order.is_unchanged:
        raise FailedCancelReply(order.clearing_id)
    context.state.put_order(apply_event(order, Event.CANCEL, context.now_ms))
    return json_response(200, {"result": "ok", "details": f"{order.clearing_id} order canceled"})


def confirm_order(context: RequestContext) -> Response:
    """Confirm an order; terms that differ from the order's are rejected with status 200."""
    order = _find_order(context)
    if context.account_id == order.placed_by and order.awaits_confirmation:
        message = f"Order {order.clearing_id} cannot be confirmed by the account that placed it"
        raise ErrorReply("ConflictingAccountName", message, status=200, expected="a key of the other desk")
    event = order.confirmation_by(context.account_id)
    if event is None:
        raise _order_not_found(context)
    _check_same_terms(context, order)
    if order.target is None:
        order = msgspec.structs.replace(order, target=context.account_id)
    if context.state.choices.funds_needed_to_confirm:
        _check_funds(context, order, context.account_id)
    context.state.put_order(apply_event(order, event, context.now_ms))
    return json_response(200, {"result": "confirmed"})


def heartbeat(_context: RequestContext) -> Response:
    """Respond to a heartbeat; the check `rate` has recorded it, as it records every request."""
    return json_response(200, {"result": "ok"})


def _check_steps(context: RequestContext) -> None:
    symbol = find_symbol(context.state.symbols, context.parameters, context.document)
    for name, type_, step in (("amount", AMOUNT, symbol.amount_step), ("price", PRICE, symbol.price_step)):
        if EXACT.remainder(context.parameters[name], step):
            expected = f"a multiple of {format_decimal(step)}"
            raise type_.error_reply(name, context.document[name], symbol=symbol.name, expected=expected)


def _check_same_terms(context: RequestContext, order: Order) -> None:
    terms: tuple[tuple[str, FieldType, str | Decimal], ...] = (
        ("symbol", SYMBOL, order.symbol),
        ("amount", AMOUNT, order.amount),
        ("price", PRICE, order.price),
        ("side", SIDE, order.side_of(context.account_id)),
    )
    for name, type_, value in terms:
        if context.parameters[name] != value:
            expected = format_decimal(value) if isinstance(value, Decimal) else value
            raise type_.error_reply(name, context.document[name], symbol=order.symbol, status=200, expected=expected)


def _expiry_ms(context: RequestContext) -> int:
    choices = context.state.choices
    hours: Decimal = context.parameters.get("expires_in_hrs", choices.default_expiry_hours)
    lifetime_ms = 0 if hours > choices.maximum_expiry_hours else int(EXACT.multiply(hours, Decimal(_HOUR_MS)))
    if lifetime_ms < 1:
        expected = f"at least a millisecond, at most {format_decimal(choices.maximum_expiry_hours)} hours"
        raise HOURS.error_reply("expires_in_hrs", context.document.get("expires_in_hrs"), expected=expected)
    return context.now_ms + lifetime_ms


def _check_counterparty(context: RequestContext, field: str) -> str:
    counterparty_id: str = context.parameters[field]
    if counterparty_id not in context.state.accounts:
        raise COUNTERPARTY.error_reply(field, counterparty_id, expected="one of " + ", ".join(context.state.accounts))
    return counterparty_id


def _check_distinct(*accounts: str) -> None:
    if len(set(accounts)) < len(accounts):
        message = "Whoever places a clearing order, and every desk in it, must be different accounts"
        raise ErrorReply("ConflictingAccountName", message, expected="different accounts")


def _check_funds(context: RequestContext, order: Order, *desks: str) -> None:
    for desk in desks:
        if not has_funds(context.state, order, desk):
            symbol, side = context.state.symbols[order.symbol], order.side_of(desk)
            amount, currency = (order.total, symbol.quote) if side is Side.BUY else (order.amount, symbol.base)
            message = f"Failed to place {side} order for symbol {symbol.name}: insufficient funds"
            expected = f"{desk} needs {as_sent(f'{format_decimal(amount)} {currency}')}"
            raise ErrorReply("InsufficientFunds", message, status=406, expected=expected)


def _new_order(
    context: RequestContext, expires_ms: int, *, source: str, target: str | None, broker: str | None
) -> Order:
    parameters = context.parameters
    return Order(
        clearing_id=context.state.new_clearing_id(),
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
        placed_with=context.principal.owner,
    )


def _find_order(context: RequestContext) -> Order:
    order = context.state.orders.get(context.parameters["clearing_id"])
    if order is None or not (context.account_id in order.parties or order.is_open):
        raise _order_not_found(context)
    return order


def _order_not_found(context: RequestContext) -> ErrorReply:
    """Return the reply for an unknown order, also for orders of other accounts: their ids must not leak."""
    return ErrorReply("OrderNotFound", f"Order {context.parameters['clearing_id']} not found", status=404)


def _details(order: Order) -> dict[str, object]:
    return {
        "clearing_id": order.clearing_id,
        "symbol": order.symbol,
        "price": format_decimal(order.price),
        "amount": format_decimal(order.amount),
        "side": order.source_side,
        "status": order.state,
        "timestamp": str(order.submitted_ms // 1000),
        "timestampms": order.submitted_ms,
        "is_confirmed": order.is_confirmed,
    }
