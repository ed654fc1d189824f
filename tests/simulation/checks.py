"""
The rules: the clients' statements are compared with the exchange's own book.

Each rule is a function of the world after a run that yields violations. `RULES` lists all of them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from gemini_clearing import ClearingError, InvalidNonceError
from gemini_clearing_runtime.errors import RESOLVE_TIMEOUT_S
from tests.simulation import journal_checks, request_checks
from tests.simulation.effects import CHANGES, shows_effect
from tests.simulation.ledger import Call, Finding, Statement
from tests.simulation.network import UNORDERED_KEYS
from tests.simulation.request_checks import Breaches
from tests.simulation.scheduler import NS
from tests.simulation.world import World

__all__ = ["RULES", "Violation", "check"]

_EFFECTS = {
    "create_order": "placed",
    "create_broker_order": "placed",
    "cancel_order": "canceled",
    "confirm_order": "confirmed",
}
_SAYS_NO = {Statement.NOT_SENT, Statement.REJECTED, Statement.NOT_EXECUTED}
_GRACE_S = 0.25
# Faults of reads that leave a client no other truthful word than `ambiguous`.
_OBSCURING = {"null-row", "unreadable-row", "crossed-response", "stale-list", "odd-encoding"}
_TERMS = ("symbol", "amount", "price", "side")


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that a run has broken."""

    rule: str
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.subject}: {self.detail}"


def check(world: World) -> list[Violation]:
    """Return every violation of a run."""
    return [Violation(rule, subject, detail) for rule, breaches in RULES.items() for subject, detail in breaches(world)]


def _executed_twice(world: World) -> Breaches:
    """An intent is executed at most once."""
    for intent in world.ledger.intents:
        effects = [f"{effect.kind} {effect.clearing_id}" for call in intent.calls for effect in call.effects]
        if len(effects) > 1:
            yield intent.name, ", ".join(effects)


def _lost(world: World) -> Breaches:
    """The last statement about an executed write does not deny it."""
    for intent in world.ledger.intents:
        executed = any(call.effects for call in intent.calls)
        stated = intent.calls[-1].last_statement if intent.calls else None
        if intent.is_write and executed and stated in _SAYS_NO:
            yield intent.name, f"was executed, and the last word is {stated}"


def _false_not_sent(world: World) -> Breaches:
    """*Not sent* means that no byte of a request was written."""
    for call in _stating(world, Statement.NOT_SENT):
        written = [request.name for request in call.requests if request.written and request.is_write]
        if call.effects:
            yield call.name, "it was executed"
        elif written:
            yield call.name, f"bytes of {', '.join(written)} were written"


def _false_rejected(world: World) -> Breaches:
    """*Rejected* means that it was not executed."""
    for call in _stating(world, Statement.REJECTED):
        if call.effects:
            yield call.name, f"it was executed ({call.error})"


def _rejected_without_evidence(world: World) -> Breaches:
    """*Rejected* needs the API's own error body, in response to this call."""
    for call in _stating(world, Statement.REJECTED):
        reason = getattr(call.error, "reason", None)
        own = [request for request in call.requests if request.path.endswith(_PATHS[call.intent.operation])]
        received = [delivery for request in own if request.response == "exchange" for delivery in request.deliveries]
        if not any(delivery.is_rejection and delivery.reason == reason for delivery in received):
            yield call.name, f"the client has received no such error of the exchange: {call.error}"


def _false_done(world: World) -> Breaches:
    """A result means that this call was executed, and contains its order."""
    for call in _stating(world, Statement.DONE):
        if call.requests and call.requests[-1].response == "crossed":
            yield call.name, f"it was the response to another request than {call.requests[-1].name}"
        if call.intent.operation == "get_order":
            wanted = call.intent.terms["clearing_id"]
            if call.clearing_id not in {None, wanted}:
                yield call.name, f"it returned {call.clearing_id}, not {wanted}"
        elif call.intent.is_write and not call.effects:
            yield call.name, f"it was not {_EFFECTS[call.intent.operation]}"
        elif call.clearing_id is not None and call.clearing_id not in {effect.clearing_id for effect in call.effects}:
            yield call.name, f"it shows {call.clearing_id}, which is another order"


