"""
Judges many things, each in a process of its own that is forked from this one and has loaded what this one has.

A process may take so many seconds awake: while it is paused, no time goes by for it.  One that does nothing for long
waits for what will never come.  What it works at may have a limit of its own, in seconds of work, which a busy machine
does not make longer: whatever takes more has no end.
"""

from __future__ import annotations

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

__all__ = ["CRASH", "TIME_LIMIT", "allow", "in_forks"]

# What is told of a process that does not come to its end.
CRASH, TIME_LIMIT = "crash", "time limit"
# No test waits for so long, not even for a process that it has started.
IDLE_S = 20
# A process that does not even run a signal handler is given up by the clock on the wall.
WALL_LIMIT_S = 900

T = TypeVar("T")


def allow(work_s: float) -> None:
    """Give this process so many seconds for the work that comes now; 0 is no limit."""
    signal.setitimer(signal.ITIMER_VIRTUAL, work_s)


@dataclass
class _Fork(Generic[T]):
    item: T
    pid: int
    answer: Connection
    started: float = field(default_factory=time.monotonic)

    def end(self) -> None:
        """Whatever the process has started ends with it."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self.answer.close()


def in_forks(
    items: Iterable[T], judge: Callable[[T], str], jobs: int, limit_s: Callable[[T], float]
) -> Iterator[tuple[T, str]]:
    """Each thing with what the judge says of it, as they come; whoever leaves early leaves no process behind."""
    # What is loaded already need not be gone through by every collection in every process.
    gc.collect()
    gc.freeze()
    running: dict[Connection, _Fork[T]] = {}
    waiting = iter(items)
    try:
        while True:
            while len(running) < jobs and (item := next(waiting, None)) is not None:
                fork = _fork(item, judge, limit_s(item))
                running[fork.answer] = fork
            if not running:
                return
            for answer in wait(list(running), timeout=1) or _overdue(running):
                assert isinstance(answer, Connection)
                fork = running.pop(answer)
                result = _read(answer)
                fork.end()
                yield fork.item, result
    finally:
        for fork in running.values():
            fork.end()


def _overdue(running: dict[Connection, _Fork[T]]) -> list[Connection]:
    return [answer for answer, fork in running.items() if time.monotonic() - fork.started > WALL_LIMIT_S]


def _read(answer: Connection) -> str:
    if not answer.poll():
        return TIME_LIMIT
    try:
        return str(json.loads(answer.recv_bytes()))
    except EOFError:
        return CRASH


def _fork(item: T, judge: Callable[[T], str], limit_s: float) -> _Fork[T]:
    ours, theirs = Pipe(duplex=False)
    sys.stdout.flush()
    pid = os.fork()
    if not pid:
        ours.close()
        _run(theirs, item, judge, limit_s)
    theirs.close()
    with suppress(PermissionError, ProcessLookupError):
        os.setpgid(pid, pid)
    return _Fork(item, pid, ours)


def _run(answer: Connection, item: T, judge: Callable[[T], str], limit_s: float) -> NoReturn:
    """The forked process, from its first line to its last."""

    def say(result: str) -> NoReturn:
        answer.send_bytes(json.dumps(result).encode())
        os._exit(0)

    awake_s = idle_s = 0
    worked_s = time.process_time()

    def tick(number: int, frame: FrameType | None) -> None:
        nonlocal awake_s, idle_s, worked_s
        awake_s += 1
        before, worked_s = worked_s, time.process_time()
        idle_s = 0 if worked_s - before > 0.01 else idle_s + 1
        if awake_s > limit_s or idle_s > IDLE_S:
            say(TIME_LIMIT)

    try:
        os.setpgid(0, 0)
        for ending in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ending, signal.SIG_DFL)
        _silence()
        # Ticks that fall into a pause are delivered as one.
        signal.signal(signal.SIGALRM, tick)
        signal.setitimer(signal.ITIMER_REAL, 1, 1)
        signal.signal(signal.SIGVTALRM, lambda number, frame: say(f"{TIME_LIMIT}: work without an end"))
        say(judge(item))
    except BaseException as error:
        say(f"{CRASH}: {type(error).__name__}: {error}")
    finally:
        os._exit(1)


def _silence() -> None:
    with Path(os.devnull).open("r+b") as nowhere:
        for stream in (0, 1, 2):
            os.dup2(nowhere.fileno(), stream)
