"""Socket operations with deadlines, for asyncio. `_sockets` has the blocking ones."""

import asyncio
import os
import socket

from . import _sockets
from ._resolver import Address, look_up
from ._sockets import READ_BYTES, Sockets, left_s, new_socket

__all__ = ["AsyncioSockets"]


class AsyncioSockets(Sockets):
    """Operations of one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._slots = asyncio.BoundedSemaphore(_sockets.MOST_CONNECTIONS)

    async def take_slot(self, deadline: float) -> None:
        async with asyncio.timeout(left_s(deadline)):
            await self._slots.acquire()

    def free_slot(self) -> None:
        self._slots.release()

    async def resolve(self, host: str, port: int, deadline: float) -> list[Address]:
        async with asyncio.timeout(left_s(deadline)):
            return await asyncio.wrap_future(look_up(host, port))

    async def connect(self, address: Address, deadline: float) -> socket.socket:
        sock = new_socket(address)
        try:
            sock.setblocking(False)
            async with asyncio.timeout(left_s(deadline)):
                await self._loop.sock_connect(sock, address.sockaddr)
        except BaseException as exc:
            sock.close()
            if isinstance(exc, OSError) and exc.errno is not None:  # asyncio replaces the system's text
                raise OSError(exc.errno, os.strerror(exc.errno)) from exc
            raise
        return sock

    async def send(self, sock: socket.socket, data: bytes | memoryview, deadline: float) -> None:
        async with asyncio.timeout(left_s(deadline)):
            await self._loop.sock_sendall(sock, data)

    async def receive(self, sock: socket.socket, deadline: float) -> bytes:
        async with asyncio.timeout(left_s(deadline)):
            return await self._loop.sock_recv(sock, READ_BYTES)
