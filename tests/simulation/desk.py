"""
A desk's program: it executes each intent once, and acts on the statements of its client.

It calls again only if the client stated that nothing happened, so a false statement leads to a double order.
"""

import asyncio
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

from gemini_clearing import (
    InvalidNonceError,
    MaintenanceError,
    MaybeExecutedError,
    NotSentError,
    Outcome,
    RateLimitError,
    RejectedError,
    Resolution,
)
from tests.simulation.chance import Chance
from tests.simulation.commands import Command, Invoke, Pause, Program, Resolve
from tests.simulation.history import History
from tests.simulation.ledger import Call, Finding, Intent, Ledger, Statement
from tests.simulation.plan import COUNTERPARTY, INITIATOR, ActorPlan, IntentPlan, ProcessPlan
from tests.simulation.scheduler import KilledError, Scheduler

__all__ = ["INTERRUPTIONS", "Desk", "JobTimeout", "Market", "MarketOrder"]

_MOST_CALLS = 3
# After this time all requests have arrived or are lost, and all events of the world are over.
_SETTLING_S = 50.0
_READS = {"get_order", "list_orders", "list_broker_orders", "list_trades"}
_ACCOUNTS = {"initiator": INITIATOR, "clockwork": INITIATOR, "token": INITIATOR, "counterparty": COUNTERPARTY}
_OPPOSITE = {"buy": "sell", "sell": "buy"}


class JobTimeout(Exception):
    """The exception that a job queue's timer raises during a call, from a signal handler."""


INTERRUPTIONS = (KeyboardInterrupt, JobTimeout, asyncio.CancelledError)


@dataclass(eq=False, slots=True)
class MarketOrder:
    """An order whose placement a client has stated, and its intended use."""

    clearing_id: str
    terms: dict[str, Any]
    key: str
    use: str
    taken_by: set[str] = field(default_factory=set)


class Market:
    """The orders that desks can confirm, cancel or read."""

    def __init__(self) -> None:
        self.orders: list[MarketOrder] = []

    def to_confirm(self, key: str) -> MarketOrder | None:
        """Return an order that this desk may confirm and has not tried to."""
        account = _ACCOUNTS.get(key)
        for order in self.orders:
            asked = {order.terms.get(name) for name in ("source_counterparty_id", "target_counterparty_id")} - {None}
            named = order.terms.get("counterparty_id")
            wanted = account in asked if asked else named in {account, None} and _ACCOUNTS.get(order.key) != account
            if wanted and order.use in {"offered", "both"} and account not in order.taken_by:
                order.taken_by.add(str(account))
                return order
        return None

    def to_cancel(self, key: str) -> MarketOrder | None:
        """Return an order that this desk is to cancel and has not tried to."""
        for order in self.orders:
            if order.key == key and order.use in {"canceled", "both"} and "canceler" not in order.taken_by:
                order.taken_by.add("canceler")
                return order
        return None

    def to_read(self, key: str) -> MarketOrder | None:
        """Return the desk's latest order."""
        return next((order for order in reversed(self.orders) if order.key == key), None)


