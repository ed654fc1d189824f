"""
`FileNonces` in one process: nonces, leases, cancellation, forks. test_nonce_file has the errors of the file.

Two `FileNonces` objects simulate two processes: each opens the file itself, as a process would.
Real processes are tested in tests/shared_keys.
"""

import asyncio
import os
import threading
import time
from pathlib import Path

import httpx
import pytest

from gemini_clearing_auth import Credentials, FileNonces, GeminiAuth
from gemini_clearing_auth._deadline import Deadline
from gemini_clearing_auth.errors import DeadlineError
from tests.unit.auth_plugin.leasing import HOUR_NS, KEY, NOW_NS, drawn, held

BASE_URL = "https://api.sandbox.gemini.com"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The path of a nonce file that does not exist yet."""
    return tmp_path / "desk.nonces"


def test_nonces_of_two_processes_increase(path: Path) -> None:
    """Nonces increase, whichever process draws them."""
    one, two = FileNonces(path, clock_ns=lambda: NOW_NS), FileNonces(path, clock_ns=lambda: NOW_NS)

    nonces = [drawn(source) for source in (one, two, two, one, two)]

    assert nonces == [NOW_NS // 1000 + count for count in range(5)]


def test_nonces_survive_a_clock_that_was_put_back(path: Path) -> None:
    """A process that starts an hour earlier by the clock draws above all earlier nonces."""
    before = drawn(FileNonces(path, clock_ns=lambda: NOW_NS))

    assert drawn(FileNonces(path, clock_ns=lambda: NOW_NS - HOUR_NS)) == int(before) + 1


def test_time_based_nonces_are_text(path: Path) -> None:
    """A time-based key gets seconds with six decimals."""
    source = FileNonces(path, mode="time-based", clock_ns=lambda: NOW_NS)

    assert [drawn(source), drawn(source)] == ["1800000000.000000", "1800000000.000001"]


def test_nonces_start_above_after(path: Path) -> None:
    """Nonces start above a nonce that other software has used."""
    assert int(drawn(FileNonces(path, after=10**18))) > 10**18


def test_lease_excludes_other_processes_until_it_is_released(path: Path) -> None:
    """A second process draws only after the first has sent."""
    lease, other = held(FileNonces(path)), FileNonces(path)

    with pytest.raises(DeadlineError, match=r"^waited 0.02 s for other processes with this API key\."):
        drawn(other, 0.02)
    lease.release()

    assert drawn(other)


def test_release_may_be_repeated(path: Path) -> None:
    """A second release does not release another lease, nor does one without a draw."""
    one, two = FileNonces(path), FileNonces(path)
    first = held(one)
    first.release()
    second = held(two)
    first.release()
    one.lease(KEY).release()

    with pytest.raises(DeadlineError):
        drawn(one, 0)
    second.release()


def test_stalled_owner_loses_the_lease_and_is_fenced_by_its_nonce(path: Path) -> None:
    """After the lease's time another process draws, with a nonce above that of the stalled owner."""
    stalled, other = FileNonces(path, lease_s=0.05).lease(KEY), FileNonces(path)
    early = stalled.draw(Deadline(0))

    started = time.monotonic()
    lease = other.lease(KEY)
    late = lease.draw(Deadline(60))

    assert int(late) > int(early)
    assert time.monotonic() - started < 20
    stalled.release()
    with pytest.raises(DeadlineError):
        drawn(FileNonces(path), 0)
    lease.release()


def test_dead_owner_loses_the_lease_immediately(path: Path) -> None:
    """The kernel drops the lock of a process that dies, so no waiter waits for the end of the lease."""
    dead = FileNonces(path, lease_s=3600)
    dead.lease(KEY).draw(Deadline(0))
    os.close(dead._file.fd)
    dead._file.fd = -1

    assert drawn(FileNonces(path), 1)


