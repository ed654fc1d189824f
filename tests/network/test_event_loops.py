"""A client that is used in a second event loop connects again."""

import asyncio
import gc

import httpx

from gemini_clearing_runtime._async_transport import AsyncNetworkTransport
from gemini_clearing_runtime._route import Route
from tests.network.servers import respond_always, serve


def test_second_event_loop_has_its_own_connections():
    """The first loop is closed, and its connections with it; nothing is left over for the garbage collector."""
    with serve(respond_always()) as server:
        transport = AsyncNetworkTransport(Route(host="127.0.0.1", port=server.port, ssl_context=None))
        client = httpx.AsyncClient(transport=transport)

        async def post(times):
            return [(await client.post(f"http://127.0.0.1:{server.port}/")).status_code for _ in range(times)]

        async def end():
            await post(1)
            await client.aclose()

        assert asyncio.run(post(2)) == asyncio.run(post(2)) == [200, 200]
        asyncio.run(end())
        gc.collect()
        assert server.connections == 3


def test_two_event_loops_at_the_same_time_do_not_share_connections():
    """Threads may run event loops side by side, on one client."""
    with serve(respond_always()) as server:
        transport = AsyncNetworkTransport(Route(host="127.0.0.1", port=server.port, ssl_context=None))
        client = httpx.AsyncClient(transport=transport)

        async def outer():
            async def post():
                return (await client.post(f"http://127.0.0.1:{server.port}/")).status_code

            statuses = [await post(), await asyncio.to_thread(asyncio.run, post()), await post()]
            await client.aclose()
            return statuses

        assert asyncio.run(outer()) == [200, 200, 200]
        assert server.connections == 2
