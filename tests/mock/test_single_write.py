"""The head and the body of a response in one write, which halves the system calls of a request."""

import asyncio
from asyncio import selector_events

import pytest

from gemini_clearing_mock import Request
from gemini_clearing_mock.http._headers import http_date

from .test_server_limits import on_server

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


async def response(reader):
    """Read a response; return its head and its body."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return head, await reader.readexactly(length)


def test_response_is_one_write(exchange, writes):
    """Head and body are one write, also for the second request on a connection and for pipelined ones."""

    async def talk(reader, writer):
        for _ in range(2):
            writer.write(HEAD + b"content-length: 0\r\n\r\n")
            await response(reader)
        writer.write(2 * (HEAD + b"content-length: 0\r\n\r\n"))
        return [(await response(reader))[1] for _ in range(2)]

    first, second = on_server(exchange, talk)
    responses = [data for data in writes if b"HTTP/1.1 400" in data]

    assert first == second != b""
    assert [data.partition(b"\r\n\r\n")[2] for data in responses] == [first] * 4


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
