"""The limits of a connection, in bytes and in time, and of the log; on a server in this process."""

import asyncio
import contextlib
import re
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gemini_clearing_mock import Request, create_app
from gemini_clearing_mock.server import _limits
from gemini_clearing_mock.server._signals import Terminations
from gemini_clearing_mock.server._uvicorn import create_server

LINE = b"POST /v1/heartbeat HTTP/1.1\r\nhost: localhost\r\n"
TIMEOUT_S = 0.3


@contextlib.asynccontextmanager
async def running_server(exchange, grace_s):
    """Run a server on a free port, with a connection to it."""
    server = create_server(create_app(exchange), grace_s, Terminations())
    server.capture_signals = contextlib.nullcontext
    config = server.config
    config.port = 0
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  (uvicorn has no event for it)
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield server, reader, writer
    finally:
        writer.close()
        server.should_exit = True
        await serving


def on_server(exchange, talk):
    """Run a server, and `talk(reader, writer)` on a connection to it; return its result."""

    async def run():
        async with running_server(exchange, 0.1) as (_, reader, writer):
            return await asyncio.wait_for(talk(reader, writer), 20)

    return asyncio.run(run())


@pytest.fixture
def quick(monkeypatch):
    """Shorten the time for a request."""
    monkeypatch.setattr(_limits, "REQUEST_TIMEOUT_S", TIMEOUT_S)


@pytest.mark.parametrize(
    "start",
    [b"", b"POST", LINE, LINE + b"x-name: va", LINE + b"content-length: 9\r\n\r\n{",
     LINE + b"transfer-encoding: chunked\r\n\r\n1\r\n{\r\n"],
)  # fmt: skip
def test_connection_with_an_incomplete_request_ends(exchange, quick, start):
    """A connection on which no request is complete in time is closed, and nothing was executed."""

    async def talk(reader, writer):
        writer.write(start)
        return await reader.read()

    assert on_server(exchange, talk) == b""
    assert exchange.log == []


def test_connection_with_a_slow_request_ends(exchange, quick):
    """A byte from time to time does not prolong the time for a request."""

    async def talk(reader, writer):
        sent = 0
        with contextlib.suppress(ConnectionError):
            while not reader.at_eof() and sent < 200:
                writer.write(b"P" if sent else b"POST /")
                sent += 1
                await writer.drain()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(reader.read(1), 0.05)
        return sent

    assert on_server(exchange, talk) < 50


def test_complete_requests_keep_their_connection(exchange, monkeypatch):
    """The time is that of one request: a connection may be open longer for several, and for a late response."""
    timeout_s = 0.8
    monkeypatch.setattr(_limits, "REQUEST_TIMEOUT_S", timeout_s)

    async def talk(reader, writer):
        statuses = []
        for _ in range(2):
            writer.write(LINE + b"content-length: 0\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            statuses.append(head[9:12])
            await asyncio.sleep(timeout_s / 2)
        return statuses

    exchange.faults.add("latency", delay_ms=int(timeout_s * 1100))
    assert on_server(exchange, talk) == [b"400"] * 2


@pytest.mark.parametrize(
    ("start", "chunk"),
    [
        (LINE + b"x-name: ", b"a" * 16_384),
        (LINE, b"x-name: value\r\n" * 1000),
        (b"POST /" + b"a" * 10_000, b"a" * 16_384),
        (LINE + b"transfer-encoding: chunked\r\n\r\n", b"1;" + b"a" * 16_000 + b"\r\n{\r\n"),
    ],
    ids=["one header", "many headers", "URL", "chunk extensions"],
)
def test_headers_are_limited(exchange, start, chunk):
    """Headers above 64 KiB get 431, and the connection ends."""

    async def talk(reader, writer):
        writer.write(start)
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < 8 << 20 and not reader.at_eof():
                writer.write(chunk)
                sent += len(chunk)
                await writer.drain()
                await asyncio.sleep(0)
        with contextlib.suppress(ConnectionError):
            return sent, await reader.read()
        return sent, b""

    sent, reply = on_server(exchange, talk)

    # A reset of the connection may discard the response, because more was sent after it.
    assert reply == b"" or reply.startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 400 "))
    assert sent < 8 << 20
    assert exchange.log == []


def test_large_bodies_are_accepted(exchange):
    """The limit is that of headers: a snapshot of a megabyte can be restored."""
    exchange.desks.set_alias("initiator", "broker", "a" * 1_000_000)
    snapshot = exchange.snapshot()

    async def talk(reader, writer):
        head = f"POST /__mock__/restore HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(snapshot)}\r\n\r\n"
        writer.write(head.encode() + snapshot)
        return await reader.readline()

    assert on_server(exchange, talk) == b"HTTP/1.1 200 OK\r\n"


def test_log_is_limited(exchange, desks):
    """A logged payload has at most 10,000 characters, and so has a path."""
    desks.initiator.send("/v1/clearing/list", padding="x" * 1_000_000)
    exchange.handle(Request("POST", "/" + "y" * 1_000_000, {}))

    first, second = exchange.log
    assert (len(first.payload), first.payload[-2:]) == (10_000, "x…")
    assert len(second.path) == 10_000
    assert len(exchange.snapshot()) < 50_000


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads the memory of the server from /proc")
def test_large_headers_take_no_memory(served):
    """25 requests with a header of 8 MiB take less than 50 MiB of the server, where each took 27."""
    url = urlsplit(served.base_url)

    def resident_mib():
        (pages,) = re.findall(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{served.process.pid}/status").read_text())
        return int(pages) / 1024

    def send(header):
        with contextlib.suppress(ConnectionError), socket.create_connection((url.hostname, url.port), 20) as connection:
            connection.sendall(LINE + b"x-name: " + header + b"\r\ncontent-length: 0\r\n\r\n")
            return connection.recv(1000)

    assert send(b"a").startswith(b"HTTP/1.1 400 ")
    before = resident_mib()
    for _ in range(25):
        send(b"a" * (8 << 20))

    assert resident_mib() < before + 50  # without the limit: 690
