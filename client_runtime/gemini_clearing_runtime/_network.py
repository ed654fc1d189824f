"""
The connections of one client in one process and one event loop, and the exchange of requests and responses on them.

A connection is used again only after a complete response with nothing behind it. After an interruption or a failure it
is closed.
"""

from collections import deque
from typing import Self

import h11
import httpx

from . import _time
from ._connecting import open_connection
from ._http11 import Connection, httpx_errors
from ._route import Route
from ._sockets import Sockets

__all__ = ["Exchange", "Network"]

# The default of httpx.
MOST_IDLE_CONNECTIONS = 20


class Network:
    """Opens connections, and keeps reusable ones."""

    def __init__(self, route: Route, sockets: Sockets) -> None:
        self._route = route
        self._sockets = sockets
        # A deque, as its operations need no lock.
        self._idle: deque[Connection] = deque()
        self._is_closed = False

    async def acquire(self, deadline: float, connected_by: float) -> Connection:
        """Return a connection for one request. Pass it to `release` afterwards."""
        with httpx_errors(httpx.PoolTimeout, httpx.PoolTimeout):
            await self._sockets.take_slot(deadline)
        try:
            while self._idle:
                connection = self._idle.pop()
                if connection.is_usable():
                    return connection
                connection.close()
            return await open_connection(self._route, self._sockets, min(connected_by, deadline))
        except BaseException:
            self._sockets.free_slot()
            raise

    def release(self, connection: Connection, *, reusable: bool) -> None:
        """Take a connection back."""
        self._sockets.free_slot()
        if reusable and not self._is_closed and len(self._idle) < MOST_IDLE_CONNECTIONS:
            self._idle.append(connection)
        else:
            connection.close()

    def close(self) -> None:
        """Close the connections. One in use is closed when its response ends."""
        self._is_closed = True
        while self._idle:
            self._idle.pop().close()


class Exchange:
    """A request and its response. Read the response completely, or close the exchange."""

    def __init__(self, network: Network, connection: Connection, deadline: float) -> None:
        self._network = network
        self._connection = connection
        self._deadline = deadline
        self._is_over = False

    @classmethod
    async def begin(cls, network: Network, request: httpx.Request, body: bytes) -> tuple[Self, h11.Response]:
        """
        Send a request, and return the head of its response.

        The request's `read` timeout limits the whole exchange, including the body of the response.
        """
        timeouts, now = request.extensions["timeout"], _time.monotonic()
        deadline = now + timeouts["read"]
        connection = await network.acquire(deadline, now + timeouts["connect"])
        exchange = cls(network, connection, deadline)
        try:
            await connection.send(request, body, deadline)
            return exchange, await connection.head(deadline)
        except BaseException:
            exchange.close()
            raise

    async def piece(self) -> bytes:
        """Return the next piece of the response's body, still encoded, or `b""` at its end."""
        if self._is_over:
            return b""
        try:
            piece = await self._connection.piece(self._deadline)
        except BaseException:
            self.close()
            raise
        if not piece:
            self._end(reusable=self._connection.prepare_reuse())
        return piece

    def close(self) -> None:
        """End the exchange. If the response is not complete, also close the connection."""
        if not self._is_over:
            self._end(reusable=False)

    def _end(self, *, reusable: bool) -> None:
        self._is_over = True
        self._network.release(self._connection, reusable=reusable)
