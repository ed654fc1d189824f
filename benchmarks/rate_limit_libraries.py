"""
`python -m benchmarks.rate_limit_libraries`: compare the client's rate limit with libraries that can wait for a slot.

It prints the figures of `docs/rate-limit.md`, for each library that is installed. The limit is the client's default:
5 requests a second, after a burst of 300. `make bench` does not run it: the project does not depend on them.
"""

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from importlib.metadata import version

from gemini_clearing_runtime._key_rate import KeyRate

__all__ = ["main"]

Acquire = Callable[[float], bool]
"""Waits for a slot, at most this many seconds; returns whether it got one."""
AcquireAsync = Callable[[float], Awaitable[bool]]
Limit = tuple[Acquire, AcquireAsync]

_STANDARD = (5, 300)
_FAST = (1_000_000, 1_000_000)
_SECONDS = 6.0
_FORKS = 50


def _own(per_second: int, _burst: int) -> Limit:
    # It derives the burst from the rate.
    rate = KeyRate(per_second)

    def acquire(left_s: float) -> bool:
        wait_s = rate.take(left_s)
        if wait_s and wait_s < left_s:
            time.sleep(wait_s)
        return not wait_s or wait_s < left_s

    async def acquire_async(left_s: float) -> bool:
        wait_s = rate.take(left_s)
        if wait_s and wait_s < left_s:
            try:
                await asyncio.sleep(wait_s)
            except asyncio.CancelledError:
                rate.give_back()
                raise
        return not wait_s or wait_s < left_s

    return acquire, acquire_async


def _pyrate_limiter(per_second: int, burst: int) -> Limit:
    from pyrate_limiter import GCRA, Limiter, Rate, StateBucket

    limiter = Limiter(StateBucket([Rate(per_second, 1000, burst)], GCRA()))
    return (
        lambda left_s: limiter.try_acquire("key", timeout=left_s),
        lambda left_s: limiter.try_acquire_async("key", timeout=left_s),
    )


def _throttled(per_second: int, burst: int) -> Limit:
    import throttled
    import throttled.asyncio

    quota = throttled.rate_limiter.per_sec(per_second, burst=burst)
    shared = {"key": "key", "using": "gcra", "quota": quota}
    limiter = throttled.Throttled(**shared, store=throttled.MemoryStore())
    async_limiter = throttled.asyncio.Throttled(**shared, store=throttled.asyncio.MemoryStore())

    async def acquire_async(left_s: float) -> bool:
        return not (await async_limiter.limit(timeout=left_s)).limited

    return lambda left_s: not limiter.limit(timeout=left_s).limited, acquire_async


def _steindamm(per_second: int, burst: int) -> Limit:
    from steindamm import AsyncTokenBucket, SyncTokenBucket
    from steindamm.exceptions import MaxSleepExceededError

    options = {"name": str(time.monotonic_ns()), "capacity": burst, "refill_frequency": 1 / per_second}

    def acquire(left_s: float) -> bool:
        try:
            with SyncTokenBucket.create(**options, max_sleep=left_s):
                return True
        except MaxSleepExceededError:
            return False

    async def acquire_async(left_s: float) -> bool:
        try:
            async with AsyncTokenBucket.create(**options, max_sleep=left_s):
                return True
        except MaxSleepExceededError:
            return False

    return acquire, acquire_async


LIBRARIES: dict[str, Callable[[int, int], Limit]] = {
    "gemini-clearing": _own,
    "pyrate-limiter": _pyrate_limiter,
    "throttled-py": _throttled,
    "steindamm": _steindamm,
}


def _used_by_threads(limit: Limit) -> str:
    """Eight threads call without a pause: how many slots do they get?"""
    acquire = _after_the_burst(limit)
    end_s, got = time.monotonic() + _SECONDS, []

    def work() -> None:
        while (left_s := end_s - time.monotonic()) > 0:
            if acquire(left_s):
                got.append(True)

    _run_threads([work] * 8)
    return f"{len(got)} of {_STANDARD[0] * _SECONDS:.0f}"


def _used_by_tasks(limit: Limit) -> str:
    """Eight tasks call without a pause: how many slots do they get?"""
    _, acquire = limit
    got = []

    async def work(end_s: float) -> None:
        while (left_s := end_s - time.monotonic()) > 0:
            if await acquire(left_s):
                got.append(True)

    async def work_together() -> None:
        await _use_up(acquire)
        end_s = time.monotonic() + _SECONDS
        await asyncio.gather(*[work(end_s) for _ in range(8)])

    asyncio.run(work_together())
    return f"{len(got)} of {_STANDARD[0] * _SECONDS:.0f}"


