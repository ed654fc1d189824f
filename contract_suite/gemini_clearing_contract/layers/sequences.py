"""
Layer: orders through their whole life, seen and touched by several desks.

Each scenario is one function that makes calls in order; what every answer must be follows from the judge's own book
of orders.  The scenarios stand in `_lives.py` (one order's life) and `_listings.py` (lists and filters).
"""

from __future__ import annotations

from ..run.run import Context
from ..run.session import Session
from .scenarios.lifecycle import LIFECYCLE_SCENARIOS
from .scenarios.lists import LIST_SCENARIOS

__all__ = ["run"]

NEEDED = ("initiator", "counterparty", "broker", "desk3")


def run(context: Context) -> None:
    """Every scenario, each on a session of its own; a target with one desk has none of them."""
    for name, scenario in {**LIFECYCLE_SCENARIOS, **LIST_SCENARIOS}.items():
        if context.wants(name):
            session = context.session()
            if not has_desks(session):
                context.result.left_out = f"it needs the accounts {', '.join(NEEDED[:3])}"
                return
            if context.starts(session, name):
                scenario(session)


def has_desks(session: Session) -> bool:
    """Whether the credentials hold the desks that the scenarios are about."""
    return set(NEEDED[:3]) <= session.ring.desks.keys()
