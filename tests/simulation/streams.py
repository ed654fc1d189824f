"""
Simulated sockets: connections below the client's transport, which carry the bytes of HTTP/1.1.

The client's `BlockingSockets` and `AsyncioSockets` are replaced by the ones here, which have the same operations. All
above them is the client's own code: connections and their reuse, HTTP, evidence and deadlines.
"""

import errno
import socket
from collections import deque
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, NoReturn

from gemini_clearing_mock import Request, Response
from gemini_clearing_runtime._resolver import Address
from gemini_clearing_runtime._sockets import left_s
from tests.simulation.fates import draw_connect_fault
from tests.simulation.ledger import WireRequest, current_call
from tests.simulation.network import Broken, Network, Passage
from tests.simulation.waiting import Signal, Wait, wait_async, wait_blocking

__all__ = ["SimulatedSockets", "asyncio_sockets", "blocking_sockets"]

_SURPLUS = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 15\r\n\r\n{"result":"ok"}'
_INTERIM = b"HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n"


class SimulatedSocket:
    """The client's end of a connection. It has the methods of a socket that the client calls directly."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._generation = network.exchange.generation
        self._received: deque[bytes] = deque()
        self._end: OSError | None = None
        self._is_ended = False
        self.is_closed = False
        self.is_dirty = False
        """Whether it has received bytes that belong to no response."""
        self.request: WireRequest | None = None
        """The request whose response the client waits for."""
        self._waiting: Signal | None = None

    # What the client calls directly.

    def setblocking(self, flag: bool) -> None:
        """Do nothing."""

    def recv(self, size: int, flags: int) -> bytes:
        """Return what has arrived, without waiting; the client only peeks."""
        assert flags == socket.MSG_PEEK
        self._notice_restart()
        if self._received:
            return self._received[0][:size]
        if self._end is not None:
            raise self._end
        if self._is_ended:
            return b""
        raise BlockingIOError

    def close(self) -> None:
        """Close the client's end."""
        self.is_closed = True
        self._end_request()

    # The operations behind the client's sockets.

    def send(self, data: bytes | memoryview) -> None:
        """Write a request."""
        self._notice_restart()
        if self._is_ended:
            raise self._end or BrokenPipeError(errno.EPIPE, "Broken pipe")
        _StreamPassage(self._network, self, data).begin()

    def take(self) -> bytes | None:
        """Return received bytes, `b""` at the end, or None if there is nothing yet."""
        self._notice_restart()
        if self._received:
            return self._received.popleft()
        if self._end is not None:
            raise self._end
        return b"" if self._is_ended else None

    def arrival(self) -> Signal:
        """Return a signal that is set when something arrives."""
        self._waiting = Signal()
        return self._waiting

    def feed(self, data: bytes) -> None:
        """Let bytes arrive."""
        if data and not self._is_ended and not self.is_closed:
            self._received.append(data)
            self._wake()

    def end(self, error: OSError | None = None) -> None:
        """End the connection from the exchange's side, orderly or with an error."""
        if not self._is_ended:
            self._is_ended, self._end = True, error
            self._wake()

    def _end_request(self) -> None:
        if self.request is not None:
            self.request.end(self._network.scheduler.now_ns)

    def _wake(self) -> None:
        self._end_request()
        if self._waiting is not None:
            self._waiting.set()

    def _notice_restart(self) -> None:
        if self._generation != self._network.exchange.generation:
            self.end(_reset())


