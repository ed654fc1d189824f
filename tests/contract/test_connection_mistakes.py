"""A wrong address, certificate, proxy or server is named as what it is, with the remedy that helps."""

import datetime
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
import trustme

from gemini_clearing_contract.errors import TargetError
from gemini_clearing_contract.targets.connection import Certificates, address_of
from gemini_clearing_contract.targets.http import HttpTarget
from gemini_clearing_contract.targets.time_limit import time_limit
from gemini_clearing_contract.wire import Desk, WireResponse, signed_request

DESK = Desk("initiator", "key", "secret", "R485E04Q", frozenset({"Trader"}))
REQUEST = signed_request(DESK, "/v1/clearing/list", b"{}")
# Resolved by no name server.
HOST = "exchange.suite-mistakes.test"
DAY = datetime.timedelta(days=1)
VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment without the variables that this machine may have."""
    for name in (*VARIABLES, "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return monkeypatch


@contextmanager
def server(respond: Callable[[socket.socket], object], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Start a server that gets one connection; yields its port."""

    def serve() -> None:
        with suppress(OSError), listener.accept()[0] as plain:
            connection = tls.wrap_socket(plain, server_side=True) if tls else plain
            respond(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)


def reply(message: bytes) -> Callable[[socket.socket], None]:
    """Return a handler that reads a request and writes a message."""

    def respond(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(message)

    return respond


def send(address: str, certificates: Certificates | None = None) -> WireResponse:
    """Send a request to an address."""
    with closing(HttpTarget(address, (DESK,), timeout_s=5, certificates=certificates)) as target:
        return target.send(REQUEST)


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("http://desk:hidden@127.0.0.1:8080", "a target has no user name and no password"),
        ("http://desk:hidden@127.0.0.1:port", "not an address"),
        ("http://127.0.0.1:0", "the port is not between 1 and 65535"),
        ("http://127.0.0.1:99999", "the port is not between 1 and 65535"),
        ("http://127.0.0.1:-1", "the port is not between 1 and 65535"),
        ("http://.", "not the name of a host"),
        ("http://a..test", "not the name of a host"),
        (f"http://{'a' * 64}.test", "not the name of a host"),
        ("http://exa mple.test", "not the name of a host"),
        ("http://127.0.0.1/?", "a target has no query and no fragment"),
        ("http://127.0.0.1/#", "a target has no query and no fragment"),
    ],
)
def test_wrong_address_is_named(address: str, problem: str) -> None:
    """The reason is known before the first request, and shows no password."""
    with pytest.raises(TargetError) as error:
        address_of(address)

    assert problem in str(error.value)
    assert "hidden" not in str(error.value)


@pytest.mark.parametrize(
    "address", ["http://[::1]:8080", "https://bücher.test/a%20b/", "http://host_1.test", "http://a."]
)
def test_unusual_address_is_accepted(address: str) -> None:
    """An IPv6 address, a name in Unicode, an underscore and a final dot are valid."""
    assert address_of(address).host


@pytest.mark.parametrize(
    ("first", "last", "host", "advice"),
    [
        (-10 * DAY, -1 * DAY, "127.0.0.1", "Renew it, or correct the clock of this machine."),
        (1 * DAY, 10 * DAY, "127.0.0.1", "Correct the clock of this machine."),
        (-1 * DAY, 10 * DAY, "other.test", "Give the address with a name that the certificate contains."),
    ],
    ids=["expired", "not yet valid", "of another host"],
)
def test_advice_fits_the_certificate(
    first: datetime.timedelta, last: datetime.timedelta, host: str, advice: str, tmp_path: Path
) -> None:
    """Only an unknown authority can be named with --cacert."""
    now = datetime.datetime.now(datetime.UTC)
    authority, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host, not_before=now + first, not_after=now + last).configure_cert(tls)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")

    with server(reply(b""), tls) as port, pytest.raises(TargetError) as error:
        send(f"https://127.0.0.1:{port}", Certificates(tmp_path / "authority.pem"))

    assert "is not trusted" in str(error.value)
    assert str(error.value).endswith(advice)


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", None])
def test_variable_of_another_program_is_named(
    name: str | None, tmp_path: Path, environment: pytest.MonkeyPatch
) -> None:
    """A variable that only requests or curl reads does not help, and the error says so if it is set."""
    authority, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    if name:
        environment.setenv(name, str(tmp_path / "authority.pem"))

    with server(reply(b""), tls) as port, pytest.raises(TargetError) as error:
        send(f"https://127.0.0.1:{port}")

    remedy = f" The suite does not read {name}: set SSL_CERT_FILE to the same file." if name else ""
    assert str(error.value).endswith(f"Name its authority with --cacert.{remedy}")


