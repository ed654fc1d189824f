"""
An HTTP proxy between client and exchange that injects faults into connections, requests and responses.

It understands what the client sends: requests without a body. Each fault is a method named after it, which gets the
request and the client's connection, and returns whether the connection stays open.
"""

import asyncio
import contextlib
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

__all__ = ["FAULTS", "FaultyProxy", "faulty_proxy"]

_END_OF_HEAD = b"\r\n\r\n"
# Closing a socket with this option resets the connection (RST) instead of ending it (FIN).
_RESET = struct.pack("ii", 1, 0)
_PAGE = b"<html><body><h1>Sorry</h1></body></html>"
_RATE_LIMIT = b'{"result":"error","reason":"RateLimit","message":"Too many requests"}'
_LONGEST_STALL_S = 10.0

FAULTS = (
    "reset_before",
    "reset_after",
    "half_request",
    "truncated_head",
    "truncated_body",
    "html_before",
    "html_after",
    "rate_limit",
    "server_error_before",
    "server_error_after",
    "cloudflare_error",
    "duplicate_first",
    "duplicate_second",
    "stalled_head",
    "no_response",
    "late_request",
    "two_responses",
    "closed_when_idle",
)


@dataclass
class _Client:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """Close the connection with a reset."""
        sock = self.writer.get_extra_info("socket")
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.writer.transport.abort()

    async def wait_until_closed(self) -> None:
        """Wait until the client gives up."""
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(_LONGEST_STALL_S):
                await self.reader.read()


