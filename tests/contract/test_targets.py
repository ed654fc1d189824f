"""A target that is not there, hangs, breaks off or is something else ends in a sentence, a report and exit status 2."""

from __future__ import annotations

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

from gemini_clearing_contract.__main__ import main
from gemini_clearing_contract.targets.http import HttpTarget
from gemini_clearing_contract.targets.served_mock import served_mock
from gemini_clearing_contract.wire import Desk, WireRequest, WireResponse, signed_request
from tests.contract.proxy import Handle, Way, proxy

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
    """A server on this machine that does one thing with every connection."""
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
        # A close alone would leave the thread in `accept`.
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def hang(connection: socket.socket) -> None:
    """Never answer."""
    connection.recv(1)


def trickle(connection: socket.socket) -> None:
    """Answer byte by byte, for longer than anybody waits."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        connection.sendall(b" ")
        time.sleep(0.1)


def reset(connection: socket.socket) -> None:
    """Break off without a word."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def web_page(connection: socket.socket) -> None:
    """Be a web server."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    connection.sendall(head % len(PAGE) + PAGE)


def redirect(connection: socket.socket) -> None:
    """Send everybody elsewhere."""
    head = (
        b"HTTP/1.1 301 Moved\r\nLocation: https://elsewhere.example/\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    )
    connection.sendall(head)


def flood(connection: socket.socket) -> None:
    """Answer without end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n")
    while True:
        connection.sendall(b" " * 1_000_000)


def run_suite(target: str, folder: Path, accounts: object = ACCOUNTS) -> tuple[int, dict[str, Any]]:
    """Run the suite against a target; its exit status and report."""
    credentials = folder / "credentials.json"
    credentials.write_text(json.dumps({"accounts": accounts}))
    options = ["--target", target, "--credentials", str(credentials), "--report-dir", str(folder), "--timeout", "0.5"]
    status = main([*options, "--layers", "examples,bad_signatures"])
    report = folder / "report.json"
    return status, json.loads(report.read_text()) if report.exists() else {}


@pytest.mark.parametrize(
    ("talk", "said"),
    [
        (hang, "gave no answer"),
        (trickle, "gave no answer"),
        (reset, "broke off"),
        (web_page, "does not answer as this API"),
        (redirect, "does not answer as this API: POST /v1/clearing/status gave status 301"),
        (flood, "answers with more than"),
    ],
)
def test_target_that_cannot_be_judged_is_told(
    talk: Callable[[socket.socket], object], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Within its time limit, with the report written."""
    start = time.monotonic()
    with server(talk) as target:
        status, report = run_suite(target, tmp_path)

    assert 2 == status
    assert said.split(":")[0] in " ".join(capsys.readouterr().out.split())
    assert said in str(report["stopped"])
    assert time.monotonic() - start < 10
    assert (tmp_path / "junit.xml").exists()
    assert (tmp_path / "report.html").exists()


def test_target_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the address, and what to look at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    status, report = run_suite(f"http://127.0.0.1:{port}", tmp_path)

    assert 2 == status
    assert "Nothing listens" in capsys.readouterr().out
    assert "Nothing listens" in str(report["stopped"])


def test_credentials_without_accounts_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file of another kind is named, with what was expected."""
    status, _ = run_suite("http://127.0.0.1:1", tmp_path, accounts=None)

    assert 2 == status
    assert "does not hold credentials" in " ".join(capsys.readouterr().out.split())


@pytest.fixture(scope="module")
def mock() -> Iterator[HttpTarget]:
    """A mock that answers as it should, for targets that begin well."""
    with served_mock() as target:
        yield target


def accounts_of(mock: HttpTarget) -> list[dict[str, object]]:
    """The mock's accounts, as in a file."""
    return [{**vars(desk), "roles": sorted(desk.roles)} for desk in mock.desks]


def after(requests: int, then: Callable[[], WireResponse | None]) -> Way:
    """Answer so many requests as the server does, and the others in another way."""
    passed: list[WireRequest] = []

    def way(request: WireRequest, handle: Handle) -> WireResponse | None:
        passed.append(request)
        return handle(request) if len(passed) <= requests else then()

    return way


def test_target_that_dies_is_told(mock: HttpTarget, tmp_path: Path) -> None:
    """With what was judged before, and without another try at it."""
    with proxy(mock.name, after(100, lambda: None)) as found:
        status, report = run_suite(found.url, tmp_path, accounts_of(mock))

    assert (2, True) == (status, "broke off while answering" in str(report["stopped"]))
    assert 0 < sum(sum(row.values()) for row in report["requests"].values()) < 100
    assert len(found.paths) == 101


def test_target_that_becomes_a_web_page_is_found(mock: HttpTarget, tmp_path: Path) -> None:
    """What is no API any more is judged like every other answer."""
    page = WireResponse(200, {"content-type": "text/html"}, PAGE)
    with proxy(mock.name, after(100, lambda: page)) as found:
        status, report = run_suite(found.url, tmp_path, accounts_of(mock))

    assert 1 == status
    assert {"content type", "JSON"} <= {finding["check"] for finding in report["findings"]}


@pytest.mark.parametrize(("field", "reason"), [("api_secret", "InvalidSignature"), ("api_key", "InvalidApiKey")])
def test_credentials_of_another_server_are_told(mock: HttpTarget, tmp_path: Path, field: str, reason: str) -> None:
    """By account, before everything becomes a finding."""
    accounts = accounts_of(mock)
    accounts[1][field] = "of-somebody-else"

    status, report = run_suite(mock.name, tmp_path, accounts)

    assert 2 == status
    assert f"refuses rightly signed requests of counterparty with {reason}." in str(report["stopped"])


def test_key_that_was_used_with_nanoseconds_is_judged(mock: HttpTarget, tmp_path: Path) -> None:
    """The suite goes on above what other software has spent."""
    desk = mock.desks[0]
    payload = json.dumps({"request": "/v1/clearing/list", "nonce": time.time_ns()}).encode()
    mock.send(signed_request(desk, "/v1/clearing/list", payload))

    status, _ = run_suite(mock.name, tmp_path, accounts_of(mock))

    assert 0 == status


ANSWER = b'{"result":"ok","orders":[]}'


@pytest.mark.parametrize(
    "message",
    [
        b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + ANSWER,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\n" + ANSWER[:5]
        + b"\r\n16\r\n" + ANSWER[5:] + b"\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 27\r\n\r\n" + ANSWER,
    ],
    ids=["HTTP/1.0, until the end", "chunked", "after 100 Continue"],
)  # fmt: skip
def test_answer_is_read_however_it_is_framed(message: bytes) -> None:
    """Framing is HTTP's business."""
    desk = Desk("initiator", "key", "secret", "R485E04Q", frozenset({"Trader"}))
    with server(lambda connection: connection.sendall(message)) as url, closing(HttpTarget(url, (desk,))) as target:
        answer = target.send(signed_request(desk, "/v1/clearing/list", b"{}"))

    assert (200, ANSWER) == (answer.status, answer.body)


def test_run_that_is_interrupted_ends_its_processes(tmp_path: Path) -> None:
    """Ctrl-C while the mock's other door is judged: exit status 130, a report, and no process left."""
    command = [
        sys.executable,
        "-m",
        "gemini_clearing_contract",
        "--layers",
        "examples,over_http",
        "--report-dir",
        str(tmp_path),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        # `examples` is over: the mock is being started or judged.
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
