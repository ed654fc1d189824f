"""A server is reached under a path, over TLS with any authority, through proxies, and with a client certificate."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import trustme
from attrs import asdict, evolve

from gemini_clearing_contract.cli import main
from gemini_clearing_contract.targets.http import HttpTarget
from gemini_clearing_contract.wire import WireRequest, WireResponse, payload_of
from tests.contract.proxy import Handle, proxy

VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
# A name that only the proxies of these tests connect to a server.
HOST = "exchange.suite-connection.test"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment without the variables that this machine may have."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return monkeypatch


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A certificate authority that no machine trusts by default."""
    return trustme.CA()


@pytest.fixture(scope="module")
def authorities(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file with the authority's certificate."""
    file = tmp_path_factory.mktemp("authority") / "authority.pem"
    authority.cert_pem.write_to_path(file)
    return file


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    """The TLS settings of the server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", HOST).configure_cert(context)
    return context


class Tunnels:
    """A proxy for CONNECT and for requests with an absolute address; it connects every host to one server."""

    def __init__(self, upstream: str) -> None:
        self.hosts: list[str] = []
        self._upstream = ("127.0.0.1", int(upstream.rpartition(":")[2]))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self._serve, args=(self._listener.accept()[0],), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection, socket.create_connection(self._upstream) as server:
            head = connection.recv(65536)
            method, address, _ = head.split(b" ", 2)
            self.hosts.append(address.decode())
            if method == b"CONNECT":
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                server.sendall(head.replace(f"http://{HOST}".encode(), b"", 1))
            threading.Thread(target=copy_bytes, args=(server, connection), daemon=True).start()
            copy_bytes(connection, server)

    def close(self) -> None:
        """Stop."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def copy_bytes(source: socket.socket, to: socket.socket) -> None:
    """Copy what one side sends to the other side."""
    with suppress(OSError):
        while data := source.recv(65536):
            to.sendall(data)
        to.shutdown(socket.SHUT_WR)


@contextmanager
def tunnels(upstream: str) -> Iterator[Tunnels]:
    """Start a proxy, and stop it at the end of the block."""
    with closing(Tunnels(upstream)) as started:
        yield started


def run_suite(target: str, mock: HttpTarget, folder: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """Run the shortest layer; returns the exit status and the report."""
    accounts = [{**asdict(desk), "roles": sorted(desk.roles)} for desk in mock.desks]
    credentials = folder / "credentials.json"
    credentials.write_text(json.dumps({"accounts": accounts}))
    given = ["--target", target, "--credentials", str(credentials), "--report-dir", str(folder), *options]
    status = main([*given, "--layers", "examples", "--profile", "quick"])
    return status, json.loads((folder / "report.json").read_text())


@pytest.mark.parametrize("slash", ["", "/"])
def test_target_keeps_its_path(slash: str, mock: HttpTarget, tmp_path: Path) -> None:
    """The path of the target precedes the path of every request, and is not signed."""
    signed = []

    def gateway(request: WireRequest, handle: Handle) -> WireResponse:
        signed.append(payload_of(request)["request"])
        return handle(evolve(request, path=request.path.removeprefix("/gateway/clearing%20house")))

    with proxy(mock.name, gateway) as between:
        status, _ = run_suite(f"{between.url}/gateway/clearing%20house{slash}", mock, tmp_path)

    assert 0 == status
    assert {f"/gateway/clearing%20house{path}" for path in signed} == set(between.paths)


@pytest.mark.parametrize("target", ["127.0.0.1:8080", "ftp://127.0.0.1", "http://", "http://127.0.0.1/?a=1"])
def test_target_that_is_no_address_is_reported(target: str, mock: HttpTarget, tmp_path: Path) -> None:
    """The reason names the address."""
    status, report = run_suite(target, mock, tmp_path)

    assert 2 == status
    assert report["stopped"].startswith(f"{target}: ")


def test_unknown_authority_is_reported(tls: ssl.SSLContext, mock: HttpTarget, tmp_path: Path) -> None:
    """The reason names the option that makes the authority known."""
    with proxy(mock.name, tls=tls) as between:
        status, report = run_suite(between.url, mock, tmp_path)

    assert 2 == status
    assert "is not trusted" in report["stopped"]
    assert "--cacert" in report["stopped"]


def test_authority_is_given_as_option(tls: ssl.SSLContext, authorities: Path, mock: HttpTarget, tmp_path: Path) -> None:
    """`--cacert` names the file of the authority."""
    with proxy(mock.name, tls=tls) as between:
        status, _ = run_suite(between.url, mock, tmp_path, "--cacert", str(authorities))

    assert 0 == status


def test_authority_is_read_from_the_environment(
    tls: ssl.SSLContext, authorities: Path, mock: HttpTarget, tmp_path: Path, environment: pytest.MonkeyPatch
) -> None:
    """`SSL_CERT_FILE` names the file of the authority."""
    environment.setenv("SSL_CERT_FILE", str(authorities))
    with proxy(mock.name, tls=tls) as between:
        status, _ = run_suite(between.url, mock, tmp_path)

    assert 0 == status


def test_client_certificate_is_sent(
    tls: ssl.SSLContext, authority: trustme.CA, authorities: Path, mock: HttpTarget, tmp_path: Path
) -> None:
    """`--cert` and `--key` name the client certificate, without which the server ends the connection."""
    own = authority.issue_cert("suite@example.org")
    certificate, key, both = (tmp_path / name for name in ("own.pem", "own.key", "both.pem"))
    own.cert_chain_pems[0].write_to_path(certificate)
    own.private_key_pem.write_to_path(key)
    own.private_key_and_cert_chain_pem.write_to_path(both)
    tls.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(tls)

    with proxy(mock.name, tls=tls) as between:
        known = ("--cacert", str(authorities))
        without, report = run_suite(between.url, mock, tmp_path, *known)
        two_files, _ = run_suite(between.url, mock, tmp_path, *known, "--cert", str(certificate), "--key", str(key))
        one_file, _ = run_suite(between.url, mock, tmp_path, *known, "--cert", str(both))

    assert (2, 0, 0) == (without, two_files, one_file)
    assert "--cert" in report["stopped"]


@pytest.mark.parametrize("option", ["--cacert", "--cert"])
@pytest.mark.parametrize("content", [None, "no certificate"])
def test_unusable_certificate_file_is_reported(
    option: str, content: str | None, mock: HttpTarget, tmp_path: Path
) -> None:
    """The reason names the file."""
    file = tmp_path / "certificate.pem"
    if content:
        file.write_text(content)

    status, report = run_suite("https://127.0.0.1:1", mock, tmp_path, option, str(file))

    assert 2 == status
    assert report["stopped"].startswith(f"{file}: not a ")


def test_https_proxy_of_the_environment_is_used(
    tls: ssl.SSLContext, authorities: Path, mock: HttpTarget, tmp_path: Path, environment: pytest.MonkeyPatch
) -> None:
    """With `HTTPS_PROXY` the requests go through a tunnel; the certificate is still that of the server."""
    with proxy(mock.name, tls=tls) as between, tunnels(between.url) as tunnel:
        environment.setenv("HTTPS_PROXY", tunnel.url)
        status, _ = run_suite(f"https://{HOST}", mock, tmp_path, "--cacert", str(authorities))

    assert 0 == status
    assert {f"{HOST}:443"} == set(tunnel.hosts)


def test_http_proxy_of_the_environment_is_used(
    mock: HttpTarget, tmp_path: Path, environment: pytest.MonkeyPatch
) -> None:
    """With `HTTP_PROXY` the proxy gets the whole address."""
    with tunnels(mock.name) as tunnel:
        environment.setenv("HTTP_PROXY", tunnel.url)
        run_suite(f"http://{HOST}", mock, tmp_path)

    assert tunnel.hosts
    assert tunnel.hosts[0].startswith(f"http://{HOST}/v1/")


def test_no_proxy_and_loopback_addresses_use_no_proxy(
    mock: HttpTarget, tmp_path: Path, environment: pytest.MonkeyPatch
) -> None:
    """`NO_PROXY` names hosts without a proxy, and a server on this machine needs no such entry."""
    with tunnels(mock.name) as tunnel:
        environment.setenv("HTTP_PROXY", tunnel.url)
        local, _ = run_suite(mock.name, mock, tmp_path)
        environment.setenv("NO_PROXY", HOST)
        excepted, report = run_suite(f"http://{HOST}", mock, tmp_path)

    assert (0, 2, []) == (local, excepted, tunnel.hosts)
    assert f"no connection to http://{HOST}" in report["stopped"]


@pytest.mark.parametrize("address", ["gopher://proxy.test", "http://proxy.test:port"])
def test_unusable_proxy_variable_is_reported(
    address: str, mock: HttpTarget, tmp_path: Path, environment: pytest.MonkeyPatch
) -> None:
    """The reason names the variable of the environment."""
    environment.setenv("HTTPS_PROXY", address)
    status, report = run_suite(f"https://{HOST}", mock, tmp_path)

    assert 2 == status
    assert report["stopped"].startswith("the proxy in HTTPS_PROXY cannot be used: ")


def test_key_needs_a_certificate(capsys: pytest.CaptureFixture[str]) -> None:
    """`--key` without `--cert` is an error of the command line."""
    with pytest.raises(SystemExit) as ended:
        main(["--key", "own.key"])

    assert 2 == ended.value.code
    assert "name the certificate too" in capsys.readouterr().err


@pytest.mark.parametrize("host", ["api.gemini.com", "api.gemini.com.", "API.GEMINI.COM"])
def test_production_is_recognized_in_any_spelling(host: str, mock: HttpTarget, tmp_path: Path) -> None:
    """A path or a final dot does not make production another server."""
    status, report = run_suite(f"https://{host}/prefix", mock, tmp_path)

    assert 2 == status
    assert "is production" in report["stopped"]
