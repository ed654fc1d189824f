"""
The rules of journals: what they record, and that it is true. `checks` lists all rules.
"""

from gemini_clearing import Outcome, WriteEnd
from tests.simulation.effects import CHANGES, shows_effect
from tests.simulation.request_checks import Breaches
from tests.simulation.world import World

__all__ = ["false_in_journal", "not_in_journal"]


def not_in_journal(world: World) -> Breaches:
    """A process with a journal records each write before its first byte leaves."""
    recorded = {entry.payload for entry in world.journal_entries}
    journaled = {plan.name for plan in world.plan.processes if plan.has_journal}
    for request in world.network.sent:
        is_journaled = request.process.partition("#")[0] in journaled
        if is_journaled and request.is_write and request.written and request.payload not in recorded:
            yield request.name, "it is not in the journal"


def false_in_journal(world: World) -> Breaches:
    """The journal states only true things about a write."""
    # Without a nonce, the requests of two writes can be equal.
    requests = {
        request.payload: request for request in world.network.sent if request.is_write and request.nonce is not None
    }
    for entry in world.journal_entries:
        request = requests.get(entry.payload)
        if request is None:
            continue
        if entry.operation in CHANGES and entry.outcome is Outcome.EXECUTED and entry.end is not WriteEnd.EXECUTED:
            if not shows_effect(world, request.call, world.scheduler.now_ns):
                yield request.name, f"the journal has a query's {entry.outcome}, and the exchange has no such effect"
            continue
        effects = [effect.clearing_id for delivery in request.deliveries for effect in delivery.effects]
        if entry.outcome is Outcome.EXECUTED and (not effects or entry.order_id not in {None, *effects}):
            yield request.name, f"the journal has {entry.order_id}, and the exchange {effects}"
        elif entry.outcome is Outcome.NOT_EXECUTED and effects:
            yield request.name, f"the journal has {entry.end} and {entry.resolution}, and the exchange {effects}"
