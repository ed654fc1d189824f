"""The rate limit that processes share: its arithmetic, and its slots in a nonce file. Redis: tests/shared_keys."""

import asyncio
import threading
import time
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_clearing_auth import RATE_EXTENSION, Credentials, FileNonces, GeminiAuth, RateLimit
from gemini_clearing_auth._deadline import Deadline
from gemini_clearing_auth.errors import RateWaitError
from tests.unit.auth_plugin.leasing import KEY, drawn

HOUR_US = 3_600_000_000
MINUTELY = RateLimit(interval_us=60_000_000, saved_us=60_000_000)
"""A slot a minute, and a burst of two."""
FAST = RateLimit(interval_us=40_000, saved_us=0)
BASE_URL = "https://api.sandbox.gemini.com"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The path of a nonce file that does not exist yet."""
    return tmp_path / "desk.nonces"


@given(st.integers(1, 1000), st.integers(0, 50), st.lists(st.integers(0, 3000), max_size=60))
def test_slots_of_any_window_are_the_burst_and_the_steady_rate(interval: int, burst: int, gaps: list[int]) -> None:
    """Whenever callers try, a window of time has at most the burst and one slot per interval more."""
    limit, now, full, slots = RateLimit(interval, burst * interval), 1, 0, []
    for gap in gaps:
        now += gap
        wait, full = limit.take(full, now)
        if not wait:
            slots.append(now)

    for first, start in enumerate(slots):
        for last, end in enumerate(slots[first:], first):
            assert last - first <= burst + (end - start) / interval


@given(st.integers(1, 1000), st.integers(0, 50), st.lists(st.integers(0, 300), min_size=1, max_size=60))
def test_caller_that_waits_gets_its_slot(interval: int, burst: int, gaps: list[int]) -> None:
    """The wait is as short as possible: a try one microsecond earlier still has to wait."""
    limit, now, full = RateLimit(interval, burst * interval), 1, 0
    for gap in gaps:
        now += gap
        wait, full = limit.take(full, now)
        if wait:
            assert limit.take(full, now + wait - 1)[0] == 1
            now += wait
            wait, full = limit.take(full, now)
            assert wait == 0


def test_clock_that_was_put_back_costs_at_most_the_burst() -> None:
    """A state far in the future is treated as a key without any burst left."""
    wait_us, _ = MINUTELY.take(1_000_000 + HOUR_US, 1_000_000)

    assert wait_us == MINUTELY.interval_us


def test_processes_share_the_slots_of_a_file(path: Path) -> None:
    """A second process gets what the first has left of the burst, and a nonce without a limit needs no slot."""
    one, two = FileNonces(path), FileNonces(path)
    drawn(one, limit=MINUTELY)
    drawn(two, limit=MINUTELY)

    for source in (one, two, FileNonces(path)):
        with pytest.raises(RateWaitError, match="Nothing was sent") as caught:
            drawn(source, timeout_s=30, limit=MINUTELY)
        assert 55 < caught.value.wait_s <= 60
    assert drawn(two)


def test_call_waits_for_its_slot_from_a_thread_and_a_task(path: Path) -> None:
    """Each nonce is drawn one interval after the one before, whichever process and kind of call draws it."""
    sources = [FileNonces(path), FileNonces(path)]
    began = time.monotonic()

    async def draw(source: FileNonces) -> int:
        lease = source.lease(KEY, FAST)
        try:
            return int(await lease.draw_async(Deadline(5)))
        finally:
            lease.release()

    nonces = [int(drawn(sources[0], limit=FAST))]
    for number in range(1, 5):
        source = sources[number % 2]
        nonces.append(asyncio.run(draw(source)) if number % 3 else int(drawn(source, limit=FAST)))

    assert time.monotonic() - began >= 4 * FAST.interval_us / 1_000_000
    assert nonces == sorted(nonces)


def test_interrupted_wait_takes_no_slot(path: Path) -> None:
    """A task that is canceled while it waits leaves the slot to the next call, and the lease free."""
    source = FileNonces(path)
    limit = RateLimit(interval_us=200_000, saved_us=0)
    drawn(source, limit=limit)

    async def cancel() -> None:
        lease = source.lease(KEY, limit)
        waiting = asyncio.create_task(lease.draw_async(Deadline(5)))
        await asyncio.sleep(0.02)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        lease.release()

    asyncio.run(cancel())
    with pytest.raises(RateWaitError) as caught:
        drawn(source, timeout_s=0.001, limit=limit)
    assert caught.value.wait_s < 0.2
    assert drawn(FileNonces(path))


def test_other_limit_has_slots_of_its_own_and_the_record_keeps_its_size(path: Path) -> None:
    """Clients with different limits do not wait for each other, and a file keeps the three busiest limits."""
    source = FileNonces(path)
    limits = [RateLimit(interval_us=seconds * 1_000_000, saved_us=0) for seconds in range(50, 60)]
    for limit in limits:
        drawn(source, limit=limit)

    for limit in limits[-3:]:
        with pytest.raises(RateWaitError):
            drawn(source, timeout_s=1, limit=limit)
    assert drawn(source, timeout_s=1, limit=limits[0])


def test_slots_of_an_earlier_boot_do_not_count(path: Path) -> None:
    """The monotonic clock starts again with the machine, so a state of another boot is worth nothing."""
    source = FileNonces(path)
    source._boot = "earlier"
    drawn(source, limit=MINUTELY)
    drawn(source, limit=MINUTELY)

    assert drawn(FileNonces(path), timeout_s=1, limit=MINUTELY)


def test_signer_draws_by_the_limit_of_the_request(path: Path) -> None:
    """`GeminiAuth` takes the slot for a request that carries a limit, and sends nothing without one."""
    sent: list[httpx.Request] = []

    def accept(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200)

    auth = GeminiAuth(Credentials(KEY, "demo"), base_url=BASE_URL, nonces=FileNonces(path))
    extensions = {RATE_EXTENSION: MINUTELY, "timeout": {"pool": 1.0}}
    with httpx.Client(base_url=BASE_URL, auth=auth, transport=httpx.MockTransport(accept)) as client:
        for _ in range(2):
            client.post("/v1/clearing/list", content=b"{}", extensions=extensions)
        with pytest.raises(RateWaitError):
            client.post("/v1/clearing/list", content=b"{}", extensions=extensions)

    assert len(sent) == 2


def test_threads_of_a_process_share_the_slots(path: Path) -> None:
    """Of eight simultaneous threads two get a slot of the burst, and the others get the error with the wait."""
    source, ends = FileNonces(path), []

    def draw() -> None:
        try:
            drawn(source, timeout_s=10, limit=MINUTELY)
        except RateWaitError:
            ends.append("late")
        else:
            ends.append("drawn")

    threads = [threading.Thread(target=draw) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(ends) == ["drawn"] * 2 + ["late"] * 6


def test_wait_for_another_process_is_not_taken_for_one_for_a_slot(path: Path) -> None:
    """A try that finds the file locked has no wait for a slot to report."""
    source = FileNonces(path)
    limit = RateLimit(interval_us=200_000, saved_us=0)
    drawn(source, limit=limit)
    lease = source.lease(KEY, limit)
    assert lease.attempt() is None
    waits = [lease.slot_wait_us]
    with source._mutex:
        assert lease.attempt() is None
    waits.append(lease.slot_wait_us)
    lease.release()

    assert waits[0] > 0 == waits[1]