def test_busy_process_does_not_starve_others(path: Path) -> None:
    """A process that draws in a loop does not starve another one."""
    stop, busy = threading.Event(), FileNonces(path)

    def loop() -> None:
        while not stop.is_set():
            lease = busy.lease(KEY)
            lease.draw(Deadline(60))
            time.sleep(0.002)
            lease.release()

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        other = FileNonces(path)
        started = time.monotonic()
        for _ in range(20):
            drawn(other, 60)
        took_s = time.monotonic() - started
    finally:
        stop.set()
        thread.join()

    assert took_s < 20


def test_waiter_that_stalls_does_not_block_the_others(path: Path) -> None:
    """A waiter that is next and stops polling is passed over."""
    owner, stalled, other = FileNonces(path), FileNonces(path).lease(KEY), FileNonces(path)
    lease = held(owner)
    assert stalled.attempt() is None
    lease.release()

    assert drawn(other, 2)


def test_unordered_nonces_need_no_lease(path: Path) -> None:
    """With time-based keys, a nonce is drawn while another call is in flight."""
    one, two = FileNonces(path, mode="time-based"), FileNonces(path, mode="time-based")
    lease = one.lease(KEY)
    early = lease.draw(Deadline(0))

    assert str(drawn(two)) > str(early)
    assert not one.ordered
    assert FileNonces(path, mode="time-based", ordered=True).ordered


def test_async_draw_waits_without_blocking_the_loop(path: Path) -> None:
    """Other tasks run while a task waits for the lease."""
    lease, other, steps = held(FileNonces(path)), FileNonces(path).lease(KEY), list[int]()

    async def count() -> None:
        for step in range(5):
            await asyncio.sleep(0.002)
            steps.append(step)
        lease.release()

    async def both() -> int | str:
        task = asyncio.create_task(count())
        nonce = await other.draw_async(Deadline(5))
        await task
        return nonce

    assert asyncio.run(both())
    assert steps == [0, 1, 2, 3, 4]
    other.release()


def test_signer_holds_the_lease_until_the_call_has_been_sent(path: Path, order: httpx.Request) -> None:
    """The lease covers draw and send, and ends with the flow."""
    auth = GeminiAuth(Credentials(KEY, "demo-secret"), base_url=BASE_URL, nonces=FileNonces(path))
    flow = auth.sync_auth_flow(order)
    next(flow)

    with pytest.raises(DeadlineError):
        drawn(FileNonces(path), 0)
    flow.close()
    assert drawn(FileNonces(path))


def test_canceled_call_leaves_the_lease_free(path: Path) -> None:
    """A task that is canceled while it waits, or while it sends, leaves the lease to others."""
    auth = GeminiAuth(Credentials(KEY, "demo-secret"), base_url=BASE_URL, nonces=FileNonces(path))
    lease = held(FileNonces(path))

    async def hang(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(10)
        return httpx.Response(200)

    async def call() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(hang), auth=auth) as client:
            task = asyncio.create_task(client.post(f"{BASE_URL}/v1/x", content=b"{}"))
            await asyncio.sleep(0.02)
            lease.release()
            await asyncio.sleep(0.02)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(call())

    assert drawn(FileNonces(path), 1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform does not fork")
def test_forked_child_draws_while_the_parent_has_the_lease(path: Path) -> None:
    """A child waits for its parent's lease like any other process, and does not release it."""
    source = FileNonces(path, lease_s=3600)
    lease = held(source)

    child = os.fork()
    if child == 0:
        try:
            lease.release()
            drawn(source, 0.05)
        except DeadlineError:
            os._exit(7)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7

    with pytest.raises(DeadlineError):
        drawn(FileNonces(path), 0)
    lease.release()
    assert drawn(FileNonces(path))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform does not fork")
def test_forked_child_draws_although_a_thread_was_drawing(path: Path) -> None:
    """A fork at the moment of a draw leaves no lock behind in the child."""
    source = FileNonces(path)
    with source._mutex:
        child = os.fork()
        if child == 0:
            os._exit(7 if drawn(source, 5) else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
