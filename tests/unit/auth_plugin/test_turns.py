"""The fair lock of a key: one at a time, in the order of asking, and no longer than the time allows."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic, sleep

import pytest

from gemini_clearing_auth._turns import TaskTurn, ThreadTurn, Turns
from gemini_clearing_auth.errors import DeadlineError
from tests.unit.auth_plugin.queueing import PATIENCE_S, free, queued, take, taken


def test_turns_exclude_threads() -> None:
    """Of eight threads never two have the turn at once."""
    turns, inside, most = Turns(), 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(200):
            with taken(turns):
                inside += 1
                most = max(most, inside)
                sleep(0)
                inside -= 1

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(work) for _ in range(8)]:
            done.result()

    assert most == 1
    assert free(turns)


def test_turns_exclude_threads_and_tasks_of_several_loops() -> None:
    """Threads, and tasks of two event loops, never have the turn at once, and all get it."""
    turns, inside, most, total = Turns(), 0, 0, 0

    def work() -> None:
        nonlocal inside, most, total
        inside += 1
        most, total = max(most, inside), total + 1
        sleep(0)
        inside -= 1

    async def tasks() -> None:
        await asyncio.gather(*(take(turns, work) for _ in range(100)))

    def thread() -> None:
        for _ in range(100):
            with taken(turns):
                work()

    with ThreadPoolExecutor(4) as pool:
        jobs: list[Callable[[], None]] = [thread, thread, lambda: asyncio.run(tasks()), lambda: asyncio.run(tasks())]
        for done in [pool.submit(job) for job in jobs]:
            done.result()

    assert (most, total) == (1, 400)
    assert free(turns)


def test_turns_come_in_the_order_of_asking() -> None:
    """First come, first served, whether thread or task."""
    turns, order = Turns(), list[int]()

    def thread(number: int) -> None:
        with taken(turns):
            order.append(number)

    def task(number: int) -> None:
        asyncio.run(take(turns, lambda: order.append(number)))

    with ThreadPoolExecutor(6) as pool, taken(turns):
        for number in range(6):
            pool.submit(task if number % 2 else thread, number)
            queued(turns, number + 1)

    assert order == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("timeout_s", [0, 0.01, -1])
def test_turns_thread_waits_no_longer_than_its_time(timeout_s: float) -> None:
    """Time that is up is told as such, and the turn stays with its holder."""
    turns = Turns()

    def late() -> None:
        with taken(turns, timeout_s):
            pass

    with ThreadPoolExecutor(1) as pool, taken(turns):
        error = pool.submit(late).exception(PATIENCE_S)

    assert isinstance(error, DeadlineError)
    assert f"Waited {timeout_s} s" in str(error)
    assert free(turns)


@pytest.mark.parametrize("timeout_s", [0, 0.01, -1])
def test_turns_task_waits_no_longer_than_its_time(timeout_s: float) -> None:
    """Time that is up is told as such, and the turn stays with its holder."""
    turns = Turns()

    async def late() -> None:
        holder = TaskTurn()
        holder.task = 0
        await turns.wait_async(holder, None)
        try:
            with pytest.raises(DeadlineError, match=f"Waited {timeout_s} s"):
                await take(turns, lambda: None, timeout_s)
        finally:
            turns.leave(holder)

    asyncio.run(late())

    assert free(turns)


@pytest.mark.parametrize("timeout_s", [1e300, None])
def test_turns_accept_the_longest_wait(timeout_s: float | None) -> None:
    """A timeout beyond what the platform can count is as good as none."""
    turns = Turns()
    with ThreadPoolExecutor(1) as pool:
        with taken(turns):
            waiting: Future[None] = pool.submit(lambda: taken(turns, timeout_s).__enter__())
            queued(turns, 1)

        waiting.result(PATIENCE_S)


def test_turns_refuse_a_thread_that_waits_for_itself() -> None:
    """A call from inside a call of the same thread would wait for ever."""
    turns = Turns()
    with taken(turns), pytest.raises(DeadlineError, match="can never come"), taken(turns, None):
        pass

    assert free(turns)


def test_turns_refuse_a_task_that_waits_for_itself() -> None:
    """A call from inside a call of the same task would wait for ever."""
    turns = Turns()

    async def nested() -> None:
        outer, inner = TaskTurn(), TaskTurn()
        await turns.wait_async(outer, None)
        try:
            with pytest.raises(DeadlineError, match="can never come"):
                await turns.wait_async(inner, None)
        finally:
            turns.leave(inner)
            turns.leave(outer)

    asyncio.run(nested())

    assert free(turns)


def test_turns_refuse_to_block_the_loop_that_the_holder_needs() -> None:
    """A blocking call inside an event loop whose task has the turn would stop both."""
    turns = Turns()

    async def both() -> None:
        holder = TaskTurn()
        await turns.wait_async(holder, None)
        try:
            with pytest.raises(DeadlineError, match="nor block an event loop"), taken(turns, None):
                pass
        finally:
            turns.leave(holder)

    asyncio.run(both())

    assert free(turns)


def test_turns_refuse_to_block_the_loop_that_somebody_ahead_needs() -> None:
    """It is enough that a task of this loop waits in front."""
    turns = Turns()

    async def both() -> None:
        waiting = asyncio.create_task(take(turns, lambda: None))
        await asyncio.sleep(0)
        with pytest.raises(DeadlineError, match="nor block an event loop"), taken(turns, None):
            pass
        release.set()
        await waiting

    release, ready = threading.Event(), threading.Event()

    def hold() -> None:
        with taken(turns):
            ready.set()
            release.wait(PATIENCE_S)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(hold)
        ready.wait(PATIENCE_S)
        asyncio.run(both())

    assert free(turns)


def test_turn_whose_time_is_over_already_waits_no_more() -> None:
    """What is left of a deadline may be negative."""
    started = monotonic()

    ThreadTurn().wait(-1)

    assert monotonic() - started < 0.5