class _StreamPassage(Passage):
    """A request that was written to a connection."""

    def __init__(self, network: Network, sock: SimulatedSocket, data: bytes | memoryview) -> None:
        incoming = _parse(bytes(data))
        wire, fate = network.register(incoming, len(data), "stream")
        super().__init__(network, incoming, wire, fate)
        wire.on_dirty_connection = sock.is_dirty
        sock.request = wire
        self._socket = sock

    def begin(self) -> None:
        """Write the request, with the faults of its fate."""
        self.plan_interruptions()
        self._wire.response = "nothing"
        self.write()
        if self._fate.cut_request is not None:
            self._wire.response = "cut"
            if self._source.random() < 0.5:
                self._socket.end(_reset())
                raise _reset()
            self._scheduler.after(min(self._fate.copies_s[0], 0.05), lambda: self._socket.end(_reset()))

    def respond(self, response: Response | Broken, origin: str) -> None:
        """Send the bytes of a response, with the faults of the fate."""
        fate = self._fate
        if isinstance(response, Broken):
            self._scheduler.after(0.001, lambda: self._finish(_reset(), "broken"))
            return
        data = self._bytes(response)
        delay_s = fate.down_s + response.delay_ms / 1000
        end: Callable[[], None] = partial(self._complete, response, origin)
        if fate.cut_response is not None:
            data = data[: int(len(data) * fate.cut_response)]
            error = None if fate.ends_silently or self._source.random() < 0.5 else _reset()
            end = partial(self._finish, error, "cut")
        elif fate.has_surplus:
            data += _SURPLUS
        step_s = fate.trickle_s or (0.003 if fate.segments > 1 else 0.0)
        rest = len(data)
        for piece in _split(data, 5 if fate.trickle_s else fate.segments):
            rest -= len(piece)
            has_surplus = fate.has_surplus and fate.cut_response is None and rest < len(_SURPLUS)
            self._scheduler.after(delay_s, partial(self._feed, piece, has_surplus=has_surplus))
            delay_s += step_s
        self._scheduler.after(delay_s, end)

    def _bytes(self, response: Response) -> bytes:
        framing, body = self._fate.framing, response.body
        headers = dict(response.headers)
        if framing == "chunked":
            headers["transfer-encoding"] = "chunked"
            body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in _split(body, 3)) + b"0\r\n\r\n"
        elif framing == "length" and not self._fate.ends_silently:
            headers["content-length"] = str(len(body))
        lines = [f"HTTP/1.1 {response.status} Simulated", *(f"{name}: {value}" for name, value in headers.items())]
        interim = _INTERIM if self._fate.has_interim else b""
        return interim + "\r\n".join([*lines, "", ""]).encode("latin-1") + body

    def _feed(self, piece: bytes, *, has_surplus: bool) -> None:
        if self.is_connected:
            self._socket.is_dirty |= has_surplus
            self._socket.feed(piece)

    def _complete(self, response: Response, origin: str) -> None:
        self._wire.response = origin
        if not self._socket.is_closed and self.is_connected:
            self.receive(response)
        fate = self._fate
        if fate.framing == "close" or fate.ends_silently:
            self._socket.end()
        elif fate.closes_after_s is not None:
            self._scheduler.after(fate.closes_after_s, self._socket.end)

    def _finish(self, error: OSError | None, origin: str) -> None:
        self._wire.response = origin
        self._socket.end(error)


class SimulatedSockets:
    """
    The operations that the client's connection layer needs, in simulated time.

    Args:
        network: the network.
        wait: waits, blocking or not; returns whether the signal was set in time.
    """

    def __init__(self, network: Network, wait: Callable[[Wait], Coroutine[Any, Any, bool]]) -> None:
        self._network = network
        self._wait = wait

    async def take_slot(self, deadline: float) -> None:
        """Do nothing: connections are not limited."""

    def free_slot(self) -> None:
        """Do nothing."""

    async def resolve(self, host: str, port: int, deadline: float) -> list[Address]:
        """Return the address."""
        return [Address(socket.AF_INET, (host, port))]

    async def connect(self, address: Address, deadline: float) -> SimulatedSocket:
        """Return a connected socket."""
        call = current_call.get()
        call.connections += 1
        name = f"{call.name}/c{call.connections}"
        fault = draw_connect_fault(self._network.chance, name, self._network.rate_for(call))
        if fault is None and not self._network.exchange.is_up:
            fault = ("refused", 0.0)
        if fault is not None:
            error, seconds = fault
            self._network.history.note("network", f"does not connect {name}", error)
            await self._wait(Wait(min(seconds, left_s(deadline))))
            _raise_connect_error(error)
        return SimulatedSocket(self._network)

    async def send(self, sock: SimulatedSocket, data: bytes | memoryview, deadline: float) -> None:
        """Write everything."""
        sock.send(data)

    async def receive(self, sock: SimulatedSocket, deadline: float) -> bytes:
        """Wait for bytes, and return them; `b""` at the end of the stream."""
        while (data := sock.take()) is None:
            if not await self._wait(Wait(left_s(deadline), sock.arrival())):
                raise TimeoutError("timed out")
        return data


def blocking_sockets(network: Network) -> SimulatedSockets:
    """Return sockets that block the actor."""

    async def wait(wait: Wait) -> bool:
        return wait_blocking(network.scheduler, wait)

    return SimulatedSockets(network, wait)


def asyncio_sockets(network: Network) -> SimulatedSockets:
    """Return sockets that suspend the task."""
    return SimulatedSockets(network, wait_async)


def _raise_connect_error(error: str) -> NoReturn:
    if error == "timeout":
        raise TimeoutError("timed out")
    number = {"refused": errno.ECONNREFUSED, "unreachable": errno.EHOSTUNREACH}[error]
    raise OSError(number, f"simulated: {error}")


def _reset() -> OSError:
    return ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")


def _parse(data: bytes) -> Request:
    """Return the request that the bytes are; the client sends no bodies."""
    head, _, body = data.partition(b"\r\n\r\n")
    assert not body, "the client has sent a body"
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ")
    headers = dict(line.split(": ", 1) for line in lines)
    return Request(method, path, {name.lower(): value for name, value in headers.items()})


def _split(data: bytes, count: int) -> list[bytes]:
    step = max(1, -(-len(data) // count))
    return [data[at : at + step] for at in range(0, len(data), step)]
