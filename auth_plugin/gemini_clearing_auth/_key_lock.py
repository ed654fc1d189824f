"""
The lock of an API key: a FIFO lock for threads and asyncio tasks.

Why a lock. The exchange rejects a nonce that is not above the last one it has seen for the key (InvalidNonce).
Drawing nonces in order is not enough: they must *arrive* in that order. So one call per key is in flight at a time,
from drawing the nonce until the head of the response has arrived or sending has failed. The lock guards that span.

Why not `threading.Lock` or `asyncio.Lock`. One key may be used from threads and from tasks of several event loops at
the same time. A `threading.Lock` blocks the event loop, an `asyncio.Lock` belongs to one loop, and neither is FIFO
among both.

State. `_owner` is the waiter that holds the lock, `_queue` the waiters behind it, oldest first. A waiter is used for
one call. `release` removes a waiter from any state: owner, queued, timed out, or never queued. It may be repeated.

Deadline. A waiter that is not the owner after its timeout raises `DeadlineError`; its caller releases it, and the
queue skips it.

Cancellation. A task may be canceled after the lock was passed to it and before it runs again. Ownership changes in
`_hand_over`, not when the task wakes up, so the task's `release` passes the lock on. A task whose loop was closed
cannot be woken and is skipped. A call that is dropped is closed by the garbage collector, which then releases.

Self-deadlock. A call from inside another call of the same thread or task can never get the lock; neither can a blocking
call in an event loop whose own task is the owner or is queued ahead. Both raise `DeadlineError` immediately.

Fork. The threads and tasks that held or awaited the lock do not exist in the child: there it starts free.
"""

import threading
from collections import deque

from ._forks import reset_after_fork
from .errors import DeadlineError, NotSentError

__all__ = ["KeyLock", "TaskWaiter", "ThreadWaiter"]


class ThreadWaiter:
    """A thread's place in the queue. Waiting blocks the thread."""

    def __init__(self) -> None:
        self.released = False
        self.thread = threading.get_ident()
        self._gate = threading.Lock()
        self._gate.acquire()

    def deadlocks_behind(self, other: "ThreadWaiter | TaskWaiter") -> bool:
        """Return whether the other call cannot end while this one waits."""
        return other.thread == self.thread

    def wait(self, timeout_s: float | None) -> None:
        """Return when woken, or after the timeout."""
        limit_s = threading.TIMEOUT_MAX if timeout_s is None else timeout_s
        self._gate.acquire(timeout=min(max(limit_s, 0), threading.TIMEOUT_MAX))

    def wake(self) -> bool:
        """End the wait. Return whether the waiter can run."""
        self._gate.release()
        return True


class TaskWaiter:
    """An asyncio task's place in the queue. Waiting suspends the task; its event loop runs on."""

    # asyncio is imported where it is used, here and in other modules: a program with blocking calls does not need it.

    def __init__(self) -> None:
        import asyncio

        self.released = False
        self.thread = threading.get_ident()
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            raise NotSentError(
                "no asyncio event loop is running, and async calls need one. "
                "Run the call with asyncio.run(), or use the sync client."
            ) from None
        # Only the id: a reference would keep a task alive that was dropped while it holds the lock.
        self.task = id(asyncio.current_task())
        self._gate: asyncio.Future[None] = self._loop.create_future()

    def deadlocks_behind(self, other: "ThreadWaiter | TaskWaiter") -> bool:
        """Return whether the other call cannot end while this one waits."""
        return isinstance(other, TaskWaiter) and other.task == self.task

    async def wait(self, timeout_s: float | None) -> None:
        """Return when woken, or after the timeout."""
        import asyncio

        await asyncio.wait((self._gate,), timeout=timeout_s)

    def wake(self) -> bool:
        """End the wait. Return whether the waiter can run."""
        try:
            self._loop.call_soon_threadsafe(self._gate.set_result, None)
        except RuntimeError:  # the loop is closed
            return False
        return True


class KeyLock:
    """
    The current owner of the lock and the waiters, in FIFO order.

    Use a new waiter for every call:

        waiter = ThreadWaiter()
        try:
            lock.acquire(waiter, timeout_s)
            ...
        finally:
            lock.release(waiter)
    """

    def __init__(self) -> None:
        self.after_fork()
        reset_after_fork(self)

    def after_fork(self) -> None:
        """Start free, without waiters."""
        # Reentrant: the garbage collector may close an abandoned call, which releases, while this thread is inside.
        # So every section below must stay correct when a `release` runs in the middle of it.
        self._mutex = threading.RLock()
        self._owner: ThreadWaiter | TaskWaiter | None = None
        self._queue: deque[ThreadWaiter | TaskWaiter] = deque()

    def acquire(self, waiter: ThreadWaiter, timeout_s: float | None) -> None:
        """
        Block this thread until it owns the lock.

        Raises:
            DeadlineError: the timeout has passed, or the owner waits for this thread.
        """
        if not self._enqueue(waiter):
            waiter.wait(timeout_s)
            self._check_owner(waiter, timeout_s)

    async def acquire_async(self, waiter: TaskWaiter, timeout_s: float | None) -> None:
        """
        Suspend this task until it owns the lock.

        Raises:
            DeadlineError: the timeout has passed, or this task owns the lock already.
        """
        if not self._enqueue(waiter):
            await waiter.wait(timeout_s)
            self._check_owner(waiter, timeout_s)

    def release(self, waiter: ThreadWaiter | TaskWaiter) -> None:
        """Pass the lock on, or leave the queue. Correct in every state, and any number of times."""
        with self._mutex:
            waiter.released = True
            if self._owner is waiter:
                self._owner = None
                self._hand_over()

    def _enqueue(self, waiter: ThreadWaiter | TaskWaiter) -> bool:
        """Return whether the waiter owns the lock now; otherwise it is queued."""
        with self._mutex:
            if self._owner is None:
                self._owner = waiter
                return True
            ahead = (self._owner, *self._queue)
            if any(waiter.deadlocks_behind(other) for other in ahead if not other.released):
                raise DeadlineError(
                    "deadlock: another call with this API key waits for this one to end, and the other way round. "
                    "Do not call from inside a hook or a transport, and do not block an event loop."
                )
            self._queue.append(waiter)
            self._hand_over()
            return self._owner is waiter

    def _hand_over(self) -> None:
        while self._owner is None and self._queue:
            following = self._owner = self._queue.popleft()
            if (following.released or not following.wake()) and self._owner is following:
                self._owner = None

    def _check_owner(self, waiter: ThreadWaiter | TaskWaiter, timeout_s: float | None) -> None:
        # Only the owner itself ends its ownership, so no mutex is needed here.
        if self._owner is not waiter:
            raise DeadlineError(
                f"waited {timeout_s:.3g} s for other calls with this API key. Nothing was sent. "
                "Raise `timeout`, or use one API key per process or thread."
            )
