"""
The effects of confirmations and cancellations: statements about the status of an order. Any desk may have changed it.
"""

from tests.simulation.ledger import Call
from tests.simulation.market import ACCOUNTS
from tests.simulation.world import World

__all__ = ["CHANGES", "shows_effect"]

CHANGES = {"cancel_order": "canceled", "confirm_order": "confirmed"}
"""The operations that change an order, and their effects."""


def shows_effect(world: World, call: Call, at_ns: int) -> bool:
    """Return whether the order of a confirmation or cancellation has its effect at a time, by any call of its desk."""
    kind, order_id = CHANGES.get(call.intent.operation), call.intent.terms.get("clearing_id")
    return any(
        effect.kind == kind and effect.clearing_id == order_id and delivery.at_ns <= at_ns
        for other in world.ledger.calls
        if kind == "canceled" or ACCOUNTS.get(other.intent.key) == ACCOUNTS.get(call.intent.key)
        for request in other.requests
        for delivery in request.deliveries
        for effect in delivery.effects
    )
