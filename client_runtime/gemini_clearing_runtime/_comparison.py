"""Comparison of an argument with the field of a response that repeats it."""

from decimal import Decimal, InvalidOperation
from typing import Any

__all__ = ["is_same", "may_be_same"]


def is_same(sent: Any, received: Any) -> bool:
    """
    Return whether a response repeats an argument.

    Amounts are equal as numbers: `9500.00` is repeated as `9500`. The exchange takes symbols in either case, and
    returns them in upper case. Ids are compared in the same way, on purpose: all documented ids are in upper case, so
    no two of them differ in case only. If the exchange takes ids in either case, an exact comparison would miss the
    order of a counterparty that was named in lower case, and *not executed* would be false.
    """
    if isinstance(received, Decimal) or isinstance(sent, Decimal):
        try:
            return Decimal(sent) == Decimal(received)
        except (InvalidOperation, ValueError, TypeError):
            return False
    return str(sent).upper() == str(received).upper()


def may_be_same(first: Any, second: Any) -> bool:
    """Return whether two arguments can lead to the same field of an order."""
    try:
        return Decimal(first) == Decimal(second)
    except (InvalidOperation, ValueError, TypeError):
        return is_same(first, second)
