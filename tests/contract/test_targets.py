"""A target that is not reachable, hangs, closes the connection or is another service gives exit status 2."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from attrs import asdict

from gemini_clearing_contract.cli import main
from gemini_clearing_contract.targets import http
from gemini_clearing_contract.targets.http import HttpTarget
from gemini_clearing_contract.wire import Desk, WireRequest, WireResponse, signed_request
from tests.contract.proxy import Handle, Interceptor, proxy

SUITE = (sys.executable, "-m", "gemini_clearing_contract")

ACCOUNTS = [
    {
        "name": "initiator",
        "api_key": "account-demo",
        "api_secret": "demo-secret",
        "counterparty_id": "R485E04Q",
        "roles": ["Trader"],
    }
]
PAGE = b"<html><body>Welcome to nginx</body></html>"


@contextmanager
def server(talk: Callable[[socket.socket], object]) -> Iterator[str]:
    """Start a server on this machine that calls a function for every connection."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=one, args=(connection,), daemon=True).start()

    def one(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65536)
            talk(connection)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        # `close` by itself does not end `accept` in the thread.
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def hang(connection: socket.socket) -> None:
    """Never respond."""
    connection.recv(1)


def trickle(connection: socket.socket) -> None:
    """Respond byte by byte for 100 seconds."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        connection.sendall(b" ")
        time.sleep(0.1)


def reset(connection: socket.socket) -> None:
    """Reset the connection."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def web_page(connection: socket.socket) -> None:
    """Return a web page."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    connection.sendall(head % len(PAGE) + PAGE)


def redirect(connection: socket.socket) -> None:
    """Redirect to another host."""
    head = (
        b"HTTP/1.1 301 Moved\r\nLocation: https://elsewhere.example/\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    )
    connection.sendall(head)


def flood(connection: socket.socket) -> None:
    """Return an endless body."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n")
    while True:
        connection.sendall(b" " * 1_000_000)


def run_suite(
    target: str, folder: Path, accounts: object = ACCOUNTS, layers: str = "examples,bad_signatures"
) -> tuple[int, dict[str, Any]]:
    """Run the suite against a target; returns the exit status and the report."""
    credentials = folder / "credentials.json"
    credentials.write_text(json.dumps({"accounts": accounts}))
    options = ["--target", target, "--credentials", str(credentials), "--report-dir", str(folder), "--timeout", "0.5"]
    status = main([*options, "--layers", layers])
    report = folder / "report.json"
    return status, json.loads(report.read_text()) if report.exists() else {}


