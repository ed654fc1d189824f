"""Calls of both clients over real sockets: what they report when the network fails, and how long they take."""

import asyncio
import gzip
import itertools
import re
import socket
import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from gemini_clearing_runtime import _call
from gemini_clearing_runtime.errors import (
    ArgumentError,
    ConnectionFailedError,
    ContractViolatedError,
    InvalidPriceError,
    MaybeExecutedError,
    OutcomeUnknownError,
)
from tests.network.clients import client_of
from tests.network.servers import OK, read_request, respond_always, response, serve, tunnel

MEBIBYTE = 1024 * 1024
PROXY_VARIABLES = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"]


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    monkeypatch.setattr(_call, "_FIRST_PAUSE_S", 0.001)
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def delivering(transport, failure):
    """Return a transport that delivers with another one, and then raises."""

    class Delivering(httpx.BaseTransport, httpx.AsyncBaseTransport):
        def handle_request(self, request):
            transport.handle_request(request).read()
            raise failure

        async def handle_async_request(self, request):
            await (await transport.handle_async_request(request)).aread()
            raise failure

        def close(self):
            transport.close()

        async def aclose(self):
            await transport.aclose()

    return Delivering()


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ConnectTimeout("x"), httpx.ConnectError("x"), httpx.PoolTimeout("x"), httpx.ProxyError("x"),
        httpx.UnsupportedProtocol("x"), ConnectionRefusedError("x"), socket.gaierror(-2, "x"), OSError("x"),
    ],
    ids=repr,
)  # fmt: skip
def test_transport_that_delivers_and_fails_to_connect_leaves_the_outcome_unknown(failure, kind):
    """A retrying or failing-over transport may raise any exception after the exchange has the order."""
    with serve(respond_always()) as server:
        inner = httpx.HTTPTransport() if kind == "sync" else httpx.AsyncHTTPTransport()
        with (
            client_of(kind, server, transport=delivering(inner, failure)) as (client, do),
            pytest.raises(OutcomeUnknownError),
        ):
            do(client.write)

        assert server.connections == 1


def transports(kind):
    """Return the transports that can prove that nothing was sent: the runtime's own, and those of httpx."""
    return [None, httpx.HTTPTransport() if kind == "sync" else httpx.AsyncHTTPTransport()]


@pytest.mark.parametrize("own", [True, False])
def test_connection_to_a_closed_port_sends_nothing(own, kind):
    """The connection itself reports that no byte was written."""
    transport = transports(kind)[0 if own else 1]
    with (
        client_of(kind, "http://127.0.0.1:1", transport=transport) as (client, do),
        pytest.raises(ConnectionFailedError, match=r"no connection to http://127\.0\.0\.1:1/ .*Nothing was sent\.$"),
    ):
        do(client.write)


@pytest.mark.parametrize("own", [True, False])
def test_response_that_is_lost_leaves_the_outcome_unknown(own, kind):
    """The request was written, and the connection breaks."""
    transport = transports(kind)[0 if own else 1]
    with (
        serve(lambda connection: read_request(connection)) as server,
        client_of(kind, server, transport=transport) as (client, do),
        pytest.raises(OutcomeUnknownError),
    ):
        do(client.write)


@pytest.mark.parametrize("method", ["read", "write"])
def test_slow_name_resolution_ends_the_call_at_its_timeout(method, kind, monkeypatch):
    """A resolver that hangs does not extend a call of 0.3 seconds; nothing was sent."""
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: released.wait(60) and [])
    with client_of(kind, f"https://slow-{kind}-{method}.test", timeout=0.3, verify=None) as (client, do):
        started = time.monotonic()
        with pytest.raises(ConnectionFailedError):
            do(getattr(client, method))
        took = time.monotonic() - started
    released.set()

    assert took < 10


