"""
A desk's program: it executes each intent once, and acts on the statements of its client.

It calls again only if the client stated that nothing happened, so a false statement leads to a double order.
"""

import asyncio
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import Any

from gemini_clearing import (
    ClearingError,
    InvalidNonceError,
    MaintenanceError,
    MaybeExecutedError,
    NotSentError,
    Outcome,
    RateLimitError,
    RecoveredWrite,
    RejectedError,
    Resolution,
)
from tests.simulation.chance import Chance
from tests.simulation.commands import Command, Invoke, Pause, Program, Recover, Resolve
from tests.simulation.history import History
from tests.simulation.ledger import Call, Finding, Intent, Ledger, Statement
from tests.simulation.market import Market, MarketOrder, terms_to_confirm
from tests.simulation.plan import ActorPlan, IntentPlan, ProcessPlan
from tests.simulation.scheduler import NS, KilledError, Scheduler

__all__ = ["INTERRUPTIONS", "Desk", "JobTimeout", "Shared"]

_MAX_CALLS = 3
# After this time all requests have arrived or are lost, and all events of the world are over.
_SETTLING_S = 50.0
# Other processes with the same key may not be calm yet, and hold it.
_CALM_TRIES = 4
_READS = {"get_order", "list_orders", "list_broker_orders", "list_trades"}


class JobTimeout(Exception):
    """The exception that a job queue's timer raises during a call, from a signal handler."""


INTERRUPTIONS = (KeyboardInterrupt, JobTimeout, asyncio.CancelledError)


