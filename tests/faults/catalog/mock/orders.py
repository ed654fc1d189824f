"""Faults in the life-cycle of an order: placing, reading, confirming, canceling and expiring it."""

from tests.faults.catalog.layers import SEQUENCES
from tests.faults.catalog.source_text import MOCK, Row, mock_faults, replace
from tests.faults.seeded_fault import SeededFault

__all__ = ["ORDER_FAULTS"]

ROWS: tuple[Row, ...] = (
    (
        "shows any order to any account",
        SEQUENCES,
        "if order is None or not (context.account_id in order.parties or order.is_open):",
        "if order is None:",
    ),
    (
        "hides an open order from accounts that have its clearing_id",
        SEQUENCES,
        "not (context.account_id in order.parties or order.is_open)",
        "context.account_id not in order.parties",
    ),
    (
        "hides an order from its broker",
        SEQUENCES,
        "return self.desks if self.broker is None else (*self.desks, self.broker)",
        "return self.desks",
    ),
    (
        "takes the beginning of a clearing_id for the whole",
        SEQUENCES,
        'order = context.state.orders.get(context.parameters["clearing_id"])',
        (
            "order = next((order for clearing_id, order in reversed(context.state.orders.items()) "
            'if clearing_id.startswith(context.parameters["clearing_id"])), None)'
        ),
    ),
    (
        "reads only the first eight characters of a clearing_id",
        SEQUENCES,
        'context.state.orders.get(context.parameters["clearing_id"])',
        'context.state.orders.get(context.parameters["clearing_id"][:8])',
    ),
    (
        "lets any account cancel an order",
        SEQUENCES,
        "if context.account_id not in order.parties or not order.is_unchanged:",
        "if not order.is_unchanged:",
    ),
    (
        "lets only the desk that placed an order cancel it",
        SEQUENCES,
        "if context.account_id not in order.parties or not order.is_unchanged:",
        "if context.account_id != order.placed_by or not order.is_unchanged:",
    ),
    (
        "reports a cancellation without canceling the order",
        SEQUENCES,
        "    context.state.put_order(apply_event(order, Event.CANCEL, context.now_ms))\n",
        "",
    ),
    (
        "lets a desk confirm its own order",
        SEQUENCES,
        "if context.account_id == order.placed_by and order.awaits_confirmation:",
        "if False:",
    ),
    (
        "accepts a confirmation on the same side",
        SEQUENCES,
        '        ("side", SIDE, order.side_of(context.account_id)),\n',
        "",
    ),
    ("accepts a confirmation with another amount", SEQUENCES, '        ("amount", AMOUNT, order.amount),\n', ""),
    ("accepts a confirmation with another price", SEQUENCES, '        ("price", PRICE, order.price),\n', ""),
    ("accepts a confirmation with another symbol", SEQUENCES, '        ("symbol", SYMBOL, order.symbol),\n', ""),
    (
        "compares the terms of a confirmation as floats",
        SEQUENCES,
        "        if context.parameters[name] != value:",
        "        if (float(context.parameters[name]) != float(value) and abs(float(context.parameters[name]) - float(value)) > 1e-3) if isinstance(value, Decimal) else context.parameters[name] != value:",
    ),
    (
        "does not store which desk confirmed an open order",
        SEQUENCES,
        "        order = msgspec.structs.replace(order, target=context.account_id)\n",
        "        pass\n",
    ),
    (
        "does not store a confirmation",
        SEQUENCES,
        "    context.state.put_order(apply_event(order, event, context.now_ms))\n",
        "",
    ),
    (
        "confirms a broker order after the first desk's confirmation",
        SEQUENCES,
        "Event.CONFIRM_BY_SOURCE: State.AWAIT_TARGET_CONFIRM",
        "Event.CONFIRM_BY_SOURCE: State.CONFIRMED",
    ),
    (
        "lets a broker order be canceled after the first desk's confirmation",
        SEQUENCES,
        "return self.state is self.initial_state",
        "return self.state in {self.initial_state, State.AWAIT_TARGET_CONFIRM}",
    ),
    ("does not store new orders", SEQUENCES, "    context.state.put_order(order)\n    status", "    status"),
    (
        "does not store new broker orders",
        SEQUENCES,
        '    context.state.put_order(order)\n    return json_response(200, {"result": order.state',
        '    return json_response(200, {"result": order.state',
    ),
    (
        "sets the expiry one millisecond late",
        SEQUENCES,
        "return context.now_ms + lifetime_ms",
        "return context.now_ms + lifetime_ms + 1",
    ),
    (
        "sets the expiry one hour early",
        SEQUENCES,
        "return context.now_ms + lifetime_ms",
        "return context.now_ms + max(1, lifetime_ms - 3_600_000)",
    ),
    ("treats expires_in_hrs as minutes", SEQUENCES, "_HOUR_MS = 3_600_000", "_HOUR_MS = 60_000"),
    (
        "rounds expires_in_hrs to whole hours",
        SEQUENCES,
        "int(EXACT.multiply(hours, Decimal(_HOUR_MS)))",
        "max(1, int(hours)) * _HOUR_MS",
    ),
    (
        "expires orders one millisecond after their expiry",
        SEQUENCES,
        "_heap[0].at_ms <= now_ms",
        "_heap[0].at_ms < now_ms",
    ),
    ("never expires an order", SEQUENCES, "    if Event.EXPIRE in TRANSITIONS[order.state]:", "    if False:"),
    (
        "accepts an order of a desk with itself",
        SEQUENCES,
        "    if len(set(accounts)) < len(accounts):",
        "    if False:",
    ),
    (
        "accepts an order with an unknown counterparty",
        SEQUENCES,
        "    if counterparty_id not in context.state.accounts:",
        "    if False:",
    ),
    ("accepts an expiry above the maximum", SEQUENCES, "0 if hours > choices.maximum_expiry_hours else ", ""),
    (
        "accepts amounts and prices that are not a multiple of the increment",
        SEQUENCES,
        "        if EXACT.remainder(context.parameters[name], step):",
        "        if False:",
    ),
    (
        "rounds amounts to eight decimal places",
        SEQUENCES,
        'amount=parameters["amount"],',
        'amount=parameters["amount"].quantize(Decimal("0.00000001")) if parameters["amount"] < 10**15 else Decimal(float(parameters["amount"])),',
    ),
    (
        "rounds prices to integers",
        SEQUENCES,
        'price=parameters["price"],',
        'price=parameters["price"].quantize(Decimal("1")) if parameters["price"] > 1 else parameters["price"],',
    ),
    (
        "writes large numbers in scientific notation",
        SEQUENCES,
        'return format(number, "f")',
        'return format(number, "f") if number < 100000 else format(number, "E")',
    ),
    ("sets the update time of an order to zero", SEQUENCES, "updated_ms=at_ms", "updated_ms=0"),
    (
        "reveals that an order of other accounts exists",
        SEQUENCES,
        "        raise _order_not_found(context)\n    return order",
        '        raise ErrorReply("MissingRole", "not yours", status=403) if order else _order_not_found(context)\n    return order',
    ),
    (
        "confirms a canceled order",
        SEQUENCES,
        "    State.SETTLED: {},\n    State.CANCELED: {},\n",
        "    State.SETTLED: {},\n    State.CANCELED: {Event.CONFIRM_BY_TARGET: State.CONFIRMED},\n",
    ),
    (
        "responds with status 500 when a canceled order is canceled again",
        SEQUENCES,
        "not order.is_unchanged:",
        "order.state is State.CONFIRMED:",
    ),
)
# A second check has the same effect for most requests, so both are removed.
LETS_ANY_ACCOUNT_CONFIRM = (
    ("if order is None or not (context.account_id in order.parties or order.is_open):", "if order is None:"),
    ("elif account == self.target or self.is_open:", "elif account != self.source:"),
)
ORDER_FAULTS = (
    *mock_faults(ROWS),
    SeededFault(
        "lets any account confirm an order for a named desk",
        "mock",
        SEQUENCES,
        replace(MOCK, *LETS_ANY_ACCOUNT_CONFIRM),
    ),
)
