"""
The scheduler: simulated time, and actors that run one at a time.

An actor is a thread, because a blocking client cannot be suspended otherwise. Only the actor that holds the baton runs.
It holds the baton until it blocks. Then its thread executes events in the order of their time until an actor is ready,
and hands the baton over. So the order of everything depends only on the events, and no real time passes while waiting.
"""

import math
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

__all__ = ["NS", "Actor", "Event", "KilledError", "Machine", "Process", "Scheduler", "StuckError", "Ticket"]

NS = 1_000_000_000
_PATIENCE_S = 30


class KilledError(BaseException):
    """Unwinds the thread of an actor whose process was killed, once the run is over."""


class StuckError(Exception):
    """Actors wait, and no event is left."""


@dataclass(eq=False, slots=True)
class Event:
    """An action at a moment; None after it was canceled."""

    at_ns: int
    action: Callable[[], object] | None


@dataclass(eq=False, slots=True)
class Machine:
    """A simulated computer, whose wall clock may be wrong and may jump."""

    name: str
    error_ns: int = 0
    """The error of its wall clock: its time minus true time."""
    booted_ns: int = 0
    """The start of its monotonic clock, different on each machine."""


@dataclass(eq=False, slots=True)
class Process:
    """A simulated process of an operating system: actors that share memory, files and a machine, and die together."""

    name: str
    machine: Machine
    incarnation: str = ""
    """A name that no other process of the run has."""
    is_alive: bool = True
    actors: "list[Actor]" = field(default_factory=list)
    memory: dict[str, dict[str, object]] = field(default_factory=dict)
    """State that modules hold per process, such as that of an API key."""
    steps: int = 0
    """Number of times that the client has read a clock, taken a lock or used a file."""
    last_step: int | None = None
    """The step at which it is killed."""
    open_files: "list[Callable[[], object]]" = field(default_factory=list)
    """Called when it is killed, to close its files as an operating system does."""


@dataclass(eq=False, slots=True)
class Actor:
    """One thread of control of a simulated process."""

    name: str
    process: Process
    gate: threading.Lock = field(default_factory=threading.Lock)
    thread: threading.Thread | None = None
    waits_for: "Ticket | None" = None
    is_running: bool = True

    def __post_init__(self) -> None:
        self.gate.acquire()


@dataclass(eq=False, slots=True)
class Ticket:
    """One wait of one actor. It ends once: it is fired, or it times out."""

    actor: Actor
    is_over: bool = False
    fired: bool = False
    error: BaseException | None = None
    """Raised in the actor at the end of the wait."""


