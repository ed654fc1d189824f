"""
The plan of a run: processes, the intents of their desks, and events of the world.

It is drawn from the seed before the run starts; the fates of single requests are drawn when they are sent (`fates`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from tests.simulation.chance import Chance

__all__ = ["LOW_RATE", "OAUTH", "ActorPlan", "IntentPlan", "Plan", "ProcessPlan", "WorldEvent", "draw_plan"]

INITIATOR, COUNTERPARTY, BROKER = "R485E04Q", "OM9VNL1G", "WV4V1DGN"
INCREMENTAL, TIME_BASED, OAUTH = "initiator", "clockwork", "token"

_SYMBOLS = ("btcusd", "ethusd", "BTCEUR")
_PRICES = ("9500.00", "0.5", "41250.125")
_LONGEST_RUN_S = 40.0
# A key with this limit has no burst: 600 requests a minute, all at the steady rate.
LOW_RATE = 10.0
# By desk: the operations of its intents, with their weights.
_OPERATIONS = {
    "initiator": (
        ("create_order", 62),
        ("cancel_order", 18),
        ("confirm_order", 8),
        ("get_order", 6),
        ("list_orders", 6),
    ),
    "counterparty": (("confirm_order", 80), ("create_order", 8), ("list_orders", 6), ("list_trades", 6)),
    "broker": (("create_broker_order", 70), ("cancel_order", 20), ("list_broker_orders", 10)),
}


@dataclass(frozen=True, slots=True)
class IntentPlan:
    """One thing that a desk is to do once."""

    name: str
    operation: str
    pause_s: float
    terms: dict[str, Any] = field(default_factory=dict)
    use: str = ""
    """The use of an order: `offered` for confirmation, `canceled`, either (`both`), or `kept`."""


@dataclass(frozen=True, slots=True)
class ActorPlan:
    """One thread or task of a process, and its intents in order."""

    name: str
    intents: tuple[IntentPlan, ...]


@dataclass(frozen=True, slots=True)
class ProcessPlan:
    """A process with one client, which its actors share."""

    name: str
    key: str
    is_async: bool
    loops: int
    """The number of event loops that use the client, one after the other; 1 for a sync client."""
    transport: str
    """`stream` is the client's own; `reporting` and `silent` ones pass messages, and report sending or not."""
    timeout_s: float
    clock_error_s: float
    machine: str
    """Processes of one machine share its clocks and its files."""
    has_nonce_file: bool
    has_journal: bool
    rate_limit: float | None
    """The requests per second of its client; None for the default, whose burst no run uses up."""
    actors: tuple[ActorPlan, ...]


