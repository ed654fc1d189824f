"""How a server ends: responses that are held back, incomplete requests, signals, and workers that die."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from gemini_clearing_mock import Exchange, create_app
from gemini_clearing_mock.server import _serve
from gemini_clearing_mock.server._signals import Terminations, counting_signals
from gemini_clearing_mock.server._uvicorn import create_server
from tests.early_signals import end_during_import

# Far above what is expected on this machine, below the 60 s of a request's own limit.
LIMIT_S = 30


@contextlib.contextmanager
def waiting_request(served, kind):
    """Keep a connection open whose response is held back, or whose request is incomplete."""
    url = urlsplit(served.base_url)
    if kind in {"lost_answer", "latency"}:
        fault = {"kind": kind, "delay_ms": 3_600_000}
        assert httpx.post(f"{served.base_url}/__mock__/faults", json=fault).status_code == 200
    body = {"part of a body": b"content-length: 100\r\n\r\n{", "part of a header": b"x-na"}.get(
        kind, b"content-length: 0\r\n\r\n"
    )
    with socket.create_connection((url.hostname, url.port)) as connection:
        connection.sendall(b"POST /v1/heartbeat HTTP/1.1\r\nhost: localhost\r\n" + body)
        time.sleep(0.3)
        yield connection


def end(process):
    """Wait for the end of a server; return its exit status and its error output."""
    _, errors = process.communicate(timeout=LIMIT_S)
    return process.returncode, errors


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("lost_answer", signal.SIGTERM),
        ("lost_answer", signal.SIGINT),
        ("latency", signal.SIGTERM),
        ("part of a body", signal.SIGTERM),
        ("part of a header", signal.SIGTERM),
    ],
)
def test_second_signal_ends_a_server_that_holds_a_response(served, number, kind):
    """The second signal ends the server immediately and without output."""
    with waiting_request(served, kind):
        served.process.send_signal(number)
        time.sleep(0.3)
        if kind != "part of a header":  # no response is waited for
            assert served.process.poll() is None
        served.process.send_signal(number)
        start = time.monotonic()

        status, errors = end(served.process)
        # The second signal may arrive when the server has already ended.
        assert (status in {0, -number}, errors) == (True, "")
        assert time.monotonic() - start < 4  # the grace is 5 s


def test_signal_before_the_server_runs_is_not_lost(exchange):
    """A SIGTERM that arrives before uvicorn handles signals ends the server as soon as it runs."""
    terminations = Terminations()
    server = create_server(create_app(exchange), 1, terminations)
    with counting_signals(terminations):
        os.kill(os.getpid(), signal.SIGTERM)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            server.run(sockets=[listener])

    assert (terminations.count, server.should_exit) == (1, True)


def test_server_ends_after_its_grace(served):
    """After one signal, a response that is still held back after the grace of five seconds is aborted."""
    with waiting_request(served, "lost_answer") as connection:
        served.process.terminate()

        assert end(served.process) == (0, "")
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(100) == b""


def test_terminated_server_leaves_one_complete_state_file(serve, state_file, tmp_path):
    """After SIGTERM the state file itself has the acknowledged orders, and no file is next to it."""
    with serve("--state", str(state_file)) as served:
        order = served.desk.request("/v1/clearing/new", symbol="btcusd", amount="1", price="1", side="buy")
        placed = httpx.post(served.base_url + order.path, headers=dict(order.headers)).json()["clearing_id"]
        served.process.terminate()
        assert end(served.process) == (0, "")
    copy = tmp_path / "copy"
    shutil.copy(state_file, copy)

    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["copy", state_file.name]
    with Exchange(state_file=copy).transactions.begin() as transaction:
        assert list(transaction.state.orders) == [placed]


PROCESSES = Path("/proc")


def children(process):
    """Return the process ids of the workers."""
    workers = []
    for folder in PROCESSES.iterdir():
        # A process may end between the two reads.
        with contextlib.suppress(OSError):
            if folder.name.isdecimal() and "spawn_main" in (folder / "cmdline").read_text():
                parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
                workers += [int(folder.name)] if int(parent) == process.pid else []
    return workers


needs_proc = pytest.mark.skipif(not PROCESSES.is_dir(), reason="finds the workers in /proc")


@needs_proc
def test_killed_worker_is_reported_and_replaced(serve, state_file):
    """A killed worker is named with its signal in the error output, and another one takes its place."""
    with serve("--state", str(state_file), "--workers", "2") as served:
        assert httpx.post(served.base_url + "/v1/heartbeat", timeout=LIMIT_S).status_code == 400
        deadline = time.monotonic() + LIMIT_S
        while len(children(served.process)) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        victim, *others = children(served.process)

        os.kill(victim, signal.SIGKILL)

        line = served.process.stderr.readline()
        match = re.fullmatch(rf"gemini-clearing-mock: worker {victim} ended with SIGKILL; started worker (\d+)\n", line)
        assert match is not None, line
        # The command line of a new process is that of its parent for a moment.
        expected, deadline = {int(match[1]), *others}, time.monotonic() + LIMIT_S
        while set(children(served.process)) != expected and time.monotonic() < deadline:
            time.sleep(0.05)
        assert set(children(served.process)) == expected
        assert httpx.post(served.base_url + "/v1/heartbeat", timeout=LIMIT_S).status_code == 400


@needs_proc
def test_workers_that_cannot_start_end_the_server_with_1(serve, state_file):
    """Workers that end again and again are given up, with the reason and exit status 1."""
    with serve("--state", str(state_file), "--workers", "2") as served:
        assert httpx.post(served.base_url + "/v1/heartbeat", timeout=LIMIT_S).status_code == 400
        deadline = time.monotonic() + LIMIT_S
        while served.process.poll() is None and time.monotonic() < deadline:
            for worker in children(served.process):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
            time.sleep(0.02)
        status, errors = end(served.process)

    assert status == 1
    assert re.search(r"worker \d+ ended with SIGKILL, as the 3 before it did soon after their start\.\n$", errors)


@needs_proc
def test_worker_of_a_removed_state_file_is_not_replaced(serve, state_file):
    """A worker that dies after the state file was removed ends the server: a new one would start with an empty file."""
    with serve("--state", str(state_file), "--workers", "2") as served:
        deadline = time.monotonic() + LIMIT_S
        while len(children(served.process)) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        state_file.unlink()

        os.kill(children(served.process)[0], signal.SIGKILL)

        status, errors = end(served.process)
    problem = f"{state_file} or its write-ahead log was removed or replaced while in use. Restart the exchange."
    assert (2, f"gemini-clearing-mock: {problem}\n") == (status, errors)
    assert not state_file.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    "module", ["gemini_clearing_mock._command", "argparse", "msgspec", "asyncio", "uvicorn", "uvicorn.server", "uvloop"]
)
def test_signal_during_the_start_ends_it_without_output(number, module):
    """A signal while the command imports its modules ends it with 0 and no traceback."""
    status, output = end_during_import(number, module, "gemini_clearing_mock", "--port", "0", "--json")

    assert (status, re.sub(r'^\{"base_url".*\n', "", output)) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", [("init", "exchange.toml"), ("lifecycle",)])
def test_interrupted_command_does_not_end_with_0(number, command):
    """A command that has written nothing ends with the status of a process that a signal has ended."""
    assert end_during_import(number, "msgspec", "gemini_clearing_mock", *command) == (128 + number, "")


def test_signal_while_the_state_file_is_opened_leaves_it_complete(monkeypatch, tmp_path):
    """The server is then ended in order, and no file is next to the state file."""
    open_exchange = _serve.ServeOptions.exchange

    def open_and_signal(options, *arguments):
        exchange = open_exchange(options, *arguments)
        os.kill(os.getpid(), signal.SIGINT)
        return exchange

    monkeypatch.setattr(_serve.ServeOptions, "exchange", open_and_signal)
    try:
        _serve.serve(_serve.ServeOptions(port=0, state=tmp_path / "state"))
    except KeyboardInterrupt:
        pytest.fail("the signal was not counted")

    assert [entry.name for entry in tmp_path.iterdir()] == ["state"]


def test_ctrl_c_while_workers_start_ends_without_output(tmp_path):
    """Ctrl-C in a terminal reaches the workers too, also a worker that is still importing its modules."""
    command = [sys.executable, "-m", "gemini_clearing_mock", "--port", "0", "--workers", "2", "--state", "state"]
    for delay_s in (0, 0.1, 0.2, 0.4):
        with subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(delay_s)
            os.killpg(process.pid, signal.SIGINT)
            assert end(process) == (0, "")
