"""No way of going away takes the turn along: cancelled, dropped, collected, forked, or all of it at once."""

import asyncio
import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from gemini_clearing_auth._turns import TaskTurn, ThreadTurn, Turns
from gemini_clearing_auth.errors import DeadlineError
from tests.unit.auth_plugin.queueing import PATIENCE_S, free, take, taken


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


def test_turns_bear_a_leave_in_the_midst_of_a_join() -> None:
    """The garbage collector may close the holder while somebody joins the queue behind it."""
    turns, holder, joining = Turns(), ThreadTurn(), ThreadTurn()
    turns.wait(holder, None)

    def collected(_: ThreadTurn) -> bool:
        turns.leave(holder)
        return False

    joining.blocks = collected  # type: ignore[method-assign, assignment]

    assert turns._join(joining)
    assert not free(turns)


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
