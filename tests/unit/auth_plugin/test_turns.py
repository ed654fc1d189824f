"""The fair lock of a key: order, fairness, and that no way of going away takes the turn along."""

import asyncio
import gc
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from time import monotonic, sleep

import pytest

from gemini_clearing_auth._turns import TaskTurn, ThreadTurn, Turns
from gemini_clearing_auth.errors import DeadlineError

PATIENCE_S = 10


@contextmanager
def taken(turns: Turns, timeout_s: float | None = PATIENCE_S) -> Iterator[None]:
    """A thread's turn, for the length of a block."""
    turn = ThreadTurn()
    try:
        turns.wait(turn, timeout_s)
        yield
    finally:
        turns.leave(turn)


async def take(turns: Turns, work: Callable[[], None], timeout_s: float | None = PATIENCE_S) -> None:
    """A task's turn, in which the work is done."""
    turn = TaskTurn()
    try:
        await turns.wait_async(turn, timeout_s)
        work()
        await asyncio.sleep(0)
    finally:
        turns.leave(turn)


def free(turns: Turns) -> bool:
    """Whether a newcomer in another thread gets the turn at once."""

    def attempt() -> None:
        with taken(turns, 0):
            pass

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(attempt).exception() is None


def queued(turns: Turns, count: int) -> None:
    """Return when so many wait; fail when they never do."""
    deadline = monotonic() + PATIENCE_S
    while sum(not turn.left for turn in turns._waiting) < count:
        assert monotonic() < deadline, "nobody joined the queue"
        sleep(0.0005)


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


def test_turns_accept_the_longest_wait() -> None:
    """A timeout beyond what the platform can count is as good as none."""
    turns = Turns()
    with ThreadPoolExecutor(1) as pool:
        with taken(turns):
            waiting: Future[None] = pool.submit(lambda: taken(turns, 1e300).__enter__())
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


def test_turns_pass_over_a_task_that_was_cancelled_while_waiting() -> None:
    """The one behind it is served."""
    turns, served = Turns(), list[str]()

    async def scene() -> None:
        holder = TaskTurn()
        holder.task = 0
        await turns.wait_async(holder, None)
        cancelled = asyncio.create_task(take(turns, lambda: served.append("cancelled")))
        behind = asyncio.create_task(take(turns, lambda: served.append("behind")))
        await asyncio.sleep(0)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        turns.leave(holder)
        await asyncio.wait_for(behind, PATIENCE_S)

    asyncio.run(scene())

    assert served == ["behind"]
    assert free(turns)


@pytest.mark.parametrize("steps", range(6))
def test_turns_survive_a_cancellation_at_any_step(steps: int) -> None:
    """Cancelled before, while, and just after its turn came, a task leaves nothing behind."""
    turns, served = Turns(), list[str]()

    async def scene() -> None:
        holder = asyncio.create_task(take(turns, lambda: None))
        victim = asyncio.create_task(take(turns, lambda: None))
        behind = asyncio.create_task(take(turns, lambda: served.append("behind")))
        for _ in range(steps):
            await asyncio.sleep(0)
        victim.cancel()
        await asyncio.wait_for(asyncio.gather(holder, victim, behind, return_exceptions=True), PATIENCE_S)

    asyncio.run(scene())

    assert served == ["behind"]
    assert free(turns)


def test_turns_survive_a_turn_that_comes_as_its_task_is_cancelled() -> None:
    """The turn was handed over, the task never ran again: it is passed on all the same."""
    turns, served = Turns(), list[str]()

    async def scene() -> None:
        holder = TaskTurn()
        holder.task = 0
        await turns.wait_async(holder, None)
        victim = asyncio.create_task(take(turns, lambda: served.append("victim")))
        behind = asyncio.create_task(take(turns, lambda: served.append("behind")))
        await asyncio.sleep(0)
        turns.leave(holder)
        victim.cancel()
        await asyncio.wait_for(behind, PATIENCE_S)
        with pytest.raises(asyncio.CancelledError):
            await victim

    asyncio.run(scene())

    assert served == ["behind"]
    assert free(turns)


def test_turns_pass_over_a_task_whose_loop_is_closed() -> None:
    """A task that will never go on does not get the turn."""
    turns = Turns()
    loop = asyncio.new_event_loop()
    with taken(turns):
        pending = loop.create_task(take(turns, lambda: None))
        with ThreadPoolExecutor(1) as pool:
            pool.submit(loop.run_until_complete, asyncio.sleep(0)).result(PATIENCE_S)
        loop.close()

    assert free(turns)
    pending.get_coro().close()
    pending._log_destroy_pending = False  # type: ignore[attr-defined]


def test_turns_are_passed_on_by_whoever_is_collected() -> None:
    """A task that was dropped with its turn gives it back when the garbage collector closes it."""
    turns, seen = Turns(), list[bool]()

    def drop() -> None:
        loop = asyncio.new_event_loop()
        task = loop.create_task(take(turns, lambda: None))
        task._log_destroy_pending = False  # type: ignore[attr-defined]
        loop.call_soon(loop.stop)
        loop.run_forever()
        seen.append(free(turns))
        loop.close()

    drop()
    gc.collect()

    assert seen == [False]
    assert free(turns)


def test_turns_may_be_left_again_and_again() -> None:
    """Leaving twice, or without having joined, takes nobody's turn away."""
    turns, stranger = Turns(), ThreadTurn()
    with taken(turns):
        turns.leave(stranger)
        turns.leave(stranger)

        assert not free(turns)

    assert free(turns)


def test_turns_bear_a_leave_in_the_midst_of_another() -> None:
    """The garbage collector may close the next in line at the very moment it is chosen."""
    turns = Turns()
    chosen, behind = ThreadTurn(), ThreadTurn()
    chosen.thread, behind.thread = -1, -2

    def collected() -> bool:
        turns.leave(chosen)
        return True

    chosen.wake = collected  # type: ignore[method-assign]
    with taken(turns):
        assert not turns._join(chosen)
        assert not turns._join(behind)

    assert turns._holder is behind


def test_turns_start_anew_in_a_forked_process() -> None:
    """What was held when the process forked is free in the child."""
    turns, holder = Turns(), ThreadTurn()
    turns.wait(holder, None)
    turns.forget()

    assert free(turns)
    turns.leave(holder)
    assert free(turns)


def test_turns_survive_a_storm() -> None:
    """Threads and tasks that time out, are cancelled, fail and succeed: in the end the turn is free."""
    turns, served = Turns(), 0

    def count() -> None:
        nonlocal served
        served += 1
        if served % 5 == 0:
            raise RuntimeError("failed while sending")

    async def tasks() -> None:
        calls = [asyncio.create_task(take(turns, count, 0.0001 * (n % 40) or None)) for n in range(150)]
        for n, call in enumerate(calls):
            if n % 3 == 0:
                await asyncio.sleep(0)
                call.cancel()
        for end in await asyncio.gather(*calls, return_exceptions=True):
            assert isinstance(end, DeadlineError | RuntimeError | asyncio.CancelledError | None)

    def thread() -> None:
        for n in range(100):
            try:
                with taken(turns, 0.0001 * (n % 20)):
                    count()
            except (DeadlineError, RuntimeError):
                pass

    with ThreadPoolExecutor(4) as pool:
        jobs: list[Callable[[], None]] = [thread, thread, lambda: asyncio.run(tasks()), lambda: asyncio.run(tasks())]
        for done in [pool.submit(job) for job in jobs]:
            done.result(PATIENCE_S)

    assert served > 0
    assert free(turns)
