"""
Socket operations with deadlines, as blocking calls. `_asyncio_sockets` has those for asyncio.

The connection layer is written once, as `async` functions that use either kind. With `BlockingSockets` they never
suspend, so `run_blocking` runs them in one step. A deadline is a time of `_time.monotonic()`.
"""

import socket
import threading
from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

from . import _time
from ._resolver import Address, look_up

__all__ = ["MOST_CONNECTIONS", "READ_BYTES", "BlockingSockets", "Sockets", "left_s", "new_socket", "run_blocking"]

T = TypeVar("T")

# The default of httpx.
MOST_CONNECTIONS = 100

READ_BYTES = 64 * 1024
# Operating systems limit timeouts, to values below the largest float.
_LONGEST_S = 86_400.0


class Sockets(Protocol):
    """
    The operations. They raise `TimeoutError` at the deadline, and `OSError` for other failures.

    A slot is the right to use a connection.
    """

    async def take_slot(self, deadline: float) -> None:
        """Wait until fewer than `MOST_CONNECTIONS` are in use."""

    def free_slot(self) -> None:
        """Release a slot."""

    async def resolve(self, host: str, port: int, deadline: float) -> list[Address]:
        """Return the addresses of a host. An impossible name raises `ValueError`."""
        ...

    async def connect(self, address: Address, deadline: float) -> socket.socket:
        """Return a connected socket."""
        ...

    async def send(self, sock: socket.socket, data: bytes | memoryview, deadline: float) -> None:
        """Write everything."""

    async def receive(self, sock: socket.socket, deadline: float) -> bytes:
        """Wait for bytes, and return them; `b""` at the end of the stream."""
        ...


class BlockingSockets(Sockets):
    """Operations that block the thread."""

    def __init__(self) -> None:
        self._slots = threading.BoundedSemaphore(MOST_CONNECTIONS)

    async def take_slot(self, deadline: float) -> None:
        if not self._slots.acquire(timeout=left_s(deadline)):
            raise TimeoutError("all connections are in use")

    def free_slot(self) -> None:
        self._slots.release()

    async def resolve(self, host: str, port: int, deadline: float) -> list[Address]:
        return look_up(host, port).result(left_s(deadline))

    async def connect(self, address: Address, deadline: float) -> socket.socket:
        sock = new_socket(address)
        try:
            sock.settimeout(left_s(deadline))
            sock.connect(address.sockaddr)
        except BaseException:
            sock.close()
            raise
        return sock

    async def send(self, sock: socket.socket, data: bytes | memoryview, deadline: float) -> None:
        rest = memoryview(data)
        while rest:
            sock.settimeout(left_s(deadline))
            rest = rest[sock.send(rest) :]

    async def receive(self, sock: socket.socket, deadline: float) -> bytes:
        sock.settimeout(left_s(deadline))
        return sock.recv(READ_BYTES)


def run_blocking(work: Coroutine[Any, Any, T]) -> T:
    """Run an `async` function that uses `BlockingSockets`."""
    try:
        work.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    raise AssertionError("an operation of BlockingSockets suspended")


def left_s(deadline: float) -> float:
    """
    Return the seconds until a deadline, at most a day.

    Raises:
        TimeoutError: the deadline has passed.
    """
    left = deadline - _time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return min(left, _LONGEST_S)


def new_socket(address: Address) -> socket.socket:
    """Return a socket that is not connected yet."""
    sock = socket.socket(address.family, socket.SOCK_STREAM)
    # A request is written in one piece, so it should not wait for more data.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock
