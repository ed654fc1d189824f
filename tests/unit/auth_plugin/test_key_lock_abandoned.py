"""The key's lock is released by calls that are canceled, dropped, collected or forked."""

import asyncio
import contextlib
import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from gemini_clearing_auth._key_lock import KeyLock, TaskWaiter, ThreadWaiter
from gemini_clearing_auth.errors import DeadlineError
from tests.unit.auth_plugin.locking import PATIENCE_S, free, held, hold


def test_lock_skips_a_task_that_was_canceled_in_the_queue() -> None:
    """The waiter behind a canceled task gets the lock."""
    lock, served = KeyLock(), list[str]()

    async def scene() -> None:
        owner = TaskWaiter()
        owner.task = 0
        await lock.acquire_async(owner, None)
        canceled = asyncio.create_task(hold(lock, lambda: served.append("canceled")))
        behind = asyncio.create_task(hold(lock, lambda: served.append("behind")))
        await asyncio.sleep(0)
        canceled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await canceled
        lock.release(owner)
        await asyncio.wait_for(behind, PATIENCE_S)

    asyncio.run(scene())

    assert served == ["behind"]
    assert free(lock)


@pytest.mark.parametrize("steps", range(6))
def test_lock_survives_a_cancellation_at_any_step(steps: int) -> None:
    """A task that is canceled before, while, or just after it gets the lock leaves it free."""
    lock, served = KeyLock(), list[str]()

    async def scene() -> None:
        owner = asyncio.create_task(hold(lock, lambda: None))
        victim = asyncio.create_task(hold(lock, lambda: None))
        behind = asyncio.create_task(hold(lock, lambda: served.append("behind")))
        for _ in range(steps):
            await asyncio.sleep(0)
        victim.cancel()
        await asyncio.wait_for(asyncio.gather(owner, victim, behind, return_exceptions=True), PATIENCE_S)

    asyncio.run(scene())

    assert served == ["behind"]
    assert free(lock)


def test_lock_is_passed_on_by_a_task_canceled_at_the_handover() -> None:
    """A task that is canceled between handover and wake-up passes the lock on."""
    lock, served = KeyLock(), list[str]()

    async def scene() -> None:
        owner = TaskWaiter()
        owner.task = 0
        await lock.acquire_async(owner, None)
        victim = asyncio.create_task(hold(lock, lambda: served.append("victim")))
        behind = asyncio.create_task(hold(lock, lambda: served.append("behind")))
        await asyncio.sleep(0)
        lock.release(owner)
        victim.cancel()
        await asyncio.wait_for(behind, PATIENCE_S)
        with pytest.raises(asyncio.CancelledError):
            await victim

    asyncio.run(scene())

    assert served == ["behind"]
    assert free(lock)


def test_lock_skips_a_task_whose_loop_is_closed() -> None:
    """A task whose event loop is closed does not get the lock."""
    lock = KeyLock()
    loop = asyncio.new_event_loop()
    with held(lock):
        pending = loop.create_task(hold(lock, lambda: None))
        with ThreadPoolExecutor(1) as pool:
            pool.submit(loop.run_until_complete, asyncio.sleep(0)).result(PATIENCE_S)
        loop.close()

    assert free(lock)
    pending.get_coro().close()
    pending._log_destroy_pending = False  # type: ignore[attr-defined]  # set from outside, for the test


def test_lock_is_released_by_garbage_collection() -> None:
    """A dropped task releases the lock when the garbage collector closes it."""
    lock, seen = KeyLock(), list[bool]()

    def drop() -> None:
        loop = asyncio.new_event_loop()
        task = loop.create_task(hold(lock, lambda: None))
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # set from outside, for the test
        loop.call_soon(loop.stop)
        loop.run_forever()
        seen.append(free(lock))
        loop.close()

    drop()
    gc.collect()

    assert seen == [False]
    assert free(lock)


def test_release_may_be_repeated() -> None:
    """A second release, or one without acquire, does not release the lock of another waiter."""
    lock, stranger = KeyLock(), ThreadWaiter()
    with held(lock):
        lock.release(stranger)
        lock.release(stranger)

        assert not free(lock)

    assert free(lock)


def test_release_may_interrupt_a_release() -> None:
    """The garbage collector may release the next waiter while the lock is handed to it."""
    lock = KeyLock()
    chosen, behind = ThreadWaiter(), ThreadWaiter()
    chosen.thread, behind.thread = -1, -2

    def collected() -> bool:
        lock.release(chosen)
        return True

    chosen.wake = collected  # type: ignore[method-assign]  # replaced for the test
    with held(lock):
        assert not lock._enqueue(chosen)
        assert not lock._enqueue(behind)

    assert lock._owner is behind


def test_release_may_interrupt_an_acquire() -> None:
    """The garbage collector may release the owner while another waiter joins the queue."""
    lock, owner, joining = KeyLock(), ThreadWaiter(), ThreadWaiter()
    lock.acquire(owner, None)

    def collected(_: ThreadWaiter) -> bool:
        lock.release(owner)
        return False

    joining.deadlocks_behind = collected  # type: ignore[method-assign, assignment]  # replaced for the test

    assert lock._enqueue(joining)
    assert not free(lock)


def test_lock_is_free_in_a_forked_process() -> None:
    """A lock that was held at the time of a fork is free in the child."""
    lock, owner = KeyLock(), ThreadWaiter()
    lock.acquire(owner, None)
    lock.after_fork()

    assert free(lock)
    lock.release(owner)
    assert free(lock)


def test_lock_survives_concurrent_failures() -> None:
    """The lock is free after threads and tasks that time out, are canceled, fail and succeed."""
    lock, served = KeyLock(), 0

    def count() -> None:
        nonlocal served
        served += 1
        if served % 5 == 0:
            raise RuntimeError("failed while sending")

    async def tasks() -> None:
        calls = [asyncio.create_task(hold(lock, count, 0.0001 * (n % 40) or None)) for n in range(150)]
        for n, call in enumerate(calls):
            if n % 3 == 0:
                await asyncio.sleep(0)
                call.cancel()
        ends = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(end, DeadlineError | RuntimeError | asyncio.CancelledError | None) for end in ends)

    def thread() -> None:
        for n in range(100):
            with contextlib.suppress(DeadlineError, RuntimeError), held(lock, 0.0001 * (n % 20)):
                count()

    with ThreadPoolExecutor(4) as pool:
        jobs: list[Callable[[], None]] = [thread, thread, lambda: asyncio.run(tasks()), lambda: asyncio.run(tasks())]
        for done in [pool.submit(job) for job in jobs]:
            done.result(PATIENCE_S)

    assert served > 0
    assert free(lock)
