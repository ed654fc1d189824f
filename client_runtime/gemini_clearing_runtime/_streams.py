"""
Byte streams: a socket, and TLS on top of any other stream, which may itself be TLS to a proxy.

TLS uses memory buffers, so that the same code works with blocking sockets and asyncio.
"""

import socket
import ssl
import weakref
from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeVar

from ._sockets import Sockets

__all__ = ["SocketStream", "Stream", "TlsStream", "close_all"]

T = TypeVar("T")
_STEP_BYTES = 64 * 1024
_open: "weakref.WeakSet[SocketStream]" = weakref.WeakSet()


class Stream(Protocol):
    """A byte stream. Operations raise `TimeoutError` at the deadline, and `OSError` for other failures."""

    async def send(self, data: bytes | memoryview, deadline: float) -> None:
        """Write everything."""

    async def receive(self, deadline: float) -> bytes:
        """Wait for bytes, and return them; `b""` at the end of the stream."""
        ...

    def is_quiet(self) -> bool:
        """Whether the stream is open and has no unread bytes."""
        ...

    def close(self) -> None:
        """Close the socket of this process. Send nothing, because another process may share the connection."""


class SocketStream(Stream):
    """A connected socket."""

    def __init__(self, sockets: Sockets, sock: socket.socket) -> None:
        self._sockets = sockets
        self._socket = sock
        _open.add(self)

    async def send(self, data: bytes | memoryview, deadline: float) -> None:
        await self._sockets.send(self._socket, data, deadline)

    async def receive(self, deadline: float) -> bytes:
        return await self._sockets.receive(self._socket, deadline)

    def is_quiet(self) -> bool:
        try:
            self._socket.setblocking(False)
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False  # bytes, or the end of the stream

    def close(self) -> None:
        self._socket.close()


class TlsStream(Stream):
    """TLS on top of a stream. Call `handshake` first."""

    def __init__(self, below: Stream, context: ssl.SSLContext, hostname: str) -> None:
        self._below = below
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=hostname)

    async def handshake(self, deadline: float) -> None:
        """
        Establish TLS, and verify the certificate.

        Raises:
            ssl.SSLError: the certificate is not trusted, or the server does not support TLS or HTTP/1.1.
        """
        await self._perform(self._tls.do_handshake, deadline)
        if self._tls.selected_alpn_protocol() not in (None, "http/1.1"):
            raise ssl.SSLError(f"the server chose the protocol {self._tls.selected_alpn_protocol()}, not http/1.1")

    async def send(self, data: bytes | memoryview, deadline: float) -> None:
        rest = memoryview(data)
        while rest:  # in steps, so that encryption does not take all the time of a large request
            rest = rest[await self._perform(partial(self._tls.write, rest[:_STEP_BYTES]), deadline) :]

    async def receive(self, deadline: float) -> bytes:
        try:
            return await self._perform(partial(self._tls.read, _STEP_BYTES), deadline)
        except ssl.SSLZeroReturnError:
            return b""  # the server has closed TLS

    def is_quiet(self) -> bool:
        return not self._incoming.pending and not self._tls.pending() and self._below.is_quiet()

    def close(self) -> None:
        self._below.close()

    async def _perform(self, operation: Callable[[], T], deadline: float) -> T:
        """Run a TLS operation, and transfer the bytes that it reads and writes."""
        while True:
            try:
                result = operation()
            except ssl.SSLWantReadError:
                await self._flush(deadline)
                if received := await self._below.receive(deadline):
                    self._incoming.write(received)
                else:
                    self._incoming.write_eof()
            else:
                await self._flush(deadline)
                return result

    async def _flush(self, deadline: float) -> None:
        if self._outgoing.pending:
            await self._below.send(self._outgoing.read(), deadline)


def close_all() -> None:
    """Close every socket of this process. After a fork they belong to the parent."""
    for stream in list(_open):
        stream.close()
