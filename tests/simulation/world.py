"""
The world of one run: exchange, network, machines, and processes with their clients.
"""

import asyncio
from functools import partial
from random import Random
from typing import Any

from gemini_clearing import AsyncGeminiClearing, GeminiClearing
from gemini_clearing_auth import TimeBasedNonces
from tests.simulation.chance import Chance
from tests.simulation.commands import Tasks, drive, drive_async
from tests.simulation.desk import INTERRUPTIONS, Desk, Market
from tests.simulation.exchange import SimulatedExchange
from tests.simulation.history import History
from tests.simulation.ledger import Call, Ledger
from tests.simulation.loop import run_tasks
from tests.simulation.network import Network
from tests.simulation.plan import Plan, ProcessPlan, WorldEvent
from tests.simulation.scheduler import NS, Actor, Machine, Process, Scheduler
from tests.simulation.transport import AsyncSimulatedTransport, SimulatedTransport

__all__ = ["World"]

BASE_URL = "http://127.0.0.1"
_FAILOVER_LAG_S = 1.2


class World:
    """All parts of one run."""

    def __init__(self, plan: Plan, chance: Chance) -> None:
        self.plan = plan
        self.chance = chance
        self.scheduler = Scheduler()
        self.history = History(self.scheduler)
        self.ledger = Ledger()
        self.exchange = SimulatedExchange(self.scheduler, self.history, chance.seed)
        self.network = Network(self.scheduler, self.exchange, chance, self.history, plan.fault_rate)
        self.market = Market()
        self.processes: dict[str, Process] = {}
        self._tasks: Tasks = {}

    def run(self) -> None:
        """Run every process and every planned event."""
        for number, plan in enumerate(self.plan.processes):
            self._start(plan, number)
        for event in self.plan.events:
            self.scheduler.after(event.at_s, partial(self._happen, event))
        self.scheduler.run()

    # ------------------------------------------------------------------------------------------- processes

    def _start(self, plan: ProcessPlan, number: int) -> None:
        machine = Machine(f"machine-{plan.name}", round(plan.clock_error_s * NS), -number * 7_777 * NS)
        process = self.processes[plan.name] = Process(plan.name, machine)
        desks = [
            Desk(
                self.scheduler, self.chance, self.ledger, self.history, self.market, self._be_calm, plan, actor
            )
            for actor in plan.actors
        ]  # fmt: skip
        if plan.is_async:
            self.scheduler.spawn(Actor(plan.name, process), partial(self._live_async, plan, desks))
            return
        for desk in desks:
            self.scheduler.spawn(Actor(desk.actor.name, process), partial(self._live, plan, desk))

    def _live(self, plan: ProcessPlan, desk: Desk) -> None:
        memory = self.processes[plan.name].memory.setdefault("clients", {})
        if "client" not in memory:
            transport = SimulatedTransport(self.network, reports=plan.transport == "reporting")
            memory["client"] = GeminiClearing(transport=transport, **self._options(plan))
        client: Any = memory["client"]
        drive(desk.program(), client)

    def _live_async(self, plan: ProcessPlan, desks: list[Desk]) -> None:
        async def live() -> None:
            transport = AsyncSimulatedTransport(self.network, reports=plan.transport == "reporting")
            async with AsyncGeminiClearing(transport=transport, **self._options(plan)) as client:
                lives = [drive_async(desk.program(), client, desk.actor.name, self._tasks) for desk in desks]
                await asyncio.gather(*lives)

        run_tasks(self.scheduler, live())

    def _options(self, plan: ProcessPlan) -> dict[str, Any]:
        options: dict[str, Any] = {"base_url": BASE_URL, "timeout": plan.timeout_s}
        if plan.key == "token":
            return {**options, "auth": "demo-token-of-initiator"}
        account = self.exchange.mock.account(plan.key)
        if plan.key == "clockwork":
            options["nonces"] = TimeBasedNonces()
        return {**options, "api_key": account.api_key, "api_secret": account.api_secret}

    def _be_calm(self, actor: str) -> None:
        """End the faults of an actor's requests, and correct its machine's clock."""
        self.network.calm.add(actor)
        self.processes[actor[0]].machine.error_ns = 0
        self.history.note(actor, "continues without faults")

    # ------------------------------------------------------------------------------------------- events

    def _happen(self, event: WorldEvent) -> None:
        if self.chance.allows(event.name):
            self.history.note("world", event.name, event.subject, f"{event.amount_s:.3f} s")
            getattr(self, f"_{event.kind.replace('-', '_')}")(event)

    def _restart(self, event: WorldEvent) -> None:
        self.exchange.stop()
        self.scheduler.after(event.amount_s, self.exchange.start)

    def _failover(self, event: WorldEvent) -> None:
        """Restart as a replica whose lists lag behind for a while."""
        self._restart(event)
        self.exchange.lag_s = _FAILOVER_LAG_S
        self.scheduler.after(event.amount_s + 10.0, partial(setattr, self.exchange, "lag_s", 0.0))

    def _client_clock(self, event: WorldEvent) -> None:
        self.processes[event.subject].machine.error_ns += round(event.amount_s * NS)

    _client_clock_far = _client_clock

    def _exchange_clock(self, event: WorldEvent) -> None:
        self.exchange.clock.error_ns += round(event.amount_s * NS)

    def _kill(self, event: WorldEvent) -> None:
        """Kill a process."""
        process = self.processes[event.subject]
        for intent in self.ledger.intents:
            call = intent.calls[-1] if intent.calls else None
            if call is not None and call.statement is None and call.actor.startswith(process.name):
                intent.was_lost_with_process = True
        self.scheduler.kill(process)

    def _interrupt(self, event: WorldEvent) -> None:
        """Interrupt a running call: by an exception of a signal handler, or by canceling its task."""
        process, source = self.processes[event.subject], self.chance.source(event.name)
        if not process.is_alive:
            return
        plan = next(plan for plan in self.plan.processes if plan.name == process.name)
        running = [
            call
            for call in self.ledger.calls
            if call.statement is None and call.actor.startswith(process.name) and call.ended_ns is None
        ]
        if running:
            call = source.choice(running)
            self.history.note("world", f"interrupts {call.name}")
            if plan.is_async:
                task = self._tasks[call.actor]
                task.get_loop().call_soon_threadsafe(_cancel, task, call)
            else:
                self._raise_in(process, call, source)

    def _raise_in(self, process: Process, call: Call, source: Random) -> None:
        actor = next(actor for actor in process.actors if actor.name == call.actor)
        if actor.waits_for is not None and not actor.waits_for.is_over:
            call.interrupted_with = source.choice(INTERRUPTIONS[:2])("interrupted")
            self.scheduler.fire(actor.waits_for, call.interrupted_with)


def _cancel(task: "asyncio.Task[Any]", call: Call) -> None:
    if call.ended_ns is None and task.cancel():
        call.interrupted_with = asyncio.CancelledError()