@dataclass(frozen=True, slots=True)
class Desk:
    """The program of one actor."""

    scheduler: Scheduler
    chance: Chance
    ledger: Ledger
    history: History
    market: Market
    be_calm: Callable[[str], None]
    process: ProcessPlan
    actor: ActorPlan
    started: set[str]
    """Names of intents that were started, also by a killed process before this one."""

    def program(self) -> Program:
        """Execute every intent, then resolve the calls with an unknown outcome."""
        unresolved: list[tuple[Intent, IntentPlan]] = []
        for plan in self.actor.intents:
            if plan.name in self.started or not self.chance.allows(plan.name):
                continue
            self.started.add(plan.name)
            yield Pause(plan.pause_s)
            intent = yield from self._prepare(plan)
            if intent is not None:
                self.ledger.intents.append(intent)
                if (yield from self._carry_out(intent, plan)):
                    unresolved.append((intent, plan))
        if unresolved:
            yield Pause(_SETTLING_S)
            self.be_calm(self.actor.name)
            for intent, plan in unresolved:
                yield from self._resolve(intent.calls[-1], plan)

    # ------------------------------------------------------------------------------------------- intents

    def _prepare(self, plan: IntentPlan) -> Generator[Command, Any, Intent | None]:
        """Return the intent of a plan, or None if no suitable order exists."""
        key, operation = self.process.key, plan.operation
        match operation:
            case "create_order" | "create_broker_order":
                terms = plan.terms
            case "confirm_order":
                order = None
                for _ in range(4):
                    order = order or self.market.to_confirm(key)
                    if order is None:
                        yield Pause(0.5)
                if order is None:
                    return None
                terms = {"clearing_id": order.clearing_id, **_terms_to_confirm(order, _ACCOUNTS[key])}
            case "cancel_order" | "get_order":
                pick = self.market.to_cancel if operation == "cancel_order" else self.market.to_read
                order = pick(key)
                if order is None:
                    return None
                terms = {"clearing_id": order.clearing_id}
            case _:
                terms = {}
        return Intent(plan.name, operation, key, terms, is_write=operation not in _READS)

    def _carry_out(self, intent: Intent, plan: IntentPlan) -> Generator[Command, Any, bool]:
        """Call until the intent is done or must not be tried again; return whether its outcome is still unknown."""
        for _ in range(_MOST_CALLS):
            call = yield from self._call(intent, plan)
            if call.statement is Statement.UNKNOWN:
                yield from self._resolve(
                    call, plan, patience=self.chance.source(call.name).choice((0.0, 0.0, 1.0, 35.0))
                )
            stated = call.findings[-1].statement if call.findings else call.statement
            if not intent.is_write or not _may_be_called_again(stated, call):
                return stated is Statement.UNKNOWN and intent.is_write
            yield Pause(0.05)
        return False

    def _call(self, intent: Intent, plan: IntentPlan) -> Generator[Command, Any, Call]:
        number = len(intent.calls) + 1
        call = Call(intent, number, self.actor.name, self.scheduler.now_ns, self.process.timeout_s)
        intent.calls.append(call)
        self.history.note(self.actor.name, f"calls {call.name}", intent.operation, *map(str, intent.terms.values()))
        try:
            result = yield Invoke(call, intent.operation, dict(intent.terms))
        except (KilledError, GeneratorExit):
            raise
        except BaseException as error:
            call.error, call.statement = error, _stated_by(error)
        else:
            call.statement = Statement.DONE
            call.clearing_id = getattr(result, "clearing_id", None)
            self._publish(intent, plan, call.clearing_id)
        call.ended_ns = self.scheduler.now_ns
        told = call.error if call.error is not None else call.clearing_id
        self.history.note(self.actor.name, f"{call.name} ends: {call.statement}", type(told).__name__, told)
        return call

    def _resolve(self, call: Call, plan: IntentPlan, patience: float = 0.0) -> Generator[Command, Any, None]:
        """Resolve a call; if the resolution fails, the call stays unknown."""
        assert isinstance(call.error, MaybeExecutedError)
        yield Pause(patience)
        try:
            resolution: Resolution = yield Resolve(call, call.error)
        except (KilledError, GeneratorExit):
            raise
        except (NotSentError, RejectedError, MaybeExecutedError, *INTERRUPTIONS) as error:
            self.history.note(self.actor.name, f"fails to resolve {call.name}", type(error).__name__, error)
            return
        evidence = tuple(str(getattr(row, "clearing_id", None)) for row in resolution.evidence)
        stated = _RESOLVED[resolution.outcome]
        call.findings.append(Finding(stated, evidence, "resolve", self.scheduler.now_ns))
        self.history.note(self.actor.name, f"resolves {call.name}: {stated}", *evidence)
        if stated is Statement.EXECUTED and len(evidence) == 1:
            self._publish(call.intent, plan, evidence[0])

    def _publish(self, intent: Intent, plan: IntentPlan, clearing_id: str | None) -> None:
        if clearing_id is not None and plan.use:
            order = MarketOrder(clearing_id, dict(intent.terms), intent.key, plan.use)
            self.market.orders.append(order)


_RESOLVED = {
    Outcome.EXECUTED: Statement.EXECUTED,
    Outcome.NOT_EXECUTED: Statement.NOT_EXECUTED,
    Outcome.AMBIGUOUS: Statement.AMBIGUOUS,
}


_STATED: dict[Any, Statement] = {
    NotSentError: Statement.NOT_SENT,
    RejectedError: Statement.REJECTED,
    MaybeExecutedError: Statement.UNKNOWN,
    INTERRUPTIONS: Statement.INTERRUPTED,
}


def _stated_by(error: BaseException) -> Statement | None:
    """Return what an error states; None for a foreign exception."""
    return next((statement for kind, statement in _STATED.items() if isinstance(error, kind)), None)


def _may_be_called_again(stated: Statement | None, call: Call) -> bool:
    if stated is Statement.REJECTED:
        return isinstance(call.error, RateLimitError | InvalidNonceError | MaintenanceError)
    return stated in {Statement.NOT_SENT, Statement.NOT_EXECUTED}


def _terms_to_confirm(order: MarketOrder, account: str) -> dict[str, Any]:
    terms = {name: order.terms[name] for name in ("symbol", "amount", "price", "side")}
    if order.terms.get("source_counterparty_id") != account:
        terms["side"] = _OPPOSITE[terms["side"]]
    return terms