def _false_executed(world: World) -> Breaches:
    """*Executed* means that this call has placed the order in its evidence, or that the order has the stated status."""
    for call, finding in _findings(world, Statement.EXECUTED):
        if call.intent.operation in CHANGES:
            if not shows_effect(world, call, finding.at_ns):
                yield call.name, f"the order was not {_EFFECTS[call.intent.operation]}"
            continue
        placed = {effect.clearing_id for effect in call.effects}
        if not placed and not _is_of_a_killed_process(world, call, finding):
            yield call.name, f"it was not; the evidence was {finding.evidence}"
        elif placed and not placed & set(finding.evidence):
            yield call.name, f"the evidence shows {finding.evidence}, and its order is {placed}"


def _false_not_executed(world: World) -> Breaches:
    """*Not executed* is final: it was not, and never will be."""
    for call, _ in _findings(world, Statement.NOT_EXECUTED):
        if call.effects:
            yield call.name, f"{call.effects[0].kind} {call.effects[0].clearing_id}"


def _evidence_without_the_order(world: World) -> Breaches:
    """*Ambiguous* shows every order that it could be, the true one among them."""
    for call, finding in _findings(world, Statement.AMBIGUOUS):
        placed = {effect.clearing_id for effect in call.effects if effect.kind == "placed"}
        obscured = _is_obscured(world, call)
        if placed and not placed & set(finding.evidence) and not obscured:
            yield call.name, f"the evidence shows {finding.evidence}, and its order is {placed}"


def _ambiguous_without_reason(world: World) -> Breaches:
    """*Ambiguous* is the last resort: twins, unreadable rows, keys without an order of nonces, clocks that jump."""
    clocks = any(event.kind.endswith(("clock", "clock-far")) for event in world.plan.events)
    for call, finding in _findings(world, Statement.AMBIGUOUS):
        obscured = _is_obscured(world, call)
        unordered = call.intent.key in UNORDERED_KEYS
        if not (clocks or obscured or unordered or _has_twin(world, call)):
            yield call.name, f"the evidence was {finding.evidence}"


def _is_of_a_killed_process(world: World, call: Call, finding: Finding) -> bool:
    """Whether a process took another order of its predecessor for the one in doubt. Only a journal prevents that."""
    owners = [
        other
        for other in world.ledger.calls
        for effect in other.effects
        if effect.kind == "placed" and effect.clearing_id in finding.evidence
    ]
    journaled = {plan.name for plan in world.plan.processes if plan.has_journal}
    if finding.incarnation.partition("#")[0] in journaled:
        return False
    return call.incarnation != finding.incarnation and any(other.incarnation != finding.incarnation for other in owners)


def _is_obscured(world: World, call: Call) -> bool:
    """Whether a client could not read what the exchange had about a call."""
    drifted = {effect.clearing_id for effect in call.effects} | {call.intent.terms.get("clearing_id")}
    reads = [request for request in call.requests if not request.is_write]
    return bool(drifted & world.exchange.drifted) or any(_OBSCURING & set(request.faults) for request in reads)


def _has_twin(world: World, call: Call) -> bool:
    """Whether another write with these terms was executed or ended in doubt; without a statement, by a kill."""
    in_doubt = {Statement.UNKNOWN, Statement.INTERRUPTED, None}
    if len(call.effects) > 1:
        return True
    terms = {name: call.intent.terms.get(name) for name in _TERMS}
    return any(
        other is not call
        and (other.effects or other.statement in in_doubt)
        and all(other.intent.terms.get(name) == terms[name] for name in _TERMS)
        for other in world.ledger.calls
    )


def _never_resolved(world: World) -> Breaches:
    """Once the network is calm, every unknown outcome can be resolved."""
    with_file = {plan.name for plan in world.plan.processes if plan.has_nonce_file}
    for call in world.ledger.calls:
        if call.is_open and call is call.intent.calls[-1]:
            error = call.resolution_ends[-1][0] if call.resolution_ends else None
            # After a clock was put back, a new process without a nonce file draws used nonces for as long.
            if not isinstance(error, InvalidNonceError) or call.actor[0] in with_file:
                yield call.name, str(call.doubt)


def _unreported(world: World) -> Breaches:
    """A write with an unknown outcome is reported to the log and to the hook, also if it was interrupted."""
    for call in world.ledger.calls:
        is_unknown = call.statement in {Statement.UNKNOWN, Statement.INTERRUPTED}
        if call.intent.is_write and is_unknown and _is_in_doubt(call) and not (call.was_reported and call.log):
            yield call.name, f"reported: {call.was_reported}, logged: {len(call.log)} lines, {call.error!r}"


