"""Sharing a key: threads, tasks and several clients never send a nonce out of order."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from gemini_clearing import AsyncGeminiClearing, GeminiClearing
from tests.client.desks import BUY

CALLS = 40
KEY: dict[str, Any] = {"api_key": "account-demo-desk3", "api_secret": "demo-secret-of-desk3"}


def reasons(exchange):
    """Return the reasons of all error responses of the exchange."""
    return [entry.reason for entry in exchange.log if entry.reason]


def test_threads_share_a_client(exchange):
    """Eight threads place orders, and no nonce is rejected."""
    with (
        GeminiClearing(**KEY, base_url="http://127.0.0.1", transport=exchange.transport()) as client,
        ThreadPoolExecutor(8) as pool,
    ):
        placed = list(pool.map(lambda _: client.create_order(**BUY).clearing_id, range(CALLS)))

    assert len(set(placed)) == CALLS
    assert reasons(exchange) == []


def test_tasks_share_a_client(exchange):
    """All tasks of one loop place orders at the same time."""

    async def place() -> list[str]:
        async with AsyncGeminiClearing(
            **KEY, base_url="http://127.0.0.1", transport=exchange.async_transport()
        ) as client:
            placed = await asyncio.gather(*(client.create_order(**BUY) for _ in range(CALLS)))
        return [order.clearing_id for order in placed]

    assert len(set(asyncio.run(place()))) == CALLS
    assert reasons(exchange) == []


@pytest.mark.parametrize("clients", [2, 5])
def test_clients_of_both_kinds_share_a_key(clients, served):
    """Threads with their own clients and a loop full of tasks use one server."""
    options = {**KEY, "base_url": served["base_url"]}

    def block() -> None:
        with GeminiClearing(**options) as client:
            for _ in range(5):
                client.list_orders(limit_orders=1)

    async def wait() -> None:
        async with AsyncGeminiClearing(**options) as client:
            await asyncio.gather(*(client.list_orders(limit_orders=1) for _ in range(10)))

    with ThreadPoolExecutor(clients) as pool:
        work = [pool.submit(block) for _ in range(clients - 1)] + [pool.submit(asyncio.run, wait())]
        for done in work:
            done.result(timeout=20)
