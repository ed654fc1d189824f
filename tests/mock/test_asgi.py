"""The ASGI application, message by message and without a server."""

import asyncio
import socket
import struct

import pytest

from gemini_clearing_mock import create_app
from gemini_clearing_mock.http._asgi import TRANSPORT, AsgiApp
from gemini_clearing_mock.http._messages import Response

DISCONNECT = {"type": "http.disconnect"}


class Recorder:
    """A stub of an exchange: records the requests, and returns ten bytes for each."""

    def __init__(self):
        self.requests = []

    def handle(self, request):
        """Record the request and return a response."""
        self.requests.append(request)
        return Response(200, {"x-name": "välue"}, b"0123456789")


class Transport:
    """A stub of a transport and its socket: records how the connection was closed."""

    def __init__(self):
        self.done = []

    def get_extra_info(self, name):
        """Return the socket."""
        assert name == "socket"
        return self

    def setsockopt(self, *option):
        """Record the option."""
        self.done.append(option)

    def close(self):
        """Record an orderly close."""
        self.done.append("closed")

    def abort(self):
        """Record an abort."""
        self.done.append("aborted")


def run_app(app, *messages, headers=(), transport=None, **scope):
    """Run the application with a request's messages; return the messages that it sends."""
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
    """Return a message with a part of the body."""
    return {"type": "http.request", "body": body, "more_body": more}


def test_app_sends_start_and_body():
    """A response is a start message with the headers, among them `content-length`, and one body message."""
    start, body = run_app(AsgiApp(Recorder().handle))

    assert start["status"] == 200
    assert start["headers"] == [(b"x-name", "välue".encode("latin-1")), (b"content-length", b"10")]
    assert body == {"type": "http.response.body", "body": b"0123456789"}


@pytest.mark.parametrize("header", [(b"content-length", b"4"), (b"transfer-encoding", b"chunked")])
def test_app_reads_body_in_several_messages(header):
    """A request body may arrive in several messages."""
    recorder = Recorder()

    run_app(
        AsgiApp(recorder.handle),
        chunk(b"ab", more=True),
        chunk(b"cd", more=False),
        headers=[header],
        query_string=b"q=1",
    )

    assert [(request.body, request.query) for request in recorder.requests] == [(b"abcd", "q=1")]


def test_app_treats_missing_more_body_as_last_message():
    """A message without `more_body` is the last one (ASGI specification)."""
    recorder = Recorder()

    run_app(AsgiApp(recorder.handle), {"type": "http.request", "body": b"ab"}, headers=[(b"content-length", b"2")])

    assert [request.body for request in recorder.requests] == [b"ab"]


def test_app_does_not_receive_an_empty_body():
    """For a request with `content-length: 0` no body message is received."""
    recorder = Recorder()

    run_app(AsgiApp(recorder.handle), headers=[(b"content-length", b"0")])

    assert [request.body for request in recorder.requests] == [b""]


def test_app_discards_the_rest_of_a_large_body(monkeypatch):
    """A body above the limit is read completely, but only the part up to the limit is kept."""
    monkeypatch.setattr("gemini_clearing_mock.http._asgi._MAX_BODY_BYTES", 4)
    recorder = Recorder()
    parts = [chunk(b"ab", more=True), chunk(b"cd", more=True), chunk(b"ef", more=False)]

    run_app(AsgiApp(recorder.handle), *parts, headers=[(b"content-length", b"6")])

    assert [request.body for request in recorder.requests] == [b"abcd"]


def test_app_confirms_lifespan_messages():
    """Startup and shutdown are confirmed, and the application returns after the shutdown."""
    sent = run_app(
        AsgiApp(Recorder().handle), {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}, type="lifespan"
    )

    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_app_truncates_response(exchange):
    """A truncated response announces its full length, sends half of the body, and closes the connection."""
    whole = run_app(create_app(exchange))[1]["body"]
    exchange.faults.add("truncated")
    transport = Transport()

    start, half = run_app(create_app(exchange), DISCONNECT, transport=transport)

    assert dict(start["headers"])[b"content-length"] == str(len(whole)).encode()
    assert (half["body"], half["more_body"]) == (whole[: len(whole) // 2], True)
    assert transport.done == ["closed"]


def test_app_resets_connection(exchange):
    """A reset sets SO_LINGER to zero, aborts the transport, and sends nothing."""
    exchange.faults.add("reset_before")
    transport = Transport()

    assert run_app(create_app(exchange), DISCONNECT, transport=transport) == []
    assert transport.done == [(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)), "aborted"]


def test_app_delays_response(exchange, monkeypatch):
    """A delayed response is sent after its delay."""
    slept_s = []

    async def sleep(delay_s):
        slept_s.append(delay_s)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    exchange.faults.add("latency", delay_ms=250)
    run_app(create_app(exchange))

    assert slept_s == [0.25]


def test_app_sends_nothing_for_a_lost_response(exchange):
    """For a lost response nothing is sent until the client disconnects."""
    exchange.faults.add("lost_answer")

    assert run_app(create_app(exchange), chunk(b"", more=False), DISCONNECT) == []


def test_app_raises_if_server_passes_no_transport(exchange):
    """With a server that passes no transport, a reset raises an error that names the extension."""
    exchange.faults.add("reset_before")

    with pytest.raises(ConnectionResetError, match="does not pass the extension"):
        run_app(create_app(exchange))


def test_app_without_controls_returns_404(exchange):
    """Without controls, the paths of the control API are unknown."""
    paths = {"path": "/__mock__/state", "method": "GET"}

    assert run_app(create_app(exchange), **paths)[0]["status"] == 200
    assert run_app(create_app(exchange, controls=False), **paths)[0]["status"] == 404