def _overtaken(limit: Limit) -> str:
    """Of 30 threads that begin to wait one after the other, how many get a slot after a later one?"""
    acquire = _after_the_burst(limit)
    order: list[int] = []

    def wait(number: int) -> None:
        if acquire(10):
            order.append(number)

    threads = []
    for number in range(30):
        threads.append(threading.Thread(target=wait, args=(number,)))
        threads[-1].start()
        time.sleep(0.002)
    for thread in threads:
        thread.join()
    return str(sum(any(later > number for later in order[:place]) for place, number in enumerate(order)))


def _late_failures(limit: Limit) -> str:
    """Thirty threads wait for one of ten slots: after how long does the first of the others fail?"""
    acquire = _after_the_burst(limit)
    failed_s, left_s = [], 10.5 / _STANDARD[0]

    def wait() -> None:
        began_s = time.monotonic()
        if not acquire(left_s):
            failed_s.append(time.monotonic() - began_s)

    _run_threads([wait] * 30)
    return f"{len(failed_s)} fail, the first after {min(failed_s):.2f} s"


def _after_canceled_waiters(limit: Limit) -> str:
    """Twenty tasks wait and are canceled: how long does the next one wait?"""
    _, acquire = limit

    async def measure() -> float:
        await _use_up(acquire)
        waiting = [asyncio.ensure_future(acquire(10)) for _ in range(20)]
        await asyncio.sleep(0.01)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        began_s = time.monotonic()
        await acquire(10)
        return time.monotonic() - began_s

    return f"{asyncio.run(measure()):.2f} s"


def _hung_children(limit: Limit) -> str:
    """Four threads take slots while the process forks: how many children hang when they take one?"""
    acquire, _ = limit

    def work() -> None:
        while not done.is_set():
            acquire(1)

    done, hung = threading.Event(), 0
    for _ in range(4):
        threading.Thread(target=work, daemon=True).start()
    for _ in range(_FORKS):
        if not (child := os.fork()):
            signal.alarm(1)
            acquire(0.5)
            os._exit(0)
        hung += os.WIFSIGNALED(os.waitpid(child, 0)[1])
    done.set()
    return f"{hung} of {_FORKS}"


def _cost(limit: Limit) -> str:
    """The processor time of a slot that is available."""
    acquire, acquire_async = limit
    times_us = {"sync": _cost_us(lambda: acquire(1))}

    async def measure() -> float:
        began_s = time.process_time()
        for _ in range(5000):
            await acquire_async(1)
        return (time.process_time() - began_s) / 5000 * 1e6

    times_us["async"] = min(asyncio.run(measure()) for _ in range(5))
    return ", ".join(f"{name} {time_us:.1f} µs" for name, time_us in times_us.items())


def _cost_us(call: Callable[[], object]) -> float:
    def measure() -> float:
        began_s = time.process_time()
        for _ in range(5000):
            call()
        return (time.process_time() - began_s) / 5000 * 1e6

    return min(measure() for _ in range(5))


def _after_the_burst(limit: Limit) -> Acquire:
    acquire, _ = limit
    for _ in range(_STANDARD[1]):
        acquire(1)
    return acquire


async def _use_up(acquire: AcquireAsync) -> None:
    for _ in range(_STANDARD[1]):
        await acquire(1)


def _run_threads(targets: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=target) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _figures(make: Callable[[int, int], Limit]) -> Iterator[tuple[str, str]]:
    yield "slots that 8 threads get", _used_by_threads(make(*_STANDARD))
    yield "slots that 8 tasks get", _used_by_tasks(make(*_STANDARD))
    yield "threads that were overtaken, of 30", _overtaken(make(*_STANDARD))
    yield "30 calls with time for 10 slots", _late_failures(make(*_STANDARD))
    yield "wait after 20 canceled waiters", _after_canceled_waiters(make(*_STANDARD))
    yield "cost", _cost(make(*_FAST))
    yield "children that hang after a fork", _hung_children(make(*_FAST))


def main() -> int:
    """Print the figures of each library that is installed."""
    for library, make in LIBRARIES.items():
        try:
            make(*_STANDARD)
        except ImportError:
            print(f"{library}: not installed")
            continue
        print(f"{library} {version(library)}")
        for what, figure in _figures(make):
            print(f"  {what:<36}{figure}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
