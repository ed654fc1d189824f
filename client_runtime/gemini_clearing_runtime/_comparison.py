"""Comparison of an argument with the field of a response that repeats it."""

from decimal import Decimal, InvalidOperation
from typing import Any

__all__ = ["is_same"]


def is_same(sent: Any, received: Any) -> bool:
    """
    Return whether a response repeats an argument.

    Amounts are equal as numbers: `9500.00` is repeated as `9500`. The exchange takes symbols in either case, and
    returns them in upper case.
    """
    if isinstance(received, Decimal) or isinstance(sent, Decimal):
        try:
            return Decimal(sent) == Decimal(received)
        except (InvalidOperation, ValueError, TypeError):
            return False
    return str(sent).upper() == str(received).upper()
