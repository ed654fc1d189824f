"""The use of one connection for several requests: a response belongs to the request before it."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from gemini_clearing_runtime import _http11, _sockets
from gemini_clearing_runtime._route import Route
from tests.network.conftest import Caller
from tests.network.servers import read_request, respond_always, response, serve

FIRST, SECOND = b'{"id":"first"}', b'{"id":"second"}'
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(params=["plain", "tls"])
def contexts(request):
    """Run the test without and with TLS: the contexts of the server and of the client."""
    if request.param == "plain":
        return None, None
    return request.getfixturevalue("server_context"), request.getfixturevalue("client_context")


@pytest.mark.parametrize(
    "reply",
    [
        response(),
        CHUNKED + b"3\r\nabc\r\n0\r\n\r\n",
        CHUNKED + b"0\r\nX-Trailer: x\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + response(),
        response(b"", status="500 Broken"),
    ],
)
def test_connection_is_used_again_after_a_complete_response(reply, caller, contexts):
    """Requests share a connection, however the end of a response is declared."""
    with serve(respond_always(reply), contexts[0]) as server:
        desk = caller(server.port, contexts[1])

        assert desk.post() == desk.post() == desk.post()
        assert server.connections == 1


@pytest.mark.parametrize(
    "extra",
    [response(SECOND), b"x", b"\r\n", b"HTTP/1.1 408 Request Timeout\r\n\r\n", CHUNKED + b"0\r\n\r\n"],
)
@pytest.mark.parametrize("first", [response(FIRST), CHUNKED + b"e\r\n" + FIRST + b"\r\n0\r\n\r\n"])
def test_bytes_behind_a_response_end_the_connection(first, extra, caller, contexts):
    """A response that the server sent ahead is never the response to the next request."""
    with serve(respond_always(first + extra), contexts[0]) as server:
        desk = caller(server.port, contexts[1])

        assert [desk.post(), desk.post()] == [FIRST.decode()] * 2
        assert server.connections == 2


def test_bytes_that_arrive_while_no_request_is_running_end_the_connection(caller, contexts):
    """A second response that arrives later is not used either."""

    def script(connection):
        while read_request(connection):
            connection.sendall(response(FIRST))
            time.sleep(0.02)
            connection.sendall(response(SECOND))

    with serve(script, contexts[0]) as server:
        desk = caller(server.port, contexts[1])
        first = desk.post()
        time.sleep(0.1)

        assert [first, desk.post()] == [FIRST.decode()] * 2
        assert server.connections == 2


@pytest.mark.parametrize(
    "reply",
    [
        response(FIRST, "Connection: close"),
        b"HTTP/1.0 200 OK\r\nContent-Length: 14\r\n\r\n" + FIRST,
    ],
)
def test_connection_that_the_server_ends_is_not_used_again(reply, caller, contexts):
    """The server decides whether another request may follow."""
    with serve(respond_always(reply), contexts[0]) as server:
        desk = caller(server.port, contexts[1])

        assert [desk.post(), desk.post()] == [FIRST.decode()] * 2
        assert server.connections == 2


def test_connection_that_the_server_closed_meanwhile_is_replaced(caller, contexts):
    """A server may close a connection that is not in use; no request is lost by it."""

    def script(connection):
        read_request(connection)
        connection.sendall(response(FIRST))

    with serve(script, contexts[0]) as server:
        desk = caller(server.port, contexts[1])
        first = desk.post()
        time.sleep(0.05)

        assert [first, desk.post()] == [FIRST.decode()] * 2
        assert server.connections == 2


def test_connection_is_not_used_again_after_a_long_pause(caller, contexts, monkeypatch):
    """A router may have dropped a connection that was idle for long."""
    with serve(respond_always(), contexts[0]) as server:
        desk = caller(server.port, contexts[1])
        desk.post()
        monkeypatch.setattr(_http11, "MOST_IDLE_S", 0.0)
        desk.post()

        assert server.connections == 2


@pytest.mark.parametrize(
    ("broken", "error"),
    [
        (response(FIRST, length=15), httpx.ReadTimeout),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", httpx.RemoteProtocolError),
        (b"nonsense\r\n\r\n", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000, httpx.RemoteProtocolError),
        (CHUNKED + b"zz\r\n", httpx.RemoteProtocolError),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", httpx.RemoteProtocolError),
    ],
)
def test_connection_is_not_used_again_after_a_failure(broken, error, caller, contexts):
    """After a failure, the next request has a new connection; heads of more than 64 KiB are a failure."""
    replies = iter([broken, response(FIRST)])

    def script(connection):
        while read_request(connection):
            connection.sendall(next(replies))

    with serve(script, contexts[0]) as server:
        desk = caller(server.port, contexts[1])
        with pytest.raises(error):
            desk.post(timeout=0.2)

        assert desk.post() == FIRST.decode()
        assert server.connections == 2


def test_connection_is_not_used_again_after_an_unread_response(caller, contexts):
    """A response that the client gives up in the middle ends the connection."""
    body = b"x" * 3_000_000

    async def open_and_close(stream):
        async with stream:
            pass

    with serve(respond_always(response(body)), contexts[0]) as server:
        desk = caller(server.port, contexts[1])
        stream = desk.client.stream("POST", desk.url)
        if desk.is_async:
            desk.run(open_and_close(stream))
        else:
            with stream:
                pass

        assert len(desk.post()) == len(body)
        assert server.connections == 2


def test_requests_wait_for_a_free_connection_until_their_deadline(kind, monkeypatch):
    """No more connections than allowed are in use, and a request that gets none by its deadline is not sent."""
    monkeypatch.setattr(_sockets, "MOST_CONNECTIONS", 1)
    arrived, responding = threading.Event(), threading.Event()
    parts = (arrived.set, lambda: responding.wait(5), response())

    with serve(respond_always(*parts)) as server:
        desk = Caller(kind, Route(host="127.0.0.1", port=server.port, ssl_context=None))
        with ThreadPoolExecutor() as pool:
            first = pool.submit(desk.start) if kind == "sync" else None
            task = desk.run(start_soon(desk.start())) if kind == "async" else None
            while not arrived.is_set():
                desk.run(asyncio.sleep(0.01))

            with pytest.raises(httpx.PoolTimeout):
                desk.post(timeout=0.1)
            nothing_was_written = desk.evidence.nothing_was_written
            responding.set()
            status = (first.result() if first else desk.run(task)).status_code
        desk.close()

    assert (nothing_was_written, status, server.connections) == (True, 200, 1)


async def start_soon(awaitable):
    """Begin something in the background."""
    return asyncio.ensure_future(awaitable)


def test_closed_transport_keeps_no_connection(caller, contexts):
    """After `close`, idle connections have ended for the server too."""
    ended = threading.Event()

    def script(connection):
        respond_always()(connection)
        ended.set()

    with serve(script, contexts[0]) as server:
        desk = caller(server.port, contexts[1])
        desk.post()
        desk.close()

        assert ended.wait(5)
