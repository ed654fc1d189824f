"""
The ledger of a run: intents of desks, requests of clients, effects at the exchange, and statements of clients.

It holds facts only; `checks` compares them after the run.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gemini_clearing import MaybeExecutedError

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
    payload: str = ""
    """The signed payload."""
    echo: tuple[object, ...] = ()
    """The arguments that the exchange's response repeats."""
    written: int = 0
    """Number of bytes that the client wrote."""
    size: int = 0
    began_ns: int = 0
    faults: list[str] = field(default_factory=list)
    """The faults that the network applied to it."""
    deliveries: list[Delivery] = field(default_factory=list)
    process: str = ""
    """The process that sent it."""
    over_ns: int | None = None
    """When the client no longer waited for its response: the response began, or the client gave up."""
    on_dirty_connection: bool = False
    """Whether its connection had received bytes that belong to no response."""
    received_ns: int | None = None
    """When the client had received a whole response."""
    status: int = 0
    retry_after: str | None = None
    response: str | None = None
    """
    `exchange` if the client received the exchange's own response in full, `crossed` if it was the one to another
    request; otherwise, what it received instead.
    """

    def end(self, now_ns: int) -> None:
        """Record that the client no longer waits for the response."""
        if self.over_ns is None:
            self.over_ns = now_ns

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
    incarnation: str
    """The process that made it."""
    at_ns: int


@dataclass(eq=False, slots=True)
class Call:
    """One call of a client's method, with all facts about it."""

    intent: "Intent"
    number: int
    actor: str
    incarnation: str
    """The process that made it; another one may resolve it."""
    began_ns: int
    timeout_s: float
    ended_ns: int | None = None
    requests: list[WireRequest] = field(default_factory=list)
    connections: int = 0
    """Number of attempts to connect."""
    statement: Statement | None = None
    """None while the call runs; it stays None if the process is killed."""
    clearing_id: str | None = None
    error: BaseException | None = None
    findings: list[Finding] = field(default_factory=list)
    interrupted_with: BaseException | None = None
    doubt: MaybeExecutedError | None = None
    """The error with which it can be resolved: raised, or reported to the hook."""
    log: list[str] = field(default_factory=list)
    """The client's log lines during the call."""
    was_reported: bool = False
    """Whether the hook was called with an unknown outcome."""
    is_resolving: bool = False
    resolving_s: list[float] = field(default_factory=list)
    """The duration of each resolution, failed ones included."""
    resolution_interrupted_with: BaseException | None = None
    resolution_ends: list[tuple[BaseException | None, BaseException | None]] = field(default_factory=list)
    """The exception of each resolution, and its interruption."""
    is_orphaned: bool = False
    """Whether its process was killed before the call ended, and nothing recorded it."""

    @property
    def is_running(self) -> bool:
        """Whether the client works on it, or on its resolution."""
        return self.ended_ns is None or self.is_resolving

    def note_interruption(self, error: BaseException) -> None:
        """Record what was raised in the client while it worked on this call."""
        if self.is_resolving:
            self.resolution_interrupted_with = error
        else:
            self.interrupted_with = error

    def end_resolution(self, end: object, took_s: float) -> None:
        """Record the end of a resolution: its result, or what it raised."""
        self.is_resolving = False
        self.resolving_s.append(took_s)
        raised = end if isinstance(end, BaseException) else None
        self.resolution_ends.append((raised, self.resolution_interrupted_with))

    @property
    def is_open(self) -> bool:
        """Whether it is a write with an unknown outcome that can be resolved."""
        is_unknown = self.statement in {Statement.UNKNOWN, Statement.INTERRUPTED}
        return self.intent.is_write and is_unknown and not self.findings and self.doubt is not None

    @property
    def last_statement(self) -> Statement | None:
        """The client's latest statement."""
        return self.findings[-1].statement if self.findings else self.statement

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
        self.by_name: dict[str, Intent] = {}

    def add(self, intent: Intent) -> None:
        """Add an intent."""
        self.intents.append(intent)
        self.by_name[intent.name] = intent

    @property
    def calls(self) -> list[Call]:
        """Every call, in the order of the intents."""
        return [call for intent in self.intents for call in intent.calls]


current_call: ContextVar[Call] = ContextVar("current_call")
"""The call of the running thread or task; the network attributes requests to it."""
