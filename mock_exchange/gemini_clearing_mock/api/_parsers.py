"""
Parsers of request values: each returns the value for a JSON value, or raises `ValueError`.
"""

import re
from decimal import Decimal

__all__ = [
    "parse_boolean",
    "parse_hours",
    "parse_integer",
    "parse_non_empty_string",
    "parse_positive_decimal",
    "parse_positive_integer",
    "parse_symbol",
    "parse_timestamp_ms",
    "parse_trade_limit",
    "parse_whole_hours",
]

# The API accepts times in seconds and in milliseconds. A smaller number is in seconds: as milliseconds it would be
# before 1973-03-03, as seconds it is before the year 5138.
_SECONDS_BELOW = 100_000_000_000

# Later times are equal for every comparison, and comparisons with huge integers are slow.
_MAX_TIMESTAMP_MS = Decimal(10) ** 18

_MAX_TRADE_LIMIT = 300

_SYMBOL = re.compile(r"[A-Za-z0-9]+")
_POSITIVE = re.compile(r"0*[1-9][0-9]*(\.[0-9]+)?|0+\.0*[1-9][0-9]*")
_DIGITS = re.compile(r"[0-9]+")


def parse_symbol(value: object) -> str:
    """Parse a trading pair; returns it in upper case."""
    if isinstance(value, str) and _SYMBOL.fullmatch(value):
        return value.upper()
    raise ValueError


def parse_positive_decimal(value: object) -> Decimal:
    """Parse a string with a decimal number above zero, without exponent."""
    if isinstance(value, str) and _POSITIVE.fullmatch(value):
        return Decimal(value)
    raise ValueError


def parse_non_empty_string(value: object) -> str:
    """Parse a string that is not empty."""
    if isinstance(value, str) and value:
        return value
    raise ValueError


def parse_timestamp_ms(value: object) -> int:
    """Parse a time in seconds or milliseconds, a number or a string of digits; returns milliseconds."""
    text = value if isinstance(value, str) and _DIGITS.fullmatch(value) else str(parse_integer(value))
    number = Decimal(text)
    return int(min(number * 1000 if number < _SECONDS_BELOW else number, _MAX_TIMESTAMP_MS))


def parse_integer(value: object) -> int:
    """Parse an integer that is not negative; 24.0 is one, because JSON does not distinguish it from 24."""
    if isinstance(value, Decimal) and Decimal(0) <= value < Decimal(10) ** 30 and value == value.to_integral_value():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise ValueError


def parse_positive_integer(value: object) -> int:
    """Parse an integer above zero."""
    number = parse_integer(value)
    if number < 1:
        raise ValueError
    return number


def parse_trade_limit(value: object) -> int:
    """Parse the limit of a list of trades, an integer from 1 to 300."""
    number = parse_positive_integer(value)
    if number > _MAX_TRADE_LIMIT:
        raise ValueError
    return number


def parse_whole_hours(value: object) -> Decimal:
    """Parse an integer number of hours above zero."""
    return Decimal(parse_positive_integer(value))


def parse_hours(value: object) -> Decimal:
    """Parse a number of hours above zero, fractions included."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and value > 0:
        return Decimal(value)
    raise ValueError


def parse_boolean(value: object) -> bool:
    """Parse `true` or `false`."""
    if isinstance(value, bool):
        return value
    raise ValueError
