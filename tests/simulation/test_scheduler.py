"""The scheduler: simulated time, actors that run one at a time, and processes that are killed."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.simulation.scheduler import NS, Actor, KilledError, Machine, Process, Scheduler, StuckError


def spawn(scheduler: Scheduler, name: str, program: Callable[[], Any]) -> Process:
    """Start an actor in a separate process."""
    process = Process(name, Machine(name))
    scheduler.spawn(Actor(name, process), program)
    return process


def test_actors_run_in_the_order_of_simulated_time() -> None:
    """Two actors that sleep for different times run in the order of time, and no real time passes."""
    scheduler, order = Scheduler(), []

    def sleeper(name: str, seconds: float) -> None:
        for _ in range(3):
            scheduler.sleep(seconds)
            order.append((name, scheduler.now_ns // NS))

    begun = time.monotonic()
    spawn(scheduler, "slow", lambda: sleeper("slow", 100))
    spawn(scheduler, "fast", lambda: sleeper("fast", 70))
    scheduler.run()

    assert order == [("fast", 70), ("slow", 100), ("fast", 140), ("slow", 200), ("fast", 210), ("slow", 300)]
    assert time.monotonic() - begun < 5


def test_wait_ends_at_its_timeout_or_when_it_is_fired() -> None:
    """`block` returns whether the ticket was fired in time."""
    scheduler, results = Scheduler(), []

    def waiter() -> None:
        ticket = scheduler.ticket()
        scheduler.after(2.0, lambda: scheduler.fire(ticket))
        results.append((scheduler.block(ticket, 5.0), scheduler.now_ns // NS))
        results.append((scheduler.block(scheduler.ticket(), 5.0), scheduler.now_ns // NS))

    spawn(scheduler, "waiter", waiter)
    scheduler.run()

    assert results == [(True, 2), (False, 7)]


def test_error_that_a_wait_is_fired_with_is_raised_in_the_actor() -> None:
    """A signal's exception appears where the actor waits."""
    scheduler, raised = Scheduler(), []

    def waiter() -> None:
        ticket = scheduler.ticket()
        scheduler.after(1.0, lambda: scheduler.fire(ticket, KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            scheduler.block(ticket)
        raised.append(scheduler.now_ns // NS)

    spawn(scheduler, "waiter", waiter)
    scheduler.run()

    assert raised == [1]


def test_killed_process_does_not_run_again() -> None:
    """Its actor stays where it waits; at the end of the run it unwinds, and its thread ends."""
    scheduler, done, unwound = Scheduler(), [], []

    def victim() -> None:
        try:
            for _ in range(10):
                scheduler.sleep(1)
                done.append(scheduler.now_ns // NS)
        except KilledError:
            unwound.append(scheduler.now_ns // NS)
            raise

    process = spawn(scheduler, "victim", victim)
    spawn(scheduler, "other", lambda: scheduler.sleep(20))
    scheduler.after(3.5, lambda: scheduler.kill(process))
    scheduler.run()

    assert (done, unwound) == ([1, 2, 3], [20])
    assert not [thread for thread in threading.enumerate() if thread.name in {"victim", "other"}]


def test_actor_that_kills_its_own_process_stops_there() -> None:
    """`kill` does not return to the process that it kills."""
    scheduler = Scheduler()
    done: list[str] = []

    def victim() -> None:
        scheduler.sleep(1)
        scheduler.kill(process)
        done.append("after death")

    process = spawn(scheduler, "victim", victim)
    scheduler.run()

    assert done == []


def test_actors_that_wait_for_nothing_are_reported() -> None:
    """A run in which nothing can happen any more ends in an error that names who waits."""
    scheduler = Scheduler()
    spawn(scheduler, "stuck", lambda: scheduler.block(scheduler.ticket()))

    with pytest.raises(StuckError, match="these actors still wait: stuck"):
        scheduler.run()


def test_error_of_an_actor_ends_the_run() -> None:
    """An error in the harness is raised by `run`, and every thread ends."""
    scheduler = Scheduler()

    def broken() -> None:
        scheduler.sleep(1)
        raise ValueError("broken harness")

    spawn(scheduler, "broken", broken)
    spawn(scheduler, "other", lambda: scheduler.sleep(100))

    with pytest.raises(ValueError, match="broken harness"):
        scheduler.run()
    assert not [thread for thread in threading.enumerate() if thread.name in {"broken", "other"}]


def test_event_that_was_canceled_takes_no_time() -> None:
    """The timeout of a wait that has ended does not move the clock."""
    scheduler = Scheduler()

    def waiter() -> None:
        ticket = scheduler.ticket()
        scheduler.after(1.0, lambda: scheduler.fire(ticket))
        scheduler.block(ticket, 1000.0)

    spawn(scheduler, "waiter", waiter)
    scheduler.run()

    assert scheduler.now_ns == NS
