"""The rate limit over real connections: what a server counts, from threads, tasks and several clients."""

import asyncio
import itertools
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from gemini_clearing_runtime.errors import RateWaitError
from tests.network.clients import client_of
from tests.network.servers import read_request, response, serve

_keys = itertools.count()


def counting(arrivals):
    """Return a script that notes the arrival of each request."""

    def script(connection):
        while read_request(connection):
            arrivals.append(time.monotonic())
            connection.sendall(response())

    return script


def own_key():
    """Return the options of a key that no other test uses."""
    return {"api_key": f"account-key-rate-{next(_keys)}", "api_secret": "demo"}


def test_server_gets_requests_of_all_threads_and_tasks_at_the_rate(kind):
    """Of eight simultaneous calls at 50 a second, the last arrives 140 ms after the first, or later."""
    arrivals: list[float] = []
    with serve(counting(arrivals)) as server, client_of(kind, server, rate_limit=50) as (client, do):
        began = time.monotonic()
        if kind == "sync":
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(lambda _: client.read(), range(8)))
        else:

            async def gather():
                await asyncio.gather(*(client.read() for _ in range(8)))

            do(gather)

    assert len(arrivals) == 8
    assert max(arrivals) - began >= 7 / 50


def test_clients_of_a_key_use_one_rate_together_and_another_key_its_own(kind):
    """At one call in two seconds, the second client has no time left and sends nothing; another key does not wait."""
    arrivals: list[float] = []
    slow = {"rate_limit": 0.5, "timeout": 1.5}
    key = own_key()
    with serve(counting(arrivals)) as server, client_of(kind, server, **key, **slow) as (first, do):
        for _ in range(569):  # of the burst of 570
            first._context.rate.take(0)
        do(first.read)
        for other_kind in ("sync", "async"):
            with client_of(other_kind, server, **key, **slow) as (second, do_second):
                with pytest.raises(RateWaitError) as caught:
                    do_second(second.read)
                assert 1.5 < caught.value.wait_s <= 2
        with client_of(kind, server, **slow) as (stranger, do_other):
            do_other(stranger.read)

    assert len(arrivals) == 2


def test_waiting_task_does_not_block_the_event_loop_and_can_be_canceled():
    """Other tasks run during the wait, and the canceled call sends nothing."""
    arrivals: list[float] = []
    with serve(counting(arrivals)) as server, client_of("async", server, rate_limit=20) as (client, do):

        async def course():
            await client.read()
            waiting = asyncio.create_task(client.read())
            began = time.monotonic()
            await asyncio.sleep(0)
            blocked_s = time.monotonic() - began
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            return blocked_s

        blocked_s = do(course)

    assert blocked_s < 0.04
    assert len(arrivals) == 1
