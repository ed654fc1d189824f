"""
The order and its life-cycle.

Everything that changes where an order stands goes through ``advance``, and everything ``advance`` allows stands in
``TRANSITIONS``.  Who may cause an event, and what must be true of the terms, is decided in ``_operations``; what
happens by the clock alone, in ``_settlement``.
"""

from __future__ import annotations

from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from enum import StrEnum

import msgspec

__all__ = [
    "ANNOUNCED_AS",
    "AWAITING_SETTLEMENT",
    "EXACT",
    "FINAL",
    "TRANSITIONS",
    "Event",
    "Order",
    "Side",
    "State",
    "advance",
    "plain",
]

# Sums, products and remainders of money never round.
EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)


class Side(StrEnum):
    """The direction of a trade, as one desk sees it."""

    BUY = "buy"
    SELL = "sell"

    @property
    def opposite(self) -> Side:
        """The other desk's direction."""
        return Side.SELL if self is Side.BUY else Side.BUY


class State(StrEnum):
    """Where an order stands, in the exchange's words."""

    AWAIT_TARGET_CONFIRM = "AwaitTargetConfirm"
    AWAIT_SOURCE_TARGET_CONFIRM = "AwaitSourceTargetConfirm"
    AWAIT_SOURCE_CONFIRM = "AwaitSourceConfirm"
    CONFIRMED = "Confirmed"
    ATTEMPT_SETTLEMENT = "AttemptSettlement"
    SETTLED = "Settled"
    CANCELED = "Canceled"
    EXPIRED = "Expired"


class Event(StrEnum):
    """What moves an order on."""

    CONFIRM_BY_SOURCE = "confirm_by_source"
    CONFIRM_BY_TARGET = "confirm_by_target"
    CANCEL = "cancel"
    AWAIT_FUNDS = "await_funds"
    SETTLE = "settle"
    EXPIRE = "expire"


TRANSITIONS: dict[State, dict[Event, State]] = {
    State.AWAIT_TARGET_CONFIRM: {
        Event.CONFIRM_BY_TARGET: State.CONFIRMED,
        Event.CANCEL: State.CANCELED,
        Event.EXPIRE: State.EXPIRED,
    },
    State.AWAIT_SOURCE_TARGET_CONFIRM: {
        Event.CONFIRM_BY_SOURCE: State.AWAIT_TARGET_CONFIRM,
        Event.CONFIRM_BY_TARGET: State.AWAIT_SOURCE_CONFIRM,
        Event.CANCEL: State.CANCELED,
        Event.EXPIRE: State.EXPIRED,
    },
    State.AWAIT_SOURCE_CONFIRM: {
        Event.CONFIRM_BY_SOURCE: State.CONFIRMED,
        Event.EXPIRE: State.EXPIRED,
    },
    State.CONFIRMED: {
        Event.SETTLE: State.SETTLED,
        Event.AWAIT_FUNDS: State.ATTEMPT_SETTLEMENT,
        Event.EXPIRE: State.EXPIRED,
    },
    State.ATTEMPT_SETTLEMENT: {
        Event.SETTLE: State.SETTLED,
        Event.EXPIRE: State.EXPIRED,
    },
    State.SETTLED: {},
    State.CANCELED: {},
    State.EXPIRED: {},
}

FINAL = frozenset(state for state, events in TRANSITIONS.items() if not events)

# The answer to the call that placed the order has a word of its own for its first state.
ANNOUNCED_AS = {State.AWAIT_TARGET_CONFIRM: "AwaitConfirm"}

AWAITING_SETTLEMENT = frozenset(state for state, events in TRANSITIONS.items() if Event.SETTLE in events)

_CONFIRMATIONS = frozenset({Event.CONFIRM_BY_SOURCE, Event.CONFIRM_BY_TARGET})
_AGREED = AWAITING_SETTLEMENT | {State.SETTLED}


class Order(msgspec.Struct, frozen=True):
    """
    One clearing order.

    ``source`` takes ``source_side``: the desk that placed the order, or the one a ``broker`` named so.
    ``target`` is ``None`` while nobody in particular is asked to confirm.
    ``sequence`` numbers the orders as they came; ``placed_with`` is the key or token that placed this one.
    """

    clearing_id: str
    sequence: int
    symbol: str
    amount: Decimal
    price: Decimal
    source: str
    source_side: Side
    target: str | None
    broker: str | None
    state: State
    submitted_ms: int
    expires_ms: int
    updated_ms: int
    placed_with: str
    confirmed_ms: int | None = None

    @property
    def placed_by(self) -> str:
        """The account that placed the order."""
        return self.broker or self.source

    @property
    def initial_state(self) -> State:
        """Where the order began."""
        return State.AWAIT_SOURCE_TARGET_CONFIRM if self.broker else State.AWAIT_TARGET_CONFIRM

    @property
    def is_untouched(self) -> bool:
        """Whether nobody has confirmed, canceled or let it expire; only then can it be canceled."""
        return self.state is self.initial_state

    @property
    def awaits_confirmation(self) -> bool:
        """Whether a desk has yet to confirm."""
        return not _CONFIRMATIONS.isdisjoint(TRANSITIONS[self.state])

    @property
    def is_confirmed(self) -> bool:
        """Whether every desk that has to confirm has done so."""
        return self.state in _AGREED

    @property
    def is_open(self) -> bool:
        """Whether anybody who holds its id may confirm it."""
        return self.target is None and self.state is State.AWAIT_TARGET_CONFIRM

    @property
    def parties(self) -> tuple[str, ...]:
        """The accounts that may ask for it: both desks and the broker."""
        return self.desks if self.broker is None else (*self.desks, self.broker)

    @property
    def desks(self) -> tuple[str, ...]:
        """The accounts that trade; one while the order is open."""
        return (self.source,) if self.target is None else (self.source, self.target)

    @property
    def total(self) -> Decimal:
        """What the buyer pays, in the quote currency; exact."""
        return EXACT.multiply(self.amount, self.price)

    def side_of(self, account: str) -> Side:
        """Tell the direction of the trade for one of the desks."""
        return self.source_side if account == self.source else self.source_side.opposite

    def confirmation_by(self, account: str) -> Event | None:
        """Tell which confirmation this account can give now, if any."""
        if account == self.source:
            event = Event.CONFIRM_BY_SOURCE
        elif account == self.target or self.is_open:
            event = Event.CONFIRM_BY_TARGET
        else:
            return None
        return event if event in TRANSITIONS[self.state] else None


def advance(order: Order, event: Event, at_ms: int) -> Order:
    """Move an order on.  An event that the table does not have for its state is a ``KeyError``, and a bug here."""
    state = TRANSITIONS[order.state][event]
    confirmed_ms = at_ms if state is State.CONFIRMED else order.confirmed_ms
    return msgspec.structs.replace(order, state=state, updated_ms=at_ms, confirmed_ms=confirmed_ms)


def plain(amount: Decimal) -> str:
    """Write a decimal with every digit and without an exponent."""
    return format(amount, "f")