PAGES = [
    ("403 Forbidden", b"<html><body>Access denied by your organization's policy.</body></html>", "text/html"),
    ("403 Forbidden", b'{"message":"Forbidden"}', "application/json"),
    ("403 Forbidden", b'{"error":"Forbidden"}', "application/json"),
    ("404 Not Found", b"", "text/plain"),
    ("404 Not Found", b'{"code":404,"message":"no route"}', "application/json"),
    ("407 Proxy Authentication Required", b"", "text/plain"),
    ("400 Bad Request", b"<html><h1>400 Bad Request</h1><hr>nginx</html>", "text/html"),
    ("413 Content Too Large", b"", "text/plain"),
    ("431 Request Header Fields Too Large", b"", "text/plain"),
    ("451 Unavailable For Legal Reasons", b"blocked in your region", "text/plain"),
    ("200 OK", b"<html><body>Checking your browser.</body></html>", "text/html"),
    ("200 OK", b"", "text/plain"),
    ("202 Accepted", b"{}", "application/json"),
    ("204 No Content", b"", "text/plain"),
    ("302 Found", b"", "text/plain"),
]


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize(("status", "body", "content_type"), PAGES, ids=lambda value: str(value)[:30])
def test_page_of_a_proxy_leaves_a_write_unknown(status, body, content_type, own, kind):
    """A page from a proxy neither rejects nor confirms a write: the exchange may have received it before."""
    transport = transports(kind)[0 if own else 1]
    requests = []

    def script(connection):
        while request := read_request(connection):
            requests.append(request)
            connection.sendall(response(body, f"Content-Type: {content_type}", status=status))

    with (
        serve(script) as server,
        client_of(kind, server, transport=transport) as (client, do),
        pytest.raises(MaybeExecutedError) as unknown,
    ):
        do(client.write)

    assert unknown.value.status == int(status[:3])
    assert len(requests) == 1


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "latin-1", "utf-16"])
def test_error_of_the_api_keeps_its_reason_in_another_encoding(encoding, own, kind):
    """A gateway may add a byte order mark, or convert the body: it is still the API's own rejection."""
    transport = transports(kind)[0 if own else 1]
    body = '{"result":"error","reason":"InvalidPrice","message":"Pr\u00e9cis"}'.encode(encoding)
    charset = "latin-1" if encoding == "latin-1" else "utf-16" if encoding == "utf-16" else "utf-8"
    page = response(body, f"Content-Type: application/json; charset={charset}", status="400 Bad Request")
    with (
        serve(respond_always(page)) as server,
        client_of(kind, server, transport=transport) as (client, do),
        pytest.raises(InvalidPriceError) as rejected,
    ):
        do(client.write)

    assert (rejected.value.reason, rejected.value.message) == ("InvalidPrice", "Pr\u00e9cis")


def test_order_does_not_get_the_response_to_the_order_before(kind):
    """A server that sends two responses together does not respond to the next request in advance."""
    ids = itertools.count()

    def script(connection):
        while read_request(connection):
            number = next(ids)
            connection.sendall(response(b'{"clearing_id":"A%d"}' % number) + response(b'{"clearing_id":"early"}'))

    with serve(script) as server, client_of(kind, server) as (client, do):
        assert [do(client.write).clearing_id for _ in range(3)] == ["A0", "A1", "A2"]


@pytest.mark.parametrize("method", ["read", "write"])
def test_small_response_that_unpacks_to_gigabytes_is_given_up(method, kind):
    """The call ends with the limit in its message, without much memory, and is not repeated."""
    packed = gzip.compress(bytes(64 * MEBIBYTE))
    with (
        serve(respond_always(response(packed, "Content-Encoding: gzip"))) as server,
        client_of(kind, server, max_response_bytes=2 * MEBIBYTE) as (client, do),
    ):
        tracemalloc.start()
        with pytest.raises(ContractViolatedError, match=f"more than {2 * MEBIBYTE} bytes"):
            do(getattr(client, method))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

        assert server.connections == 1
    assert peak < 8 * MEBIBYTE


def test_response_of_the_default_limit_is_32_mebibytes(kind):
    """Without the option, a response of 33 MiB is given up."""
    packed = gzip.compress(bytes(33 * MEBIBYTE), 1)
    with (
        serve(respond_always(response(packed, "Content-Encoding: gzip"))) as server,
        client_of(kind, server) as (client, do),
        pytest.raises(ContractViolatedError, match=f"more than {32 * MEBIBYTE} bytes"),
    ):
        do(client.write)


