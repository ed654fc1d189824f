"""
Waiting for the network: blocking an actor, or suspending a task of an event loop.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.simulation.scheduler import Scheduler

__all__ = ["Signal", "Wait", "wait_async", "wait_blocking"]


class Signal:
    """A value that is set once, and wakes one waiter."""

    def __init__(self) -> None:
        self.value: Any = None
        self.is_set = False
        self.when_set: Callable[[], None] | None = None

    def set(self, value: Any = None) -> None:
        """Set the value; a second time changes nothing."""
        if not self.is_set:
            self.is_set, self.value = True, value
            if self.when_set is not None:
                self.when_set()


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait for a signal for at most `seconds`; without a signal, wait for `seconds`."""

    seconds: float
    signal: Signal | None = None


def wait_blocking(scheduler: Scheduler, wait: Wait) -> bool:
    """Block the current actor; return whether the signal was set in time."""
    signal = wait.signal
    if signal is not None and signal.is_set:
        return True
    ticket = scheduler.ticket()
    if signal is not None:
        signal.when_set = lambda: scheduler.fire(ticket)
    return scheduler.block(ticket, wait.seconds)


async def wait_async(wait: Wait) -> bool:
    """Suspend the running task; return whether the signal was set in time."""
    if wait.signal is None:
        await asyncio.sleep(wait.seconds)
        return False
    loop = asyncio.get_running_loop()
    woken: asyncio.Future[None] = loop.create_future()
    _wake_when_set(wait.signal, loop, woken)
    await asyncio.wait((woken,), timeout=wait.seconds)
    return woken.done()


def _wake_when_set(signal: Signal, loop: asyncio.AbstractEventLoop, woken: "asyncio.Future[None]") -> None:
    def wake() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(_set, woken)

    if signal.is_set:
        woken.set_result(None)
    else:
        signal.when_set = wake


def _set(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)
