"""
Layer: orders from their creation to their end, by several desks.

A scenario is a function that makes calls in order; the expected responses follow from the oracle's order book.
"""

from ..run.run import Context
from .scenarios.desks import NEEDED, has_desks
from .scenarios.filter_pairs import FILTER_PAIR_SCENARIOS
from .scenarios.lifecycle import LIFECYCLE_SCENARIOS
from .scenarios.lists import LIST_SCENARIOS
from .scenarios.settlement import SETTLEMENT_SCENARIOS
from .scenarios.unusual_values import UNUSUAL_VALUE_SCENARIOS
from .scenarios.varieties import VARIETY_SCENARIOS

__all__ = ["run"]

SCENARIOS = {
    **LIFECYCLE_SCENARIOS,
    **SETTLEMENT_SCENARIOS,
    **LIST_SCENARIOS,
    **VARIETY_SCENARIOS,
    **FILTER_PAIR_SCENARIOS,
    **UNUSUAL_VALUE_SCENARIOS,
}


def run(context: Context) -> None:
    """Run each scenario in a new session; a target with one desk is skipped."""
    for name, scenario in SCENARIOS.items():
        if context.selects(name):
            session = context.session()
            if not has_desks(session):
                context.result.skipped = f"it needs the accounts {', '.join(NEEDED)}"
                return
            if context.begins(session, name):
                scenario(session)
