"""
The ledger of a run: intents of desks, requests of clients, effects at the exchange, and statements of clients.

It holds facts only; `checks` compares them after the run.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

__all__ = ["Call", "Delivery", "Effect", "Finding", "Intent", "Ledger", "Statement", "WireRequest", "current_call"]


class Statement(StrEnum):
    """A client's statement about a write: a result, the class of an error, or a resolution."""

    DONE = "done"  # placed, confirmed, canceled; a read that returned
    NOT_SENT = "not sent"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    INTERRUPTED = "interrupted"
    EXECUTED = "executed"
    NOT_EXECUTED = "not executed"
    AMBIGUOUS = "ambiguous"


@dataclass(eq=False, slots=True)
class Effect:
    """A change of the exchange's book that one delivery caused."""

    kind: str  # "placed", "canceled" or "confirmed"
    clearing_id: str


@dataclass(eq=False, slots=True)
class Delivery:
    """One arrival of a request at the exchange, and the exchange's own response to it."""

    at_ns: int
    status: int
    result: str | None
    reason: str | None
    effects: tuple[Effect, ...]

    @property
    def is_rejection(self) -> bool:
        """Whether this is an error response of the API."""
        return self.reason is not None or self.result == "failed"


@dataclass(eq=False, slots=True)
class WireRequest:
    """One HTTP request of a call."""

    call: "Call"
    number: int
    path: str
    is_write: bool
    nonce: str | None = None
    echo: tuple[object, ...] = ()
    """The arguments that the exchange's response repeats."""
    written: int = 0
    """Number of bytes that the client wrote."""
    size: int = 0
    began_ns: int = 0
    faults: list[str] = field(default_factory=list)
    """The faults that the network applied to it."""
    deliveries: list[Delivery] = field(default_factory=list)
    response: str | None = None
    """`exchange` if the client received the exchange's own response in full; otherwise, what it received instead."""

    @property
    def name(self) -> str:
        """The name under which its fate is drawn."""
        return f"{self.call.name}/{self.number}"


@dataclass(eq=False, slots=True)
class Finding:
    """A resolution: the client's later statement about a call whose outcome was unknown."""

    statement: Statement
    evidence: tuple[str, ...]
    """The clearing ids in its evidence."""
    by: str
    at_ns: int


@dataclass(eq=False, slots=True)
class Call:
    """One call of a client's method, with all facts about it."""

    intent: "Intent"
    number: int
    actor: str
    began_ns: int
    timeout_s: float
    ended_ns: int | None = None
    requests: list[WireRequest] = field(default_factory=list)
    statement: Statement | None = None
    """None while the call runs; it stays None if the process is killed."""
    clearing_id: str | None = None
    error: BaseException | None = None
    findings: list[Finding] = field(default_factory=list)
    interrupted_with: BaseException | None = None
    was_reported: bool = False
    """Whether an interrupted write was reported: by the log, the hook or the journal."""
    is_orphaned: bool = False
    """Whether its process was killed before it knew the outcome, and nothing on disk recorded the call."""

    @property
    def name(self) -> str:
        """The intent's name and the number of the call."""
        return f"{self.intent.name}.{self.number}"

    @property
    def effects(self) -> list[Effect]:
        """The changes of the exchange's book that it caused."""
        return [
            effect
            for request in self.requests
            if request.is_write
            for delivery in request.deliveries
            for effect in delivery.effects
        ]


@dataclass(eq=False, slots=True)
class Intent:
    """One thing that a desk needs done once: an order, a cancellation, a confirmation, or a read."""

    name: str
    operation: str
    key: str
    terms: Mapping[str, Any] = field(default_factory=dict)
    is_write: bool = True
    calls: list[Call] = field(default_factory=list)


class Ledger:
    """All intents of a run, and their calls."""

    def __init__(self) -> None:
        self.intents: list[Intent] = []

    @property
    def calls(self) -> list[Call]:
        """Every call, in the order of the intents."""
        return [call for intent in self.intents for call in intent.calls]

    def owner_of(self, clearing_id: str) -> Call | None:
        """Return the call that has placed an order."""
        for call in self.calls:
            if any(effect.kind == "placed" and effect.clearing_id == clearing_id for effect in call.effects):
                return call
        return None


current_call: ContextVar[Call] = ContextVar("current_call")
"""The call of the running thread or task; the network attributes requests to it."""
