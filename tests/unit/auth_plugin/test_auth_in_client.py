"""
The signer inside httpx clients: order of nonces with many callers, deadlines, failures, cancellation.

The flow itself, step by step, is tested in test_auth.
"""

import asyncio
import random
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from gemini_clearing_auth import Credentials, GeminiAuth, IncrementalNonces, TimeBasedNonces
from gemini_clearing_auth.errors import DeadlineError
from tests.unit.auth_plugin.locking import held

BASE_URL = "https://api.sandbox.gemini.com"
LIST = f"{BASE_URL}/v1/clearing/list"
PATIENCE_S = 10


class Arrivals:
    """A server that records nonces as they arrive, and the largest number of calls in flight."""

    def __init__(self) -> None:
        self.nonces: list[int] = []
        self.most = self._inside = 0
        self._random = random.Random(0)

    def _arrive(self, request: httpx.Request) -> float:
        self._inside += 1
        self.most = max(self.most, self._inside)
        self.nonces.append(request.extensions["gemini_clearing.signed"].nonce)
        return self._random.random() * 0.001

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Respond after a short delay."""
        time.sleep(self._arrive(request))
        self._inside -= 1
        return httpx.Response(200)

    async def handle_async(self, request: httpx.Request) -> httpx.Response:
        """Respond after a short delay."""
        await asyncio.sleep(self._arrive(request))
        self._inside -= 1
        return httpx.Response(200)


def call_often(auth: GeminiAuth, arrivals: Arrivals, times: int) -> None:
    """Make calls one after the other, with a new client."""
    with httpx.Client(transport=httpx.MockTransport(arrivals.handle), auth=auth, timeout=PATIENCE_S) as client:
        for _ in range(times):
            client.post(LIST, content=b"{}")


async def call_at_once(auth: GeminiAuth, arrivals: Arrivals, times: int) -> None:
    """Make calls at the same time, with one async client."""
    transport = httpx.MockTransport(arrivals.handle_async)
    async with httpx.AsyncClient(transport=transport, auth=auth, timeout=PATIENCE_S) as client:
        await asyncio.gather(*(client.post(LIST, content=b"{}") for _ in range(times)))


def test_nonces_arrive_in_order_from_threads_tasks_and_several_clients(credentials: Credentials) -> None:
    """Nonces of two threads and two event loops, each with its own client, arrive in order."""
    arrivals = Arrivals()

    def auth() -> GeminiAuth:
        return GeminiAuth(credentials, base_url=BASE_URL)

    jobs: list[Callable[[], None]] = [
        lambda: call_often(auth(), arrivals, 40),
        lambda: call_often(auth(), arrivals, 40),
        lambda: asyncio.run(call_at_once(auth(), arrivals, 40)),
        lambda: asyncio.run(call_at_once(auth(), arrivals, 40)),
    ]
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(job) for job in jobs]:
            done.result(PATIENCE_S)

    assert len(arrivals.nonces) == 160
    assert arrivals.nonces == sorted(set(arrivals.nonces))
    assert arrivals.most == 1


def test_nonces_arrive_in_order_when_the_clock_jumps(credentials: Credentials) -> None:
    """Jumps of the clock in both directions keep the order."""
    clock, arrivals = random.Random(1), Arrivals()
    nonces = IncrementalNonces(clock_ns=lambda: clock.randrange(10**15))

    asyncio.run(call_at_once(GeminiAuth(credentials, base_url=BASE_URL, nonces=nonces), arrivals, 100))

    assert arrivals.nonces == sorted(set(arrivals.nonces))


def test_keys_do_not_wait_for_each_other(auth: GeminiAuth) -> None:
    """A hanging call does not delay calls with another key."""
    other = GeminiAuth(Credentials("account-quick", "demo-secret"), base_url=BASE_URL)
    hanging, release = threading.Event(), threading.Event()

    def hang(request: httpx.Request) -> httpx.Response:
        hanging.set()
        release.wait(PATIENCE_S)
        return httpx.Response(200)

    with ThreadPoolExecutor(1) as pool, httpx.Client(transport=httpx.MockTransport(hang), auth=auth) as client:
        pool.submit(client.post, LIST, content=b"{}")
        hanging.wait(PATIENCE_S)
        call_often(other, Arrivals(), 1)
        release.set()


def calls_in_flight(auth: GeminiAuth) -> int:
    """Return how many of ten concurrent calls were in flight at the same time."""
    arrivals = Arrivals()
    asyncio.run(call_at_once(auth, arrivals, 10))
    return arrivals.most


def test_time_based_keys_have_several_calls_in_flight(credentials: Credentials) -> None:
    """Calls with time-based nonces run at the same time; with `ordered`, one after the other."""
    unordered = GeminiAuth(credentials, base_url=BASE_URL, nonces=TimeBasedNonces())
    ordered = GeminiAuth(credentials, base_url=BASE_URL, nonces=TimeBasedNonces(ordered=True))

    assert calls_in_flight(unordered) == 10
    assert calls_in_flight(ordered) == 1


def test_message_of_the_wait_has_a_rounded_time(auth: GeminiAuth) -> None:
    """The message rounds the time waited, and names the option `timeout`."""
    with held(auth._lock), ThreadPoolExecutor(1) as pool:
        timeout = httpx.Timeout(5, pool=0.0299732441)
        client = httpx.Client(transport=httpx.MockTransport(Arrivals().handle), auth=auth, timeout=timeout)
        error = pool.submit(client.post, LIST, content=b"{}").exception(PATIENCE_S)
        client.close()

    assert str(error) == (
        "waited 0.03 s for other calls with this API key. Nothing was sent. "
        "Raise `timeout`, or use one API key per process or thread."
    )


@pytest.mark.parametrize("timeout_s", [0.0, 0.02])
def test_wait_for_the_lock_ends_with_the_pool_timeout(auth: GeminiAuth, timeout_s: float) -> None:
    """A call that waits behind a hanging one raises DeadlineError after its pool timeout, and is not sent."""
    hanging, release, sent = threading.Event(), threading.Event(), 0

    def hang(request: httpx.Request) -> httpx.Response:
        nonlocal sent
        sent += 1
        hanging.set()
        release.wait(PATIENCE_S)
        return httpx.Response(200)

    with ThreadPoolExecutor(1) as pool, httpx.Client(transport=httpx.MockTransport(hang), auth=auth) as client:
        pool.submit(client.post, LIST, content=b"{}")
        hanging.wait(PATIENCE_S)
        with pytest.raises(DeadlineError, match=f"waited {timeout_s:.3g} s"):
            client.post(LIST, content=b"{}", timeout=httpx.Timeout(5, pool=timeout_s))
        release.set()

    assert sent == 1


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadTimeout, ZeroDivisionError])
def test_lock_is_free_after_a_failed_send(auth: GeminiAuth, error: type[Exception]) -> None:
    """Any failure while sending releases the lock."""

    def fail(request: httpx.Request) -> httpx.Response:
        raise error("lost")

    async def fail_async(request: httpx.Request) -> httpx.Response:
        raise error("lost")

    async def call() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(fail_async), auth=auth) as client:
            await client.post(LIST, content=b"{}")

    with httpx.Client(transport=httpx.MockTransport(fail), auth=auth) as client, pytest.raises(error):
        client.post(LIST, content=b"{}")
    with pytest.raises(error):
        asyncio.run(call())

    assert auth._lock._owner is None


def test_lock_is_free_after_a_call_was_canceled(auth: GeminiAuth) -> None:
    """Calls that are canceled while sending or waiting release the lock."""
    arrivals = Arrivals()

    async def calls() -> None:
        transport = httpx.MockTransport(arrivals.handle_async)
        async with httpx.AsyncClient(transport=transport, auth=auth, timeout=PATIENCE_S) as client:
            tasks = [asyncio.create_task(client.post(LIST, content=b"{}")) for _ in range(30)]
            for task in tasks[::2]:
                await asyncio.sleep(0)
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
            assert all(isinstance(end, httpx.Response) for end in ends[1::2])
            assert all(isinstance(end, httpx.Response | asyncio.CancelledError) for end in ends[::2])

    asyncio.run(calls())

    assert auth._lock._owner is None
    assert arrivals.nonces == sorted(set(arrivals.nonces))


def test_call_from_inside_a_hook_raises(auth: GeminiAuth) -> None:
    """A hook that calls with the same key raises immediately, because it would wait for its own call."""

    def again(response: httpx.Response) -> None:
        client.post(LIST, content=b"{}")

    transport = httpx.MockTransport(Arrivals().handle)
    with (
        httpx.Client(transport=transport, auth=auth, event_hooks={"response": [again]}) as client,
        pytest.raises(DeadlineError, match="inside a hook"),
    ):
        client.post(LIST, content=b"{}")

    assert auth._lock._owner is None


def test_streamed_body_is_signed_whole(auth: GeminiAuth) -> None:
    """The body of an async client may be a stream."""

    async def pieces() -> AsyncIterator[bytes]:
        yield b'{"symbol":'
        yield b'"btcusd"}'

    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=request.extensions["gemini_clearing.signed"].parameters)

    async def call() -> bytes:
        async with httpx.AsyncClient(transport=httpx.MockTransport(handle), auth=auth) as client:
            return (await client.post(LIST, content=pieces())).content

    assert asyncio.run(call()) == b'{"symbol":"btcusd"}'


def test_transport_receives_an_empty_body(auth: GeminiAuth) -> None:
    """A transport receives an empty body, from sync and async clients."""
    bodies: list[bytes] = []

    def handle(request: httpx.Request) -> httpx.Response:
        bodies.append(request.read())
        return httpx.Response(200)

    async def call() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(handle), auth=auth) as client:
            await client.post(LIST, json={"symbol": "btcusd"})

    with httpx.Client(transport=httpx.MockTransport(handle), auth=auth) as client:
        client.post(LIST, json={"symbol": "btcusd"})
    asyncio.run(call())

    assert bodies == [b"", b""]