def _is_in_doubt(call: Call) -> bool:
    """Whether bytes of a write were written, and no query about it was successful before the call ended."""
    during = [request for request in call.requests if call.ended_ns is None or request.began_ns < call.ended_ns]
    for request in reversed(during):
        if request.is_write and request.written:
            return True
        if not request.is_write and request.response == "exchange" and not call.effects:
            return False
    return False


def _sent_again_without_query(world: World) -> Breaches:
    """A write is sent again only after the exchange has responded to a query about it."""
    for call in world.ledger.calls:
        writes = [request for request in call.requests if request.is_write and request.written]
        for former, later in pairwise(writes):
            between = call.requests[former.number : later.number - 1]
            if not any(read.response == "exchange" and not read.is_write for read in between):
                yield later.name, f"no query about {former.name} was successful"


def _foreign_exception(world: World) -> Breaches:
    """A call raises only the client's own exceptions and interruptions."""
    for call in world.ledger.calls:
        if call.ended_ns is not None and call.statement is None:
            yield call.name, repr(call.error)
        for error, came in call.resolution_ends:
            if error is not None and came is None and not isinstance(error, ClearingError):
                yield call.name, f"its resolution raised {error!r}"


def _swallowed_interruption(world: World) -> Breaches:
    """An interruption is raised unchanged."""
    for call in world.ledger.calls:
        ends = [(call.error, call.interrupted_with)] if call.ended_ns is not None else []
        for error, came in (*ends, *call.resolution_ends):
            if came is not None and type(error) is not type(came):
                yield call.name, f"{came!r} was raised, and the call or its resolution ended in {error!r}"


def _overdue(world: World) -> Breaches:
    """A call ends by its deadline."""
    for call in world.ledger.calls:
        if call.ended_ns is not None:
            took_s = (call.ended_ns - call.began_ns) / NS
            if took_s > call.timeout_s + _GRACE_S:
                yield call.name, f"it took {took_s:.2f} s, and had {call.timeout_s:.2f} s"
        for took_s in call.resolving_s:
            if took_s > RESOLVE_TIMEOUT_S + _GRACE_S:
                yield call.name, f"its resolution took {took_s:.2f} s, and had {RESOLVE_TIMEOUT_S:.2f} s"


def _stating(world: World, statement: Statement) -> Iterator[Call]:
    return (call for call in world.ledger.calls if call.statement is statement)


def _findings(world: World, statement: Statement) -> Iterator[tuple[Call, Finding]]:
    for call in world.ledger.calls:
        for finding in call.findings:
            if finding.statement is statement:
                yield call, finding


_PATHS = {
    "create_order": "/new",
    "create_broker_order": "/broker/new",
    "cancel_order": "/cancel",
    "confirm_order": "/confirm",
    "get_order": "/status",
    "list_orders": "/list",
    "list_broker_orders": "/broker/list",
    "list_trades": "/trades",
}

RULES: dict[str, Callable[[World], Breaches]] = {
    "executed twice": _executed_twice,
    "lost": _lost,
    "falsely not sent": _false_not_sent,
    "falsely rejected": _false_rejected,
    "rejected without evidence": _rejected_without_evidence,
    "falsely done": _false_done,
    "falsely executed": _false_executed,
    "falsely not executed": _false_not_executed,
    "evidence without the order": _evidence_without_the_order,
    "ambiguous without reason": _ambiguous_without_reason,
    "never resolved": _never_resolved,
    "not reported": _unreported,
    "nonce used twice": request_checks.nonce_twice,
    "nonces out of order": request_checks.nonces_out_of_order,
    "in flight together": request_checks.in_flight_together,
    "dirty connection used": request_checks.dirty_connections,
    "not in the journal": journal_checks.not_in_journal,
    "falsely in the journal": journal_checks.false_in_journal,
    "sent in a pause": request_checks.sent_in_pause,
    "sent too fast": request_checks.sent_too_fast,
    "sent again without a query": _sent_again_without_query,
    "foreign exception": _foreign_exception,
    "interruption swallowed": _swallowed_interruption,
    "overdue": _overdue,
}