@pytest.mark.parametrize(
    ("talk", "message"),
    [
        (hang, "did not respond"),
        (trickle, "did not respond"),
        (reset, "closed the connection"),
        (web_page, "is not a server of this API"),
        (redirect, "or its address has another path: POST /v1/clearing/new returned status 301"),
        (flood, "returned more than"),
    ],
)
def test_unusable_target_is_reported(
    talk: Callable[[socket.socket], object],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The reports are written within the time limit."""
    # A busy machine needs more than the time limit for 64 MB.
    monkeypatch.setattr(http, "LARGEST_RESPONSE", 1_000_000)
    start = time.monotonic()
    with server(talk) as target:
        status, report = run_suite(target, tmp_path)

    assert 2 == status
    assert message.split(":")[0] in " ".join(capsys.readouterr().out.split())
    assert message in str(report["stopped"])
    assert time.monotonic() - start < 10
    assert (tmp_path / "junit.xml").exists()
    assert (tmp_path / "report.html").exists()


def test_unreachable_target_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The error names the address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    status, report = run_suite(f"http://127.0.0.1:{port}", tmp_path)

    assert 2 == status
    assert f"no connection to http://127.0.0.1:{port}" in capsys.readouterr().out
    assert f"no connection to http://127.0.0.1:{port}" in str(report["stopped"])


def test_invalid_credentials_file_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The error names the file and the expected format."""
    status, _ = run_suite("http://127.0.0.1:1", tmp_path, accounts=None)

    assert 2 == status
    assert "not a credentials file" in " ".join(capsys.readouterr().out.split())


def accounts_of(mock: HttpTarget) -> list[dict[str, object]]:
    """Return the mock's accounts like a credentials file."""
    return [{**asdict(desk), "roles": sorted(desk.roles)} for desk in mock.desks]


def after(requests: int, then: Callable[[], WireResponse | None]) -> Interceptor:
    """Forward the first requests, and respond differently to the others."""
    received: list[WireRequest] = []

    def intercept(request: WireRequest, handle: Handle) -> WireResponse | None:
        received.append(request)
        return handle(request) if len(received) <= requests else then()

    return intercept


def test_target_that_stops_is_reported(mock: HttpTarget, tmp_path: Path) -> None:
    """The report contains the earlier checks, and after three attempts no further request is sent."""
    with proxy(mock.name, after(100, lambda: None)) as changed:
        status, report = run_suite(changed.url, tmp_path, accounts_of(mock))

    assert (2, True) == (status, "closed the connection" in str(report["stopped"]))
    assert 0 < sum(sum(row.values()) for row in report["requests"].values()) < 100
    assert len(changed.paths) == 103


def test_web_page_during_a_run_is_a_finding(mock: HttpTarget, tmp_path: Path) -> None:
    """A web page in place of JSON is checked like any other response."""
    page = WireResponse(200, {"content-type": "text/html"}, PAGE)
    with proxy(mock.name, after(5, lambda: page)) as changed:
        status, report = run_suite(changed.url, tmp_path, accounts_of(mock), "examples")

    assert 1 == status
    assert {"content type", "invalid JSON"} <= {finding["check"] for finding in report["findings"]}


@pytest.mark.parametrize(("field", "reason"), [("api_secret", "InvalidSignature"), ("api_key", "InvalidApiKey")])
def test_credentials_of_another_server_are_reported(mock: HttpTarget, tmp_path: Path, field: str, reason: str) -> None:
    """The error names the account, and the report contains no finding."""
    accounts = accounts_of(mock)
    accounts[1][field] = "of-another-server"

    status, report = run_suite(mock.name, tmp_path, accounts)

    assert 2 == status
    assert f"rejects correctly signed requests of counterparty with {reason}." in str(report["stopped"])


def test_key_with_nanosecond_nonces_is_tested(mock: HttpTarget, tmp_path: Path) -> None:
    """The suite uses nonces above those of other software."""
    desk = mock.desks[0]
    payload = json.dumps({"request": "/v1/clearing/list", "nonce": time.time_ns()}).encode()
    mock.send(signed_request(desk, "/v1/clearing/list", payload))

    status, _ = run_suite(mock.name, tmp_path, accounts_of(mock), "examples")

    assert 0 == status


BODY = b'{"result":"ok","orders":[]}'


@pytest.mark.parametrize(
    "message",
    [
        b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + BODY,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\n" + BODY[:5]
        + b"\r\n16\r\n" + BODY[5:] + b"\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 27\r\n\r\n" + BODY,
    ],
    ids=["HTTP/1.0, until the end", "chunked", "after 100 Continue"],
)  # fmt: skip
def test_response_is_read_with_any_framing(message: bytes) -> None:
    """Each framing of HTTP/1 is supported."""
    desk = Desk("initiator", "key", "secret", "R485E04Q", frozenset({"Trader"}))
    with server(lambda connection: connection.sendall(message)) as url, closing(HttpTarget(url, (desk,))) as target:
        response = target.send(signed_request(desk, "/v1/clearing/list", b"{}"))

    assert (200, BODY) == (response.status, response.body)


def test_interrupted_run_stops_its_processes(tmp_path: Path) -> None:
    """After Ctrl-C during a test of the served mock, the exit status is 130 and no process remains."""
    command = [*SUITE, "--layers", "examples,over_http", "--report-dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        # After `examples`, the mock is started or tested.
        for line in process.stdout:
            if "examples" in line:
                break
        time.sleep(0.6)
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        status = process.wait(10)

    assert (130, True) == (status, "The run was interrupted." in rest)
    assert "The run was interrupted." == json.loads((tmp_path / "report.json").read_text())["stopped"]
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_interruption_inside_an_exec_has_the_exit_status_130(tmp_path: Path) -> None:
    """CPython ends `python -m` by SIGINT if a handled interruption has passed through an `exec` of text."""
    (tmp_path / "interrupted.py").write_text(
        "import sys\n"
        "from gemini_clearing_contract import __main__ as command, cli\n"
        "def run():\n"
        "    exec('raise KeyboardInterrupt')\n"
        "cli.main = run\n"
        "sys.exit(command.main())\n",
        encoding="utf-8",
    )

    done = subprocess.run([sys.executable, "-m", "interrupted"], cwd=tmp_path, check=False)

    assert 130 == done.returncode
