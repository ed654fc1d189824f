"""TLS and proxies: trust, the bytes that a proxy receives, and the failures that prove that nothing was sent."""

import base64

import httpx
import pytest

from gemini_clearing_runtime._certificates import choose_certificates
from gemini_clearing_runtime._route import Proxy
from tests.network.servers import OK, read_request, respond_always, serve, tunnel


def test_certificate_of_an_unknown_authority_fails_before_anything_is_sent(caller, server_context):
    """TLS fails, and the request stays here."""
    with serve(respond_always(), server_context) as server:
        desk = caller(server.port, choose_certificates(None))

        with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
            desk.post()
        assert desk.evidence.nothing_was_written


def test_certificate_of_another_host_fails(caller, server_context, client_context):
    """A trusted authority is not enough."""
    with serve(respond_always(), server_context) as server, serve(tunnel(server.port, [])) as front:
        desk = caller(443, client_context, "other.test", Proxy(host="127.0.0.1", port=front.port))

        with pytest.raises(httpx.ConnectError, match=r"other\.test"):
            desk.post()
        assert desk.evidence.nothing_was_written


def test_server_without_tls_gets_nothing(caller, client_context):
    """A plain server at an https address."""
    with serve(lambda connection: connection.sendall(b"HTTP/1.1 400 No TLS\r\n\r\n")) as server:
        desk = caller(server.port, client_context)

        with pytest.raises(httpx.ConnectError):
            desk.post()
        assert desk.evidence.nothing_was_written


def test_server_that_ends_the_response_by_closing_must_close_tls(caller, server_context, client_context):
    """A body without a length that ends without TLS's own end may be truncated by an attacker on the network."""

    def cut(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + OK)
        connection.close()

    def end(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + OK)
        connection.unwrap()

    with serve(cut, server_context) as server, pytest.raises(httpx.ReadError):
        caller(server.port, client_context).post()
    with serve(end, server_context) as server:
        assert caller(server.port, client_context).post() == OK.decode()


@pytest.mark.parametrize("secure_proxy", [False, True])
def test_proxy_tunnels_and_receives_no_request(secure_proxy, caller, server_context, client_context):
    """The proxy gets host and port, and resolves the name; one tunnel carries several requests."""
    seen: list[bytes] = []
    with (
        serve(respond_always(), server_context) as server,
        serve(tunnel(server.port, seen), server_context if secure_proxy else None) as front,
    ):
        proxy = Proxy(host="127.0.0.1", port=front.port, is_tls=secure_proxy, authorization=b"Basic dTpw")
        desk = caller(443, client_context, "exchange.test", proxy)

        assert desk.post() == desk.post() == OK.decode()

    assert seen == [
        b"CONNECT exchange.test:443 HTTP/1.1\r\nHost: exchange.test:443\r\nProxy-Authorization: Basic dTpw\r\n\r\n"
    ]
    assert (server.connections, front.connections) == (1, 1)


@pytest.mark.parametrize(
    ("reply", "error", "reason"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", httpx.ProxyError, "responded with 407 Proxy Auth"),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno!", httpx.ProxyError, "responded with 403"),
        (b"HTTP/1.1 200 OK\r\n\r\nbytes", httpx.ProxyError, "sent unexpected bytes"),
        (b"nonsense\r\n\r\n", httpx.RemoteProtocolError, "illegal status line"),
        (b"", httpx.RemoteProtocolError, "closed before the response"),
        (b"HTTP/1.1 200 OK\r\n\r\n", httpx.ConnectError, "EOF|reset|closed"),
    ],
)
def test_proxy_without_a_tunnel_leaves_the_request_unsent(reply, error, reason, caller, client_context):
    """A CONNECT is not the request; the message names the proxy without its password."""

    def script(connection):
        read_request(connection)
        connection.sendall(reply)

    with serve(script) as front:
        secret = b"Basic " + base64.b64encode(b"user:hunter2")
        desk = caller(
            443, client_context, "exchange.test", Proxy(host="127.0.0.1", port=front.port, authorization=secret)
        )

        with pytest.raises(error, match=reason) as failed:
            desk.post()

    assert desk.evidence.nothing_was_written
    assert "hunter2" not in str(failed.value)


def test_request_is_reported_as_sent_before_its_first_byte(caller, monkeypatch):
    """A connection that breaks while the request is written may have delivered it."""

    def break_off(connection):
        connection.recv(1)

    with serve(break_off) as server:
        desk = caller(server.port)
        with pytest.raises(httpx.TransportError):
            desk.post(b"x" * 5_000_000, timeout=1)

    assert not desk.evidence.nothing_was_written


def test_request_that_cannot_be_written_is_not_sent(caller):
    """A header that HTTP does not allow is found before anything is written."""
    with serve(respond_always()) as server:
        desk = caller(server.port)
        desk.client.headers["X-Bad"] = "a\nb"

        with pytest.raises(httpx.LocalProtocolError):
            desk.post()
        assert desk.evidence.nothing_was_written
