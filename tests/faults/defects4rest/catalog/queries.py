"""Ported defects of filters, search and limits: the wrong rows, or a valid query that fails."""

from tests.faults.defects4rest.ported import ERROR_REPLY_IN_LISTS, Row

__all__ = ["QUERY_DEFECTS"]

QUERY_DEFECTS: tuple[Row, ...] = (
    (
        "awx#9222",
        "an unsupported value of an option gets status 500 instead of 400",
        (
            'symbol=parameters.get("symbol", "")) from None',
            'symbol=parameters.get("symbol", ""), status=500 if field.type.reason == "UnsupportedOption" else 400) from None',
        ),
    ),
    (
        "dolibarr#29292",
        "the counterparty filter ends at a colon",
        ('name = parameters["counterparty"]\n', 'name = parameters["counterparty"].partition(":")[0]\n'),
    ),
    (
        "dolibarr#29439",
        "the counterparty filter matches any part of an id",
        (
            "_other_desk(context.account_id, order) in ids",
            'any(text in (_other_desk(context.account_id, order) or "") for text in ids)',
        ),
    ),
    (
        "dolibarr#32145",
        "funded=false filters as funded=true",
        ('if parameters.get("funded"):', 'if "funded" in parameters:'),
    ),
    (
        "flowable-engine#1939",
        "the symbol filter rejects lower case",
        (
            "find_symbol(context.state.symbols, context.parameters, context.document).name\n",
            "find_symbol(context.state.symbols, context.document, context.document).name\n",
        ),
    ),
    (
        "flowable-engine#3536",
        "list_orders without a status fails once an order is canceled",
        (
            "    filters = [*_filters(context), *_desk_filters(context, account)]\n",
            ("    filters = [*_filters(context), *_desk_filters(context, account)]\n"
            '    if "status" not in context.parameters and any(order.state == "Canceled" for order in context.state.orders_of_desk(context.account_id)):\n'
            '        raise KeyError("status")\n'),
        ),
    ),
    (
        "kafka-rest#475",
        "a list applies its limit before its filters",
        (
            "(order for order in orders if all(matches(order) for matches in filters))",
            "(order for order in islice(orders, limit if limit is None else min(limit, sys.maxsize)) if all(matches(order) for matches in filters))",
        ),
    ),
    (
        "mastodon#28381",
        "list_trades fails if symbol and timestamp are sent together",
        (
            '    if "timestamp" in parameters:\n        filters.append(',
            ('    if "symbol" in parameters and "timestamp" in parameters:\n        raise KeyError("timestamp")\n'
            '    if "timestamp" in parameters:\n        filters.append('),
        ),
    ),
    (
        "netbox#18585",
        "list_broker_orders ignores the symbol filter",
        (
            '        [*_filters(context)],\n        context.parameters.get("limit_orders"),',
            '        [*_filters(context)][int("symbol" in context.parameters) :],\n        context.parameters.get("limit_orders"),',
        ),
    ),
    (
        "netbox#18669",
        "list_trades with a filter has no default limit",
        (
            "min(limits, default=_DEFAULT_TRADES)",
            "min(limits, default=None if filters else _DEFAULT_TRADES)",
        ),
    ),
    (
        "awx#5983",
        "a limit above the number of orders gets status 404",
        ERROR_REPLY_IN_LISTS,
        (
            "    return islice(matching, limit if limit is None else min(limit, sys.maxsize))",
            ("    rows = list(matching)\n"
            "    if limit not in (None, _DEFAULT_TRADES) and limit > len(rows):\n"
            '        raise ErrorReply("EndpointNotFound", "Invalid page", status=404)\n'
            "    return iter(rows[:limit])"),
        ),
    ),
    (
        "dolibarr#25929",
        "list_broker_orders without a filter fails",
        (
            '    """List the orders that the account placed as a broker."""\n',
            '    """List the orders that the account placed as a broker."""\n    if not context.parameters:\n        raise KeyError("filters")\n',
        ),
    ),
    (
        "DSpace#3184",
        "the status filter matches no order, because it compares with an internal name",
        ('parameters["status"] in {order.state, CREATION_STATUS.get(order.state)}', 'parameters["status"] == order.state.name'),
    ),
    (
        "elasticsearch#126275",
        "a list of an unknown symbol is empty instead of an error",
        (
            "    symbol = find_symbol(context.state.symbols, context.parameters, context.document).name\n    return",
            '    symbol = context.parameters["symbol"]\n    return',
        ),
    ),
    (
        "elasticsearch#126156",
        "limit_orders is rejected as unsupported",
        (
            "        if field.name in document:\n",
            ('        if field.name == "limit_orders" and field.name in document:\n'
            '            raise field.type.error_reply(field.name, document[field.name])\n'
            "        if field.name in document:\n"),
        ),
    ),
    (
        "flowable-engine#1511",
        "list_orders with funded omits counterparty_id",
        (
            "[_order_row(account, order) for order in orders]",
            '[{name: value for name, value in _order_row(account, order).items() if name != "counterparty_id" or "funded" not in context.parameters} for order in orders]',
        ),
    ),
    (
        "flowable-engine#3827",
        "a list contains the orders that match any of several filters",
        ("if all(matches(order) for matches in filters)", "if not filters or any(matches(order) for matches in filters)"),
    ),
    (
        "Ghost#20133",
        "the counterparty filter rejects a value of one letter",
        ERROR_REPLY_IN_LISTS,
        (
            '        name = parameters["counterparty"]\n',
            '        name = parameters["counterparty"]\n        if len(name) == 1:\n            raise ErrorReply("InvalidAccountName", "Invalid counterparty")\n',
        ),
    ),
    (
        "mastodon#33742",
        "timestamp includes its own millisecond in list_trades, and excludes it in the other lists",
        ('order.updated_ms > parameters["timestamp"]', 'order.updated_ms >= parameters["timestamp"]'),
    ),
    (
        "mygpo#241",
        "a counterparty filter of more than 255 characters fails",
        (
            '        name = parameters["counterparty"]\n',
            '        name = parameters["counterparty"]\n        if len(name) > 255:\n            raise OverflowError("value too long")\n',
        ),
    ),
    (
        "nocodb#33",
        "a limit_per_account above 300 is replaced by the default instead of rejected",
        ("    if number > _MAX_TRADE_LIMIT:\n        raise ValueError\n", "    if number > _MAX_TRADE_LIMIT:\n        return 100\n"),
    ),
    (
        "nocodb#1756",
        "the counterparty filter compares only with the target",
        ("_other_desk(context.account_id, order) in ids", "order.target in ids"),
    ),
    (
        "nocodb#7501",
        "list_orders fails if no order matches",
        ("_order_row(account, order) for order in orders]", "_order_row(account, order) for order in (next(orders), *orders)]"),
    ),
    (
        "nopCommerce#1731",
        "a status filter that starts with a less-than sign fails",
        (
            '    if "status" in parameters:\n',
            '    if parameters.get("status", "").startswith("<"):\n        raise OverflowError("markup")\n    if "status" in parameters:\n',
        ),
    ),
    (
        "nopCommerce#2777",
        "canceled orders stay in the list of unconfirmed orders",
        (
            'parameters["status"] in {order.state, CREATION_STATUS.get(order.state)}',
            'parameters["status"] in {order.state, CREATION_STATUS.get(order.state)} or (order.state == "Canceled" and parameters["status"] == order.initial_state)',
        ),
    ),
    (
        "nopCommerce#4621",
        "list_trades ignores the symbol filter",
        ("        filters.append(_symbol_filter(context))\n", "        _symbol_filter(context)\n"),
    ),
    (
        "outline-server#999",
        "list_orders has at most 20 orders",
        (
            'filters, context.parameters.get("limit_orders"))\n    return json_response(200, {"result": "success", "orders": [_order_row',
            'filters, min(20, context.parameters.get("limit_orders", 20)))\n    return json_response(200, {"result": "success", "orders": [_order_row',
        ),
    ),
    (
        "podman#13986",
        "the status filter rejects the final states",
        ERROR_REPLY_IN_LISTS,
        (
            '    if "status" in parameters:\n',
            ('    if parameters.get("status") in {"Canceled", "Expired"}:\n'
            '        raise ErrorReply("UnsupportedOption", "Unsupported status")\n    if "status" in parameters:\n'),
        ),
    ),
    (
        "podman#16857",
        "the status filter does not match the name of the state that create_order reports",
        ("in {order.state, CREATION_STATUS.get(order.state)}", "in {order.state}"),
    ),
    (
        "signal-cli-rest-api#369",
        "a master key always gets the first account of its group",
        (
            "{as_sent(name)}'\", expected=expected)\n    return accounts[name]\n",
            "{as_sent(name)}'\", expected=expected)\n    return next(iter(accounts.values()))\n",
        ),
    ),
    (
        "WP-API#228",
        "list_trades reads limit_trades from another field",
        ('("limit_per_account", "limit_trades")', '("limit_per_account", "limit_orders")'),
    ),
    (
        "WP-API#1763",
        "list_broker_orders contains the orders that the account placed as a desk",
        (
            "context.state.orders_of_broker(context.account_id)",
            "(order for order in sorted(context.state.orders.values(), key=lambda order: -order.sequence) if order.placed_by == context.account_id)",
        ),
    ),
    (
        "WP-API#2616",
        "a boolean may be any string, which is then true",
        ("    if isinstance(value, bool):\n        return value\n", "    if isinstance(value, bool | str):\n        return bool(value)\n"),
    ),
)  # fmt: skip