def test_key_and_signature_for_this_machine_do_not_go_to_a_proxy(kind, monkeypatch):
    """With every proxy variable set, a request to loopback goes there directly."""
    with serve(respond_always()) as server, serve(respond_always()) as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        with client_of(kind, server) as (client, do):
            do(client.write)

        assert (server.connections, proxy.connections) == (1, 0)


@pytest.fixture
def ca_file(authority, tmp_path):
    """Return the path of the authority's certificate."""
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.mark.parametrize("by_option", [True, False])
def test_proxy_and_certificates_are_those_of_options_or_environment(
    by_option, kind, ca_file, server_context, monkeypatch
):
    """A call goes through the proxy's tunnel to a server that the client trusts."""
    seen: list[bytes] = []
    with serve(respond_always(), server_context) as server, serve(tunnel(server.port, seen)) as front:
        proxy = f"http://user:pass@127.0.0.1:{front.port}"
        options = {"proxy": proxy, "verify": ca_file} if by_option else {}
        if not by_option:
            monkeypatch.setenv("https_proxy", proxy)
            monkeypatch.setenv("SSL_CERT_FILE", ca_file)
        with client_of(kind, "https://exchange.test", **options) as (client, do):
            assert do(client.write).clearing_id == "A1"

    assert seen[0].startswith(b"CONNECT exchange.test:443 ")
    assert b"Proxy-Authorization: Basic dXNlcjpwYXNz" in seen[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTPS_PROXY", "ftp://proxy.test"),
        ("HTTPS_PROXY", "socks5://proxy.test"),
        ("ALL_PROXY", "socks5h://proxy.test"),
        ("HTTPS_PROXY", "://"),
        ("HTTPS_PROXY", "proxy.test:x"),
        ("HTTPS_PROXY", "http://[::1"),
        ("https_proxy", "http://proxy.test:99999"),
        ("SSL_CERT_FILE", "/nonexistent"),
        ("SSL_CERT_FILE", "/etc/hostname"),
        ("SSL_CERT_FILE", "/etc"),
        ("SSL_CERT_DIR", "/nonexistent"),
    ],
)
def test_invalid_variable_is_our_own_error_at_construction(name, value, kind, monkeypatch):
    """The error names the variable and the value, and no exception of another package is raised."""
    monkeypatch.setenv(name, value)
    with (
        pytest.raises(ArgumentError, match=f"^{name} '?{re.escape(value[:9])}"),
        client_of(kind, "https://exchange.test"),
    ):
        pass
    with client_of(kind, "https://exchange.test", transport=httpx.MockTransport(lambda request: httpx.Response(200))):
        pass  # a transport of the user does not use the environment


@pytest.mark.parametrize("options", [{"proxy": "http://proxy.test"}, {"verify": "/etc/ssl"}])
def test_transport_excludes_options_of_the_network(options, kind):
    """A proxy that would not be used is an error."""
    transport = httpx.MockTransport(lambda request: httpx.Response(200))
    (name,) = options

    with (
        pytest.raises(ArgumentError, match=f"^transport and {name} are both given"),
        client_of(kind, "https://exchange.test", transport=transport, **options),
    ):
        pass


@pytest.mark.parametrize("limit", [0, -1, True, 1.5, "1"])
def test_invalid_limit_of_a_response_is_an_error(limit, kind):
    """The limit is a number of bytes."""
    with (
        pytest.raises(ArgumentError, match=r"^invalid max_response_bytes: .*\. Pass an integer greater than zero\.$"),
        client_of(kind, "https://exchange.test", max_response_bytes=limit),
    ):
        pass


def test_client_that_is_closed_while_a_call_runs_lets_it_finish(kind):
    """Closing does not make the outcome of a running write unknown."""
    arrived = threading.Event()
    with (
        serve(respond_always(arrived.set, lambda: time.sleep(0.2), response(OK))) as server,
        client_of(kind, server) as (client, do),
    ):
        if kind == "sync":
            with ThreadPoolExecutor() as pool:
                running = pool.submit(client.write)
                arrived.wait(5)
                client.close()
                assert running.result().clearing_id == "A1"
        else:

            async def close_meanwhile():
                running = asyncio.create_task(client.write())
                await asyncio.to_thread(arrived.wait, 5)
                await client.aclose()
                return (await running).clearing_id

            assert do(close_meanwhile) == "A1"