@dataclass(frozen=True, slots=True)
class Shared:
    """The parts of a run that all desks share."""

    scheduler: Scheduler
    chance: Chance
    ledger: Ledger
    history: History
    market: Market
    set_calm: Callable[[str, bool], None]
    """Called with an actor to begin and end its calm."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The program of one actor."""

    shared: Shared
    process: ProcessPlan
    actor: ActorPlan
    incarnation: str
    """The process that runs it: a name that no other process of the run has."""

    def program(self) -> Program:
        """Execute every intent, then resolve the calls with an unknown outcome."""
        unresolved = yield from self._take_over()
        for plan in self.actor.intents:
            if self._is_to_be_called(plan) and self.shared.chance.allows(plan.name):
                yield Pause(plan.pause_s)
                intent = yield from self._prepare(plan)
                if intent is not None and (yield from self._carry_out(intent, plan)):
                    unresolved.append((intent, plan))
        if unresolved:
            yield Pause(_SETTLING_S)
            self.shared.set_calm(self.actor.name, True)
            for intent, plan in unresolved:
                for _ in range(_CALM_TRIES):
                    if intent.calls[-1].is_open:
                        yield from self._resolve(intent.calls[-1], plan)
            self.shared.set_calm(self.actor.name, False)

    def part(self, number: int, count: int) -> "Desk":
        """Return a desk with one of `count` parts of the intents."""
        intents = self.actor.intents
        size = -(-len(intents) // count)
        return replace(self, actor=replace(self.actor, intents=intents[number * size : (number + 1) * size]))

    # ------------------------------------------------------------------------------------------- intents

    def _intent(self, plan: IntentPlan) -> Intent | None:
        return self.shared.ledger.by_name.get(plan.name)

    def _is_to_be_called(self, plan: IntentPlan) -> bool:
        """
        Whether it has not begun, and the client can distinguish it from the orders of former processes.

        Without a journal it cannot, if a former process of this desk has begun another one with its terms.
        """
        former = (intent for intent in self.shared.ledger.intents if plan.terms and intent.terms == plan.terms)
        return self._intent(plan) is None and all(
            self.process.has_journal or call.incarnation == self.incarnation
            for intent in former
            for call in intent.calls
        )

    def _take_over(self) -> Generator[Command, Any, list[tuple[Intent, IntentPlan]]]:
        """Continue the intents that a killed process has left with an unknown outcome."""
        unresolved = []
        yield from self._recover()
        for plan in self.actor.intents:
            intent = self._intent(plan)
            if intent is None or not intent.calls:
                continue
            call = intent.calls[-1]
            was_recovered = call.is_orphaned and call.findings
            if call.is_open:
                yield from self._resolve(call, plan)
            elif not was_recovered:
                continue
            is_unknown = call.is_open
            if not is_unknown and _may_be_called_again(call):
                is_unknown = yield from self._carry_out(intent, plan)
            if is_unknown:
                unresolved.append((intent, plan))
        return unresolved

    def _recover(self) -> Generator[Command, Any, None]:
        """Resolve what a killed process has recorded in its journal as sent, and did not report anymore."""
        orphans = [call for call in self._own_calls() if call.is_orphaned and call.intent.is_write]
        if not self.process.has_journal or not any(orphans):
            return
        try:
            recovered = yield Recover(orphans[-1])
        except (KilledError, GeneratorExit):
            raise
        except (ClearingError, *INTERRUPTIONS) as error:
            if self.shared.scheduler.is_over:
                raise
            self.shared.history.note(self.actor.name, "fails to recover", type(error).__name__, error)
            return
        for write in recovered:
            self._note_recovery(write)

    def _note_recovery(self, write: RecoveredWrite) -> None:
        """Record the resolution of a call, if its requests can be distinguished from those of other calls."""
        found = [
            call for call in self._own_calls() for request in call.requests if request.payload == write.entry.payload
        ]
        if write.resolution is None or write.entry.nonce is None or not found:
            return
        evidence = tuple(str(getattr(row, "clearing_id", None)) for row in write.resolution.evidence)
        stated, now_ns = _RESOLVED[write.resolution.outcome], self.shared.scheduler.now_ns
        found[0].findings.append(Finding(stated, evidence, self.incarnation, now_ns))
        self.shared.history.note(self.actor.name, f"recovers {found[0].name}: {stated}", *evidence)

    def _own_calls(self) -> list[Call]:
        intents = [self._intent(plan) for plan in self.actor.intents]
        return [call for intent in intents if intent is not None for call in intent.calls]

    def _prepare(self, plan: IntentPlan) -> Generator[Command, Any, Intent | None]:
        """Return the intent of a plan, or None if no suitable order exists."""
        key, operation, market = self.process.key, plan.operation, self.shared.market
        order: MarketOrder | None = None
        terms = dict(plan.terms)
        if operation == "confirm_order":
            for _ in range(4):
                order = order or market.to_confirm(key, self.process.name)
                if order is None:
                    yield Pause(0.5)
            if order is None:
                return None
            terms = terms_to_confirm(order, key)
        elif operation in {"cancel_order", "get_order"}:
            is_cancel = operation == "cancel_order"
            order = market.to_cancel(key, self.process.name) if is_cancel else market.to_read(key)
            if order is None:
                return None
            terms = {"clearing_id": order.clearing_id}
        intent = Intent(plan.name, operation, key, terms, is_write=operation not in _READS)
        self.shared.ledger.add(intent)
        return intent

    def _carry_out(self, intent: Intent, plan: IntentPlan) -> Generator[Command, Any, bool]:
        """Call until the intent is done or must not be tried again; return whether its outcome is still unknown."""
        while len(intent.calls) < _MAX_CALLS:
            call = yield from self._call(intent, plan)
            if call.is_open:
                yield Pause(self.shared.chance.source(call.name).choice((0.0, 0.0, 1.0, 35.0)))
                yield from self._resolve(call, plan)
            if not intent.is_write or not _may_be_called_again(call):
                return call.is_open
            yield Pause(0.05)
        return False

    def _call(self, intent: Intent, plan: IntentPlan) -> Generator[Command, Any, Call]:
        scheduler, history, number = self.shared.scheduler, self.shared.history, len(intent.calls) + 1
        call = Call(intent, number, self.actor.name, self.incarnation, scheduler.now_ns, self.process.timeout_s)
        intent.calls.append(call)
        history.note(self.actor.name, f"calls {call.name}", intent.operation, *map(str, intent.terms.values()))
        try:
            result = yield Invoke(call, intent.operation, dict(intent.terms))
        except (KilledError, GeneratorExit):
            raise
        except BaseException as error:
            if scheduler.is_over:
                raise  # a killed process unwinds
            call.error, call.statement = error, _stated_by(error)
            if isinstance(error, MaybeExecutedError):
                call.doubt = error
        else:
            call.statement = Statement.DONE
            call.clearing_id = getattr(result, "clearing_id", None)
            self._publish(intent, plan, call.clearing_id)
        call.ended_ns = scheduler.now_ns
        end = call.error if call.error is not None else call.clearing_id
        history.note(self.actor.name, f"{call.name} ends: {call.statement}", type(end).__name__, end)
        return call

    def _resolve(self, call: Call, plan: IntentPlan) -> Generator[Command, Any, None]:
        """Resolve a call; if the resolution fails, the call stays unknown."""
        history = self.shared.history
        end = yield from self._query(call)
        if isinstance(end, BaseException):
            history.note(self.actor.name, f"fails to resolve {call.name}", type(end).__name__, end)
            return
        evidence = tuple(str(getattr(row, "clearing_id", None)) for row in end.evidence)
        stated = _RESOLVED[end.outcome]
        call.findings.append(Finding(stated, evidence, self.incarnation, self.shared.scheduler.now_ns))
        history.note(self.actor.name, f"resolves {call.name}: {stated}", *evidence)
        if stated is Statement.EXECUTED and len(evidence) == 1:
            self._publish(call.intent, plan, evidence[0])

    def _query(self, call: Call) -> Generator[Command, Any, Resolution | BaseException]:
        """Return the resolution of a call, or what was raised instead."""
        scheduler = self.shared.scheduler
        form = self.shared.chance.source(f"{call.name}:form").choice(("error", "client", "pickle", "json"))
        if call.incarnation != self.incarnation:
            form = "json"  # a killed process has left only its log
        began_ns, call.is_resolving, call.resolution_interrupted_with = scheduler.now_ns, True, None
        end: Resolution | BaseException
        try:
            end = yield Resolve(call, form)
        except (KilledError, GeneratorExit):
            raise
        except BaseException as error:
            if scheduler.is_over:
                raise  # a killed process unwinds
            end = error
        call.end_resolution(end, (scheduler.now_ns - began_ns) / NS)
        return end

    def _publish(self, intent: Intent, plan: IntentPlan, clearing_id: str | None) -> None:
        if clearing_id is not None and plan.use:
            self.shared.market.offer(MarketOrder(clearing_id, dict(intent.terms), intent.key, plan.use))


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


def _may_be_called_again(call: Call) -> bool:
    stated = call.last_statement
    if stated is Statement.REJECTED:
        return isinstance(call.error, RateLimitError | InvalidNonceError | MaintenanceError)
    if stated is Statement.INTERRUPTED:
        return call.intent.is_write and call.doubt is None  # the client has reported no write in doubt
    return stated in {Statement.NOT_SENT, Statement.NOT_EXECUTED}
