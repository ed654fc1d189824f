"""A target that is not there, hangs, breaks off or is something else ends in a sentence, a report and exit status 2."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from contract.__main__ import main

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


def judge(target: str, folder: Path, accounts: object = ACCOUNTS) -> tuple[int, dict[str, object]]:
    """Run the suite against a target; its exit status and report."""
    credentials = folder / "credentials.json"
    credentials.write_text(json.dumps({"accounts": accounts}))
    options = ["--target", target, "--credentials", str(credentials), "--report-dir", str(folder), "--timeout", "0.5"]
    status = main([*options, "--layers", "examples,adversaries"])
    report = folder / "report.json"
    return status, json.loads(report.read_text()) if report.exists() else {}


@pytest.mark.parametrize(
    ("talk", "said"),
    [
        (hang, "gave no answer"),
        (trickle, "gave no answer"),
        (reset, "broke off"),
        (web_page, "does not answer as this API"),
    ],
)
def test_target_that_cannot_be_judged_is_told(
    talk: Callable[[socket.socket], object], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Within its time limit, with the report written."""
    start = time.monotonic()
    with server(talk) as target:
        status, report = judge(target, tmp_path)

    assert 2 == status
    assert said in " ".join(capsys.readouterr().out.split())
    assert said in str(report["stopped"])
    assert time.monotonic() - start < 10
    assert (tmp_path / "junit.xml").exists()
    assert (tmp_path / "report.html").exists()


def test_target_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the address, and what to look at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    status, report = judge(f"http://127.0.0.1:{port}", tmp_path)

    assert 2 == status
    assert "Nothing listens" in capsys.readouterr().out
    assert "Nothing listens" in str(report["stopped"])


def test_credentials_without_accounts_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file of another kind is named, with what was expected."""
    status, _ = judge("http://127.0.0.1:1", tmp_path, accounts=None)

    assert 2 == status
    assert "does not hold credentials" in " ".join(capsys.readouterr().out.split())
