"""
The suite's model of the orders that it created: their parties, their terms, and the states that each may have.

States change only by the spec's `x-order-lifecycle`. Events that only time causes stay possible until a response shows
whether they happened; events that a desk causes are certain.
"""

from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import Any

from attrs import define, field

from ..spec import Spec

__all__ = ["HOUR_MS", "UNPAYABLE", "Order", "OrderBook", "opposite"]

HOUR_MS = 3_600_000
# Events that no desk causes, besides `expire`.
BY_TIME = ("settle", "await_funds")
# An amount in a currency that no account of any exchange holds; an order that needs it cannot settle.
UNPAYABLE = Decimal("1E+70")


def opposite(side: str) -> str:
    """Return the other side of a trade."""
    return {"buy": "sell", "sell": "buy"}[side]


@define
class Order:
    """An order that the suite created, and the facts that responses reported about it."""

    clearing_id: str
    placed_by: str
    source: str
    target: str | None
    is_brokered: bool
    symbol: str
    amount: Decimal
    price: Decimal
    side: str
    # None if the request did not set them, and no response has reported the server's default.
    hours: Decimal | None
    # The suite's clock before and after the call that created the order.
    placed_ms: tuple[Decimal, Decimal]
    states: frozenset[str]
    # Whether any desk that has the clearing id may confirm the order.
    is_open: bool
    confirmed_by: set[str] = field(factory=set)
    # Facts that every response must report the same way, and the operation whose response was the first.
    reported: dict[str, Any] = field(factory=dict)
    reported_by: dict[str, str] = field(factory=dict)
    # The states that were possible before a response reported the current one.
    before_report: frozenset[str] = frozenset()
    # The earliest time of the last change, and that of the last response that reported the state.
    changed_ms: Decimal = Decimal(0)
    seen_ms: Decimal = Decimal(0)
    # By list and account, the sets of filters with which the order was listed.
    listed: dict[tuple[str, str], set[frozenset[str]]] = field(factory=dict)

    def parties(self) -> frozenset[str]:
        """Return the counterparty ids of the two desks, as far as they are known."""
        return frozenset({self.source, *([self.target] if self.target else [])})

    def side_of(self, counterparty_id: str) -> str:
        """Return the direction of the trade for one of the two desks."""
        return self.side if counterparty_id == self.source else opposite(self.side)

    @property
    def is_payable(self) -> bool:
        """Whether desks may hold what they would pay."""
        return max(self.amount, self.amount * self.price) < UNPAYABLE

    def concerns(self, counterparty_id: str) -> bool:
        """Whether the account is one of the two desks or the broker."""
        return counterparty_id in self.parties() or counterparty_id == self.placed_by


class OrderBook:
    """Every order that the suite created, and the life-cycle of the spec."""

    def __init__(self, spec: Spec) -> None:
        self.transitions: dict[str, dict[str, str]] = spec.lifecycle["transitions"]
        self.initial: dict[str, str] = spec.lifecycle["initial"]
        self.announced_as: dict[str, str] = spec.lifecycle["announced_as"]
        self.final = frozenset(spec.lifecycle["final"])
        self.orders: dict[str, Order] = {}
        # The arguments of thousands of calls have a few dozen combinations.
        self._reachable = cache(self._reachable_in_time)
        # Orders that the suite did not create, or of which it has lost the state.
        self.foreign: set[str] = set()

    def add(self, order: Order) -> None:
        """Add a new order."""
        self.orders[order.clearing_id] = order

    def forget(self, clearing_id: str) -> None:
        """Stop predicting the state of an order."""
        if clearing_id in self.orders:
            self.lose(clearing_id)

    def lose(self, clearing_id: str) -> None:
        """Expect the order in responses, without predicting its state."""
        self.orders.pop(clearing_id, None)
        self.foreign.add(clearing_id)

    def states_now(self, order: Order, clock_ms: Decimal, slack_ms: int) -> frozenset[str]:
        """Return the states that the order may have at a time of the server's clock."""
        return self._reachable(frozenset(order.states), order.is_payable, *self._expiry(order, clock_ms, slack_ms))

    def _reachable_in_time(
        self, before: frozenset[str], is_payable: bool, may_have_expired: bool, has_expired: bool
    ) -> frozenset[str]:
        by_time = [event for event in BY_TIME if event != "settle" or is_payable]
        states = set(before)
        grown: set[str] = set()
        while states != grown:
            grown = set(states)
            for state in grown:
                events = self.transitions.get(state, {})
                states |= {events[event] for event in by_time if event in events}
                if may_have_expired and "expire" in events:
                    states.add(events["expire"])
        if has_expired:
            states -= {state for state in states if "expire" in self.transitions.get(state, {})}
        return frozenset(states)

    def _expiry(self, order: Order, clock_ms: Decimal, slack_ms: int) -> tuple[bool, bool]:
        if order.hours is None:
            return True, False
        earliest, latest = (placed + order.hours * HOUR_MS for placed in order.placed_ms)
        return clock_ms >= earliest - slack_ms, clock_ms >= latest + slack_ms

    def awaits_confirmation(self, states: frozenset[str]) -> frozenset[bool]:
        """Return whether a desk may still confirm in these states; both values if that depends on the time."""
        return frozenset(any(event.startswith("confirm") for event in self.transitions.get(s, {})) for s in states)

    def confirm_event(self, order: Order, counterparty_id: str) -> str:
        """Return the life-cycle event of a desk's confirmation."""
        return "confirm_by_source" if order.is_brokered and counterparty_id == order.source else "confirm_by_target"

    def apply(self, order: Order, event: str, changed_ms: Decimal) -> None:
        """Apply an event that a desk caused; if it was not possible in any state, any result of it is possible."""
        order.changed_ms = changed_ms
        order.before_report = frozenset()
        next_states = _after(order.states, self.transitions, event)
        order.states = next_states or order.states | _after(self.transitions, self.transitions, event)

    def first_state(self, order: Order) -> str:
        """Return the state of a new order."""
        return self.initial["place_for_two" if order.is_brokered else "place"]


def _after(states: Iterable[str], transitions: dict[str, dict[str, str]], event: str) -> frozenset[str]:
    return frozenset(transitions[state][event] for state in states if event in transitions.get(state, {}))
