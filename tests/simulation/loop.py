"""
An asyncio event loop in simulated time: instead of waiting for sockets, it blocks its actor in the scheduler.

It has no sockets, no signals and no executor. Events of the simulation reach it through `call_soon_threadsafe`.
"""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

from tests.simulation.scheduler import NS, Scheduler, Ticket

__all__ = ["run_tasks"]


class _Selector:
    """A selector without sockets: it waits for a timeout or a wake-up."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._ticket: Ticket | None = None
        self._is_woken = False

    def select(self, timeout_s: float | None) -> list[Any]:
        """Block the actor; the list of ready sockets is always empty."""
        if not self._is_woken and (timeout_s is None or timeout_s > 0):
            self._ticket = self._scheduler.ticket()
            self._scheduler.block(self._ticket, timeout_s)
            self._ticket = None
        self._is_woken = False
        return []

    def wake(self) -> None:
        """End the wait, or skip the next one."""
        self._is_woken = True
        if self._ticket is not None:
            self._scheduler.fire(self._ticket)

    def close(self) -> None:
        """Do nothing: no file is open."""


class _SimulatedLoop(asyncio.BaseEventLoop):
    """The event loop of one actor."""

    def __init__(self, scheduler: Scheduler) -> None:
        super().__init__()
        self._scheduler = scheduler
        self._selector = _Selector(scheduler)
        # A timer that is due in less than a nanosecond is due.
        self._clock_resolution = 1 / NS

    def time(self) -> float:
        """Return simulated seconds."""
        return self._scheduler.now_ns / NS

    def _process_events(self, event_list: list[Any]) -> None:
        """Do nothing: the loop has no sockets."""

    def _write_to_self(self) -> None:
        self._selector.wake()


def run_tasks(scheduler: Scheduler, main: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine in its own loop; when its process is killed, drop every task where it is."""
    loop = _SimulatedLoop(scheduler)
    # The exceptions of a killed process's tasks are not retrieved. Those of other tasks end the run.
    loop.set_exception_handler(_ignore)
    asyncio.set_event_loop(None)
    try:
        loop.run_until_complete(main)
    finally:
        _drop(loop)
        loop.close()


def _ignore(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Do nothing."""


def _drop(loop: asyncio.AbstractEventLoop) -> None:
    """Close the coroutines of unfinished tasks, so that the garbage collector has nothing to warn about."""
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # set from outside, for the test
    for task in tasks:
        coroutine: Any = task.get_coro()
        # A killed process does not run its cleanup; its errors are ignored.
        with contextlib.suppress(BaseException):
            coroutine.close()
