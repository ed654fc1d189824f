"""
How the values of a request are read: each reader turns a JSON value into the exchange's own, or raises ``ValueError``.
"""

from __future__ import annotations

import re
from decimal import Decimal

from ..state._orders import Side

__all__ = [
    "counted",
    "flag",
    "hours",
    "positive",
    "side",
    "symbol",
    "text",
    "timestamp",
    "trade_limit",
    "whole",
    "whole_hours",
]

# Clearing takes times in seconds and in milliseconds; below this a number is seconds (in the year 5138 it is not).
_SECONDS_BELOW = 100_000_000_000

_SYMBOL = re.compile(r"[A-Za-z0-9]+")
_POSITIVE = re.compile(r"0*[1-9][0-9]*(\.[0-9]+)?|0+\.0*[1-9][0-9]*")
_DIGITS = re.compile(r"[0-9]+")


def symbol(value: object) -> str:
    """Read a trading pair, in upper case."""
    if isinstance(value, str) and _SYMBOL.fullmatch(value):
        return value.upper()
    raise ValueError


def positive(value: object) -> Decimal:
    """Read a decimal above zero from text without exponent."""
    if isinstance(value, str) and _POSITIVE.fullmatch(value):
        return Decimal(value)
    raise ValueError


def side(value: object) -> Side:
    """Read a direction."""
    if isinstance(value, str):
        return Side(value)
    raise ValueError


def text(value: object) -> str:
    """Read text that is not empty."""
    if isinstance(value, str) and value:
        return value
    raise ValueError


def timestamp(value: object) -> int:
    """Read a moment in milliseconds, given so or in seconds, as a number or as text."""
    text = value if isinstance(value, str) and _DIGITS.fullmatch(value) else str(whole(value))
    moment = Decimal(text)
    # Moments beyond any clock are all the same; cut off, they stay cheap to compare.
    return int(min(moment * 1000 if moment < _SECONDS_BELOW else moment, Decimal(10) ** 18))


def whole(value: object) -> int:
    """Read a whole number that is not negative; JSON knows no difference between 24 and 24.0."""
    if isinstance(value, Decimal) and Decimal(0) <= value < Decimal(10) ** 30 and value == value.to_integral_value():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise ValueError


def counted(value: object) -> int:
    """Read a whole number of at least one."""
    number = whole(value)
    if number < 1:
        raise ValueError
    return number


def trade_limit(value: object) -> int:
    """Read how many trades are wanted: 1 to 300."""
    number = counted(value)
    if number > 300:
        raise ValueError
    return number


def whole_hours(value: object) -> Decimal:
    """Read a whole number of hours."""
    return Decimal(counted(value))


def hours(value: object) -> Decimal:
    """Read a number of hours, fractions allowed."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and value > 0:
        return Decimal(value)
    raise ValueError


def flag(value: object) -> bool:
    """Read true or false."""
    if isinstance(value, bool):
        return value
    raise ValueError
