"""
What is due when: expiries, silences and settlement checks, in the order in which they happen.

Carrying them out is left to ``_settlement``.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from ._orders import Order

__all__ = ["Due", "Rank", "next_check"]


class Rank(IntEnum):
    """What goes first when two things are due in the same millisecond: an order that expires is not settled."""

    EXPIRY = 0
    SILENCE = 1
    SETTLEMENT = 2


class Due(NamedTuple):
    """Something that happens at a moment, to an order or to a key."""

    at_ms: int
    rank: Rank
    sequence: int
    subject: str


def next_check(order: Order, not_before_ms: int, interval_s: int) -> int:
    """Tell when a confirmed order's funds are looked at: a whole number of intervals after its confirmation."""
    if order.confirmed_ms is None:
        raise ValueError(f"Order {order.clearing_id} is not confirmed, and is not checked for funds.")
    interval_ms = interval_s * 1000
    intervals = -(-(not_before_ms - order.confirmed_ms) // interval_ms)
    return order.confirmed_ms + max(1, intervals) * interval_ms
