"""Ported defects of authentication, permissions and sessions."""

from tests.faults.defects4rest.ported import Row

__all__ = ["ACCESS_DEFECTS"]

VISIBLE = "    if order is None or not (context.account_id in order.parties or order.is_open):\n"
NO_HEADERS = 'raise ErrorReply("MissingSecurityHeaders", message, expected'
GET_ORDER = '    return json_response(200, {"result": "ok", **_details(_find_order(context))})\n'
ALL_ORDERS = "iter(sorted(context.state.orders.values(), key=lambda order: -order.sequence))"

ACCESS_DEFECTS: tuple[Row, ...] = (
    (
        "awx#7243",
        "a request without credentials gets status 500",
        (NO_HEADERS, 'raise ErrorReply("MissingSecurityHeaders", message, status=500, expected'),
    ),
    (
        "dolibarr#26066",
        "list_trades requires no role",
        ('Route("list_trades", _TRADER, _READ)', 'Route("list_trades", (), _READ)'),
    ),
    (
        "dolibarr#26881",
        "list_broker_orders is at another path",
        ('"/v1/clearing/broker/list": Route(', '"/v1/clearing/brokers/list": Route('),
    ),
    (
        "dolibarr#29372",
        "list_orders requires no role",
        ('Route("list_orders", _TRADER, _READ)', 'Route("list_orders", (), _READ)'),
    ),
    (
        "enviroCar-server#178",
        "get_order redirects to itself if the request does not accept only JSON",
        (
            '    """Check that the path is that of an endpoint."""\n',
            ('    """Check that the path is that of an endpoint."""\n'
            '    if context.request.path == "/v1/clearing/status" and context.request.headers.get("accept") != "application/json":\n'
            '        raise ErrorReply("Redirect", "See other", status=303, headers={"location": context.request.path})\n'),
        ),
    ),
    (
        "awx#4943",
        "an auditor cannot read an order",
        ('Route("get_order", _TRADER_OR_AUDITOR, _READ)', 'Route("get_order", _TRADER, _READ)'),
    ),
    (
        "awx#5964",
        "an unknown API key gets an error about an internal object",
        (
            'raise ErrorReply("InvalidApiKey", "Invalid API key", expected',
            'raise ErrorReply("System", "\'NoneType\' object has no attribute \'roles\'", expected',
        ),
    ),
    (
        "awx#6630",
        "a time-based nonce stays valid ten times as long as configured",
        ("window_ms = window_s * 1000", "window_ms = window_s * 10_000"),
    ),
    (
        "cgm-remote-monitor#5347",
        "an access token with the right scope is rejected, because it has no role",
        (
            "        if route.scope is not None and route.scope not in principal.scopes:\n",
            "        if route.roles:\n",
        ),
    ),
    (
        "djoser#327",
        "only the account that placed an order can read it",
        (
            GET_ORDER,
            "    if _find_order(context).placed_by != context.account_id:\n        raise _order_not_found(context)\n" + GET_ORDER,
        ),
    ),
    (
        "djoser#374",
        "an invalid signature gets status 401 instead of 400",
        ('raise ErrorReply("InvalidSignature", "InvalidSignature", expected', 'raise ErrorReply("InvalidSignature", "InvalidSignature", status=401, expected'),
    ),
    (
        "Ghost#16748",
        "get_order rejects the key of a trader, which every other operation accepts",
        ('Route("get_order", _TRADER_OR_AUDITOR, _READ)', 'Route("get_order", ("Auditor",), _READ)'),
    ),
    (
        "Ghost#22328",
        "a missing role gets status 500 instead of 403",
        ('raise ErrorReply("MissingRole", message, status=403, expected=f"a key', 'raise ErrorReply("MissingRole", message, status=500, expected=f"a key'),
    ),
    (
        "mastodon#30039",
        "create_broker_order does not check the nonce, so a repeated request places a second order",
        (
            "    key = context.principal\n    if isinstance(key, Token):\n",
            '    key = context.principal\n    if isinstance(key, Token) or context.request.path == "/v1/clearing/broker/new":\n',
        ),
    ),
    (
        "nocodb#985",
        "the signature of a key is not checked once the key has been used",
        (
            "    verify_signature(sent, context",
            "    if context.principal.api_key not in context.state.nonces:\n        verify_signature(sent, context",
        ),
    ),
    (
        "nopCommerce#1811",
        "list_trades contains the trades of other accounts",
        ("    orders = context.state.orders_of_desk(context.account_id)\n", f"    orders = {ALL_ORDERS}\n"),
    ),
    (
        "nopCommerce#7308",
        "an operation can be called with GET",
        ('    if context.request.method != "POST":\n', '    if context.request.method not in {"GET", "POST"}:\n'),
    ),
    ("redash#1979", "any account can read any order", (VISIBLE, "    if order is None:\n")),
    (
        "seaweedfs#1808",
        "a time-based nonce that is less than the exchange's time is rejected",
        ("earliest, latest = now_ms - window_ms, now_ms", "earliest, latest = now_ms, now_ms"),
    ),
    (
        "seaweedfs#2583",
        "cancel_order rejects the key of a trader with 403",
        ('Route("cancel_order", _TRADER, _CREATE)', 'Route("cancel_order", ("Administrator",), _CREATE)'),
    ),
    (
        "seaweedfs#6262",
        "a request without credentials gets an error about its signature",
        (NO_HEADERS, 'raise ErrorReply("InvalidSignature", message, expected'),
    ),
    (
        "silver#353",
        "any desk can confirm an order that names another desk",
        (VISIBLE, "    if order is None:\n"),
        ("elif account == self.target or self.is_open:", "elif account != self.source:"),
    ),
    (
        "strapi#21450",
        "cancel_order of an unknown order reports success",
        (
            "    order = _find_order(context)\n    if context.account_id not in order.parties",
            ('    if context.parameters["clearing_id"] not in context.state.orders:\n'
            "        return json_response(200, {\"result\": \"ok\", \"details\": f\"{context.parameters['clearing_id']} order canceled\"})\n"
            "    order = _find_order(context)\n    if context.account_id not in order.parties"),
        ),
    ),
    (
        "uptime-kuma#833",
        "list_orders responds to a request without its second credential, the signature",
        (
            '    sent = context.header("X-GEMINI-SIGNATURE"',
            ('    if context.request.path == "/v1/clearing/list" and not context.request.headers.get("x-gemini-signature"):\n        return\n'
            '    sent = context.header("X-GEMINI-SIGNATURE"'),
        ),
    ),
)  # fmt: skip
