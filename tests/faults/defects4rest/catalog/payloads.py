"""Ported defects of request bodies: a field that is not validated, not stored, or rejected although it is valid."""

from tests.faults.defects4rest.ported import Row

__all__ = ["PAYLOAD_DEFECTS"]

EXPIRY_OF_NEW = "    expires_ms = _expiry_ms(context)\n    target = None\n"
EXPIRY_OF_BROKER_NEW = "    expires_ms = _expiry_ms(context)\n    source = _check_counterparty"
PARSE_ERROR = 'symbol=parameters.get("symbol", "")) from None'
COUNTERPARTY_CHECK = "    if counterparty_id not in context.state.accounts:\n"
WHOLE_HOURS = "    return Decimal(parse_positive_integer(value))\n"

PAYLOAD_DEFECTS: tuple[Row, ...] = (
    (
        "awx#11130",
        "create_order takes clearing_id, which the exchange assigns, from the request",
        (
            "clearing_id=context.state.new_clearing_id(),",
            'clearing_id=context.document.get("clearing_id") or context.state.new_clearing_id(),',
        ),
    ),
    (
        "dolibarr#23179",
        "create_order accepts counterparty_id and does not store it",
        ("source=context.account_id, target=target, broker=None", "source=context.account_id, target=None, broker=None"),
    ),
    (
        "dolibarr#23415",
        "create_broker_order accepts a request without target_counterparty_id",
        ('_required("target_counterparty_id", COUNTERPARTY)', 'Field("target_counterparty_id", COUNTERPARTY)'),
        (
            '    target = _check_counterparty(context, "target_counterparty_id")\n    _check_distinct(context.account_id, source, target)\n',
            ('    target = _check_counterparty(context, "target_counterparty_id") if "target_counterparty_id" in context.parameters else None\n'
            '    _check_distinct(context.account_id, source, target or "")\n'),
        ),
    ),
    (
        "dolibarr#29115",
        "a confirmation resets the broker of an order, which it does not name",
        (
            "context.state.put_order(apply_event(order, event, context.now_ms))",
            "context.state.put_order(msgspec.structs.replace(apply_event(order, event, context.now_ms), broker=None))",
        ),
    ),
    (
        "dolibarr#30432",
        "confirm_order of an open order does not store the desk that confirmed",
        ("        order = msgspec.structs.replace(order, target=context.account_id)\n", "        pass\n"),
    ),
    (
        "dolibarr#31369",
        "create_order ignores expires_in_hrs and uses its own time",
        (EXPIRY_OF_NEW, "    expires_ms = _expiry_ms(context) * 0 + context.now_ms + 24 * _HOUR_MS\n    target = None\n"),
    ),
    (
        "dolibarr#31677",
        "create_broker_order ignores expires_in_hrs",
        (
            EXPIRY_OF_BROKER_NEW,
            "    expires_ms = _expiry_ms(context) * 0 + context.now_ms + 24 * _HOUR_MS\n    source = _check_counterparty",
        ),
    ),
    (
        "dolibarr#32111",
        "a time is accepted as a number and rejected as a string",
        (
            "text = value if isinstance(value, str) and _DIGITS.fullmatch(value) else str(parse_integer(value))",
            "text = str(parse_integer(value))",
        ),
    ),
    (
        "kafka-rest#37",
        "an error of the base64 decoder is not handled",
        ("except (binascii.Error, UnicodeEncodeError):", "except binascii.Error:"),
    ),
    (
        "netbox#18363",
        "create_order rejects a valid counterparty_id",
        (
            COUNTERPARTY_CHECK,
            '    if counterparty_id not in (context.state.accounts if field != "counterparty_id" else {account.name for account in context.state.accounts.values()}):\n',
        ),
    ),
    (
        "netbox#18887",
        "confirm_order of an open order fails with an attribute error",
        (
            "        order = msgspec.structs.replace(order, target=context.account_id)\n",
            "        order = msgspec.structs.replace(order, target=order.target.account_id)\n",
        ),
    ),
    ("seaweedfs#6497", "an order with an invalid counterparty is accepted", (COUNTERPARTY_CHECK, "    if False:\n")),
    (
        "seaweedfs#6576",
        "a field that the exchange does not know is rejected instead of ignored",
        (
            "    for start, end in table.pairs:\n",
            ('    if unknown := set(document) - {"request", "nonce", *(field.name for field in table.fields)}:\n'
            '        raise ErrorReply("UnsupportedOption", f"Unsupported {min(unknown)}")\n    for start, end in table.pairs:\n'),
        ),
    ),
    (
        "apistar#120",
        "a payload that is not JSON gets status 500",
        (
            '"The payload is not a JSON object", expected="a JSON object in UTF-8")',
            '"The payload is not a JSON object", status=500, expected="a JSON object in UTF-8")',
        ),
    ),
    (
        "awx#5028",
        "an invalid amount gets status 500",
        (PARSE_ERROR, 'symbol=parameters.get("symbol", ""), status=500 if field.name == "amount" else 400) from None'),
    ),
    (
        "awx#5099",
        "the documented default of funded is rejected when it is sent",
        ("    if isinstance(value, bool):\n        return value\n", "    if value is True:\n        return value\n"),
    ),
    (
        "awx#6309",
        "a request without side is accepted, and buys",
        ('    _required("side", SIDE),\n', '    Field("side", SIDE),\n'),
        ('source_side=parameters["side"],', 'source_side=parameters.get("side", Side.BUY),'),
        ("        if context.parameters[name] != value:\n", "        if context.parameters.get(name, Side.BUY) != value:\n"),
    ),
    (
        "awx#6362",
        "create_order without the optional counterparty_id is rejected",
        (
            EXPIRY_OF_NEW,
            '    if "counterparty_id" not in context.parameters:\n        raise ErrorReply("MissingOrderField", "Required field \'counterparty_id\' is missing")\n'
            + EXPIRY_OF_NEW,
        ),
    ),
    (
        "awx#7665",
        "an invalid expires_in_hrs of create_order is ignored without an error",
        (
            WHOLE_HOURS,
            "    try:\n        return Decimal(parse_positive_integer(value))\n    except ValueError:\n        return Decimal(24)\n",
        ),
    ),
    (
        "awx#13597",
        "create_broker_order accepts a request without expires_in_hrs",
        ('_required("expires_in_hrs", HOURS)', 'Field("expires_in_hrs", HOURS)'),
    ),
    (
        "cgm-remote-monitor#3468",
        "a clearing_id of any JSON type is accepted",
        ("CLEARING_ID = FieldType(\n    parsers.parse_non_empty_string,", "CLEARING_ID = FieldType(\n    str,"),
    ),
    (
        "cwa-verification-server#33",
        "a missing field gets status 500",
        (
            "                f\"Required field '{field.name}' is missing\",\n",
            "                f\"Required field '{field.name}' is missing\",\n                status=500,\n",
        ),
    ),
    (
        "djoser#42",
        "a negative price is accepted",
        (
            "PRICE = FieldType(\n    parsers.parse_positive_decimal,",
            'PRICE = FieldType(\n    lambda value: parsers.parse_positive_decimal(value[1:]).copy_negate() if isinstance(value, str) and value.startswith("-") else parsers.parse_positive_decimal(value),',
        ),
    ),
    (
        "dolibarr#23790",
        "an unknown counterparty gets status 500",
        ("COUNTERPARTY.error_reply(field, counterparty_id, expected", "COUNTERPARTY.error_reply(field, counterparty_id, status=500, expected"),
    ),
    (
        "elassandra#323",
        "a string for a limit, which is an integer, fails",
        (
            "    number = parse_integer(value)\n    if number < 1:\n",
            "    number = value if isinstance(value, str) else parse_integer(value)\n    if number < 1:\n",
        ),
    ),
    (
        "flowable-engine#1915",
        "a time as a string fails, because it is not converted",
        (
            "text = value if isinstance(value, str) and _DIGITS.fullmatch(value) else",
            "text = value + 0 if isinstance(value, str) and _DIGITS.fullmatch(value) else",
        ),
    ),
    (
        "Ghost#22023",
        "create_broker_order does not check the symbol that create_order checks",
        ("    _check_steps(context)\n" + EXPIRY_OF_BROKER_NEW, EXPIRY_OF_BROKER_NEW),
    ),
    (
        "kafka-rest#118",
        "create_order with counterparty_id fails, and without works",
        (
            '    if "counterparty_id" in context.parameters:\n',
            '    if "counterparty_id" in context.parameters:\n        raise TypeError("counterparty_id")\n',
        ),
    ),
    (
        "Mobile-Security-Framework-MobSF#2424",
        "an amount or price without a decimal point is rejected",
        (r'r"0*[1-9][0-9]*(\.[0-9]+)?|', r'r"0*[1-9][0-9]*(\.[0-9]+)|'),
    ),
    (
        "OrchardCore#5533",
        "expires_in_hrs is not bound to its parameter, and its conversion fails",
        (
            'context.parameters.get("expires_in_hrs", choices.default_expiry_hours)',
            'None if "expires_in_hrs" in context.parameters else choices.default_expiry_hours',
        ),
    ),
    (
        "OrchardCore#9508",
        "a request with Content-Type application/json is rejected",
        (
            '    """Check that the method is POST."""\n',
            ('    """Check that the method is POST."""\n    if context.request.headers.get("content-type", "").startswith("application/json"):\n'
            '        raise ErrorReply("InvalidJson", "Incorrect Content Type")\n'),
        ),
    ),
    (
        "podman#24886",
        "a negative limit fails, because it does not fit an unsigned integer",
        (
            "    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:\n        return value\n",
            ("    if isinstance(value, int) and value < 0:\n        raise OverflowError(value)\n"
            "    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:\n        return value\n"),
        ),
    ),
    (
        "redash#4469",
        "a counterparty_id of more than 320 characters fails",
        (
            COUNTERPARTY_CHECK,
            '    if len(counterparty_id) > 320:\n        raise OverflowError("value too long")\n' + COUNTERPARTY_CHECK,
        ),
    ),
    (
        "silver#104",
        "create_order takes the account that places the order from the request",
        (
            "source=context.account_id, target=target, broker=None",
            'source=context.document.get("source_counterparty_id", context.account_id), target=target, broker=None',
        ),
    ),
    (
        "spring-petclinic-rest#61",
        "create_order requires expires_in_hrs, which is optional",
        ('Field("expires_in_hrs", WHOLE_HOURS)', '_required("expires_in_hrs", WHOLE_HOURS)'),
    ),
    (
        "WP-API#221",
        "the fields are checked after the nonce instead of before",
        ('    ("schema", check_schema),\n    ("nonce", check_nonce),\n', '    ("nonce", check_nonce),\n    ("schema", check_schema),\n'),
    ),
)  # fmt: skip
