"""The deadline is absolute: it ends name resolution, connecting, a proxy, TLS, writing and reading."""

import asyncio
import socket
import threading
import time
from contextlib import ExitStack

import httpx
import pytest

from gemini_clearing_runtime import _resolver
from gemini_clearing_runtime._route import Proxy
from tests.network.servers import read_request, respond_always, response, serve

# Far above the deadline even on a busy machine, far below what a test would take without one.
SLACK_S = 5.0
TIMEOUT_S = 0.3
# On a busy machine a short deadline can pass before the connection is made, or before the first byte is written: then
# a longer one is tried.
TIMEOUTS_S = (TIMEOUT_S, 1.0, 4.0)


@pytest.fixture
def expires():
    """Check that a request ends at its deadline, and whether it may have been sent."""

    def check(caller, error, *, sent, content=b""):
        for timeout_s in TIMEOUTS_S:
            started = time.monotonic()
            with pytest.raises(httpx.TimeoutException) as raised:
                caller.post(content, timeout=timeout_s)
            took_s = time.monotonic() - started
            if not (sent and caller.evidence.nothing_was_written):
                break

        assert type(raised.value) is error
        assert timeout_s / 2 < took_s < timeout_s + SLACK_S
        assert caller.evidence.nothing_was_written is not sent

    return check


@pytest.fixture
def names(monkeypatch):
    """Replace the operating system's name resolution."""

    def replace(resolve):
        real = socket.getaddrinfo

        def getaddrinfo(host, port, *args, **options):
            return resolve(port) if str(host).endswith(".test") else real(host, port, *args, **options)

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    return replace


@pytest.fixture
def dead():
    """Return a function that makes an address which never completes a connection."""
    with ExitStack() as opened:

        def make():
            listener = opened.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
            for _ in range(2):  # they fill the queue, and nothing is accepted
                waiting = opened.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex(listener.getsockname())
            return address(listener.getsockname()[1])

        yield make


def address(port):
    """Return an address as name resolution does."""
    return (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))


def stall(connection):
    """Keep a connection open, and send nothing."""
    while connection.recv(65536):
        pass


def trickle(*parts):
    """Respond slowly: after the parts, send a byte every 20 ms."""

    def script(connection):
        read_request(connection)
        connection.sendall(b"".join(parts))
        while True:
            time.sleep(0.02)
            connection.sendall(b"x")

    return script


def test_slow_name_resolution_ends_at_the_deadline(caller, kind, expires, names):
    """The resolver cannot be interrupted, and the call does not wait for it."""
    released = threading.Event()
    names(lambda port: released.wait(60) and [])

    # A separate name for each kind: simultaneous lookups of a name are shared, and the first may still be ending.
    expires(caller(443, host=f"slow-{kind}.test"), httpx.ConnectTimeout, sent=False)

    released.set()


def test_simultaneous_lookups_of_a_name_share_a_thread(names):
    """A resolver that hangs costs one thread, not one for each attempt."""
    released = threading.Event()
    names(lambda port: released.wait(10) and [address(port)])
    futures = [_resolver.look_up("shared.test", 443) for _ in range(20)]
    threads = [thread for thread in threading.enumerate() if thread.name == "resolve shared.test"]

    released.set()

    assert len(threads) == 1
    assert [future.result(5)[0].sockaddr for future in futures] == [("127.0.0.1", 443)] * 20


def test_canceled_call_does_not_disturb_others_that_wait_for_the_same_name(names):
    """A shared lookup continues when one of its callers is canceled."""
    released = threading.Event()
    names(lambda port: released.wait(10) and [address(port)])

    async def cancel_one():
        waiting = [asyncio.wrap_future(_resolver.look_up("cancel.test", 443)) for _ in range(2)]
        waiting[0].cancel()
        await asyncio.sleep(0)
        released.set()
        return await waiting[1]

    assert asyncio.run(cancel_one())[0].sockaddr == ("127.0.0.1", 443)


