"""
Run a function for many items, each in a process that is forked from this one and shares its imported modules.

Two limits apply. One is on time awake: a paused process is not charged, and an idle process is treated as hung.
The other is on CPU time, which does not depend on how busy the machine is; `limit_cpu` sets it for the next step.
"""

import gc
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from types import FrameType
from typing import Generic, NoReturn, TypeVar

__all__ = ["CRASH", "TIMEOUT", "in_forks", "limit_cpu"]

# The results of processes that do not finish.
CRASH, TIMEOUT = "crash", "timeout"
# Longer than any test waits, including for a process that it started.
IDLE_LIMIT_S = 20
# For a process that does not even run its signal handlers.
WALL_CLOCK_LIMIT_S = 900

T = TypeVar("T")


def limit_cpu(seconds: float) -> None:
    """Set this process's limit of CPU time from now on. 0 removes the limit."""
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)


@dataclass
class _Fork(Generic[T]):
    item: T
    pid: int
    connection: Connection
    started: float = field(default_factory=time.monotonic)

    def end(self) -> None:
        """Kill the process and every process that it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self.connection.close()


def in_forks(
    items: Iterable[T], function: Callable[[T], str], jobs: int, limit_s: Callable[[T], float]
) -> Iterator[tuple[T, str]]:
    """Yield each item with its result, in the order of completion. Closing the iterator kills every process."""
    # Objects that exist now are exempt from garbage collection in the forked processes.
    gc.collect()
    gc.freeze()
    running: dict[Connection, _Fork[T]] = {}
    waiting = iter(items)
    try:
        while True:
            while len(running) < jobs and (item := next(waiting, None)) is not None:
                fork = _fork(item, function, limit_s(item))
                running[fork.connection] = fork
            if not running:
                return
            for connection in wait(list(running), timeout=1) or _overdue(running):
                assert isinstance(connection, Connection)
                fork = running.pop(connection)
                result = _read(connection)
                fork.end()
                yield fork.item, result
    finally:
        for fork in running.values():
            fork.end()


def _overdue(running: dict[Connection, _Fork[T]]) -> list[Connection]:
    now = time.monotonic()
    return [connection for connection, fork in running.items() if now - fork.started > WALL_CLOCK_LIMIT_S]


def _read(connection: Connection) -> str:
    if not connection.poll():
        return TIMEOUT
    try:
        return str(json.loads(connection.recv_bytes()))
    except EOFError:
        return CRASH


def _fork(item: T, function: Callable[[T], str], limit_s: float) -> _Fork[T]:
    ours, theirs = Pipe(duplex=False)
    sys.stdout.flush()
    pid = os.fork()
    if not pid:
        ours.close()
        _run(theirs, item, function, limit_s)
    theirs.close()
    with suppress(PermissionError, ProcessLookupError):
        os.setpgid(pid, pid)
    return _Fork(item, pid, ours)


def _run(connection: Connection, item: T, function: Callable[[T], str], limit_s: float) -> NoReturn:
    """Run the function in the forked process, and exit."""

    def finish(result: str) -> NoReturn:
        connection.send_bytes(json.dumps(result).encode())
        os._exit(0)

    try:
        os.setpgid(0, 0)
        for ending in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ending, signal.SIG_DFL)
        _redirect_to_null()
        # Ticks during a pause are delivered as one.
        signal.signal(signal.SIGALRM, _Watch(limit_s, lambda: finish(TIMEOUT)))
        signal.setitimer(signal.ITIMER_REAL, 1, 1)
        signal.signal(signal.SIGVTALRM, lambda number, frame: finish(f"{TIMEOUT}: CPU time"))
        finish(function(item))
    except BaseException as error:
        finish(f"{CRASH}: {type(error).__name__}: {error}")
    finally:
        os._exit(1)


class _Watch:
    """Signal handler, called each second, that ends a process that is awake or idle for too long."""

    def __init__(self, limit_s: float, end: Callable[[], None]) -> None:
        self._limit_s, self._end = limit_s, end
        self._awake_s = self._idle_s = 0
        self._cpu_s = time.process_time()

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self._awake_s += 1
        before, self._cpu_s = self._cpu_s, time.process_time()
        self._idle_s = 0 if self._cpu_s - before > 0.01 else self._idle_s + 1
        if self._awake_s > self._limit_s or self._idle_s > IDLE_LIMIT_S:
            self._end()


def _redirect_to_null() -> None:
    with Path(os.devnull).open("r+b") as null:
        for stream in (0, 1, 2):
            os.dup2(null.fileno(), stream)
