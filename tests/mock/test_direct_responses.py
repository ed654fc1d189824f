"""The short way of usual requests and responses: one write, and the same bytes as in uvicorn's own way."""

import asyncio
import contextlib
import functools
from asyncio import selector_events

import pytest
import uvicorn
from uvicorn.protocols.http import httptools_impl

from gemini_clearing_mock import Request
from gemini_clearing_mock.http._headers import http_date

from .test_server_limits import on_server, running_server

KEEP_ALIVE = {"timeout_keep_alive": 0.2}  # seconds; 5 by default
HEAD = b"POST /v1/heartbeat HTTP/1.1\r\nhost: localhost\r\n"


@pytest.fixture
def writes(monkeypatch):
    """Collect what the transports of the event loop write."""
    collected = []
    write = selector_events._SelectorSocketTransport.write

    def collect(transport, data):
        collected.append(bytes(data))
        write(transport, data)

    monkeypatch.setattr(selector_events._SelectorSocketTransport, "write", collect)
    return collected


async def response_head(reader):
    """Read the head of a response."""
    return await reader.readuntil(b"\r\n\r\n")


async def response(reader):
    """Read a response; return its head and its body."""
    head = await response_head(reader)
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return head, await reader.readexactly(length)


def test_response_is_one_write(exchange, writes):
    """Head and body are one write, also for the second request on a connection; pipelined responses share one."""

    async def talk(reader, writer):
        for _ in range(2):
            writer.write(HEAD + b"content-length: 0\r\n\r\n")
            await response(reader)
        writer.write(2 * (HEAD + b"content-length: 0\r\n\r\n"))
        return [(await response(reader))[1] for _ in range(2)]

    first, second = on_server(exchange, talk)
    responses = [data for data in writes if b"HTTP/1.1 400" in data]

    assert first == second != b""
    assert [data.count(first) for data in responses] == [1, 1, 2]
    assert all(data.startswith(b"HTTP/1.1 400") and data.endswith(first) for data in responses)


def test_head_request_gets_the_head(exchange):
    """The response to HEAD has no body to wait for, and the connection stays usable."""

    async def talk(reader, writer):
        writer.write(b"HEAD /__mock__/ HTTP/1.1\r\nhost: localhost\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD + b"content-length: 0\r\n\r\n")
        return head, await response(reader)

    head, (next_head, _) = on_server(exchange, talk)

    assert head.startswith(b"HTTP/1.1 200 ")
    assert next_head.startswith(b"HTTP/1.1 400 ")


def test_continue_is_written_before_the_response(exchange):
    """A client that waits for 100 Continue gets it before it sends the body."""

    async def talk(reader, writer):
        writer.write(HEAD + b"content-length: 2\r\nexpect: 100-continue\r\n\r\n")
        interim = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        writer.write(b"{}")
        return interim, await response(reader)

    interim, (head, body) = on_server(exchange, talk)

    assert interim.startswith(b"HTTP/1.1 100 ")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b'"reason":"' in body


def test_websocket_upgrade_is_an_ordinary_request(exchange):
    """A request for an upgrade gets the response of an ordinary request; the exchange has no WebSockets."""

    async def talk(reader, writer):
        writer.write(
            b"GET /v1/clearing/list HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
            b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        return await response(reader)

    head, _ = on_server(exchange, talk)

    assert head.split()[1] == str(exchange.handle(Request("GET", "/v1/clearing/list", {})).status).encode()


@pytest.fixture
def cycles(monkeypatch):
    """Collect the paths of the requests that take uvicorn's way."""
    collected = []
    create = httptools_impl.RequestResponseCycle.__init__

    def collect(cycle, scope, **arguments):
        collected.append(scope["path"])
        create(cycle, scope=scope, **arguments)

    monkeypatch.setattr(httptools_impl.RequestResponseCycle, "__init__", collect)
    return collected


def raw_request(request, *headers):
    """Return the bytes of a request."""
    lines = [f"{name}: {value}" for name, value in request.headers.items()]
    head = [f"POST {request.path} HTTP/1.1", "host: localhost", *lines, "content-length: 2", *headers]
    return "\r\n".join([*head, "", "{}"]).encode()


@pytest.mark.parametrize("fault", [None, ("html", 200), ("html", 520), ("status", 500), ("maintenance", 503)])
def test_both_ways_write_the_same_bytes(exchange, desks, cycles, fault):
    """A request that waits for 100 Continue takes uvicorn's way, and gets the bytes of the short way."""
    desk = desks["initiator"]
    if fault is not None:
        exchange.faults.add(fault[0], status=fault[1], count=None)

    async def talk(reader, writer):
        writer.write(raw_request(desk.request("/v1/heartbeat")))
        short = await response(reader)
        assert cycles == []
        writer.write(raw_request(desk.request("/v1/heartbeat"), "expect: 100-continue"))
        assert (await response_head(reader)).startswith(b"HTTP/1.1 100 ")
        return short, await response(reader)

    short, long = on_server(exchange, talk)

    assert cycles == ["/v1/heartbeat"]
    assert short == long
    assert int(short[0].split()[1]) == (fault[1] if fault else 200)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "latency", "delay_ms": 1}, b"HTTP/1.1 200 "),
        ({"kind": "status", "status": 429, "retry_after": "7"}, b"HTTP/1.1 429 "),
        ({"kind": "truncated"}, b"HTTP/1.1 200 "),
        ({"kind": "reset_after"}, b""),
    ],
)
def test_unusual_response_takes_uvicorns_way(exchange, desks, cycles, fault, expected):
    """A response that is delayed, broken, or has other headers is executed once, and delivered by uvicorn."""
    exchange.faults.add(**fault)

    async def talk(reader, writer):
        writer.write(raw_request(desks["initiator"].request("/v1/heartbeat")))
        with contextlib.suppress(ConnectionResetError):
            return await reader.readline()
        return b""

    assert on_server(exchange, talk).startswith(expected)
    assert cycles == ["/v1/heartbeat"]
    assert len(exchange.log) == 1