class FaultyProxy:
    """
    The proxy. It injects a fault into a share of the requests.

    Args:
        upstream: host and port of the exchange.
        seed: the source of all random decisions.
        rate: the share of requests with a fault.
        late_s: the delay of `late_request`; longer than the client's timeout.
    """

    def __init__(self, upstream: tuple[str, int], *, seed: int, rate: float, late_s: float) -> None:
        self._upstream = upstream
        self._source = Random(seed)
        self._rate = rate
        self._late_s = late_s
        self.port = 0
        self.is_calm = False
        """Whether it injects no faults anymore."""
        self.injected: Counter[str] = Counter()

    async def serve(self, ready: threading.Event, stop: asyncio.Event) -> None:
        """Serve until `stop` is set."""
        server = await asyncio.start_server(self._serve_client, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await stop.wait()
        server.close()

    async def _serve_client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = _Client(reader, writer)
        try:
            while await self._serve_request(await reader.readuntil(_END_OF_HEAD), client):
                pass
        except (OSError, EOFError):
            pass  # either side has closed the connection
        finally:
            writer.close()

    async def _serve_request(self, request: bytes, client: _Client) -> bool:
        if self.is_calm or self._source.random() >= self._rate:
            await client.send(await self._forward(request))
            return True
        fault = self._source.choice(FAULTS)
        self.injected[fault] += 1
        is_open: bool = await getattr(self, f"_{fault}")(request, client)
        return is_open

    async def _forward(self, request: bytes) -> bytes:
        """Return the exchange's whole response."""
        reader, writer = await asyncio.open_connection(*self._upstream)
        try:
            writer.write(request)
            head = await reader.readuntil(_END_OF_HEAD)
            length = next(
                int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
            )
            return head + await reader.readexactly(length)
        finally:
            writer.close()

    # ------------------------------------------------------------------------------------------- faults

    async def _reset_before(self, request: bytes, client: _Client) -> bool:
        client.reset()
        return False

    async def _reset_after(self, request: bytes, client: _Client) -> bool:
        await self._forward(request)
        client.reset()
        return False

    async def _half_request(self, request: bytes, client: _Client) -> bool:
        _, writer = await asyncio.open_connection(*self._upstream)
        writer.write(request[: self._source.randrange(1, len(request))])
        await writer.drain()
        writer.close()
        client.reset()
        return False

    async def _truncated_head(self, request: bytes, client: _Client) -> bool:
        response = await self._forward(request)
        await client.send(response[: self._source.randrange(1, response.index(_END_OF_HEAD))])
        return False

    async def _truncated_body(self, request: bytes, client: _Client) -> bool:
        response = await self._forward(request)
        await client.send(response[: self._source.randrange(response.index(_END_OF_HEAD) + 4, len(response))])
        return False

    async def _html_before(self, request: bytes, client: _Client) -> bool:
        await client.send(_response(self._source.choice((200, 400, 403, 404)), _PAGE))
        return True

    async def _html_after(self, request: bytes, client: _Client) -> bool:
        await self._forward(request)
        await client.send(_response(self._source.choice((200, 400, 403, 404)), self._source.choice((_PAGE, b""))))
        return True

    async def _rate_limit(self, request: bytes, client: _Client) -> bool:
        retry_after = self._source.choice((None, "0", "0", "-1", "nan"))
        await client.send(_response(429, _RATE_LIMIT, "application/json", retry_after))
        return True

    async def _server_error_before(self, request: bytes, client: _Client) -> bool:
        await client.send(_response(self._source.choice((500, 502, 503, 504)), _PAGE))
        return True

    async def _server_error_after(self, request: bytes, client: _Client) -> bool:
        await self._forward(request)
        return await self._server_error_before(request, client)

    async def _cloudflare_error(self, request: bytes, client: _Client) -> bool:
        if self._source.random() < 0.5:
            await self._forward(request)
        await client.send(_response(520, b"error code: 520", "text/plain"))
        return True

    async def _duplicate_first(self, request: bytes, client: _Client) -> bool:
        response = await self._forward(request)
        await self._forward(request)
        await client.send(response)
        return True

    async def _duplicate_second(self, request: bytes, client: _Client) -> bool:
        await self._forward(request)
        await client.send(await self._forward(request))
        return True

    async def _stalled_head(self, request: bytes, client: _Client) -> bool:
        response = await self._forward(request)
        await client.send(response[: response.index(_END_OF_HEAD) // 2])
        await client.wait_until_closed()
        return False

    async def _no_response(self, request: bytes, client: _Client) -> bool:
        if self._source.random() < 0.5:
            await self._forward(request)
        await client.wait_until_closed()
        return False

    async def _late_request(self, request: bytes, client: _Client) -> bool:
        await asyncio.sleep(self._late_s)
        await client.send(await self._forward(request))
        return False

    async def _two_responses(self, request: bytes, client: _Client) -> bool:
        """Send another response in the same segment; nothing may take it for the response to the next request."""
        await client.send(await self._forward(request) + _response(200, b'{"result":"ok"}', "application/json"))
        return True

    async def _closed_when_idle(self, request: bytes, client: _Client) -> bool:
        await client.send(await self._forward(request))
        return False


def _response(status: int, body: bytes, content_type: str = "text/html", retry_after: str | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status} Injected", f"content-type: {content_type}", f"content-length: {len(body)}"]
    if retry_after is not None:
        lines.append(f"retry-after: {retry_after}")
    return "\r\n".join([*lines, "", ""]).encode() + body


@contextlib.contextmanager
def faulty_proxy(upstream: tuple[str, int], *, seed: int, rate: float, late_s: float) -> Iterator[FaultyProxy]:
    """Run a proxy in another thread; it stops at the end of the block."""
    proxy = FaultyProxy(upstream, seed=seed, rate=rate, late_s=late_s)
    ready, started = threading.Event(), threading.Event()
    control: dict[str, asyncio.AbstractEventLoop | asyncio.Event] = {}

    async def serve() -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        control.update(loop=loop, stop=stop)
        started.set()
        await proxy.serve(ready, stop)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="faulty proxy")
    thread.start()
    ready.wait()
    try:
        yield proxy
    finally:
        loop, stop = control["loop"], control["stop"]
        assert isinstance(loop, asyncio.AbstractEventLoop)
        assert isinstance(stop, asyncio.Event)
        loop.call_soon_threadsafe(stop.set)
        thread.join()
