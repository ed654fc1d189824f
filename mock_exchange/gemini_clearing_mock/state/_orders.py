"""
The order and its lifecycle.

Every state change goes through `apply_event`, and `TRANSITIONS` lists every change that it allows. Which account may
cause an event is decided in `api/_handlers.py`; the events that the clock causes are in `_settlement.py`.
"""

from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from enum import StrEnum

import msgspec

__all__ = [
    "AWAITING_SETTLEMENT",
    "CREATION_STATUS",
    "EXACT",
    "FINAL",
    "TRANSITIONS",
    "Event",
    "Order",
    "Side",
    "State",
    "apply_event",
    "format_decimal",
]

# Arithmetic with money must not round, so the context has the largest precision and exponents of `decimal`.
EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)


class Side(StrEnum):
    """The direction of a trade for one of its desks."""

    BUY = "buy"
    SELL = "sell"

    @property
    def opposite(self) -> "Side":
        """The direction for the other desk."""
        return Side.SELL if self is Side.BUY else Side.BUY


class State(StrEnum):
    """The states of an order, named as in Gemini's documentation."""

    AWAIT_TARGET_CONFIRM = "AwaitTargetConfirm"
    AWAIT_SOURCE_TARGET_CONFIRM = "AwaitSourceTargetConfirm"
    AWAIT_SOURCE_CONFIRM = "AwaitSourceConfirm"
    CONFIRMED = "Confirmed"
    ATTEMPT_SETTLEMENT = "AttemptSettlement"
    SETTLED = "Settled"
    CANCELED = "Canceled"
    EXPIRED = "Expired"


class Event(StrEnum):
    """The events that change the state of an order."""

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

# Gemini's documentation: the response of create_order reports this state under another name than every other response.
CREATION_STATUS = {State.AWAIT_TARGET_CONFIRM: "AwaitConfirm"}

AWAITING_SETTLEMENT = frozenset(state for state, events in TRANSITIONS.items() if Event.SETTLE in events)

_CONFIRMATIONS = frozenset({Event.CONFIRM_BY_SOURCE, Event.CONFIRM_BY_TARGET})
_CONFIRMED = AWAITING_SETTLEMENT | {State.SETTLED}


class Order(msgspec.Struct, gc=False, frozen=True):
    """
    A clearing order.

    `source` is the desk that trades on `source_side`: the desk that placed the order, or the source that `broker`
    named. `target` is `None` while any desk may confirm. `sequence` numbers the orders in the order of creation.
    `placed_with` identifies the key or token that placed the order.
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
        """The state in which the order was created."""
        return State.AWAIT_SOURCE_TARGET_CONFIRM if self.broker else State.AWAIT_TARGET_CONFIRM

    @property
    def is_unchanged(self) -> bool:
        """Whether the order is still in its initial state; only such an order can be canceled."""
        return self.state is self.initial_state

    @property
    def awaits_confirmation(self) -> bool:
        """Whether a desk still has to confirm."""
        return not _CONFIRMATIONS.isdisjoint(TRANSITIONS[self.state])

    @property
    def is_confirmed(self) -> bool:
        """Whether every desk that has to confirm has confirmed."""
        return self.state in _CONFIRMED

    @property
    def is_open(self) -> bool:
        """Whether any desk that has its id may confirm it."""
        return self.target is None and self.state is State.AWAIT_TARGET_CONFIRM

    @property
    def parties(self) -> tuple[str, ...]:
        """The accounts that may read the order: both desks and the broker."""
        return self.desks if self.broker is None else (*self.desks, self.broker)

    @property
    def desks(self) -> tuple[str, ...]:
        """The accounts that trade; only the source while the order is open."""
        return (self.source,) if self.target is None else (self.source, self.target)

    @property
    def total(self) -> Decimal:
        """The exact amount that the buyer pays, in the quote currency."""
        return EXACT.multiply(self.amount, self.price)

    def side_of(self, account: str) -> Side:
        """Return the direction of the trade for one of the desks."""
        return self.source_side if account == self.source else self.source_side.opposite

    def confirmation_by(self, account: str) -> Event | None:
        """Return the confirmation that this account can give now, or `None`."""
        if account == self.source:
            event = Event.CONFIRM_BY_SOURCE
        elif account == self.target or self.is_open:
            event = Event.CONFIRM_BY_TARGET
        else:
            return None
        return event if event in TRANSITIONS[self.state] else None


def apply_event(order: Order, event: Event, at_ms: int) -> Order:
    """
    Return the order after an event.

    Raises:
        KeyError: `TRANSITIONS` does not allow the event. Callers check first, so this is a bug in the mock.

    """
    state = TRANSITIONS[order.state][event]
    confirmed_ms = at_ms if state is State.CONFIRMED else order.confirmed_ms
    return msgspec.structs.replace(order, state=state, updated_ms=at_ms, confirmed_ms=confirmed_ms)


def format_decimal(number: Decimal) -> str:
    """Return a decimal number as text with every digit and without an exponent."""
    return format(number, "f")