def test_exception_is_reported_by_uvicorn(exchange, desks, monkeypatch, capsys):
    """An exception of the exchange is logged with its traceback, and its response is 500 without details."""
    monkeypatch.setattr(exchange.faults, "draw", lambda *_: 1 / 0)

    async def talk(reader, writer):
        writer.write(raw_request(desks["initiator"].request("/v1/heartbeat")))
        return await response(reader)

    head, body = on_server(exchange, talk)

    assert head.startswith(b"HTTP/1.1 500 ")
    assert body == b"Internal Server Error"
    assert "ZeroDivisionError" in capsys.readouterr().err


@pytest.mark.parametrize("sizes", [[100_000], [1, 2, 60_000, 60_000, 3]])
def test_body_has_any_length(exchange, desks, cycles, sizes):
    """A body of any length and in any parts is read and ignored; a long one takes uvicorn's way."""
    request = desks["initiator"].request("/v1/heartbeat")
    head = raw_request(request, "transfer-encoding: chunked").replace(b"content-length: 2\r\n", b"")[:-2]

    async def talk(reader, writer):
        writer.write(head)
        for size in sizes:
            writer.write(b"%x\r\n%b\r\n" % (size, size * b"x"))
            await asyncio.sleep(0.01)
        writer.write(b"0\r\n\r\n")
        return await response(reader)

    assert on_server(exchange, talk)[0].startswith(b"HTTP/1.1 200 ")
    assert cycles == ["/v1/heartbeat"]


def test_request_that_is_incomplete_at_the_end_of_the_server_gets_its_response(exchange, desks):
    """A server that ends awaits the rest of a request, and closes the connection after the response."""
    start, end = raw_request(desks["initiator"].request("/v1/heartbeat"))[:-1], b"}"

    async def talk():
        async with running_server(exchange, 10) as (server, reader, writer):
            writer.write(start)
            await asyncio.sleep(0.1)
            server.should_exit = True
            await asyncio.sleep(0.3)
            writer.write(end)
            return await response(reader), await reader.read()

    (head, body), rest = asyncio.run(talk())

    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"connection: close\r\n" in head
    assert (body, rest) == (b'{"result":"ok"}', b"")


def test_idle_connection_ends(exchange, desks, monkeypatch):
    """A connection on which no other request follows is closed, as uvicorn closes its own."""
    monkeypatch.setattr(uvicorn.Config, "__init__", functools.partialmethod(uvicorn.Config.__init__, **KEEP_ALIVE))

    async def talk(reader, writer):
        writer.write(raw_request(desks["initiator"].request("/v1/heartbeat")))
        await response(reader)
        return await reader.read()

    assert on_server(exchange, talk) == b""


@pytest.mark.parametrize(
    ("seconds", "date"),
    [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),  # the example of RFC 9110
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
    ],
)
def test_date_is_that_of_http(seconds, date):
    """A `Date` header has the form of RFC 9110, section 5.6.7."""
    assert date == http_date(seconds)
