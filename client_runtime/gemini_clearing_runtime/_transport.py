"""
The httpx transport of the client with blocking calls. It reports whether a byte of the request was written, ends at an
absolute deadline, and never uses a connection of another process.

It and `_async_transport` use `_network`. They contain only the difference between them.
"""

import os
import weakref
from collections.abc import Iterator
from typing import Protocol

import h11
import httpx

from ._network import Exchange, Network
from ._route import Route
from ._sockets import BlockingSockets, run_blocking
from ._streams import close_all

__all__ = ["NetworkTransport", "drop_connections_after_fork", "response_of"]


class _Transport(Protocol):
    """A transport with connections."""

    def drop_connections(self) -> None:
        """Start without connections."""


_transports: weakref.WeakSet[_Transport] = weakref.WeakSet()


class NetworkTransport(httpx.BaseTransport):
    """The network transport of a client with blocking calls. Threads may share it."""

    reports_sending = True

    def __init__(self, route: Route) -> None:
        self._route = route
        drop_connections_after_fork(self)
        self.drop_connections()

    def drop_connections(self) -> None:
        """Start without connections. A forked process must do so."""
        self._network = Network(self._route, BlockingSockets())

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and return the response. Its body is not read yet."""
        exchange, head = run_blocking(Exchange.begin(self._network, request, request.read()))
        return response_of(head, _Body(exchange))

    def close(self) -> None:
        """Close the connections."""
        self._network.close()


class _Body(httpx.SyncByteStream):
    """The body of a response, read from the connection in pieces."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def __iter__(self) -> Iterator[bytes]:
        while piece := run_blocking(self._exchange.piece()):
            yield piece

    def close(self) -> None:
        self._exchange.close()


def drop_connections_after_fork(transport: _Transport) -> None:
    """Let a transport start without connections in each forked process."""
    _transports.add(transport)


def response_of(head: h11.Response, body: httpx.SyncByteStream | httpx.AsyncByteStream) -> httpx.Response:
    """Return a response whose body is not read yet."""
    extensions = {"http_version": b"HTTP/" + head.http_version, "reason_phrase": bytes(head.reason)}
    return httpx.Response(head.status_code, headers=head.headers.raw_items(), stream=body, extensions=extensions)


def _after_fork() -> None:
    """Drop all connections in a forked process. They belong to its parent, which may be using them."""
    close_all()
    for transport in list(_transports):
        transport.drop_connections()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
