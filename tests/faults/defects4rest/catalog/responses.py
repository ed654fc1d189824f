"""Ported defects of responses: a field that is missing, null, of another type or disclosed, and wrong statuses."""

from tests.faults.defects4rest.ported import Row

__all__ = ["RESPONSE_DEFECTS"]

GET_ORDER = '{"result": "ok", **_details(_find_order(context))}'
ORDER_ROWS = "[_order_row(account, order) for order in orders]"
TRADES = 'return json_response(200, {"results": [_trade_row(context, order) for order in chosen]})'

RESPONSE_DEFECTS: tuple[Row, ...] = (
    (
        "awx#9472",
        "timestamp contains more text than the number",
        ('"timestamp": str(order.submitted_ms // 1000),', '"timestamp": f"exchange {order.submitted_ms // 1000}",'),
    ),
    (
        "dolibarr#23345",
        "the details of an order disclose the API key that placed it",
        ('        "is_confirmed": order.is_confirmed,\n', '        "is_confirmed": order.is_confirmed,\n        "placed_with": order.placed_with,\n'),
    ),
    (
        "dolibarr#24661",
        "the times of a trade are null",
        (
            '"expirationTimeMs": order.expires_ms,\n        "createdMs": order.submitted_ms,',
            '"expirationTimeMs": None,\n        "createdMs": None,',
        ),
    ),
    (
        "dolibarr#29424",
        "get_order of an unknown order responds as for a known one, without its fields",
        (
            f"    return json_response(200, {GET_ORDER})",
            f'    if context.parameters["clearing_id"] not in context.state.orders:\n        return json_response(200, {{"result": "ok"}})\n    return json_response(200, {GET_ORDER})',
        ),
    ),
    (
        "dolibarr#30161",
        "get_order returns a specimen instead of the order",
        (
            GET_ORDER,
            '{"result": "ok", **_details(msgspec.structs.replace(_find_order(context), clearing_id="SPECIMEN", amount=Decimal(1), price=Decimal(1)))}',
        ),
    ),
    (
        "flowable-engine#3003",
        "list_trades has another media type",
        (TRADES, TRADES.removesuffix(")") + ', {"content-type": "application/octet-stream"})'),
    ),
    (
        "flowable-engine#3856",
        "a price with decimals, which has no converter, is null in a trade",
        ('"price": format_decimal(order.price),\n        "quantity"', '"price": format_decimal(order.price) if order.price == int(order.price) else None,\n        "quantity"'),
    ),
    (
        "mastodon#29071",
        "side is an array of strings instead of a string",
        ('        "side": order.source_side,\n', '        "side": [order.source_side],\n'),
    ),
    (
        "netbox#18368",
        "trades have neither hasBroker nor wasNotified",
        ('        "hasBroker": order.broker is not None,\n        "wasNotified": order.target is not None,\n', ""),
    ),
    (
        "netbox#18991",
        "list_trades fails if an order has no target",
        ('accounts[order.target].name if order.target else ""', "accounts[order.target].name"),
    ),
    (
        "seaweedfs#1776",
        "a cancellation that is too late gets status 404 instead of the documented 200",
        ('"failed", message, status=200, expected=expected)', '"failed", message, status=404, expected=expected)'),
    ),
    (
        "seaweedfs#4270",
        "a conflict of accounts gets status 500",
        ('message, expected="different accounts")', 'message, status=500, expected="different accounts")'),
    ),
    (
        "seaweedfs#5155",
        "the response of create_broker_order has no clearing_id",
        ('{"result": order.state, "clearing_id": order.clearing_id}', '{"result": order.state}'),
    ),
    (
        "flowable-engine#1479",
        "get_order has no amount",
        (GET_ORDER, '{"result": "ok", **{name: value for name, value in _details(_find_order(context)).items() if name != "amount"}}'),
    ),
    (
        "harness#1173",
        "the details of an order have clearingId instead of clearing_id",
        ('        "clearing_id": order.clearing_id,\n        "symbol"', '        "clearingId": order.clearing_id,\n        "symbol"'),
    ),
    (
        "mastodon#31091",
        "the response of list_trades has a key twice",
        (
            TRADES,
            '    response = json_response(200, {"results": [_trade_row(context, order) for order in chosen]})\n'.lstrip()
            + "    return msgspec.structs.replace(response, body=response.body[:-1] + b',\"results\":[]}')",
        ),
    ),
    (
        "Mobile-Security-Framework-MobSF#2432",
        "a cancellation that failed has the result ok",
        ('super().__init__("failed", message', 'super().__init__("ok", message'),
    ),
    (
        "Mobile-Security-Framework-MobSF#2464",
        "is_confirmed is a boolean or a string, depending on its value",
        ('"is_confirmed": order.is_confirmed,', '"is_confirmed": "true" if order.is_confirmed else False,'),
    ),
    (
        "modular-monolith-with-ddd#40",
        "reason and message of an error are swapped",
        ('"reason": self.reason, "message": self.message', '"reason": self.message, "message": self.reason'),
    ),
    (
        "nocodb#515",
        "get_order has no status, and the list has it",
        (GET_ORDER, '{"result": "ok", **{name: value for name, value in _details(_find_order(context)).items() if name != "status"}}'),
    ),
    (
        "podman#20013",
        "an error response has no message",
        ('"reason": self.reason, "message": self.message', '"reason": self.reason'),
    ),
    (
        "podman#23981",
        "list_orders contains strings instead of objects",
        (ORDER_ROWS, "[order.clearing_id for order in orders]"),
    ),
    (
        "redash#2504",
        "the quantity of a canceled order is NaN",
        ("quantity=_json_number(order.amount),", 'quantity=msgspec.Raw(b"NaN") if order.state == "Canceled" else _json_number(order.amount),'),
    ),
    (
        "redash#2718",
        "list_trades has an object instead of an array",
        ("[_trade_row(context, order) for order in chosen]", "{order.clearing_id: _trade_row(context, order) for order in chosen}"),
    ),
    (
        "SpaceX-API#398",
        "two operations name the same state differently",
        ("        status=order.state,\n", "        status=CREATION_STATUS.get(order.state, order.state),\n"),
    ),
    (
        "SpaceX-API#408",
        "an unknown order gets status 400 instead of 404",
        ("['clearing_id']} not found\", status=404)", "['clearing_id']} not found\", status=400)"),
    ),
    (
        "spring-petclinic-rest#102",
        "the Allow header of a 405 names another method",
        ('headers={"allow": "POST"}', 'headers={"allow": "GET"}'),
    ),
    (
        "uptime-kuma#1802",
        "a broker that an order does not have is an empty string",
        ("        broker_id=order.broker,\n", '        broker_id=order.broker or "",\n'),
    ),
    (
        "vercel#2375",
        "a counterparty that an order does not have is the name of the null value",
        ("        counterparty_id=other,\n", "        counterparty_id=str(other),\n"),
    ),
    (
        "WP-API#229",
        "the update time of a trade that was not updated is not a valid time",
        ('"lastUpdatedMs": order.updated_ms,', '"lastUpdatedMs": order.updated_ms if order.updated_ms != order.submitted_ms else -62169984000000,'),
    ),
    (
        "WP-API#414",
        "result of get_order is overwritten with the status",
        (GET_ORDER, '{"result": "ok", **_details(_find_order(context)), **{"result": _find_order(context).state}}'),
    ),
)  # fmt: skip
