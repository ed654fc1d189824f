"""
Replacements for the machine under the client's packages: clocks, locks, and state per process.

In each module of the client, `threading` and `time` are replaced by objects whose locks block actors and whose clocks
are simulated. Module-level registries are replaced by one per simulated process.
"""

import importlib
import pkgutil
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any

from gemini_clearing_auth._file_nonces import FileLease
from gemini_clearing_runtime import _asyncio_sockets, _sockets, _time
from gemini_clearing_runtime._asyncio_sockets import AsyncioSockets
from gemini_clearing_runtime._sockets import BlockingSockets
from tests.simulation.clocks import SimulatedClock
from tests.simulation.network import Network
from tests.simulation.scheduler import Scheduler, Ticket
from tests.simulation.streams import asyncio_sockets, blocking_sockets

__all__ = ["simulated"]

_POLLING_PAUSE_S = 0.04
_PACKAGES = ("gemini_clearing_auth", "gemini_clearing_runtime", "gemini_clearing")
# Module-level dictionaries that all clients of a process share.
_REGISTRIES = (
    ("gemini_clearing_auth._key_state", "_key_states"),
    ("gemini_clearing_runtime._key_pause", "_pauses"),
    ("gemini_clearing_runtime._key_rate", "_used"),
    ("gemini_clearing_runtime._key_rate", "_remembered"),
)


class SimulatedLock:
    """A FIFO `threading.Lock` that blocks an actor."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._is_locked = False
        self._waiting: deque[Ticket] = deque()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock, or wait for it."""
        self._scheduler.step()
        if not self._is_locked:
            self._is_locked = True
            return True
        if not blocking:
            return False
        ticket = self._scheduler.ticket()
        self._waiting.append(ticket)
        return self._scheduler.block(ticket, None if timeout < 0 else timeout)

    def release(self) -> None:
        """Hand the lock to the first waiter that still waits."""
        if not self._is_locked:
            raise RuntimeError("release unlocked lock")
        while self._waiting:
            ticket = self._waiting.popleft()
            if not ticket.is_over and ticket.actor.process.is_alive:
                self._scheduler.fire(ticket)
                return
        self._is_locked = False

    def locked(self) -> bool:
        """Return whether it is held."""
        return self._is_locked

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class _Threading:
    """The module `threading`, with simulated locks."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def Lock(self) -> SimulatedLock:  # noqa: N802  (the module's own name)
        """Make a lock."""
        return SimulatedLock(self._scheduler)

    def __getattr__(self, name: str) -> Any:
        if name in {"Condition", "Event", "Semaphore", "BoundedSemaphore", "Barrier", "Timer", "Thread"}:
            raise NotImplementedError(f"threading.{name} blocks for real: give it a simulated counterpart here.")
        return getattr(threading, name)


class _Time:
    """The module `time`, with simulated clocks."""

    def __init__(self, clock: SimulatedClock) -> None:
        self.time_ns = clock.time_ns
        self.monotonic = clock.monotonic
        self.sleep = clock.sleep
        self._clock = clock

    def time(self) -> float:
        """Return the machine's wall clock in seconds since the epoch."""
        return self.time_ns() / 1e9

    def monotonic_ns(self) -> int:
        """Return the monotonic clock in nanoseconds."""
        return round(self.monotonic() * 1e9)

    def __getattr__(self, name: str) -> Any:
        raise NotImplementedError(f"time.{name} is not simulated: give it a counterpart here.")


class _PerProcess(MutableMapping[Any, Any]):
    """A dictionary with separate content for each simulated process."""

    def __init__(self, scheduler: Scheduler, name: str) -> None:
        self._scheduler = scheduler
        self._name = name
        self._of_nobody: dict[Any, Any] = {}

    def _own(self) -> dict[Any, Any]:
        actor = self._scheduler.current
        return self._of_nobody if actor is None else actor.process.memory.setdefault(self._name, {})

    def __getitem__(self, key: Any) -> Any:
        return self._own()[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._own()[key] = value

    def __delitem__(self, key: Any) -> None:
        del self._own()[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._own())

    def __len__(self) -> int:
        return len(self._own())


@contextmanager
def simulated(scheduler: Scheduler, network: Network) -> Iterator[None]:
    """Run the client in simulated time and on a simulated network inside the block."""
    clock = SimulatedClock(scheduler)
    replacements: dict[object, object] = {
        threading: _Threading(scheduler),
        time: _Time(clock),
        time.time_ns: clock.time_ns,
        BlockingSockets: lambda: blocking_sockets(network),
        AsyncioSockets: lambda loop: asyncio_sockets(network),
    }
    former, pause_s = _time.install(clock), FileLease.pause_s
    # Polling a nonce file every millisecond would take most of the time of a run.
    FileLease.pause_s = _POLLING_PAUSE_S
    try:
        for names, name, original in _places():
            names[name] = replacements[original]
        for names, name, _ in _registries():
            names[name] = _PerProcess(scheduler, f"{names['__name__']}.{name}")
        yield
    finally:
        for names, name, original in (*_places(), *_registries()):
            names[name] = original
        FileLease.pause_s = pause_s
        _time.install(former)


_Place = tuple[dict[str, Any], str, Any]


@cache
def _places() -> list[_Place]:
    """Return where the client refers to the machine: a dictionary, a name in it, and the original value."""
    replaced = (threading, time, BlockingSockets, AsyncioSockets)
    places: list[_Place] = []
    for module in _modules():
        names = vars(module)
        places += [(names, name, value) for name, value in names.items() if any(value is one for one in replaced)]
        for cls in {
            value for value in names.values() if isinstance(value, type) and value.__module__ == module.__name__
        }:
            defaults = getattr(vars(cls).get("__init__"), "__kwdefaults__", None) or {}
            places += [(defaults, name, value) for name, value in defaults.items() if value is time.time_ns]
    return places


@cache
def _registries() -> list[_Place]:
    """Return the module-level dictionaries that all clients of a process share."""
    modules = [(importlib.import_module(module), name) for module, name in _REGISTRIES]
    return [(vars(module), name, vars(module)[name]) for module, name in modules]


def _modules() -> list[ModuleType]:
    """Return the client's modules that refer to the machine; `_time` itself is replaced by `install`."""
    # All of them now: a module that the client imports later would use the real machine.
    for package in map(importlib.import_module, _PACKAGES):
        for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(found.name)
    loaded = [module for name, module in sys.modules.items() if name.partition(".")[0] in _PACKAGES]
    return [module for module in loaded if module not in (_time, _sockets, _asyncio_sockets)]
