"""The event loop in simulated time."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import pytest

from tests.simulation.loop import run_tasks
from tests.simulation.scheduler import Actor, Machine, Process, Scheduler

Main = Callable[[], Coroutine[Any, Any, None]]


def start(scheduler: Scheduler, *mains: Main) -> list[Process]:
    """Run each coroutine function in a separate loop and process."""
    processes = []
    for number, main in enumerate(mains):
        process = Process(f"p{number}", Machine("m"))
        scheduler.spawn(Actor(f"p{number}", process), partial(run_tasks, scheduler, main()))
        processes.append(process)
    return processes


def test_loop_sleeps_in_simulated_time() -> None:
    """Tasks of two loops run in the order of simulated time; no real time passes."""
    scheduler, order = Scheduler(), []

    def sleeper(name: str, seconds: float) -> Main:
        async def main() -> None:
            for _ in range(2):
                await asyncio.sleep(seconds)
                order.append((name, round(asyncio.get_running_loop().time())))

        return main

    begun = time.monotonic()
    start(scheduler, sleeper("slow", 100), sleeper("fast", 60))
    scheduler.run()

    assert order == [("fast", 60), ("slow", 100), ("fast", 120), ("slow", 200)]
    assert time.monotonic() - begun < 5


def test_loop_times_out_in_simulated_time() -> None:
    """`asyncio.timeout` ends a wait that nothing else would end."""
    scheduler, ended = Scheduler(), []

    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(30):
                await asyncio.get_running_loop().create_future()
        ended.append(round(asyncio.get_running_loop().time()))

    start(scheduler, main)
    scheduler.run()

    assert ended == [30]


def test_loop_is_woken_from_outside() -> None:
    """`call_soon_threadsafe` from an event ends the loop's wait."""
    scheduler, ended, woken = Scheduler(), [], list[asyncio.Handle]()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        scheduler.after(4.0, lambda: woken.append(loop.call_soon_threadsafe(future.set_result, None)))
        await future
        ended.append(round(loop.time()))

    start(scheduler, main)
    scheduler.run()

    assert ended == [4]


def test_loop_of_a_killed_process_is_dropped(recwarn: pytest.WarningsRecorder) -> None:
    """Its tasks do not run on, and the garbage collector has nothing to warn of."""
    scheduler, done = Scheduler(), []

    async def main() -> None:
        await asyncio.gather(*(asyncio.sleep(10) for _ in range(3)))
        done.append("alive")

    (process,) = start(scheduler, main)
    scheduler.after(5.0, lambda: scheduler.kill(process))
    scheduler.run()

    assert (done, list(recwarn)) == ([], [])
