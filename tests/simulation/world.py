"""
The world of one run: exchange, network, machines, and processes with their clients.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from gemini_clearing import AsyncGeminiClearing, GeminiClearing, JournalEntry, MaybeExecutedError
from gemini_clearing_auth import FileNonces, TimeBasedNonces
from tests.simulation.chance import Chance
from tests.simulation.commands import Tasks, drive, drive_async
from tests.simulation.desk import INTERRUPTIONS, Desk, Shared
from tests.simulation.exchange import SimulatedExchange
from tests.simulation.history import History
from tests.simulation.journals import SimulatedJournal, read_entries
from tests.simulation.ledger import Call, Ledger, current_call
from tests.simulation.loop import run_tasks
from tests.simulation.market import Market
from tests.simulation.messages import AsyncMessageTransport, MessageTransport
from tests.simulation.network import Network
from tests.simulation.plan import Plan, ProcessPlan, WorldEvent
from tests.simulation.scheduler import NS, Actor, Machine, Process, Scheduler

__all__ = ["World"]

T = TypeVar("T")

BASE_URL = "http://127.0.0.1"
_FAILOVER_LAG_S = 1.2


class World:
    """All parts of one run."""

    def __init__(self, plan: Plan, chance: Chance, folder: Path) -> None:
        self.plan = plan
        self.chance = chance
        self.scheduler = Scheduler()
        self.history = History(self.scheduler)
        self.ledger = Ledger()
        self.exchange = SimulatedExchange(self.scheduler, self.history, chance.seed)
        self.network = Network(self.scheduler, self.exchange, chance, self.history, plan.fault_rate)
        self._shared = Shared(self.scheduler, chance, self.ledger, self.history, Market(), self._set_calm)
        self.processes: dict[str, Process] = {}
        self.network.interrupt = self._interrupt
        self.scheduler.at_last_step = self._kill_at_step
        self._folder = folder
        self._machines: dict[str, Machine] = {}
        for number, process in enumerate(plan.processes):
            machine = Machine(process.machine, round(process.clock_error_s * NS), -number * 7_777 * NS)
            self._machines.setdefault(process.machine, machine)
        self._incarnations = count(1)
        self.journal_entries: list[JournalEntry] = []
        self._tasks: Tasks = {}

    def run(self) -> None:
        """Run every process and every planned event."""
        for plan in self.plan.processes:
            self._start(plan)
        for event in self.plan.events:
            self.scheduler.after(event.at_s, partial(self._happen, event))
        self.scheduler.run()

    def read_journals(self) -> None:
        """Read what the processes have recorded."""
        self.journal_entries = read_entries(self._folder)

    # ------------------------------------------------------------------------------------------- processes

    def _start(self, plan: ProcessPlan) -> None:
        """Start a process, or the successor of a killed process."""
        incarnation = f"{plan.name}#{next(self._incarnations)}"
        process = self.processes[plan.name] = Process(plan.name, self._machines[plan.machine], incarnation)
        desks = [Desk(self._shared, plan, actor, incarnation) for actor in plan.actors]
        if plan.is_async:
            self.scheduler.spawn(Actor(plan.name, process), partial(self._live_async, plan, desks))
            return
        for desk in desks:
            self.scheduler.spawn(Actor(desk.actor.name, process), partial(self._live, plan, desk))

    def _live(self, plan: ProcessPlan, desk: Desk) -> None:
        memory = self.processes[plan.name].memory.setdefault("clients", {})
        if "client" not in memory:
            memory["client"] = GeminiClearing(transport=self._transport(plan, MessageTransport), **self._options(plan))
        client: Any = memory["client"]
        drive(desk.program(), client)

    def _live_async(self, plan: ProcessPlan, desks: list[Desk]) -> None:
        """Run the desks of a process, in as many event loops, one after the other, as the plan has."""
        client = AsyncGeminiClearing(transport=self._transport(plan, AsyncMessageTransport), **self._options(plan))

        async def live(number: int) -> None:
            parts = [desk.part(number, plan.loops) for desk in desks]
            lives = [drive_async(desk.program(), client, desk.actor.name, self._tasks) for desk in parts]
            await asyncio.gather(*lives)
            if number == plan.loops - 1:
                await client.aclose()

        for number in range(plan.loops):
            run_tasks(self.scheduler, live(number))

    def _transport(self, plan: ProcessPlan, kind: Callable[..., T]) -> T | None:
        """Return the transport of a client; None for the client's own."""
        return None if plan.transport == "stream" else kind(self.network, reports=plan.transport == "reporting")

    def _options(self, plan: ProcessPlan) -> dict[str, Any]:
        options: dict[str, Any] = {"base_url": BASE_URL, "timeout": plan.timeout_s, "on_unknown": self._on_unknown}
        if plan.rate_limit is not None:
            options["rate_limit"] = plan.rate_limit
        if plan.has_journal:
            options["journal"] = journal = SimulatedJournal(self._folder / f"{plan.machine}.db")
            self.processes[plan.name].open_files.append(journal.drop)
        if plan.key == "token":
            return {**options, "auth": "demo-token-of-initiator"}
        account = self.exchange.mock.account(plan.key)
        if plan.key == "clockwork":
            options["nonces"] = TimeBasedNonces()
        elif plan.has_nonce_file:
            options["nonces"] = nonces = FileNonces(self._folder / f"{plan.key}.nonces")
            self.processes[plan.name].open_files.append(nonces._file.close)
        return {**options, "api_key": account.api_key, "api_secret": account.api_secret}

    def _on_unknown(self, error: Exception) -> None:
        """Keep the error that the client reports, as the log of a desk would."""
        call = current_call.get()
        if isinstance(error, MaybeExecutedError):
            call.was_reported, call.doubt = True, error
        self.history.note(call.actor, f"reports {call.name}", error)

    def _set_calm(self, actor: str, is_calm: bool) -> None:
        """End the faults of an actor's requests, and correct its machine's clock; or begin them again."""
        self.history.note(actor, f"has a {'calm' if is_calm else 'faulty'} network from now on")
        if is_calm:
            self.network.calm.add(actor)
            self.processes[actor[0]].machine.error_ns = 0
        else:
            self.network.calm.discard(actor)

    # ------------------------------------------------------------------------------------------- events

    def _happen(self, event: WorldEvent) -> None:
        if self.chance.allows(event.name):
            self.history.note("world", event.name, event.subject, f"{event.amount_s:.3f} s")
            _EVENTS[event.kind](self, event)

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

    def _exchange_clock(self, event: WorldEvent) -> None:
        self.exchange.clock.error_ns += round(event.amount_s * NS)

    def _kill(self, event: WorldEvent) -> None:
        self._kill_process(self._plan_of(event.subject), event.amount_s)

    def _plan_kill_at_step(self, event: WorldEvent) -> None:
        """Kill a process at a step in the near future."""
        process = self.processes[event.subject]
        process.last_step = process.steps + self.chance.source(event.name).randint(1, 200)

    def _kill_at_step(self, process: Process) -> None:
        self.history.note("world", f"kills {process.name} at step {process.steps}")
        self._kill_process(
            self._plan_of(process.name), self.chance.source(f"{process.name}:restart").uniform(0.05, 5.0)
        )

    def _kill_process(self, plan: ProcessPlan, restart_s: float) -> None:
        """Kill a process, and start another one later."""
        process = self.processes[plan.name]
        if not process.is_alive or not any(actor.is_running for actor in process.actors):
            return
        for call in self.ledger.calls:
            if call.actor[0] == plan.name and call.ended_ns is None:
                call.is_orphaned = True
        for request in self.network.sent:
            if request.process == process.incarnation:
                request.end(self.scheduler.now_ns)
        self.scheduler.start_later(restart_s, partial(self._start, plan))
        self.scheduler.kill(process)

    def _interrupt(self, call: Call, name: str) -> None:
        """Interrupt a running call, or kill its process."""
        plan, source = self._plan_of(call.actor[0]), self.chance.source(f"{call.name}:{name}")
        if not self.processes[plan.name].is_alive or not call.is_running or call.is_orphaned:
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
            interruption = source.choice(INTERRUPTIONS[:2])("interrupted")
            call.note_interruption(interruption)
            self.scheduler.fire(actor.waits_for, interruption)

    def _plan_of(self, name: str) -> ProcessPlan:
        return next(plan for plan in self.plan.processes if plan.name == name)


_EVENTS: dict[str, Callable[[World, WorldEvent], None]] = {
    "restart": World._restart,
    "failover": World._failover,
    "kill": World._kill,
    "kill-at-step": World._plan_kill_at_step,
    "client-clock": World._client_clock,
    "client-clock-far": World._client_clock,
    "exchange-clock": World._exchange_clock,
}


def _cancel(task: "asyncio.Task[Any]", call: Call) -> None:
    if call.is_running and task.cancel():
        call.note_interruption(asyncio.CancelledError())
