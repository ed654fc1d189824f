"""The in-process transports: the same exchange, sync and async, and waiting as a socket would have it."""

import asyncio
import threading
import time

import httpx
import pytest

from gemini_clearing_mock import Exchange, create_app

TERMS = {"symbol": "btcusd", "amount": "2", "price": "9500", "side": "buy"}
URL = "http://127.0.0.1"


def send_async(exchange, request, *, timeout_s=None):
    """Send a request through the async transport."""

    async def send():
        async with httpx.AsyncClient(transport=exchange.async_transport(), timeout=timeout_s) as client:
            return await client.post(URL + request.path, headers=dict(request.headers))

    return asyncio.run(send())


def test_doors_lead_into_one_state(exchange, desks):
    """An order placed through one door is in the list of every other."""
    request = desks.initiator.request("/v1/clearing/new", **TERMS)
    with httpx.Client(transport=exchange.transport()) as client:
        placed = client.post(URL + request.path, headers=dict(request.headers)).json()

    async def listed_over_asgi(request):
        transport = httpx.ASGITransport(create_app(exchange))
        async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
            return (await client.post(request.path, headers=dict(request.headers))).json()

    listed = [
        desks.initiator.send("/v1/clearing/list").body,
        send_async(exchange, desks.initiator.request("/v1/clearing/list")).json(),
        asyncio.run(listed_over_asgi(desks.initiator.request("/v1/clearing/list"))),
    ]
    assert [body["orders"][0]["clearing_id"] for body in listed] == [placed["clearing_id"]] * 3


def test_answer_arrives_whole_unless_a_fault_has_it_otherwise(exchange, desks):
    """And at once."""
    answer = desks.initiator.send("/v1/clearing/list").response

    assert (answer.delivery, answer.delay_ms) == ("complete", 0)


def test_async_transport_waits_without_blocking_other_tasks(exchange, desks, desks_of):
    """While one answer is late, another task goes on."""
    running = Exchange()
    running.faults.add("latency", delay_ms=200)
    request = desks_of(running).initiator.request("/v1/clearing/list")
    ticks = []

    async def tick():
        while True:
            await asyncio.sleep(0.01)
            ticks.append(time.monotonic())

    async def both():
        ticking = asyncio.create_task(tick())
        async with httpx.AsyncClient(transport=running.async_transport()) as client:
            answer = await client.post(URL + request.path, headers=dict(request.headers))
        ticking.cancel()
        return answer

    assert asyncio.run(both()).status_code == 200
    assert len(ticks) >= 5


def test_async_transport_lets_other_tasks_run_at_each_request(exchange, desks, monkeypatch):
    """As a socket would, and without waiting for anything."""
    slept_s = []
    sleep = asyncio.sleep

    def noting(delay_s):
        slept_s.append(delay_s)
        return sleep(delay_s)

    monkeypatch.setattr(asyncio, "sleep", noting)
    send_async(exchange, desks.initiator.request("/v1/clearing/list"))

    assert slept_s == [0]


@pytest.mark.parametrize("timeout_s", [None, 10])
def test_late_answer_within_patience_arrives(exchange, desks, clock, timeout_s):
    """A client that waits long enough, or for ever, gets its answer."""
    exchange.faults.add("latency", delay_ms=9_999)

    answer = send_async(exchange, desks.initiator.request("/v1/clearing/list"), timeout_s=timeout_s)

    assert answer.status_code == 200


def test_late_answer_is_waited_for_over_a_socket(served):
    """Over a socket latency is real time."""
    httpx.post(served.base_url + "/__mock__/faults", json={"kind": "latency", "delay_ms": 300})
    request, began = served.desk.request("/v1/clearing/list"), time.monotonic()

    answer = httpx.post(served.base_url + request.path, headers=dict(request.headers))

    assert answer.status_code == 200
    assert time.monotonic() - began >= 0.3


def test_threads_share_an_exchange(exchange, desks_of):
    """Orders placed from many threads at once are all there, each under an id of its own."""
    exchange.faults.clear()
    keys = [exchange.desks.add_key(f"thread{number}", account="initiator").name for number in range(8)]
    desks = desks_of(exchange)

    def place_many(name):
        for _ in range(50):
            desks[name].place()

    threads = [threading.Thread(target=place_many, args=(name,)) for name in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({order["clearing_id"] for order in desks.initiator.orders()}) == 400
