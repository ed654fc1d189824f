"""The in-process transports, synchronous and asynchronous, and their delays."""

import asyncio
import contextlib
import itertools
import threading
import time

import httpx
import pytest

from gemini_clearing_mock import Exchange, create_app

TERMS = {"symbol": "btcusd", "amount": "2", "price": "9500", "side": "buy"}
URL = "http://127.0.0.1"


def send_async(exchange, request, *, timeout_s=None):
    """Send a request through the asynchronous transport."""

    async def send():
        async with httpx.AsyncClient(transport=exchange.async_transport(), timeout=timeout_s) as client:
            return await client.post(URL + request.path, headers=dict(request.headers))

    return asyncio.run(send())


def test_transports_and_server_share_one_state(exchange, desks):
    """An order that was placed through one transport is in the lists of all others."""
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


def test_response_is_complete_by_default(exchange, desks):
    """By default a response is complete and not delayed."""
    response = desks.initiator.send("/v1/clearing/list").raw

    assert (response.delivery, response.delay_ms) == ("complete", 0)


def test_async_transport_delay_does_not_block_other_tasks(exchange, desks, desks_of):
    """While a response is delayed, other tasks run."""
    running = Exchange()
    running.faults.add("latency", delay_ms=200)
    request = desks_of(running).initiator.request("/v1/clearing/list")
    ticks = itertools.count()

    async def tick():
        while True:
            await asyncio.sleep(0)
            next(ticks)

    async def both():
        ticking = asyncio.create_task(tick())
        async with httpx.AsyncClient(transport=running.async_transport()) as client:
            response = await client.post(URL + request.path, headers=dict(request.headers))
        ticking.cancel()
        return response

    assert asyncio.run(both()).status_code == 200
    # While the delay blocks, there are less than ten; otherwise there are thousands.
    assert next(ticks) > 100


def test_async_transport_lets_other_tasks_run_at_each_request(exchange, desks, monkeypatch):
    """Other tasks run during each request, as with a socket."""
    slept_s = []
    sleep = asyncio.sleep

    def noting(delay_s):
        slept_s.append(delay_s)
        return sleep(delay_s)

    monkeypatch.setattr(asyncio, "sleep", noting)
    send_async(exchange, desks.initiator.request("/v1/clearing/list"))

    assert slept_s == [0]


@pytest.mark.parametrize("timeout_s", [None, 10])
def test_delayed_response_within_timeout_arrives(exchange, desks, clock, timeout_s):
    """A response that is delayed by less than the read timeout, or without a timeout, arrives."""
    exchange.faults.add("latency", delay_ms=9_999)

    response = send_async(exchange, desks.initiator.request("/v1/clearing/list"), timeout_s=timeout_s)

    assert response.status_code == 200


def test_delayed_response_takes_real_time_over_a_socket(served):
    """Over a socket, latency is real time."""
    httpx.post(served.base_url + "/__mock__/faults", json={"kind": "latency", "delay_ms": 300})
    request, began = served.desk.request("/v1/clearing/list"), time.monotonic()

    response = httpx.post(served.base_url + request.path, headers=dict(request.headers))

    assert response.status_code == 200
    assert time.monotonic() - began >= 0.3


def test_threads_share_an_exchange(exchange, desks_of):
    """Orders that are placed by several threads at the same time all exist, each with its own id."""
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


@pytest.mark.parametrize("fault", ["reset_before", "reset_after", None])
def test_transports_report_that_a_request_is_sent(exchange, desks, fault):
    """The report comes before the exchange handles the request, as from a connection before its first byte."""
    if fault:
        exchange.faults.add(fault, count=2)
    request = desks.initiator.request("/v1/clearing/list")
    reports = []
    extensions = {"gemini_clearing.evidence": lambda: reports.append(len(exchange.log))}
    sent = httpx.Request("POST", URL + request.path, headers=dict(request.headers), extensions=extensions)

    async def send():
        await exchange.async_transport().handle_async_request(sent)

    for attempt in (lambda: exchange.transport().handle_request(sent), lambda: asyncio.run(send())):
        with contextlib.suppress(httpx.ReadError):
            attempt()

    assert reports == [0, 1]
    assert exchange.transport().reports_sending is exchange.async_transport().reports_sending is True