def test_variable_of_another_program_is_not_named_for_an_expired_certificate(
    tmp_path: Path, environment: pytest.MonkeyPatch
) -> None:
    """No variable would help there."""
    environment.setenv("REQUESTS_CA_BUNDLE", "/nowhere/authorities.pem")
    yesterday = datetime.datetime.now(datetime.UTC) - DAY
    authority, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", not_before=yesterday - DAY, not_after=yesterday).configure_cert(tls)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")

    with server(reply(b""), tls) as port, pytest.raises(TargetError) as error:
        send(f"https://127.0.0.1:{port}", Certificates(tmp_path / "authority.pem"))

    assert str(error.value).endswith("Renew it, or correct the clock of this machine.")


def test_server_without_tls_is_named() -> None:
    """The remedy is the other scheme."""
    page = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
    with server(reply(page)) as port, pytest.raises(TargetError) as error:
        send(f"https://127.0.0.1:{port}")

    assert f"https://127.0.0.1:{port} responds without TLS" in str(error.value)
    assert str(error.value).endswith("Give its address with http://.")


@pytest.mark.parametrize("greeting", [b"SSH-2.0-OpenSSH_9.6\r\n", b"\x15\x03\x03\x00\x02\x02\x28", b""])
def test_server_of_another_protocol_is_named(greeting: bytes) -> None:
    """A server that has never responded in HTTP is probably none, or expects TLS."""
    with server(reply(greeting)) as port, pytest.raises(TargetError) as error:
        send(f"http://127.0.0.1:{port}")

    advice = "Check that a server of HTTP listens there, and that it does not expect TLS (https://)."
    assert str(error.value).endswith(advice)


def test_body_in_a_wrong_content_encoding_is_a_response() -> None:
    """A complete response is judged, and does not count as a failed connection."""
    message = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"
    with server(reply(message)) as port:
        response = send(f"http://127.0.0.1:{port}")

    assert 200 == response.status
    assert response.body.startswith(b"(not in the content encoding gzip: ")


def test_variable_of_certificates_does_not_matter_without_tls(environment: pytest.MonkeyPatch) -> None:
    """A machine whose SSL_CERT_FILE is wrong can test a server of plain HTTP."""
    environment.setenv("SSL_CERT_FILE", "/nowhere/authorities.pem")
    message = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    with server(reply(message)) as port:
        assert 200 == send(f"http://127.0.0.1:{port}").status

    with pytest.raises(TargetError, match=r"^/nowhere/authorities\.pem \(SSL_CERT_FILE\): not a file"):
        send("https://127.0.0.1:1")


@pytest.mark.parametrize(
    ("variable", "scheme"),
    [("HTTP_PROXY", "http"), ("http_proxy", "http"), ("HTTPS_PROXY", "https"), ("ALL_PROXY", "http")],
)
def test_dead_proxy_is_named(variable: str, scheme: str, environment: pytest.MonkeyPatch) -> None:
    """The reason is the proxy and its variable, and not the server; its password is not shown."""
    environment.setenv(variable, "http://desk:hidden@127.0.0.1:1")

    with pytest.raises(TargetError) as error:
        send(f"{scheme}://{HOST}")

    assert str(error.value).startswith(f"no connection to the proxy in {variable} for {scheme}://{HOST} ")
    assert "hidden" not in str(error.value)


@pytest.mark.parametrize("excepted", ["*", HOST, ".suite-mistakes.test", "suite-mistakes.test", f"[::1], {HOST}"])
def test_host_without_proxy_is_named_in_any_form(excepted: str, environment: pytest.MonkeyPatch) -> None:
    """`NO_PROXY` has names, domains, and the star; an entry of another kind does no harm."""
    environment.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    environment.setenv("NO_PROXY", excepted)

    with pytest.raises(TargetError, match=f"^no connection to http://{HOST} "):
        send(f"http://{HOST}")


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows has no timers of this kind")
def test_timer_of_another_library_keeps_running() -> None:
    """pytest-timeout limits a test with the same timer; a request must not switch it off."""
    signal.setitimer(signal.ITIMER_REAL, 600)
    try:
        with time_limit(10):
            pass
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
