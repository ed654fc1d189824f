"""
The signer inside httpx clients: nonces in order under many callers, deadlines, failures, cancellations.

The flow itself, step by step, stands in test_auth.
"""

import asyncio
import random
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from gemini_clearing_auth import Credentials, GeminiAuth, IncrementalNonces
from gemini_clearing_auth.errors import DeadlineError

BASE_URL = "https://api.sandbox.gemini.com"
LIST = f"{BASE_URL}/v1/clearing/list"
PATIENCE_S = 10


class Arrivals:
    """A server that notes nonces as they arrive, and how many calls are under way at once."""

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
        """Answer after a while."""
        time.sleep(self._arrive(request))
        self._inside -= 1
        return httpx.Response(200)

    async def handle_async(self, request: httpx.Request) -> httpx.Response:
        """Answer after a while."""
        await asyncio.sleep(self._arrive(request))
        self._inside -= 1
        return httpx.Response(200)


def call_often(auth: GeminiAuth, arrivals: Arrivals, times: int) -> None:
    """Calls of a client of its own, one after the other."""
    with httpx.Client(transport=httpx.MockTransport(arrivals.handle), auth=auth, timeout=PATIENCE_S) as client:
        for _ in range(times):
            client.post(LIST, content=b"{}")


async def call_at_once(auth: GeminiAuth, arrivals: Arrivals, times: int) -> None:
    """Calls of an async client of its own, all at once."""
    transport = httpx.MockTransport(arrivals.handle_async)
    async with httpx.AsyncClient(transport=transport, auth=auth, timeout=PATIENCE_S) as client:
        await asyncio.gather(*(client.post(LIST, content=b"{}") for _ in range(times)))


def test_nonces_arrive_in_order_from_threads_tasks_and_several_clients(credentials: Credentials) -> None:
    """Two threads and two event loops, each with a client of its own, share one growing count."""
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
    """A clock that leaps in both directions changes nothing about the order."""
    clock, arrivals = random.Random(1), Arrivals()
    nonces = IncrementalNonces(clock_ns=lambda: clock.randrange(10**15))

    asyncio.run(call_at_once(GeminiAuth(credentials, base_url=BASE_URL, nonces=nonces), arrivals, 100))

    assert arrivals.nonces == sorted(set(arrivals.nonces))


def test_keys_do_not_wait_for_each_other(auth: GeminiAuth) -> None:
    """While one key's call hangs, another key's goes through."""
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


@pytest.mark.parametrize("timeout_s", [0.0, 0.02])
def test_wait_for_the_turn_ends_with_the_pool_timeout(auth: GeminiAuth, timeout_s: float) -> None:
    """A call that waits behind a hanging one was never sent, and says so in time."""
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
        with pytest.raises(DeadlineError, match=f"Waited {timeout_s} s"):
            client.post(LIST, content=b"{}", timeout=httpx.Timeout(5, pool=timeout_s))
        release.set()

    assert sent == 1


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadTimeout, ZeroDivisionError])
def test_turn_is_free_after_a_failed_send(auth: GeminiAuth, error: type[Exception]) -> None:
    """Whatever goes wrong on the way, the next caller gets the turn."""

    def fail(request: httpx.Request) -> httpx.Response:
        raise error("on the way")

    async def fail_async(request: httpx.Request) -> httpx.Response:
        raise error("on the way")

    async def call() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(fail_async), auth=auth) as client:
            await client.post(LIST, content=b"{}")

    with httpx.Client(transport=httpx.MockTransport(fail), auth=auth) as client, pytest.raises(error):
        client.post(LIST, content=b"{}")
    with pytest.raises(error):
        asyncio.run(call())

    assert auth._turns._holder is None


def test_turn_is_free_after_a_call_was_cancelled(auth: GeminiAuth) -> None:
    """Calls that are cancelled while sending or while waiting leave the key to the others."""
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

    assert auth._turns._holder is None
    assert arrivals.nonces == sorted(set(arrivals.nonces))


def test_call_from_inside_a_hook_is_refused(auth: GeminiAuth) -> None:
    """A hook that calls with the same key would wait for the very call it belongs to."""

    def again(response: httpx.Response) -> None:
        client.post(LIST, content=b"{}")

    transport = httpx.MockTransport(Arrivals().handle)
    with (
        httpx.Client(transport=transport, auth=auth, event_hooks={"response": [again]}) as client,
        pytest.raises(DeadlineError, match="inside a hook"),
    ):
        client.post(LIST, content=b"{}")

    assert auth._turns._holder is None


def test_streamed_body_is_signed_whole(auth: GeminiAuth) -> None:
    """An async client may give its body in pieces."""

    async def pieces() -> AsyncIterator[bytes]:
        yield b'{"symbol":'
        yield b'"btcusd"}'

    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=request.extensions["gemini_clearing.signed"].parameters)

    async def call() -> bytes:
        async with httpx.AsyncClient(transport=httpx.MockTransport(handle), auth=auth) as client:
            return (await client.post(LIST, content=pieces())).content

    assert asyncio.run(call()) == b'{"symbol":"btcusd"}'


def test_body_travels_nowhere_but_in_the_header(auth: GeminiAuth) -> None:
    """What a transport gets is an empty body, for both kinds of client."""
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
