"""The ASGI application by hand: what a server sees of it, message by message, without a socket."""

import asyncio
import socket
import struct

import pytest

from gemini_clearing_mock import create_app
from gemini_clearing_mock.http._asgi import TRANSPORT, asgi_app
from gemini_clearing_mock.http._messages import Response

HUNG_UP = {"type": "http.disconnect"}


class Recorder:
    """In an exchange's place: notes the requests, and answers each with ten bytes."""

    def __init__(self):
        self.requests = []

    def handle(self, request):
        """Answer."""
        self.requests.append(request)
        return Response(200, {"x-name": "välue"}, b"0123456789")


class Transport:
    """In a connection's place, and its socket's: notes how it was ended."""

    def __init__(self):
        self.done = []

    def get_extra_info(self, name):
        """Lend the socket."""
        assert name == "socket"
        return self

    def setsockopt(self, *option):
        """Set an option of the socket."""
        self.done.append(option)

    def close(self):
        """End in order."""
        self.done.append("closed")

    def abort(self):
        """End at once."""
        self.done.append("aborted")


def talk(app, *messages, headers=(), transport=None, **scope):
    """Hand the application a request's messages; tell those that it sends."""
    waiting, sent = list(messages), []

    async def receive():
        return waiting.pop(0)

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/heartbeat", "headers": list(headers), **scope}
    if transport is not None:
        scope["extensions"] = {TRANSPORT: transport}
    asyncio.run(app(scope, receive, send))
    assert waiting == []
    return sent


def chunk(body: bytes, *, more: bool):
    """Write a message with a part of the body."""
    return {"type": "http.request", "body": body, "more_body": more}


def test_app_answers_with_start_and_body():
    """Status, headers as bytes with the length of the body, and the body at once."""
    start, body = talk(asgi_app(Recorder().handle))

    assert start["status"] == 200
    assert start["headers"] == [(b"x-name", "välue".encode("latin-1")), (b"content-length", b"10")]
    assert body == {"type": "http.response.body", "body": b"0123456789"}


@pytest.mark.parametrize("header", [(b"content-length", b"4"), (b"transfer-encoding", b"chunked")])
def test_app_reads_a_body_to_its_end(header):
    """However many messages it comes in."""
    recorder = Recorder()

    talk(
        asgi_app(recorder.handle),
        chunk(b"ab", more=True),
        chunk(b"cd", more=False),
        headers=[header],
        query_string=b"q=1",
    )

    assert [(request.body, request.query) for request in recorder.requests] == [(b"abcd", "q=1")]


def test_app_takes_a_message_for_the_last_that_does_not_announce_more():
    """As ASGI says."""
    recorder = Recorder()

    talk(asgi_app(recorder.handle), {"type": "http.request", "body": b"ab"}, headers=[(b"content-length", b"2")])

    assert [request.body for request in recorder.requests] == [b"ab"]


def test_app_does_not_wait_for_a_body_of_no_length():
    """The API's requests have none, and nothing need be received."""
    recorder = Recorder()

    talk(asgi_app(recorder.handle), headers=[(b"content-length", b"0")])

    assert [request.body for request in recorder.requests] == [b""]


def test_app_drops_what_goes_beyond_the_largest_body(monkeypatch):
    """It is read, as the caller must be answered, and not kept."""
    monkeypatch.setattr("gemini_clearing_mock.http._asgi._MAX_BODY_BYTES", 4)
    recorder = Recorder()
    parts = [chunk(b"ab", more=True), chunk(b"cd", more=True), chunk(b"ef", more=False)]

    talk(asgi_app(recorder.handle), *parts, headers=[(b"content-length", b"6")])

    assert [request.body for request in recorder.requests] == [b"abcd"]


def test_app_lives_and_dies_with_its_server():
    """Start and end are acknowledged, and the application is done after the end."""
    sent = talk(
        asgi_app(Recorder().handle), {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}, type="lifespan"
    )

    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_app_that_is_to_truncate_sends_the_first_half(exchange):
    """The whole length was promised, half of it comes, and the connection closes."""
    whole = talk(create_app(exchange))[1]["body"]
    exchange.faults.add("truncated")
    transport = Transport()

    start, half = talk(create_app(exchange), HUNG_UP, transport=transport)

    assert dict(start["headers"])[b"content-length"] == str(len(whole)).encode()
    assert (half["body"], half["more_body"]) == (whole[: len(whole) // 2], True)
    assert transport.done == ["closed"]


def test_app_that_is_to_reset_a_connection_does_so(exchange):
    """A socket that must not linger over what is unsent is reset when it closes; nothing is sent."""
    exchange.faults.add("reset_before")
    transport = Transport()

    assert talk(create_app(exchange), HUNG_UP, transport=transport) == []
    assert transport.done == [(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)), "aborted"]


def test_app_holds_a_late_answer_back(exchange, monkeypatch):
    """For as long as it is late."""
    slept_s = []

    async def noting(delay_s):
        slept_s.append(delay_s)

    monkeypatch.setattr(asyncio, "sleep", noting)
    exchange.faults.add("latency", delay_ms=250)
    talk(create_app(exchange))

    assert slept_s == [0.25]


def test_app_that_is_to_lose_an_answer_waits_until_the_caller_has_gone(exchange):
    """Nothing is sent, whatever else is received before."""
    exchange.faults.add("lost_answer")

    assert talk(create_app(exchange), chunk(b"", more=False), HUNG_UP) == []


def test_app_says_that_its_server_lends_no_transport(exchange):
    """Another server than the mock's own cannot reset a connection."""
    exchange.faults.add("reset_before")

    with pytest.raises(ConnectionResetError, match="does not pass the extension"):
        talk(create_app(exchange))


def test_app_without_controls_has_none(exchange):
    """Their paths are unknown to it."""
    paths = {"path": "/__mock__/state", "method": "GET"}

    assert talk(create_app(exchange), **paths)[0]["status"] == 200
    assert talk(create_app(exchange, controls=False), **paths)[0]["status"] == 404
