"""
The suite's own picture of the orders that it placed: who, which terms, and in which states each may be.

States move by the spec's `x-order-lifecycle` and by nothing else.
What time alone may have done is left open until an answer tells; what the desks did is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from ..spec import Spec

__all__ = ["HOUR_MS", "Order", "OrderBook", "opposite"]

HOUR_MS = 3_600_000
Role = Literal["initiator", "source", "target", "broker"]
# What happens without a desk's doing.
BY_TIME = ("settle", "await_funds")


def opposite(side: str) -> str:
    """The other side of a trade."""
    return {"buy": "sell", "sell": "buy"}[side]


@dataclass
class Order:
    """One order as the suite placed it, and what the server has told of it since."""

    clearing_id: str
    placed_by: str
    source: str
    target: str | None
    is_brokered: bool
    symbol: str
    amount: Decimal
    price: Decimal
    side: str
    hours: Decimal
    # When the order was placed: the suite's clock just before and just after the call.
    placed_ms: tuple[Decimal, Decimal]
    states: frozenset[str]
    is_open: bool
    confirmed_by: set[str] = field(default_factory=set)
    # What answers have told: each must be told the same ever after.
    told: dict[str, Any] = field(default_factory=dict)

    def parties(self) -> frozenset[str]:
        """The counterparty ids of the two desks, as far as they are known."""
        return frozenset({self.source, *([self.target] if self.target else [])})

    def side_of(self, counterparty_id: str) -> str:
        """The direction of the trade for one of the two desks."""
        return self.side if counterparty_id == self.source else opposite(self.side)

    def is_concern_of(self, counterparty_id: str) -> bool:
        """Whether the account is one of the two desks or the broker."""
        return counterparty_id in self.parties() or counterparty_id == self.placed_by


class OrderBook:
    """Every order that the suite knows of, with the life-cycle of the spec."""

    def __init__(self, spec: Spec) -> None:
        self.transitions: dict[str, dict[str, str]] = spec.lifecycle["transitions"]
        self.initial: dict[str, str] = spec.lifecycle["initial"]
        self.announced_as: dict[str, str] = spec.lifecycle["announced_as"]
        self.final = frozenset(spec.lifecycle["final"])
        self.orders: dict[str, Order] = {}
        # Orders that were there before the run, or that others place meanwhile.
        self.foreign: set[str] = set()

    def add(self, order: Order) -> None:
        """Take up a new order."""
        self.orders[order.clearing_id] = order

    def states_now(self, order: Order, clock_ms: Decimal, slack_ms: int) -> frozenset[str]:
        """The states in which the order may be at this time; narrows what the book holds."""
        may_be_over, is_over = self._expiry(order, clock_ms, slack_ms)
        states = set(order.states)
        grown: set[str] = set()
        while states != grown:
            grown = set(states)
            for state in grown:
                events = self.transitions.get(state, {})
                states |= {events[event] for event in BY_TIME if event in events}
                if may_be_over and "expire" in events:
                    states.add(events["expire"])
        if is_over:
            states -= {state for state in states if "expire" in self.transitions.get(state, {})}
        return frozenset(states)

    def _expiry(self, order: Order, clock_ms: Decimal, slack_ms: int) -> tuple[bool, bool]:
        """Whether the order may have, and whether it must have, reached its expiry."""
        earliest, latest = (placed + order.hours * HOUR_MS for placed in order.placed_ms)
        return clock_ms >= earliest - slack_ms, clock_ms >= latest + slack_ms

    def awaits(self, order: Order, states: frozenset[str]) -> frozenset[bool]:
        """Whether desks may still act on the order: {True}, {False}, or both where time has not told."""
        return frozenset(any(event.startswith("confirm") for event in self.transitions.get(s, {})) for s in states)

    def confirm_event(self, order: Order, counterparty_id: str) -> str:
        """The event that a desk's confirmation is."""
        return "confirm_by_source" if order.is_brokered and counterparty_id == order.source else "confirm_by_target"

    def move(self, order: Order, event: str) -> None:
        """Carry out what a desk did; where it should not have been possible, nobody knows what came of it."""
        moved = _moved(order.states, self.transitions, event)
        order.states = moved or order.states | _moved(self.transitions, self.transitions, event)

    def first_state(self, order: Order) -> str:
        """The state in which an order starts."""
        return self.initial["place_for_two" if order.is_brokered else "place"]


def _moved(states: Iterable[str], transitions: dict[str, dict[str, str]], event: str) -> frozenset[str]:
    return frozenset(transitions[state][event] for state in states if event in transitions.get(state, {}))
