"""Faults in the life-cycle of an order: one event in one state, the time of one event, and settlement."""

from tests.faults.catalog.layers import SEQUENCES
from tests.faults.catalog.source_text import Row, mock_faults

__all__ = ["LIFECYCLE_FAULTS"]

AFTER_TRANSITIONS = "FINAL = frozenset("
# No response shows that an order should have settled or waited for funds: the balances are not visible.
EVENTS = (
    ("AWAIT_TARGET_CONFIRM", "CONFIRM_BY_TARGET"),
    ("AWAIT_TARGET_CONFIRM", "CANCEL"),
    ("AWAIT_TARGET_CONFIRM", "EXPIRE"),
    ("AWAIT_SOURCE_TARGET_CONFIRM", "CONFIRM_BY_SOURCE"),
    ("AWAIT_SOURCE_TARGET_CONFIRM", "CONFIRM_BY_TARGET"),
    ("AWAIT_SOURCE_TARGET_CONFIRM", "CANCEL"),
    ("AWAIT_SOURCE_TARGET_CONFIRM", "EXPIRE"),
    ("AWAIT_SOURCE_CONFIRM", "CONFIRM_BY_SOURCE"),
    ("AWAIT_SOURCE_CONFIRM", "EXPIRE"),
    ("CONFIRMED", "EXPIRE"),
    ("ATTEMPT_SETTLEMENT", "EXPIRE"),
)
IS_CHANGED = "state=state, updated_ms=at_ms"


def _words(name: str) -> str:
    return name.lower().replace("_", " ")


def _ignored(state: str, event: str) -> Row:
    edit = f"del TRANSITIONS[State.{state}][Event.{event}]\n{AFTER_TRANSITIONS}"
    return f"does not {_words(event)} in {_words(state)}", SEQUENCES, AFTER_TRANSITIONS, edit


def _added(state: str, event: str, after: str) -> Row:
    edit = f"TRANSITIONS[State.{state}][Event.{event}] = State.{after}\n{AFTER_TRANSITIONS}"
    return f"allows to {_words(event)} in {_words(state)}", SEQUENCES, AFTER_TRANSITIONS, edit


def _without_time(event: str) -> Row:
    edit = f"state=state, updated_ms=order.updated_ms if event is Event.{event} else at_ms"
    return f"keeps the update time when it should {_words(event)}", SEQUENCES, IS_CHANGED, edit


LIFECYCLE_FAULTS = mock_faults((
    *(_ignored(state, event) for state, event in EVENTS),
    *(_added(state, "EXPIRE", "EXPIRED") for state in ("SETTLED", "CANCELED")),
    *map(_without_time, ("CONFIRM_BY_SOURCE", "CONFIRM_BY_TARGET", "CANCEL", "AWAIT_FUNDS", "SETTLE", "EXPIRE")),
    ("settles orders without funds", SEQUENCES, "    elif is_funded(state, order):", "    elif True:"),
    (
        "settles orders that one desk can pay",
        SEQUENCES,
        "all(has_funds(state, order, desk) for desk in order.desks)",
        "any(has_funds(state, order, desk) for desk in order.desks)",
    ),
    (
        "compares the price only with the first confirmation",
        SEQUENCES,
        "        if context.parameters[name] != value:",
        '        if context.parameters[name] != value and (name != "price" or order.is_unchanged):',
    ),
))  # fmt: skip
