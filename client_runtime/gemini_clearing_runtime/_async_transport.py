"""The httpx transport of the client for asyncio: what `_transport` does, with `await`, and per event loop."""

import asyncio
from collections.abc import AsyncIterator

import httpx

from ._asyncio_sockets import AsyncioSockets
from ._network import Exchange, Network
from ._route import Route
from ._transport import drop_connections_after_fork, response_of

__all__ = ["AsyncNetworkTransport"]


class AsyncNetworkTransport(httpx.AsyncBaseTransport):
    """The network transport of a client with awaitable calls. Each event loop has its own connections."""

    reports_sending = True

    def __init__(self, route: Route) -> None:
        self._route = route
        drop_connections_after_fork(self)
        self.drop_connections()

    def drop_connections(self) -> None:
        """Start without connections. A forked process must do so."""
        self._networks: dict[asyncio.AbstractEventLoop, Network] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and return the response. Its body is not read yet."""
        exchange, head = await Exchange.begin(self._network(), request, await request.aread())
        return response_of(head, _AsyncBody(exchange))

    async def aclose(self) -> None:
        """Close the connections."""
        for network in self._networks.values():
            network.close()

    def _network(self) -> Network:
        loop = asyncio.get_running_loop()
        if (network := self._networks.get(loop)) is not None:
            return network
        for other in [other for other in self._networks if other.is_closed()]:
            self._networks.pop(other).close()
        return self._networks.setdefault(loop, Network(self._route, AsyncioSockets(loop)))


class _AsyncBody(httpx.AsyncByteStream):
    """The body of a response, read from the connection in pieces."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while piece := await self._exchange.piece():
            yield piece

    async def aclose(self) -> None:
        self._exchange.close()
