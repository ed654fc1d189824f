"""Helpers for the tests of the key's lock: hold it in a thread or a task, and check whether it is free."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import monotonic, sleep

from gemini_clearing_auth._key_lock import KeyLock, TaskWaiter, ThreadWaiter

PATIENCE_S = 10


@contextmanager
def held(lock: KeyLock, timeout_s: float | None = PATIENCE_S) -> Iterator[None]:
    """Hold the lock in this thread for the length of a block."""
    waiter = ThreadWaiter()
    try:
        lock.acquire(waiter, timeout_s)
        yield
    finally:
        lock.release(waiter)


async def hold(lock: KeyLock, work: Callable[[], None], timeout_s: float | None = PATIENCE_S) -> None:
    """Hold the lock in this task while the work runs."""
    waiter = TaskWaiter()
    try:
        await lock.acquire_async(waiter, timeout_s)
        work()
        await asyncio.sleep(0)
    finally:
        lock.release(waiter)


def free(lock: KeyLock) -> bool:
    """Return whether another thread gets the lock immediately."""

    def attempt() -> None:
        with held(lock, 0):
            pass

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(attempt).exception() is None


def wait_until_queued(lock: KeyLock, count: int) -> None:
    """Return when the queue has this many waiters; fail when it never does."""
    deadline = monotonic() + PATIENCE_S
    while sum(not waiter.released for waiter in lock._queue) < count:
        assert monotonic() < deadline, "the queue stayed empty"
        sleep(0.0005)
