"""The key's lock: exclusive, FIFO, bounded by a timeout."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic, sleep

import pytest

from gemini_clearing_auth._key_lock import KeyLock, TaskWaiter, ThreadWaiter
from gemini_clearing_auth.errors import DeadlineError
from tests.unit.auth_plugin.locking import PATIENCE_S, free, held, hold, wait_until_queued


def test_lock_excludes_threads() -> None:
    """At most one of eight threads holds the lock."""
    lock, inside, most = KeyLock(), 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(200):
            with held(lock):
                inside += 1
                most = max(most, inside)
                sleep(0)
                inside -= 1

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(work) for _ in range(8)]:
            done.result()

    assert most == 1
    assert free(lock)


def test_lock_excludes_threads_and_tasks_of_several_loops() -> None:
    """Threads and tasks of two event loops never hold the lock at the same time, and each of them gets it."""
    lock, inside, most, total = KeyLock(), 0, 0, 0

    def work() -> None:
        nonlocal inside, most, total
        inside += 1
        most, total = max(most, inside), total + 1
        sleep(0)
        inside -= 1

    async def tasks() -> None:
        await asyncio.gather(*(hold(lock, work) for _ in range(100)))

    def thread() -> None:
        for _ in range(100):
            with held(lock):
                work()

    with ThreadPoolExecutor(4) as pool:
        jobs: list[Callable[[], None]] = [thread, thread, lambda: asyncio.run(tasks()), lambda: asyncio.run(tasks())]
        for done in [pool.submit(job) for job in jobs]:
            done.result()

    assert (most, total) == (1, 400)
    assert free(lock)


def test_lock_is_fifo() -> None:
    """The lock goes to threads and tasks in the order of their calls."""
    lock, order = KeyLock(), list[int]()

    def thread(number: int) -> None:
        with held(lock):
            order.append(number)

    def task(number: int) -> None:
        asyncio.run(hold(lock, lambda: order.append(number)))

    with ThreadPoolExecutor(6) as pool, held(lock):
        for number in range(6):
            pool.submit(task if number % 2 else thread, number)
            wait_until_queued(lock, number + 1)

    assert order == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("timeout_s", [0, 0.01, -1])
def test_lock_raises_for_a_thread_after_its_timeout(timeout_s: float) -> None:
    """A thread raises DeadlineError after its timeout, and the owner keeps the lock."""
    lock = KeyLock()

    def late() -> None:
        with held(lock, timeout_s):
            pass

    with ThreadPoolExecutor(1) as pool, held(lock):
        error = pool.submit(late).exception(PATIENCE_S)

    assert isinstance(error, DeadlineError)
    assert f"waited {timeout_s:.3g} s" in str(error)
    assert free(lock)


@pytest.mark.parametrize("timeout_s", [0, 0.01, -1])
def test_lock_raises_for_a_task_after_its_timeout(timeout_s: float) -> None:
    """A task raises DeadlineError after its timeout, and the owner keeps the lock."""
    lock = KeyLock()

    async def late() -> None:
        owner = TaskWaiter()
        owner.task = 0
        await lock.acquire_async(owner, None)
        try:
            with pytest.raises(DeadlineError, match=f"waited {timeout_s:.3g} s"):
                await hold(lock, lambda: None, timeout_s)
        finally:
            lock.release(owner)

    asyncio.run(late())

    assert free(lock)


@pytest.mark.parametrize("timeout_s", [1e300, None])
def test_lock_accepts_any_timeout(timeout_s: float | None) -> None:
    """A timeout beyond the platform's limit is treated as no timeout."""
    lock = KeyLock()
    with ThreadPoolExecutor(1) as pool:
        with held(lock):
            waiting: Future[None] = pool.submit(lambda: held(lock, timeout_s).__enter__())
            wait_until_queued(lock, 1)

        waiting.result(PATIENCE_S)


def test_lock_detects_a_thread_that_waits_for_itself() -> None:
    """A call inside a call of the same thread raises immediately."""
    lock = KeyLock()
    with held(lock), pytest.raises(DeadlineError, match="deadlock"), held(lock, None):
        pass

    assert free(lock)


def test_lock_detects_a_task_that_waits_for_itself() -> None:
    """A call inside a call of the same task raises immediately."""
    lock = KeyLock()

    async def nested() -> None:
        outer, inner = TaskWaiter(), TaskWaiter()
        await lock.acquire_async(outer, None)
        try:
            with pytest.raises(DeadlineError, match="deadlock"):
                await lock.acquire_async(inner, None)
        finally:
            lock.release(inner)
            lock.release(outer)

    asyncio.run(nested())

    assert free(lock)


def test_lock_detects_a_thread_that_blocks_the_owner_s_loop() -> None:
    """A blocking call in an event loop whose task holds the lock raises immediately."""
    lock = KeyLock()

    async def both() -> None:
        owner = TaskWaiter()
        await lock.acquire_async(owner, None)
        try:
            with pytest.raises(DeadlineError, match="do not block an event loop"), held(lock, None):
                pass
        finally:
            lock.release(owner)

    asyncio.run(both())

    assert free(lock)


def test_lock_detects_a_thread_that_blocks_the_loop_of_a_waiter_ahead() -> None:
    """A blocking call in an event loop whose task is queued ahead raises immediately."""
    lock = KeyLock()

    async def both() -> None:
        waiting = asyncio.create_task(hold(lock, lambda: None))
        await asyncio.sleep(0)
        with pytest.raises(DeadlineError, match="do not block an event loop"), held(lock, None):
            pass
        release.set()
        await waiting

    release, ready = threading.Event(), threading.Event()

    def occupy() -> None:
        with held(lock):
            ready.set()
            release.wait(PATIENCE_S)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(occupy)
        ready.wait(PATIENCE_S)
        asyncio.run(both())

    assert free(lock)


def test_waiter_with_a_negative_timeout_does_not_wait() -> None:
    """A negative timeout, the rest of a passed deadline, does not wait."""
    started = monotonic()

    ThreadWaiter().wait(-1)

    assert monotonic() - started < 5
