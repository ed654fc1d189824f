"""
The httpx transports of the runtime, sync and async. They report whether a byte of the request was written, end at an
absolute deadline, and never use a connection of another process or event loop.

Both use `_network`. This module contains only the difference between them.
"""

import asyncio
import os
import weakref
from collections.abc import AsyncIterator, Iterator

import h11
import httpx

from ._network import Exchange, Network
from ._route import Route
from ._sockets import AsyncioSockets, BlockingSockets, run_blocking
from ._streams import close_all

__all__ = ["AsyncNetworkTransport", "NetworkTransport"]

_transports: "weakref.WeakSet[NetworkTransport | AsyncNetworkTransport]" = weakref.WeakSet()


class NetworkTransport(httpx.BaseTransport):
    """The network transport of a client with blocking calls. Threads may share it."""

    reports_sending = True

    def __init__(self, route: Route) -> None:
        self._route = route
        _transports.add(self)
        self.drop_connections()

    def drop_connections(self) -> None:
        """Start without connections. A forked process must do so."""
        self._network = Network(self._route, BlockingSockets())

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and return the response. Its body is not read yet."""
        exchange, head = run_blocking(Exchange.begin(self._network, request, request.read()))
        return _response(head, _Body(exchange))

    def close(self) -> None:
        """Close the connections."""
        self._network.close()


class AsyncNetworkTransport(httpx.AsyncBaseTransport):
    """The network transport of a client with awaitable calls. Each event loop has its own connections."""

    reports_sending = True

    def __init__(self, route: Route) -> None:
        self._route = route
        _transports.add(self)
        self.drop_connections()

    def drop_connections(self) -> None:
        """Start without connections. A forked process must do so."""
        self._networks: dict[asyncio.AbstractEventLoop, Network] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and return the response. Its body is not read yet."""
        exchange, head = await Exchange.begin(self._network(), request, await request.aread())
        return _response(head, _AsyncBody(exchange))

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


class _Body(httpx.SyncByteStream):
    """The body of a response, read from the connection in pieces."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def __iter__(self) -> Iterator[bytes]:
        while piece := run_blocking(self._exchange.piece()):
            yield piece

    def close(self) -> None:
        self._exchange.close()


class _AsyncBody(httpx.AsyncByteStream):
    """The body of a response, read from the connection in pieces."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while piece := await self._exchange.piece():
            yield piece

    async def aclose(self) -> None:
        self._exchange.close()


def _response(head: h11.Response, body: httpx.SyncByteStream | httpx.AsyncByteStream) -> httpx.Response:
    extensions = {"http_version": b"HTTP/" + head.http_version, "reason_phrase": bytes(head.reason)}
    return httpx.Response(head.status_code, headers=head.headers.raw_items(), stream=body, extensions=extensions)


def _after_fork() -> None:
    """Drop all connections in a forked process. They belong to its parent, which may be using them."""
    close_all()
    for transport in list(_transports):
        transport.drop_connections()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
