"""Faults in the generated client: its operations, parameters, models and enums."""

from tests.faults.catalog.layers import CLIENT_BYTES, CLIENT_DECODING
from tests.faults.catalog.source_text import Row, client_faults

__all__ = ["GENERATED_FAULTS"]

ROWS: tuple[Row, ...] = (
    ("omits counterparty_id from requests", CLIENT_BYTES, "            counterparty_id=counterparty_id,\n", ""),
    ("omits price from requests", CLIENT_BYTES, "            price=price,\n", ""),
    ("does not declare the parameter limit_orders", CLIENT_BYTES, '        Argument("limit_orders", LIMIT),\n', ""),
    (
        "sends a parameter under a wrong name",
        CLIENT_BYTES,
        'Argument("expires_in_hrs", Integer(minimum=1))',
        'Argument("expires_in_hrs", Integer(minimum=1), wire="expires_in_hours")',
    ),
    (
        "sends a parameter in camelCase",
        CLIENT_BYTES,
        'Argument("clearing_id", CLEARING_ID, required=True)',
        'Argument("clearing_id", CLEARING_ID, required=True, wire="clearingId")',
    ),
    (
        "swaps amount and price",
        CLIENT_BYTES,
        "            amount=amount,\n            price=price,\n",
        "            amount=price,\n            price=amount,\n",
    ),
    (
        "swaps source and target",
        CLIENT_BYTES,
        "source_counterparty_id=source_counterparty_id",
        "source_counterparty_id=target_counterparty_id",
    ),
    (
        "treats a required parameter as optional",
        CLIENT_BYTES,
        'Argument("side", EnumValue(Side), required=True)',
        'Argument("side", EnumValue(Side))',
    ),
    ("does not check a maximum", CLIENT_BYTES, "Integer(minimum=1, maximum=300)", "Integer(minimum=1)"),
    ("does not check a minimum", CLIENT_BYTES, "LIMIT = Integer(minimum=1)", "LIMIT = Integer()"),
    ("does not check a pattern", CLIENT_BYTES, 'SYMBOL = String(pattern="^[A-Za-z0-9]+$")', "SYMBOL = String()"),
    ("accepts the start of a range without its end", CLIENT_BYTES, ', needs="expiration_end"', ""),
    (
        "sends a request to the path of another operation",
        CLIENT_BYTES,
        '"/v1/clearing/broker/new"',
        '"/v1/clearing/new"',
    ),
    (
        "sends a request to a path with a trailing slash",
        CLIENT_BYTES,
        '"/v1/clearing/cancel"',
        '"/v1/clearing/cancel/"',
    ),
    (
        "decodes a response into the wrong class",
        CLIENT_DECODING,
        '    "/v1/clearing/status",\n    lambda: gemini_clearing.OrderDetails,',
        '    "/v1/clearing/status",\n    lambda: gemini_clearing.PlacedOrder,',
    ),
    ("does not decode a response field", CLIENT_DECODING, "    is_confirmed: bool | None = None\n", ""),
    ("decodes a response field under a wrong name", CLIENT_DECODING, 'name="createdMs"', 'name="created"'),
    ("requires an optional response field", CLIENT_DECODING, "    symbol: str | None = None\n", "    symbol: str\n"),
    (
        "treats the order status as a closed enum",
        CLIENT_DECODING,
        "class OrderStatus(OpenEnum)",
        "class OrderStatus(ClosedEnum)",
    ),
    ("treats the side as an open enum", CLIENT_DECODING, "class Side(ClosedEnum)", "class Side(OpenEnum)"),
    ("marks writes as safe to repeat", CLIENT_BYTES, "safe_to_repeat=False", "safe_to_repeat=True"),
    ("marks reads as not safe to repeat", CLIENT_BYTES, "safe_to_repeat=True", "safe_to_repeat=False"),
    (
        "treats a failed cancellation as success",
        CLIENT_DECODING,
        '"failed": CancelFailedError',
        '"fail": CancelFailedError',
    ),
)
GENERATED_FAULTS = client_faults("gemini_clearing", ROWS)
