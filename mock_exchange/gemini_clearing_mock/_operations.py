"""
What the endpoints do: place, confirm, cancel, tell.

Each operation first makes its business checks, in the order written here, and then changes state; the life-cycle it
obeys is the table in ``_orders``.  Lists stand in ``_listing``.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from gemini_clearing_mock._call import Call
from gemini_clearing_mock._fields import AMOUNT, COUNTERPARTY, HOURS, PRICE, SIDE, SYMBOL, Kind
from gemini_clearing_mock._http import Response, json_response
from gemini_clearing_mock._orders import ANNOUNCED_AS, EXACT, Event, Order, Side, State, advance, plain
from gemini_clearing_mock._refusals import FailedCancel, Refusal, as_sent
from gemini_clearing_mock._settlement import has_funds

__all__ = ["cancel", "confirm", "heartbeat", "place", "place_for_two", "status"]

_HOUR_MS = 3_600_000


def place(call: Call) -> Response:
    """Place an order with another desk."""
    _check_terms(call)
    expires_ms = _expiry(call)
    target = None
    if "counterparty_id" in call.parameters:
        target = _check_counterparty(call, "counterparty_id")
        _check_distinct(call.actor, target)
    order = _new_order(call, expires_ms, source=call.actor, target=target, broker=None)
    if call.state.choices.funds_needed_to_place:
        _check_funds(call, order, call.actor)
    call.state.put_order(order)
    word = ANNOUNCED_AS[order.state]
    return json_response(200, {"result": word, **_details(order), "status": word})


def place_for_two(call: Call) -> Response:
    """Place an order for two other desks, as their broker."""
    _check_terms(call)
    expires_ms = _expiry(call)
    source = _check_counterparty(call, "source_counterparty_id")
    target = _check_counterparty(call, "target_counterparty_id")
    _check_distinct(call.actor, source, target)
    order = _new_order(call, expires_ms, source=source, target=target, broker=call.actor)
    if call.state.choices.funds_needed_to_place:
        _check_funds(call, order, *order.desks)
    call.state.put_order(order)
    return json_response(200, {"result": order.state, "clearing_id": order.clearing_id})


def status(call: Call) -> Response:
    """Tell how an order stands."""
    return json_response(200, {"result": "ok", **_details(_visible_order(call))})


def cancel(call: Call) -> Response:
    """Take an order back."""
    order = _visible_order(call)
    if call.actor not in order.parties or not order.is_untouched:
        raise FailedCancel(order.clearing_id)
    call.state.put_order(advance(order, Event.CANCEL, call.now_ms))
    return json_response(200, {"result": "ok", "details": f"{order.clearing_id} order canceled"})


def confirm(call: Call) -> Response:
    """Confirm an order; terms that are not the order's are refused under status 200."""
    order = _visible_order(call)
    if call.actor == order.placed_by and order.awaits_confirmation:
        message = f"Order {order.clearing_id} cannot be confirmed by the account that placed it"
        raise Refusal("ConflictingAccountName", message, status=200, expected="a key of the other desk")
    event = order.confirmation_by(call.actor)
    if event is None:
        raise call.order_not_found()
    _check_same_terms(call, order)
    if order.target is None:
        order = msgspec.structs.replace(order, target=call.actor)
    if call.state.choices.funds_needed_to_confirm:
        _check_funds(call, order, call.actor)
    call.state.put_order(advance(order, event, call.now_ms))
    return json_response(200, {"result": "confirmed"})


def heartbeat(_call: Call) -> Response:
    """Answer that the session was heard; that it was is noted with every call."""
    return json_response(200, {"result": "ok"})


def _check_terms(call: Call) -> None:
    symbol = call.known_symbol()
    for name, kind, step in (("amount", AMOUNT, symbol.amount_step), ("price", PRICE, symbol.price_step)):
        if EXACT.remainder(call.parameters[name], step):
            expected = f"a multiple of {plain(step)}"
            raise kind.refusal(name, call.document[name], symbol=symbol.name, expected=expected)


def _check_same_terms(call: Call, order: Order) -> None:
    terms: tuple[tuple[str, Kind, str | Decimal], ...] = (
        ("symbol", SYMBOL, order.symbol),
        ("amount", AMOUNT, order.amount),
        ("price", PRICE, order.price),
        ("side", SIDE, order.side_of(call.actor)),
    )
    for name, kind, value in terms:
        if call.parameters[name] != value:
            expected = plain(value) if isinstance(value, Decimal) else value
            raise kind.refusal(name, call.document[name], symbol=order.symbol, status=200, expected=expected)


def _expiry(call: Call) -> int:
    """Tell when an order placed now expires, in whole milliseconds."""
    choices = call.state.choices
    hours: Decimal = call.parameters.get("expires_in_hrs", choices.default_expiry_hours)
    lifetime_ms = 0 if hours > choices.maximum_expiry_hours else int(EXACT.multiply(hours, Decimal(_HOUR_MS)))
    if lifetime_ms < 1:
        expected = f"at least a millisecond, at most {plain(choices.maximum_expiry_hours)} hours"
        raise HOURS.refusal("expires_in_hrs", call.document.get("expires_in_hrs"), expected=expected)
    return call.now_ms + lifetime_ms


def _check_counterparty(call: Call, field: str) -> str:
    counterparty_id: str = call.parameters[field]
    if counterparty_id not in call.state.accounts:
        raise COUNTERPARTY.refusal(field, counterparty_id, expected="one of " + ", ".join(call.state.accounts))
    return counterparty_id


def _check_distinct(*accounts: str) -> None:
    if len(set(accounts)) < len(accounts):
        message = "Whoever places a clearing order, and every desk in it, must be different accounts"
        raise Refusal("ConflictingAccountName", message, expected="different accounts")


def _check_funds(call: Call, order: Order, *desks: str) -> None:
    for desk in desks:
        if not has_funds(call.state, order, desk):
            symbol = call.state.symbols[order.symbol]
            buys = order.side_of(desk) is Side.BUY
            needed = f"{plain(order.total)} {symbol.quote}" if buys else f"{plain(order.amount)} {symbol.base}"
            message = f"Failed to place {order.side_of(desk)} order for symbol {symbol.name}: insufficient funds"
            raise Refusal("InsufficientFunds", message, status=406, expected=f"{desk} needs {as_sent(needed)}")


def _new_order(call: Call, expires_ms: int, *, source: str, target: str | None, broker: str | None) -> Order:
    parameters = call.parameters
    return Order(
        clearing_id=call.state.draw_clearing_id(),
        sequence=len(call.state.orders) + 1,
        symbol=parameters["symbol"],
        amount=parameters["amount"],
        price=parameters["price"],
        source=source,
        source_side=parameters["side"],
        target=target,
        broker=broker,
        state=State.AWAIT_SOURCE_TARGET_CONFIRM if broker else State.AWAIT_TARGET_CONFIRM,
        submitted_ms=call.now_ms,
        expires_ms=expires_ms,
        updated_ms=call.now_ms,
        placed_with=call.who.owner,
    )


def _visible_order(call: Call) -> Order:
    order = call.state.orders.get(call.parameters["clearing_id"])
    if order is None or not (call.actor in order.parties or order.is_open):
        raise call.order_not_found()
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
