"""Ported defects of states and of single records: a step that fails or is lost, and one entry whose data are wrong."""

from tests.faults.defects4rest.ported import Row

__all__ = ["STATE_DEFECTS"]

CANCEL_CHECK = "    if context.account_id not in order.parties or not order.is_unchanged:\n"
GET_ORDER = '    return json_response(200, {"result": "ok", **_details(_find_order(context))})\n'
TARGET_NAME = 'accounts[order.target].name if order.target else ""'
LIST_OF_TARGET = "            insort(self._orders_by_desk[order.target], order.sequence)\n"

# A defect of one record is ported to the last symbol or the last desk of the demo configuration: SOLUSD, Z4929ZDY.
STATE_DEFECTS: tuple[Row, ...] = (
    (
        "awx#8305",
        "cancel_order of a confirmed order fails",
        (CANCEL_CHECK, '    if order.is_confirmed:\n        raise AttributeError("workflow")\n' + CANCEL_CHECK),
    ),
    ("enviroCar-server#45", "no order can be canceled", (CANCEL_CHECK, "    if True:\n")),
    (
        "flowable-engine#2584",
        "the source can no longer confirm first",
        ("        Event.CONFIRM_BY_SOURCE: State.AWAIT_TARGET_CONFIRM,\n", ""),
    ),
    (
        "seaweedfs#4088",
        "get_order does not find an order whose state is final",
        (
            GET_ORDER,
            '    if _find_order(context).state in {"Settled", "Canceled", "Expired"}:\n        raise _order_not_found(context)\n' + GET_ORDER,
        ),
    ),
    (
        "flowable-engine#133",
        "the desk that confirmed an open order does not have it in its lists",
        ("order.target is not None and (before is None or before.target is None):", "order.target is not None and before is None:"),
    ),
    (
        "nopCommerce#7101",
        "an order that was canceled can still be confirmed",
        ("    State.CANCELED: {},\n", "    State.CANCELED: {Event.CONFIRM_BY_TARGET: State.CONFIRMED},\n"),
    ),
    (
        "restcountries#118",
        "the trades of two symbols name each other's pair",
        ('"pair": order.symbol,', '"pair": {"ETHEUR": "SOLUSD", "SOLUSD": "ETHEUR"}.get(order.symbol, order.symbol),'),
    ),
    (
        "restcountries#120",
        "list_orders of one desk omits its orders with one other desk",
        (
            "    filters = [*_filters(context), *_desk_filters(context, account)]\n",
            ("    filters = [*_filters(context), *_desk_filters(context, account)]\n"
            '    if context.account_id == "Z4929ZDY":\n        filters.append(lambda order: _other_desk(context.account_id, order) != "OM9VNL1G")\n'),
        ),
    ),
    (
        "restcountries#177",
        "the listed orders of one symbol have neither price nor quantity",
        ("price=_json_number(order.price),", 'price=None if order.symbol == "SOLUSD" else _json_number(order.price),'),
        ("quantity=_json_number(order.amount),", 'quantity=None if order.symbol == "SOLUSD" else _json_number(order.amount),'),
    ),
    (
        "restcountries#184",
        "the symbol filter for one symbol also returns the orders of another",
        ("lambda order: order.symbol == symbol", 'lambda order: order.symbol == symbol or (symbol == "SOLUSD" and order.symbol == "ETHEUR")'),
    ),
    (
        "restcountries#201",
        "the submission times of one symbol are in another time zone",
        ("submission=order.submitted_ms,", 'submission=order.submitted_ms + (3_600_000 if order.symbol == "SOLUSD" else 0),'),
    ),
    (
        "restcountries#221",
        "trades have another name for one desk",
        (TARGET_NAME, f'"Desk 3" if order.target == "Z4929ZDY" else {TARGET_NAME}'),
    ),
    (
        "restcountries#226",
        "the counterparty_id of one desk is wrong in list_orders",
        ("        counterparty_id=other,\n", '        counterparty_id="Z4929ZDX" if other == "Z4929ZDY" else other,\n'),
    ),
    (
        "restcountries#235",
        "the details of an order have an outdated name for one symbol",
        ('        "symbol": order.symbol,\n', '        "symbol": "SOLUSDT" if order.symbol == "SOLUSD" else order.symbol,\n'),
    ),
    (
        "restcountries#237",
        "orders between two desks are in the lists of only one of them",
        (LIST_OF_TARGET, '            if (order.source, order.target) != ("R485E04Q", "Z4929ZDY"):\n    ' + LIST_OF_TARGET),
    ),
    (
        "restcountries#249",
        "a master key finds one account only by an outdated name",
        (
            "    accounts = context.state.accounts_of_group(group)\n",
            '    accounts = {("desk-3" if name == "desk3" else name): account for name, account in context.state.accounts_of_group(group).items()}\n',
        ),
    ),
)  # fmt: skip