@pytest.mark.parametrize("failure", [socket.gaierror(-2, "Name or service not known"), UnicodeError("label too long")])
def test_name_without_an_address_is_a_failed_connection(failure, caller, names):
    """Nothing was sent, and the message has the system's reason."""

    def resolve(_port):
        raise failure

    names(resolve)
    desk = caller(443, host="unknown.test")

    with pytest.raises(httpx.ConnectError, match=r"not known|too long"):
        desk.post()
    assert desk.evidence.nothing_was_written


def test_dead_addresses_end_at_the_deadline(caller, expires, names, dead):
    """All addresses together have the time that one would have."""
    addresses = [dead() for _ in range(4)]
    names(lambda port: addresses)

    expires(caller(443, host="dead.test"), httpx.ConnectTimeout, sent=False)


def test_address_behind_a_dead_one_is_reached(caller, names, dead):
    """Each address has its share of the time, so a dead one does not hide the next."""
    with serve(respond_always()) as server:
        addresses = [dead(), address(server.port)]
        names(lambda port: addresses)

        assert caller(443, host="half.test").post(timeout=2)


def test_addresses_without_a_server_are_all_in_the_message(caller, names):
    """Each address has its own reason."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    names(lambda _port: [address(port)] * 2)
    desk = caller(443, host="refusing.test")

    with pytest.raises(httpx.ConnectError, match=r"127\.0\.0\.1: .*refused; 127\.0\.0\.1: .*refused"):
        desk.post()
    assert desk.evidence.nothing_was_written


def test_tls_handshake_that_stalls_ends_at_the_deadline(caller, expires, client_context):
    """A server that accepts and is silent gets no request."""
    with serve(stall) as server:
        expires(caller(server.port, client_context), httpx.ConnectTimeout, sent=False)


def test_proxy_that_stalls_ends_at_the_deadline(caller, expires, client_context):
    """A CONNECT without a response is not a request that was sent."""
    with serve(stall) as proxy:
        route = Proxy(host="127.0.0.1", port=proxy.port)
        expires(caller(443, client_context, "exchange.test", route), httpx.ConnectTimeout, sent=False)


def test_proxy_whose_response_trickles_ends_at_the_deadline(caller, expires, client_context):
    """Each byte on time does not extend the deadline."""
    with serve(trickle(b"HTTP/1.1 200 OK\r\nX: ")) as proxy:
        route = Proxy(host="127.0.0.1", port=proxy.port)
        expires(caller(443, client_context, "exchange.test", route), httpx.ConnectTimeout, sent=False)


@pytest.mark.parametrize(
    "script",
    [
        stall,
        trickle(b"HTTP/1.1 200 OK\r\nX: "),
        trickle(response(b"", length=10**9)),
        trickle(b"HTTP/1.1 200 OK\r\n\r\n"),
        trickle(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
    ],
    ids=["nothing", "head", "body", "endless body", "chunk size"],
)
@pytest.mark.parametrize("secure", [False, True])
def test_slow_response_ends_at_the_deadline(script, secure, caller, expires, server_context, client_context):
    """Each byte on time does not extend the deadline."""
    with serve(script, server_context if secure else None) as server:
        expires(caller(server.port, client_context if secure else None), httpx.ReadTimeout, sent=True)


@pytest.mark.parametrize("secure", [False, True])
def test_request_that_the_server_does_not_take_ends_at_the_deadline(
    secure, caller, expires, server_context, client_context
):
    """Writing ends at the deadline too, even if the server takes a little now and then."""

    def sip(connection):
        while connection.recv(1000):
            time.sleep(0.05)

    with serve(sip, server_context if secure else None) as server:
        desk = caller(server.port, client_context if secure else None)
        expires(desk, httpx.WriteTimeout, sent=True, content=b"x" * 30_000_000)


def test_request_is_not_written_after_the_deadline(caller, monkeypatch, client_context):
    """A connection that comes too late is not used."""

    def late(connection):
        time.sleep(0.15)
        respond_always()(connection)

    with serve(late) as server:
        desk = caller(server.port, client_context)
        with pytest.raises(httpx.ConnectTimeout):
            desk.post(timeout=0.1)

        assert desk.evidence.nothing_was_written
