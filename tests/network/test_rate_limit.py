"""One 429 pauses all calls with the key, in every thread, task and client of the process."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from gemini_clearing_runtime import _key_pause
from gemini_clearing_runtime.errors import RateLimitError
from tests.network.clients import client_of
from tests.network.servers import read_request, response, serve

LIMITED = b'{"result":"error","reason":"RateLimit","message":"Slow down."}'


def limiting(arrivals, *headers):
    """Return a script that rejects the first request of all with a 429."""
    first = threading.Lock()

    def script(connection):
        while read_request(connection):
            arrivals.append(time.monotonic())
            limited = first.acquire(blocking=False)
            connection.sendall(response(LIMITED, *headers, status="429 Too Many Requests") if limited else response())

    return script


def test_one_429_pauses_all_threads_and_tasks_of_the_key(kind):
    """Of 25 simultaneous calls, none is sent before the end of the pause, and all succeed."""
    arrivals: list[float] = []
    with serve(limiting(arrivals, "Retry-After: 0.5")) as server, client_of(kind, server, timeout=20) as (client, do):
        if kind == "sync":
            with ThreadPoolExecutor(25) as pool:
                list(pool.map(lambda _: client.read(), range(25)))
        else:

            async def gather():
                await asyncio.gather(*(client.read() for _ in range(25)))

            do(gather)

    assert len(arrivals) == 26
    assert arrivals[1] - arrivals[0] >= 0.45


def test_429_pauses_other_clients_of_the_key_too(kind):
    """Threads, tasks, sync and async clients share the pause of a key; another key is not paused."""
    arrivals: list[float] = []
    key = {"api_key": f"account-shared-{kind}", "api_secret": "demo"}
    with serve(limiting(arrivals, "Retry-After: 0.4")) as server:
        with client_of(kind, server, **key, timeout=0.2) as (first, do), pytest.raises(RateLimitError):
            do(first.read)
        with client_of(kind, server) as (other, do):
            do(other.read)
        for second_kind in ("sync", "async"):
            with client_of(second_kind, server, **key) as (second, do):
                do(second.read)

    assert arrivals[1] - arrivals[0] < 0.35
    assert arrivals[2] - arrivals[0] >= 0.38
    assert len(arrivals) == 4


@pytest.mark.parametrize("value", ["-5", "nan", "1e9", "99999999999999999999"])
def test_retry_after_that_makes_no_sense_does_not_pause_for_long(value, kind, monkeypatch):
    """The pause is then the default one."""
    monkeypatch.setattr(_key_pause, "_FIRST_S", 0.05)
    arrivals: list[float] = []
    with serve(limiting(arrivals, f"Retry-After: {value}")) as server, client_of(kind, server) as (client, do):
        do(client.read)

    assert 0.04 <= arrivals[1] - arrivals[0] < 2
