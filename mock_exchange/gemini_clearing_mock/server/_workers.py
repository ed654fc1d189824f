"""
The worker processes of a server: started, watched, replaced and stopped.
"""

import multiprocessing
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import Any

from .._output import log
from ..errors import ControlError, MockExchangeError, WorkerError
from ._signals import Terminations, blocking_sigint

__all__ = ["check_main_module", "run_workers"]

# The server ends if more than this number of workers in a row end within this time after their start.
_SHORT_LIFE_S = 5
_MAX_SHORT_LIVES = 3

# How often the count of signals is read.
_POLL_S = 0.1

# The time for a worker to end after its own limit.
_MARGIN_S = 2


def check_main_module() -> None:
    """
    Check that this process is not a worker that has just imported the main module of the program.

    Raises:
        ControlError: it is: the main module serves again when a worker imports it.

    """
    # As in `multiprocessing.spawn`, whose own check comes only after the sockets are open.
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise ControlError(
            "several workers: each one imports the main module of the program, which calls serve() again. "
            "Call serve() below `if __name__ == '__main__':`."
        )


def run_workers(
    target: Callable[..., None],
    arguments: tuple[Any, ...],
    count: int,
    grace_s: float,
    terminations: Terminations,
    check: Callable[[], None],
) -> None:
    """
    Run `count` processes until SIGTERM or SIGINT; a worker that ends by itself is replaced.

    `check` is called before a worker is replaced; what it raises ends the run.

    Raises:
        WorkerError: the workers end again and again, or one did not stop.

    """
    context = multiprocessing.get_context("spawn")
    # Started here: with the first worker, it would end the blocking of signals.
    resource_tracker.ensure_running()
    workers: dict[int, tuple[BaseProcess, float]] = {}

    def start() -> BaseProcess:
        worker = context.Process(target=target, args=arguments)
        with blocking_sigint():
            worker.start()
        workers[worker.sentinel] = (worker, time.monotonic())
        return worker

    with _stopping(workers, grace_s, terminations):
        for _ in range(count):
            start()
        short_lives = 0
        while terminations.count == 0:
            wait(list(workers), _POLL_S)
            for sentinel in [sentinel for sentinel, (worker, _) in workers.items() if not worker.is_alive()]:
                worker, started_s = workers.pop(sentinel)
                worker.join()
                short_lives = short_lives + 1 if time.monotonic() - started_s < _SHORT_LIFE_S else 0
                end = f"worker {worker.pid} ended with {_cause(worker)}"
                if short_lives > _MAX_SHORT_LIVES:
                    raise WorkerError(f"{end}, as the {_MAX_SHORT_LIVES} before it did soon after their start.")
                check()
                log(f"{end}; started worker {start().pid}")


@contextmanager
def _stopping(
    workers: dict[int, tuple[BaseProcess, float]], grace_s: float, terminations: Terminations
) -> Iterator[None]:
    """Stop all workers at the end of the block; a second signal ends them immediately."""
    try:
        yield
    finally:
        stopped = [worker for worker, _ in workers.values()]
        for worker in stopped:
            worker.terminate()
        deadline = time.monotonic() + grace_s + _MARGIN_S
        try:
            while terminations.count < 2 and time.monotonic() < deadline and any(map(BaseProcess.is_alive, stopped)):
                wait([worker.sentinel for worker in stopped if worker.is_alive()], _POLL_S)
        finally:
            killed = [worker for worker in stopped if worker.is_alive()]
            for worker in killed:
                worker.kill()
                worker.join()
        # A worker that has not yet begun to serve ends with SIGTERM itself.
        failed = [worker for worker in stopped if worker.exitcode not in {0, -signal.SIGTERM}]
        # An error that ends the block is the cause, and is not replaced.
        if failed and not isinstance(sys.exception(), MockExchangeError):
            raise WorkerError(
                f"worker {failed[0].pid} did not end properly after SIGTERM: it ended with {_cause(failed[0])}."
            )


def _cause(worker: BaseProcess) -> str:
    code = worker.exitcode or 0
    return signal.Signals(-code).name if code < 0 else f"exit status {code}"
