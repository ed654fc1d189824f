"""
``docs/order-lifecycle.md``: the diagram of the order's life-cycle, drawn from its table.
"""

from __future__ import annotations

from ..state._orders import ANNOUNCED_AS, FINAL, TRANSITIONS, Event, State

__all__ = ["render"]

_MEANING = {
    Event.CONFIRM_BY_SOURCE: "the source confirms",
    Event.CONFIRM_BY_TARGET: "the target confirms",
    Event.CANCEL: "a desk or the broker cancels",
    Event.AWAIT_FUNDS: "a desk lacks the funds at the first check",
    Event.SETTLE: "both desks hold the funds at a check",
    Event.EXPIRE: "its time is up",
}

_PAGE = """\
# The life-cycle of a clearing order

Drawn by `make docs` from the table `TRANSITIONS` in `mock_exchange/gemini_clearing_mock/state/_orders.py`.
Not edited by hand.

```mermaid
stateDiagram-v2
{diagram}
```

{notes}

| in | when | becomes |
|---|---|---|
{rows}
"""


def render() -> str:
    """Draw the page."""
    rows = [
        f"| `{state}` | {_MEANING[event]} | `{then}` |"
        for state, events in TRANSITIONS.items()
        for event, then in events.items()
    ]
    return _PAGE.format(diagram="\n".join(_diagram()), notes="\n".join(_notes()), rows="\n".join(rows))


def _diagram() -> list[str]:
    return [
        f"    [*] --> {State.AWAIT_TARGET_CONFIRM}: a desk places",
        f"    [*] --> {State.AWAIT_SOURCE_TARGET_CONFIRM}: a broker places",
        *(
            f"    {state} --> {then}: {_MEANING[event]}"
            for state, events in TRANSITIONS.items()
            for event, then in events.items()
        ),
        *(f"    {state} --> [*]" for state in TRANSITIONS if state in FINAL),
    ]


def _notes() -> list[str]:
    announced = [
        f"The answer to the call that places an order says `{word}` for `{state}`."
        for state, word in ANNOUNCED_AS.items()
    ]
    return [
        *announced,
        "An order is canceled only while nobody has confirmed: a broker's no longer once one of the two desks has.",
        "Confirmed orders are checked for funds every 30 seconds of exchange time, counted from their confirmation.",
        "An order that expires in the millisecond of a check expires.",
    ]
