"""The journal and asyncio: cancellation, and an event loop that never waits for the disk."""

import asyncio
from pathlib import Path

import httpx
import pytest

from gemini_clearing import AsyncGeminiClearing, Journal, Outcome, WriteEnd
from gemini_clearing_mock import Exchange
from tests.client.desks import BUY
from tests.journal.test_recording import entries


def client_of(exchange: Exchange, transport: httpx.AsyncBaseTransport, path: Path) -> AsyncGeminiClearing:
    """Return a client with a journal."""
    account = exchange.account("initiator")
    return AsyncGeminiClearing(
        api_key=account.api_key,
        api_secret=account.api_secret,
        base_url="http://127.0.0.1",
        transport=transport,
        journal=path,
    )


def test_canceled_task_is_recorded(path):
    """A task that is canceled while it waits for the response leaves a write in doubt; recover() finds its outcome."""
    exchange = Exchange()

    async def run() -> Outcome:
        arrived = asyncio.Event()
        transport = exchange.async_transport()

        class Silent(httpx.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                await transport.handle_async_request(request)
                arrived.set()
                await asyncio.Event().wait()
                raise AssertionError("unreachable")

        async with client_of(exchange, Silent(), path) as client:
            task = asyncio.create_task(client.create_order(**BUY))
            await arrived.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert [entry.end for entry in await client.in_doubt()] == [WriteEnd.UNKNOWN]
        async with client_of(exchange, transport, path) as client:
            (recovered,) = await client.recover()
            assert recovered.resolution is not None
            return recovered.resolution.outcome

    assert asyncio.run(run()) is Outcome.EXECUTED


def test_task_that_is_canceled_before_sending_is_not_in_doubt(path, monkeypatch):
    """A task that is canceled while its intent is written sends nothing, and its entry ends as *not sent*."""
    exchange = Exchange()

    async def run() -> None:
        started, begin = asyncio.Event(), Journal._begin
        loop = asyncio.get_running_loop()

        def slow(self, *arguments):
            loop.call_soon_threadsafe(started.set)
            begin(self, *arguments)

        monkeypatch.setattr(Journal, "_begin", slow)
        async with client_of(exchange, exchange.async_transport(), path) as client:
            task = asyncio.create_task(client.create_order(**BUY))
            await started.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await client.in_doubt() == []

    asyncio.run(run())

    assert [entry.end for entry in entries(path)] == [WriteEnd.NOT_SENT]
    assert not exchange.log


def test_event_loop_runs_on_while_the_disk_is_slow(path, monkeypatch):
    """A slow disk delays the write, and no other task of the event loop."""
    exchange = Exchange()
    disk = asyncio.Event()

    async def run() -> None:
        begin, loop = Journal._begin, asyncio.get_running_loop()

        def wait_for_disk(self, *arguments):
            asyncio.run_coroutine_threadsafe(disk.wait(), loop).result(60)
            begin(self, *arguments)

        monkeypatch.setattr(Journal, "_begin", wait_for_disk)
        async with client_of(exchange, exchange.async_transport(), path) as client:
            task = asyncio.create_task(client.create_order(**BUY))
            await asyncio.sleep(0.05)
            assert not task.done()
            assert not exchange.log
            disk.set()
            assert (await task).clearing_id

    asyncio.run(run())
