"""
`RedisNonces` against a real redis-server: nonces, leases, cancellation, forks. test_redis_errors has the errors.

Two `RedisNonces` objects simulate two machines: each has its own connections.
"""

import asyncio
import os
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

import httpx
import pytest

from gemini_clearing_auth import Credentials, GeminiAuth, RedisNonces
from gemini_clearing_auth._deadline import Deadline
from gemini_clearing_auth._leases import fingerprint
from gemini_clearing_auth.errors import DeadlineError
from tests.shared_keys.redis_server import RedisServer
from tests.unit.auth_plugin.leasing import HOUR_US, KEY, MINUTE_US, drawn, held, now_us

BASE_URL = "https://api.sandbox.gemini.com"
STATE = f"gemini-clearing:nonces:{{{fingerprint(KEY)}}}:state"


def test_nonces_of_two_machines_increase(redis_server: RedisServer) -> None:
    """Nonces increase, whichever machine draws them."""
    one, two = RedisNonces(redis_server.url), RedisNonces(redis_server.url)

    nonces = [drawn(source) for source in (one, two, two, one, one, two)]

    assert nonces == sorted(set(nonces), key=int)


def test_first_nonce_is_a_minute_above_the_clock(redis_server: RedisServer) -> None:
    """Redis without data may have lost it, so nonces start above all that may have been drawn."""
    assert MINUTE_US <= int(drawn(RedisNonces(redis_server.url))) - now_us() + 1_000_000 <= MINUTE_US + 2_000_000


def test_keys_do_not_share_nonces(redis_server: RedisServer) -> None:
    """One source serves several keys, and their leases are independent."""
    source = RedisNonces(redis_server.url)
    lease = held(source)

    assert drawn(source, key="account-other")
    lease.release()


def test_nonces_survive_a_clock_that_was_put_back(redis_server: RedisServer) -> None:
    """When the last nonce is an hour above Redis's clock, the next one is still higher."""
    source = RedisNonces(redis_server.url)
    drawn(source)
    last = now_us() + HOUR_US
    with redis_server.client() as client:
        client.hset(STATE, "last", str(last))

    assert drawn(RedisNonces(redis_server.url)) == last + 1


@pytest.mark.parametrize("last", [10**15 - 1, 10**15, 2**53, 10**18, 10**30 - 1, 123_999_999_999_999_999])
def test_nonces_of_any_length_are_counted_exactly(redis_server: RedisServer, last: int) -> None:
    """Nonces beyond the 53 bits of a Lua number lose no digit."""
    source = RedisNonces(redis_server.url)
    drawn(source)
    with redis_server.client() as client:
        client.hset(STATE, "last", str(last))

    following = int(drawn(RedisNonces(redis_server.url)))

    assert following == last + 1 if last > now_us() else following > last


def test_nonces_start_above_after(redis_server: RedisServer) -> None:
    """Nonces start above a nonce that other software has used."""
    source = RedisNonces(redis_server.url, after=10**18)

    assert 10**18 < int(drawn(source)) < int(drawn(source))


def test_time_based_nonces_are_near_the_clock(redis_server: RedisServer) -> None:
    """A time-based key gets the time of Redis in seconds with six decimals, in order."""
    source = RedisNonces(redis_server.url, mode="time-based")

    nonces = [str(drawn(source)) for _ in range(3)]

    assert nonces == sorted(set(nonces))
    assert all(abs(float(nonce) - time.time()) < 5 for nonce in nonces)
    assert len(nonces[0].split(".")[1]) == 6


def test_unordered_nonces_need_no_lease(redis_server: RedisServer) -> None:
    """With time-based keys, a nonce is drawn while another call is in flight."""
    source = RedisNonces(redis_server.url, mode="time-based")
    held(source)

    assert drawn(RedisNonces(redis_server.url, mode="time-based"))


def test_lease_excludes_other_machines_until_it_is_released(redis_server: RedisServer) -> None:
    """A second machine draws only after the first has sent."""
    lease, other = held(RedisNonces(redis_server.url)), RedisNonces(redis_server.url)

    with pytest.raises(DeadlineError, match=r"^waited 0.5 s for other processes with this API key\."):
        drawn(other, 0.5)
    lease.release()

    assert drawn(other)


def test_lease_is_taken_over_within_one_process(redis_server: RedisServer) -> None:
    """The next call of a process does not wait until Redis has confirmed the release."""
    source = RedisNonces(redis_server.url)
    source._release_script = lambda **_: None  # never arrives

    assert drawn(source, 1) < drawn(source, 1)  # type: ignore[operator]  # both are numbers here


