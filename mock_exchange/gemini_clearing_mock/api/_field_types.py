"""
The types of request values: how each is parsed, and the error reply for an invalid one.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from ..state._orders import Side
from ..state._settings import Symbol
from . import _parsers as parsers
from ._error_reply import ErrorReply, as_sent

__all__ = [
    "ACCOUNT",
    "AMOUNT",
    "BOOLEAN",
    "CLEARING_ID",
    "COUNTERPARTY",
    "HOURS",
    "LIMIT",
    "NANOSECONDS",
    "PRICE",
    "SIDE",
    "STATUS",
    "SYMBOL",
    "TIMESTAMP",
    "TRADE_LIMIT",
    "WHOLE_HOURS",
    "FieldType",
    "find_symbol",
]


# A dictionary is faster than `Side(value)`.
_SIDES: dict[str, Side] = {side.value: side for side in Side}


class FieldType(msgspec.Struct, frozen=True):
    """
    A type of value, and the error reply for an invalid one.

    `parse` returns the value for a JSON value, or raises `ValueError`. `message` is a format string with the names
    `field`, `value` (as sent) and `symbol` (of the request). `expected` describes a valid value for the request
    log.
    """

    parse: Callable[[object], Any]
    reason: str
    message: str
    expected: str

    def error_reply(
        self, field: str, sent: object, *, symbol: str = "", status: int = 400, expected: str | None = None
    ) -> ErrorReply:
        """Return the reply for an invalid value of a field; `expected` replaces the general description."""
        message = self.message.format(field=field, value=as_sent(sent), symbol=symbol)
        return ErrorReply(self.reason, message, status=status, expected=f"{field}: {expected or self.expected}")


def _parse_side(value: object) -> Side:
    if isinstance(value, str) and value in _SIDES:
        return _SIDES[value]
    raise ValueError


SYMBOL = FieldType(
    parsers.parse_symbol, "InvalidSymbol", "Received unsupported symbol '{value}'", 'a trading pair such as "btcusd"'
)
AMOUNT = FieldType(
    parsers.parse_positive_decimal,
    "InvalidQuantity",
    "Invalid quantity for symbol {symbol}: {value}",
    'a decimal above zero, as a JSON string without exponent, such as "100.5"',
)
PRICE = FieldType(
    parsers.parse_positive_decimal,
    "InvalidPrice",
    "Invalid price for symbol {symbol}: {value}",
    'a decimal above zero, as a JSON string without exponent, such as "9500.00"',
)
SIDE = FieldType(_parse_side, "InvalidSide", "Invalid side for symbol {symbol}: '{value}'", '"buy" or "sell"')
CLEARING_ID = FieldType(
    parsers.parse_non_empty_string,
    "GTSTradeIDMustBeString",
    "The Clearing ID must be a string",
    'the id of an order, as a JSON string such as "0OQGOZXW"',
)
COUNTERPARTY = FieldType(
    parsers.parse_non_empty_string,
    "InvalidAccountName",
    "Invalid {field}: '{value}'",
    'the counterparty id of a desk, as a JSON string such as "OM9VNL1G"',
)
ACCOUNT = FieldType(
    parsers.parse_non_empty_string,
    "InvalidAccountName",
    "Invalid account name: '{value}'",
    "the name of an account of the group",
)
TIMESTAMP = FieldType(
    parsers.parse_timestamp_ms,
    "InvalidTimestampInPayload",
    "Invalid {field}: '{value}'",
    "milliseconds since the epoch, as an integer or a string of digits, such as 1495127793000",
)
NANOSECONDS = FieldType(
    parsers.parse_integer,
    "InvalidTimestampInPayload",
    "Invalid {field}: '{value}'",
    "nanoseconds since the epoch, as an integer",
)
WHOLE_HOURS = FieldType(
    parsers.parse_whole_hours,
    "InvalidTimestampInPayload",
    "Invalid {field}: '{value}'",
    "an integer number of hours, at least 1",
)
HOURS = FieldType(
    parsers.parse_hours, "InvalidTimestampInPayload", "Invalid {field}: '{value}'", "a number of hours above 0"
)
LIMIT = FieldType(
    parsers.parse_positive_integer, "UnsupportedOption", "Unsupported {field}: '{value}'", "an integer, at least 1"
)
TRADE_LIMIT = FieldType(
    parsers.parse_trade_limit, "UnsupportedOption", "Unsupported {field}: '{value}'", "an integer from 1 to 300"
)
STATUS = FieldType(
    parsers.parse_non_empty_string,
    "UnsupportedOption",
    "Unsupported {field}: '{value}'",
    'a status such as "Confirmed"',
)
BOOLEAN = FieldType(parsers.parse_boolean, "UnsupportedOption", "Unsupported {field}: '{value}'", "true or false")


def find_symbol(symbols: Mapping[str, Symbol], parameters: Mapping[str, Any], document: Mapping[str, Any]) -> Symbol:
    """
    Return the symbol that a request names.

    Raises:
        ErrorReply: the exchange does not trade it.

    """
    symbol = symbols.get(parameters["symbol"])
    if symbol is None:
        raise SYMBOL.error_reply("symbol", document["symbol"], expected="one of " + ", ".join(symbols))
    return symbol