@dataclass(frozen=True, slots=True)
class WorldEvent:
    """An event of the world: a restart, a clock jump, the kill of a process, …"""

    name: str
    kind: str
    at_s: float
    subject: str = ""
    amount_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything about a run that is decided before it starts."""

    fault_rate: float
    processes: tuple[ProcessPlan, ...]
    events: tuple[WorldEvent, ...]


def draw_plan(chance: Chance) -> Plan:
    """Draw the plan of a run."""
    source = chance.source("plan")
    fault_rate = source.choice((0.0, 0.05, 0.15, 0.3, 0.3, 0.6))
    # A separate source, so that all other draws stay those of the seed.
    rates = chance.source("rate limits")
    processes = tuple(_processes(source, rates.choices((None, LOW_RATE), (75, 25))[0]))
    events = tuple(_events(source, processes)) if fault_rate else ()
    return Plan(fault_rate, processes, events)


def _processes(source: Random, rate_limit: float | None) -> Iterator[ProcessPlan]:
    drafts = _Drafts(source, rate_limit)
    key = source.choices((INCREMENTAL, TIME_BASED, OAUTH), (70, 15, 15))[0]
    shares_key = source.random() < 0.3
    has_nonce_file = shares_key and key == INCREMENTAL
    actors = source.choices((1, 2, 3), (50, 30, 20))[0]
    yield drafts.process("a", key, "initiator", actors=actors, has_nonce_file=has_nonce_file)
    if shares_key:
        yield drafts.process("b", key, "initiator", actors=1, machine="a", has_nonce_file=has_nonce_file)
    if source.random() < 0.5:
        yield drafts.process("c", "counterparty", "counterparty", actors=source.choice((1, 1, 2)))
    if source.random() < 0.25:
        yield drafts.process("d", "broker", "broker", actors=1)


class _Drafts:
    """Draws processes. Each order's amount is unique, except for deliberate twins."""

    def __init__(self, source: Random, rate_limit: float | None) -> None:
        self._source = source
        self._rate_limit = rate_limit
        self._orders: list[dict[str, Any]] = []
        self._first = 0

    def process(
        self, name: str, key: str, desk: str, *, actors: int, machine: str = "", has_nonce_file: bool = False
    ) -> ProcessPlan:
        """Draw one process."""
        self._first = len(self._orders)
        source = self._source
        return ProcessPlan(
            name=name,
            key=key,
            is_async=source.random() < 0.4,
            loops=source.choices((1, 2), (80, 20))[0],
            transport=source.choices(("stream", "reporting", "silent"), (70, 20, 10))[0],
            timeout_s=source.choice((3.0, 8.0, 15.0, 30.0)),
            clock_error_s=source.choice((0.0, 0.0, 0.2, -0.2, source.uniform(-9, 9))),
            machine=machine or name,
            has_nonce_file=has_nonce_file or (key == INCREMENTAL and source.random() < 0.25),
            has_journal=source.random() < 0.4,
            rate_limit=self._rate_limit,
            actors=tuple(self._actor(f"{name}{number}", desk) for number in range(1, actors + 1)),
        )

    def _actor(self, name: str, desk: str) -> ActorPlan:
        count = self._source.randint(7, 13)
        return ActorPlan(name, tuple(self._intent(f"{name}-{number}", desk) for number in range(1, count + 1)))

    def _intent(self, name: str, desk: str) -> IntentPlan:
        source = self._source
        pause_s = source.choice((0.0, 0.0, 0.01, source.uniform(0, 1)))
        operation = source.choices(*zip(*_OPERATIONS[desk], strict=True))[0]
        if operation not in {"create_order", "create_broker_order"}:
            return IntentPlan(name, operation, pause_s)
        use = source.choices(("offered", "canceled", "both", "kept"), (45, 25, 10, 20))[0]
        return IntentPlan(name, operation, pause_s, self._terms(operation, desk), use)

    def _terms(self, operation: str, desk: str) -> dict[str, Any]:
        source = self._source
        # Only with a shared journal can a client distinguish twins of another process's orders.
        same_kind = [terms for terms in self._orders[self._first :] if "broker" in operation or desk != "broker"]
        if desk != "counterparty" and same_kind and source.random() < 0.04:
            return source.choice(same_kind)
        amount = Decimal(len(self._orders) + 1) + Decimal(source.randrange(100)) / 1000
        terms: dict[str, Any] = {
            "symbol": source.choice(_SYMBOLS),
            "amount": amount,
            "price": source.choice(_PRICES),
            "side": source.choice(("buy", "sell")),
            "expires_in_hrs": source.choice((1, 24, 72)),
        }
        if operation == "create_broker_order":
            terms |= {"source_counterparty_id": INITIATOR, "target_counterparty_id": COUNTERPARTY}
        elif source.random() < 0.85:
            terms["counterparty_id"] = INITIATOR if desk == "counterparty" else COUNTERPARTY
        self._orders.append(terms)
        return terms


def _events(source: Random, processes: tuple[ProcessPlan, ...]) -> Iterator[WorldEvent]:
    """Draw the events of the world; each kind at most twice."""
    kinds = (
        ("restart", 0.12, (0.1, 4.0)),
        ("failover", 0.12, (0.1, 4.0)),
        ("kill", 0.12, (0.0, 5.0)),
        ("kill-at-step", 0.2, (0.0, 5.0)),
        ("client-clock", 0.15, (-60.0, 60.0)),
        ("client-clock-far", 0.05, (-3600.0, 3600.0)),
        ("exchange-clock", 0.08, (-5.0, 5.0)),
    )
    for kind, probability, amounts in kinds:
        for number in (1, 2):
            draws = (
                source.random(),
                source.uniform(0, _LONGEST_RUN_S),
                source.choice(processes),
                source.uniform(*amounts),
            )
            if draws[0] < probability:
                yield WorldEvent(f"{kind}@{number}", kind, draws[1], draws[2].name, draws[3])
