"""What the tests of the turns share: taking a turn in a thread or a task, and seeing whether it is free."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import monotonic, sleep

from gemini_clearing_auth._turns import TaskTurn, ThreadTurn, Turns

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
