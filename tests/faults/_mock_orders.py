"""Faults in what a server does with orders: who may do what, when, and what the lists hold.

They are edits of the mock's own source, because they lie too deep to be put on from outside.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.faults._fault import Fault, World

__all__ = ["ORDER_FAULTS"]

MOCK = "gemini_clearing_mock"


def edit(*pieces: tuple[str, str]) -> Callable[[World], None]:
    """Replace pieces of the mock's source."""

    def plant(world: World) -> None:
        for old, new in pieces:
            world.edit(MOCK, old, new)

    return plant


# What is wrong, the layer meant to catch it, and the edit.
EDITS: tuple[tuple[str, str, str, str], ...] = (
    ("shows anybody any order", "sequences", "if order is None or not (context.actor in order.parties or order.is_open):", "if order is None:"),
    ("hides an open order from those who hold its id", "sequences", "not (context.actor in order.parties or order.is_open)", "context.actor not in order.parties"),
    ("hides an order from its broker", "sequences", "return self.desks if self.broker is None else (*self.desks, self.broker)", "return self.desks"),
    ("lets anybody cancel", "sequences", "if context.actor not in order.parties or not order.is_untouched:", "if not order.is_untouched:"),
    ("lets only the desk that placed an order cancel it", "sequences", "if context.actor not in order.parties or not order.is_untouched:", "if context.actor != order.placed_by or not order.is_untouched:"),
    ("never cancels", "sequences", "    context.state.put_order(advance(order, Event.CANCEL, context.now_ms))\n", ""),
    ("lets a desk confirm its own order", "sequences", "if context.actor == order.placed_by and order.awaits_confirmation:", "if False:"),
    ("takes a confirmation on the same side", "sequences", '        ("side", SIDE, order.side_of(context.actor)),\n', ""),
    ("takes a confirmation with another amount", "sequences", '        ("amount", AMOUNT, order.amount),\n', ""),
    ("takes a confirmation with another price", "sequences", '        ("price", PRICE, order.price),\n', ""),
    ("takes a confirmation with another symbol", "sequences", '        ("symbol", SYMBOL, order.symbol),\n', ""),
    ("compares the terms of a confirmation as floats", "sequences", "        if context.parameters[name] != value:", "        if (float(context.parameters[name]) != float(value) and abs(float(context.parameters[name]) - float(value)) > 1e-3) if isinstance(value, Decimal) else context.parameters[name] != value:"),
    ("forgets who has confirmed an open order", "sequences", "        order = msgspec.structs.replace(order, target=context.actor)\n", "        pass\n"),
    ("forgets a confirmation", "sequences", "    context.state.put_order(advance(order, event, context.now_ms))\n", ""),
    ("confirms a broker order with one desk alone", "sequences", "Event.CONFIRM_BY_SOURCE: State.AWAIT_TARGET_CONFIRM", "Event.CONFIRM_BY_SOURCE: State.CONFIRMED"),
    ("lets a half-confirmed broker order be canceled", "sequences", "return self.state is self.initial_state", "return self.state in {self.initial_state, State.AWAIT_TARGET_CONFIRM}"),
    ("forgets new orders", "sequences", "    context.state.put_order(order)\n    word", "    word"),
    ("forgets new broker orders", "sequences", "    context.state.put_order(order)\n    return json_response(200, {\"result\": order.state", "    return json_response(200, {\"result\": order.state"),
    ("expires a millisecond late", "sequences", "return context.now_ms + lifetime_ms", "return context.now_ms + lifetime_ms + 1"),
    ("expires an hour early", "sequences", "return context.now_ms + lifetime_ms", "return context.now_ms + max(1, lifetime_ms - 3_600_000)"),
    ("takes hours for minutes", "sequences", "_HOUR_MS = 3_600_000", "_HOUR_MS = 60_000"),
    ("rounds fractions of an hour", "sequences", "int(EXACT.multiply(hours, Decimal(_HOUR_MS)))", "max(1, int(hours)) * _HOUR_MS"),
    ("looks at expiry a millisecond late", "sequences", "due[0].at_ms <= now_ms", "due[0].at_ms < now_ms"),
    ("never expires an order", "sequences", "    if Event.EXPIRE in TRANSITIONS[order.state]:", "    if False:"),
    ("takes an order with oneself", "sequences", "    if len(set(accounts)) < len(accounts):", "    if False:"),
    ("takes an order with an unknown desk", "sequences", "    if counterparty_id not in context.state.accounts:", "    if False:"),
    ("takes any expiry", "sequences", "0 if hours > choices.maximum_expiry_hours else ", ""),
    ("takes any increment", "sequences", "        if EXACT.remainder(context.parameters[name], step):", "        if False:"),
    ("rounds amounts to eight decimals", "sequences", 'amount=parameters["amount"],', 'amount=parameters["amount"].quantize(Decimal("0.00000001")) if parameters["amount"] < 10**15 else Decimal(float(parameters["amount"])),'),
    ("rounds prices to cents upwards", "sequences", 'price=parameters["price"],', 'price=parameters["price"].quantize(Decimal("1")) if parameters["price"] > 1 else parameters["price"],'),
    ("writes large numbers in scientific form", "sequences", 'return format(amount, "f")', 'return format(amount, "f") if amount < 100000 else format(amount, "E")'),
    ("names the wrong side of an order in lists", "sequences", "side=order.side_of(account.counterparty_id),", "side=order.source_side,"),
    ("names the account itself as counterparty", "sequences", "        counterparty_id=other,", "        counterparty_id=account.counterparty_id,"),
    ("lists everybody's orders", "sequences", "orders = _select(context, context.state.indexes.dealt[context.actor], filters,", "orders = _select(context, sorted(context.state.indexes.id_of), filters,"),
    ("lists every order to a broker", "sequences", "index = context.state.indexes.brokered[context.actor]", "index = sorted(context.state.indexes.id_of)"),
    ("ignores the limit of lists", "sequences", "return islice(passing, limit if limit is None else min(limit, len(index)))", "return passing"),
    ("answers one row more than the limit", "sequences", "min(limit, len(index))", "min(limit + 1, len(index))"),
    ("takes the larger of two limits", "sequences", "min(limits, default=_DEFAULT_TRADES)", "max(limits, default=_DEFAULT_TRADES)"),
    ("has no default limit of trades", "sequences", "_DEFAULT_TRADES = 100", "_DEFAULT_TRADES = 1000"),
    ("ignores the filter symbol", "sequences", "lambda order: order.symbol == symbol", "lambda order: True"),
    ("inverts the filter symbol", "sequences", "lambda order: order.symbol == symbol", "lambda order: order.symbol != symbol"),
    ("ignores the filter side", "sequences", 'lambda order: order.side_of(context.actor) is parameters["side"]', "lambda order: True"),
    ("filters by the source's side", "sequences", 'order.side_of(context.actor) is parameters["side"]', 'order.source_side is parameters["side"]'),
    ("ignores the filter counterparty", "sequences", "lambda order: _other_desk(context.actor, order) in meant", "lambda order: True"),
    ("ignores the filter status", "sequences", 'lambda order: parameters["status"] in {order.state, ANNOUNCED_AS.get(order.state)}', "lambda order: True"),
    ("ignores the filter funded", "sequences", "lambda order: is_funded(context.state, order)", "lambda order: True"),
    ("ignores the filter expiration", "sequences", 'parameters["expiration_start"] <= order.expires_ms <= parameters["expiration_end"]', "True"),
    ("leaves out the start of a range of expirations", "sequences", 'parameters["expiration_start"] <= order.expires_ms', 'parameters["expiration_start"] < order.expires_ms'),
    ("leaves out the end of a range of expirations", "sequences", 'order.expires_ms <= parameters["expiration_end"]', 'order.expires_ms < parameters["expiration_end"]'),
    ("leaves out the start of a range of submissions", "sequences", 'parameters["submission_start"] <= order.submitted_ms', 'parameters["submission_start"] < order.submitted_ms'),
    ("leaves out the end of a range of submissions", "sequences", 'order.submitted_ms <= parameters["submission_end"]', 'order.submitted_ms < parameters["submission_end"]'),
    ("takes orders placed at the time and not after it", "sequences", 'order.submitted_ms > parameters["timestamp"]', 'order.submitted_ms >= parameters["timestamp"]'),
    ("ignores the start of orders", "sequences", 'lambda order: order.submitted_ms > parameters["timestamp"]', "lambda order: True"),
    ("takes trades updated at the time and not after it", "sequences", 'order.updated_ms > parameters["timestamp"]', 'order.updated_ms >= parameters["timestamp"]'),
    ("takes trades updated after the nanosecond and not at it", "sequences", '>= parameters["timestamp_nanos"]', '> parameters["timestamp_nanos"]'),
    ("takes nanoseconds for microseconds", "sequences", "order.updated_ms * 1_000_000", "order.updated_ms * 1_000"),
    ("asks for trades by when they were placed", "sequences", 'order.updated_ms > parameters["timestamp"]', 'order.submitted_ms > parameters["timestamp"]'),
    ("does not update a trade's time", "sequences", "updated_ms=at_ms", "updated_ms=0"),
    ("asks for no role", "precedence", "elif endpoint.roles and not set(endpoint.roles) & set(who.roles):", "elif False:"),
    ("gives a time-based key a minute", "adversaries", "context.state.choices.nonce_window_s * 1000", "context.state.choices.nonce_window_s * 2000"),
    ("gives a time-based key ten seconds", "adversaries", "context.state.choices.nonce_window_s * 1000", "10_000"),
    ("compares nonces as text", "adversaries", "nonce <= Decimal(last)", "str(nonce) <= str(last)"),
    ("takes the same nonce twice", "adversaries", "nonce <= Decimal(last)", "nonce < Decimal(last)"),
    ("does not note nonces", "adversaries", "    context.state.nonces[api_key] = str(nonce)\n", ""),
    ("notes nonces before the schema is checked", "traceless", '    ("schema", check_schema),\n    ("nonce", check_nonce),\n', '    ("nonce", check_nonce),\n    ("schema", check_schema),\n'),
    ("checks the role before the account", "precedence", '    ("account", check_account),\n    ("role", check_role),\n', '    ("role", check_role),\n    ("account", check_account),\n'),
    ("checks the payload before the key", "precedence", '    ("key", check_key),\n    ("payload", check_payload),\n', '    ("payload", check_payload),\n    ("key", check_key),\n'),
    ("checks the schema before the endpoint", "precedence", '    ("endpoint", check_endpoint),\n    ("schema", check_schema),\n', '    ("schema", check_schema),\n    ("endpoint", check_endpoint),\n'),
    ("tells that an order of others is there", "sequences", "        raise context.order_not_found()\n    return order", '        raise ErrorReply("MissingRole", "not yours", status=403) if order else context.order_not_found()\n    return order'),
    ("confirms an order that is over", "sequences", "    State.SETTLED: {},\n    State.CANCELED: {},\n", "    State.SETTLED: {},\n    State.CANCELED: {Event.CONFIRM_BY_TARGET: State.CONFIRMED},\n"),
    ("fails where a canceled order is canceled again", "sequences", "not order.is_untouched:", "order.state is State.CONFIRMED:"),
)

# Where one check hides behind another, both are taken out.
TWICE: dict[str, tuple[tuple[str, str], ...]] = {
    "lets anybody confirm an order for a named desk": (
        ("if order is None or not (context.actor in order.parties or order.is_open):", "if order is None:"),
        ("elif account == self.target or self.is_open:", "elif account != self.source:"),
    ),
}
ORDER_FAULTS = (
    *(Fault(name, "mock", meant, edit((old, new))) for name, meant, old, new in EDITS),
    *(Fault(name, "mock", "sequences", edit(*pieces)) for name, pieces in TWICE.items()),
)