def test_stalled_owner_loses_the_lease_and_is_fenced_by_its_nonce(redis_server: RedisServer) -> None:
    """After the lease's time another machine draws, with a nonce above that of the stalled owner."""
    stalled = RedisNonces(redis_server.url, lease_s=0.2).lease(KEY)
    early = stalled.draw(Deadline(5))
    lease = RedisNonces(redis_server.url).lease(KEY)

    late = lease.draw(Deadline(5))

    assert int(late) > int(early)
    stalled.release()
    with pytest.raises(DeadlineError):
        drawn(RedisNonces(redis_server.url), 0.5)
    lease.release()


def test_busy_machine_does_not_starve_others(redis_server: RedisServer) -> None:
    """A machine that draws in a loop does not starve another one."""
    stop, busy = threading.Event(), RedisNonces(redis_server.url)

    def loop() -> None:
        while not stop.is_set():
            lease = busy.lease(KEY)
            lease.draw(Deadline(60))
            time.sleep(0.005)
            lease.release()

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        other, started = RedisNonces(redis_server.url), time.monotonic()
        for _ in range(20):
            drawn(other, 60)
        took_s = time.monotonic() - started
    finally:
        stop.set()
        thread.join()

    assert took_s < 20


def test_waiter_that_gives_up_does_not_block_the_others(redis_server: RedisServer) -> None:
    """A waiter that is next and reaches its deadline is passed over."""
    lease = held(RedisNonces(redis_server.url))
    with pytest.raises(DeadlineError):
        drawn(RedisNonces(redis_server.url), 0.5)
    lease.release()

    assert drawn(RedisNonces(redis_server.url), 2)


def test_async_draw_waits_without_blocking_the_loop(redis_server: RedisServer) -> None:
    """Other tasks run while a task waits for the lease."""
    lease, other, steps = held(RedisNonces(redis_server.url)), RedisNonces(redis_server.url).lease(KEY), list[int]()

    async def count() -> None:
        for step in range(5):
            await asyncio.sleep(0.005)
            steps.append(step)
        lease.release()

    async def both() -> int | str:
        task = asyncio.create_task(count())
        nonce = await other.draw_async(Deadline(10))
        await task
        return nonce

    assert asyncio.run(both())
    assert steps == [0, 1, 2, 3, 4]
    other.release()


def test_canceled_call_leaves_the_lease_free(redis_server: RedisServer) -> None:
    """A task that is canceled at any moment of a draw ends at once, and leaves the lease to others."""
    source = RedisNonces(redis_server.url, lease_s=3600)
    auth = GeminiAuth(Credentials(KEY, "demo-secret"), base_url=BASE_URL, nonces=source)

    async def hang(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(10)
        return httpx.Response(200)

    async def call(delay_s: float) -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(hang), auth=auth) as client:
            task = asyncio.create_task(client.post(f"{BASE_URL}/v1/x", content=b"{}"))
            await asyncio.sleep(delay_s)
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled(), "the cancellation was dropped"

    for step in range(20):
        asyncio.run(call(step * 0.0005))

    assert drawn(RedisNonces(redis_server.url), 5)


def test_cancellation_in_the_moment_of_the_nonce_is_not_dropped() -> None:
    """A task that is canceled after its nonce has arrived, and before it runs again, does not get the nonce."""
    source, acquired = RedisNonces("redis://127.0.0.1"), Future[int | str]()
    lease = source.lease(KEY)

    async def course() -> bool:
        drawing = asyncio.create_task(lease.draw_async(Deadline(5)))
        await asyncio.sleep(0)
        acquired.set_result(1)
        await asyncio.sleep(0)  # now the loop has the nonce, and the task not yet
        drawing.cancel()
        await asyncio.wait([drawing])
        return drawing.cancelled()

    with ThreadPoolExecutor(1) as workers, pytest.MonkeyPatch.context() as patched:
        patched.setattr(workers, "submit", lambda *_: acquired)
        patched.setattr(source, "_workers", workers)
        is_canceled = asyncio.run(course())

    assert is_canceled


def test_forked_child_does_not_release_its_parents_lease(redis_server: RedisServer) -> None:
    """A child waits for its parent's lease like any other process."""
    source = RedisNonces(redis_server.url, lease_s=3600)
    lease = held(source)

    child = os.fork()
    if child == 0:
        try:
            lease.release()
            drawn(source, 0.5)
        except DeadlineError:
            os._exit(7)
        os._exit(1)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    lease.release()
    assert drawn(RedisNonces(redis_server.url))
