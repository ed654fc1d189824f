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
from tests.simulation.ledger import Call, Ledger, Statement
from tests.simulation.loop import run_tasks
from tests.simulation.network import Network
from tests.simulation.plan import ActorPlan, Plan, ProcessPlan, WorldEvent
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
        self.network.interrupt = self._interrupt
        self._machines = {
            plan.name: Machine(f"machine-{plan.name}", round(plan.clock_error_s * NS), -number * 7_777 * NS)
            for number, plan in enumerate(plan.processes)
        }
        self._started: set[str] = set()
        self._tasks: Tasks = {}

    def run(self) -> None:
        """Run every process and every planned event."""
        for plan in self.plan.processes:
            self._start(plan)
        for event in self.plan.events:
            self.scheduler.after(event.at_s, partial(self._happen, event))
        self.scheduler.run()

    # ------------------------------------------------------------------------------------------- processes

    def _start(self, plan: ProcessPlan) -> None:
        """Start a process, or the successor of a killed process."""
        process = self.processes[plan.name] = Process(plan.name, self._machines[plan.name])
        desks = [self._desk(plan, actor) for actor in plan.actors]
        if plan.is_async:
            self.scheduler.spawn(Actor(plan.name, process), partial(self._live_async, plan, desks))
            return
        for desk in desks:
            self.scheduler.spawn(Actor(desk.actor.name, process), partial(self._live, plan, desk))

    def _desk(self, plan: ProcessPlan, actor: ActorPlan) -> Desk:
        return Desk(
            self.scheduler,
            self.chance,
            self.ledger,
            self.history,
            self.market,
            self._be_calm,
            plan,
            actor,
            self._started,
        )

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
        self.history.note(actor, "has a calm network from now on")

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
        self._kill_process(self._plan_of(event.subject), event.amount_s)

    def _kill_process(self, plan: ProcessPlan, restart_s: float) -> None:
        """Kill a process, and start another one later."""
        process = self.processes[plan.name]
        if not process.is_alive or not any(actor.is_running for actor in process.actors):
            return
        for call in self.ledger.calls:
            is_open = call.ended_ns is None or (call.statement is Statement.UNKNOWN and not call.findings)
            if call.actor[0] == plan.name and is_open:
                call.is_orphaned = True
        self.scheduler.after(restart_s, partial(self._start, plan))
        self.scheduler.kill(process)

    def _interrupt(self, call: Call, name: str) -> None:
        """Interrupt a running call, or kill its process."""
        plan, source = self._plan_of(call.actor[0]), self.chance.source(f"{call.name}:{name}")
        if not self.processes[plan.name].is_alive or call.ended_ns is not None or call.is_orphaned:
            return
        self.history.note("world", f"{name}s {call.name}")
        if name == "kill":
            self._kill_process(plan, source.uniform(0.05, 5.0))
        elif plan.is_async:
            task = self._tasks[call.actor]
            task.get_loop().call_soon_threadsafe(_cancel, task, call)
        else:
            self._raise_in(call, source)

    def _raise_in(self, call: Call, source: Random) -> None:
        actor = next(actor for actor in self.processes[call.actor[0]].actors if actor.name == call.actor)
        if actor.waits_for is not None and not actor.waits_for.is_over:
            call.interrupted_with = source.choice(INTERRUPTIONS[:2])("interrupted")
            self.scheduler.fire(actor.waits_for, call.interrupted_with)

    def _plan_of(self, name: str) -> ProcessPlan:
        return next(plan for plan in self.plan.processes if plan.name == name)


def _cancel(task: "asyncio.Task[Any]", call: Call) -> None:
    if call.ended_ns is None and task.cancel():
        call.interrupted_with = asyncio.CancelledError()
