"""
The fair lock of an API key, for threads and asyncio tasks alike: first come, first served.

Nonces must arrive at the exchange in the order they were drawn, so a call keeps its turn from drawing
the nonce until the answer's head is there.  A turn that was given up, timed out or cancelled is passed on.
"""

import asyncio
import threading
from collections import deque

from gemini_clearing_auth.errors import DeadlineError

__all__ = ["TaskTurn", "ThreadTurn", "Turns"]


class ThreadTurn:
    """A place in the queue for a thread, which blocks."""

    def __init__(self) -> None:
        self.left = False
        self.thread = threading.get_ident()
        self._gate = threading.Lock()
        self._gate.acquire()

    def blocks(self, other: "ThreadTurn | TaskTurn") -> bool:
        """Whether the other could never end while this one waits."""
        return other.thread == self.thread

    def wait(self, timeout_s: float | None) -> None:
        """Return when woken, or when time has run out."""
        limit_s = threading.TIMEOUT_MAX if timeout_s is None else timeout_s
        self._gate.acquire(timeout=min(max(limit_s, 0), threading.TIMEOUT_MAX))

    def wake(self) -> bool:
        """End the wait; whether there is somebody to wake."""
        self._gate.release()
        return True


class TaskTurn:
    """A place in the queue for an asyncio task, which lets its loop go on."""

    def __init__(self) -> None:
        self.left = False
        self.thread = threading.get_ident()
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            raise DeadlineError(
                "Async calls take turns under asyncio alone, and no asyncio loop is running here. Use the sync client."
            ) from None
        # Its number alone: a reference would keep a task alive that was dropped with the turn in its hands.
        self.task = id(asyncio.current_task())
        self._gate: asyncio.Future[None] = self._loop.create_future()

    def blocks(self, other: "ThreadTurn | TaskTurn") -> bool:
        """Whether the other could never end while this one waits."""
        return isinstance(other, TaskTurn) and other.task == self.task

    async def wait(self, timeout_s: float | None) -> None:
        """Return when woken, or when time has run out."""
        await asyncio.wait((self._gate,), timeout=timeout_s)

    def wake(self) -> bool:
        """End the wait; whether there is somebody to wake."""
        try:
            self._loop.call_soon_threadsafe(self._gate.set_result, None)
        except RuntimeError:  # the loop was closed, and its task will never go on
            return False
        return True


class Turns:
    """
    Who has the turn, and who waits for it.

    Use, with a turn that is new for every call:

        turn = ThreadTurn()
        try:
            turns.wait(turn, timeout_s)
            ...
        finally:
            turns.leave(turn)
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Start anew: in a forked process the threads that held or awaited a turn do not exist."""
        # Re-entrant, as the garbage collector may close an abandoned call, which leaves, while this thread
        # is inside.  Every section below is therefore right also when a `leave` runs in the midst of it.
        self._mutex = threading.RLock()
        self._holder: ThreadTurn | TaskTurn | None = None
        self._waiting: deque[ThreadTurn | TaskTurn] = deque()

    def wait(self, turn: ThreadTurn, timeout_s: float | None) -> None:
        """
        Block this thread until the turn has come.

        Raises:
            DeadlineError: it did not come in time, or what it waits for needs this very thread to go on.
        """
        if not self._join(turn):
            turn.wait(timeout_s)
            self._expect(turn, timeout_s)

    async def wait_async(self, turn: TaskTurn, timeout_s: float | None) -> None:
        """
        Suspend this task until the turn has come.

        Raises:
            DeadlineError: it did not come in time, or this very task holds the turn already.
        """
        if not self._join(turn):
            await turn.wait(timeout_s)
            self._expect(turn, timeout_s)

    def leave(self, turn: ThreadTurn | TaskTurn) -> None:
        """Pass the turn on, or step out of the queue; right in every state, and as often as one likes."""
        with self._mutex:
            turn.left = True
            if self._holder is turn:
                self._holder = None
                self._advance()

    def _join(self, turn: ThreadTurn | TaskTurn) -> bool:
        """Whether the turn has come at once; otherwise it waits in the queue."""
        with self._mutex:
            if self._holder is None:
                self._holder = turn
                return True
            ahead = (self._holder, *self._waiting)
            if any(turn.blocks(other) for other in ahead if not other.left):
                raise DeadlineError(
                    "The turn of this API key can never come: the call that has it cannot go on before this "
                    "one ends. Do not call from inside a hook or a transport, nor block an event loop."
                )
            self._waiting.append(turn)
            self._advance()
            return self._holder is turn

    def _advance(self) -> None:
        while self._holder is None and self._waiting:
            heir = self._holder = self._waiting.popleft()
            if (heir.left or not heir.wake()) and self._holder is heir:
                self._holder = None

    def _expect(self, turn: ThreadTurn | TaskTurn, timeout_s: float | None) -> None:
        # Nobody but its owner ends a turn that has come, so this needs no mutex.
        if self._holder is not turn:
            raise DeadlineError(
                f"Waited {timeout_s} s for other calls with the same API key to end; nothing was sent. "
                "Raise the pool timeout, or give every process or thread a key of its own."
            )