class Scheduler:
    """Simulated time, future events, and the actors."""

    def __init__(self) -> None:
        self.now_ns = 0
        self.current: Actor | None = None
        self.is_over = False
        self.at_last_step: Callable[[Process], None] = self.kill
        self._events: list[tuple[int, int, Event]] = []
        self._numbers = count()
        self._ready: deque[Ticket] = deque()
        self._running: set[Actor] = set()
        self._starts = 0
        self._parked: list[Actor] = []
        self._failure: BaseException | None = None
        self._main = Actor("main", Process("main", Machine("main")))
        self._end = Ticket(self._main)

    # ------------------------------------------------------------------------------------------- events

    def at(self, at_ns: int, action: Callable[[], object]) -> Event:
        """Schedule an action at a moment, now at the earliest."""
        event = Event(max(at_ns, self.now_ns), action)
        heappush(self._events, (event.at_ns, next(self._numbers), event))
        return event

    def after(self, seconds: float, action: Callable[[], object]) -> Event:
        """Schedule an action after a delay; a positive one takes at least a nanosecond."""
        return self.at(self.now_ns + math.ceil(max(0.0, seconds) * NS), action)

    # ------------------------------------------------------------------------------------------- waiting

    def ticket(self) -> Ticket:
        """Return a ticket for the next wait of the current actor."""
        if self.current is None:
            raise StuckError("only an actor can wait, not an event. Schedule another event instead.")
        return Ticket(self.current)

    def fire(self, ticket: Ticket, error: BaseException | None = None) -> None:
        """End a wait; a second time changes nothing."""
        if not ticket.is_over and ticket.actor.process.is_alive:
            ticket.is_over, ticket.fired, ticket.error = True, True, error
            self._ready.append(ticket)

    def block(self, ticket: Ticket, timeout_s: float | None = None) -> bool:
        """Block the current actor; return whether the ticket was fired before the timeout."""
        self._raise_if_killed(ticket.actor)
        expiry = None if timeout_s is None else self.after(timeout_s, lambda: self._expire(ticket))
        ticket.actor.waits_for = ticket
        self._work_until(ticket)
        ticket.actor.waits_for = None
        if expiry is not None:
            expiry.action = None
        if ticket.error is not None:
            raise ticket.error
        return ticket.fired

    def sleep(self, seconds: float) -> None:
        """Block the current actor for a time."""
        self.block(self.ticket(), seconds)

    def step(self) -> None:
        """Count a step of the current process, and kill it at its last one."""
        if self.current is not None and self.current.process.is_alive:
            process = self.current.process
            process.steps += 1
            if process.steps == process.last_step:
                self.at_last_step(process)

    def _expire(self, ticket: Ticket) -> None:
        if not ticket.is_over and ticket.actor.process.is_alive:
            ticket.is_over = True
            self._ready.append(ticket)

    # ------------------------------------------------------------------------------------------- actors

    def spawn(self, actor: Actor, program: Callable[[], object]) -> None:
        """Start an actor; it runs when it receives the baton."""
        actor.process.actors.append(actor)
        self._running.add(actor)
        actor.thread = threading.Thread(target=self._live, args=(actor, program), name=actor.name, daemon=True)
        actor.thread.start()
        self._ready.append(Ticket(actor, is_over=True, fired=True))

    def start_later(self, seconds: float, start: Callable[[], object]) -> None:
        """Have actors started after a delay; the run does not end before."""
        self._starts += 1

        def begin() -> None:
            self._starts -= 1
            start()
            self._check_end()

        self.after(seconds, begin)

    def kill(self, process: Process) -> None:
        """
        Kill a process: none of its actors runs again before the run is over.

        Called by an actor of the process, it does not return.
        """
        process.is_alive = False
        for close in process.open_files:
            close()
        for actor in process.actors:
            if actor in self._running:
                self._running.discard(actor)
                self._parked.append(actor)
        self._ready = deque(ticket for ticket in self._ready if ticket.actor.process is not process)
        self._check_end()
        if self.current is not None and self.current.process is process:
            self._work_until(Ticket(self.current))

    def run(self) -> None:
        """
        Run all actors to their end, then all events that are still scheduled.

        Raises:
            StuckError: actors wait, and no event is left.
        """
        self._check_end()
        self._work_until(self._end)
        if self._failure is None:
            self._drain()
        self._unwind()
        if self._failure is not None:
            raise self._failure

    def _live(self, actor: Actor, program: Callable[[], object]) -> None:
        actor.gate.acquire()
        self.current = actor
        try:
            self._raise_if_killed(actor)
            program()
        except BaseException as error:
            # Errors during the unwinding of a killed process are ignored.
            if actor.process.is_alive and not self.is_over:
                self._fail(error)
        if self.is_over:
            self._main.gate.release()
            return
        self._running.discard(actor)
        actor.is_running = False
        self._check_end()
        self._work_until(None)

    def _check_end(self) -> None:
        if not self._running and not self._starts and not self._end.is_over:
            self._end.is_over = True
            self._ready.append(self._end)

    def _fail(self, error: BaseException) -> None:
        self._failure = self._failure or error
        self._ready.clear()
        self._end.is_over = True
        self._ready.append(self._end)

    # ------------------------------------------------------------------------------------------- the baton

    def _work_until(self, ticket: Ticket | None) -> None:
        """Execute events until the ticket is next; without a ticket, until another actor has the baton."""
        actor = None if ticket is None else ticket.actor
        while not self._ready:
            self._next_event()
        following = self._ready.popleft()
        if following is not ticket:
            following.actor.gate.release()
            if actor is None:
                return
            actor.gate.acquire()
            self._raise_if_killed(actor)
        self.current = actor

    def _next_event(self) -> None:
        self.current = None
        if not self._events:
            waiting = ", ".join(sorted(actor.name for actor in self._running))
            self._fail(StuckError(f"no event is left, but these actors still wait: {waiting}."))
            return
        at_ns, _, event = heappop(self._events)
        if event.action is not None:
            self.now_ns = max(self.now_ns, at_ns)
            try:
                event.action()
            except Exception as error:
                self._fail(error)

    def _drain(self) -> None:
        while self._events and self._failure is None:
            self._next_event()

    def _raise_if_killed(self, actor: Actor) -> None:
        if not actor.process.is_alive or (self.is_over and actor is not self._main):
            raise KilledError

    def _unwind(self) -> None:
        """End the threads of killed processes, one after the other."""
        self.is_over = True
        for actor in [*self._parked, *self._running]:
            assert actor.thread is not None
            self.current = actor
            actor.gate.release()
            if not self._main.gate.acquire(timeout=_PATIENCE_S):
                raise StuckError(f"{actor.name} does not end.")
            actor.thread.join()
        self.current = None
