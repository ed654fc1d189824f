"""A process that is killed or stopped between drawing a nonce and sending it, with a file and with Redis."""

import multiprocessing
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from gemini_clearing_auth import Credentials, FileNonces, GeminiAuth, RedisNonces
from gemini_clearing_auth._leases import SharedNonces
from tests.shared_keys.conftest import StartRedis

KEY, SECRET = "account-demo-desk3", "demo-secret-of-desk3"

# Makes one call with a nonce source, and sends itself a signal between drawing and sending.
PROGRAM = """
import os, sys
import httpx
from gemini_clearing_auth import Credentials, FileNonces, GeminiAuth, RedisNonces

base_url, source, signal_number = sys.argv[1], eval(sys.argv[2]), int(sys.argv[3])

class Interrupted(httpx.HTTPTransport):
    def handle_request(self, request):
        print(request.extensions["gemini_clearing.signed"].nonce, flush=True)
        os.kill(os.getpid(), signal_number)
        return super().handle_request(request)

auth = GeminiAuth(Credentials("account-demo-desk3", "demo-secret-of-desk3"), base_url=base_url, nonces=source)
with httpx.Client(base_url=base_url, transport=Interrupted(), auth=auth) as client:
    print(client.post("/v1/clearing/list", content=b"{}").json().get("reason", "ok"), flush=True)
"""


@pytest.fixture(params=["FileNonces", "RedisNonces"])
def make_source(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[float], str]:
    """Return the expression of a source, with the length of its lease."""
    if request.param == "FileNonces":
        return lambda lease_s: f"FileNonces({str(tmp_path / 'desk.nonces')!r}, lease_s={lease_s})"
    start_redis: StartRedis = request.getfixturevalue("start_redis")
    url = start_redis().url
    return lambda lease_s: f"RedisNonces({url!r}, lease_s={lease_s})"


def source_of(expression: str) -> SharedNonces:
    """Return the source of an expression."""
    source: SharedNonces = eval(expression, {"FileNonces": FileNonces, "RedisNonces": RedisNonces})  # noqa: S307  (an expression of this module)
    return source


def interrupted(base_url: str, source: str, number: signal.Signals) -> subprocess.Popen[str]:
    """Start a process that interrupts itself between drawing and sending."""
    command = [sys.executable, "-c", PROGRAM, base_url, source, str(int(number))]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def call(base_url: str, source: SharedNonces) -> tuple[int, str]:
    """Make a call, and return its nonce and its result."""
    auth = GeminiAuth(Credentials(KEY, SECRET), base_url=base_url, nonces=source)
    with httpx.Client(base_url=base_url, auth=auth, timeout=30) as client:
        response = client.post("/v1/clearing/list", content=b"{}")
    return response.request.extensions["gemini_clearing.signed"].nonce, response.json().get("reason", "ok")


def test_killed_process_leaves_the_key_to_others(exchange_url: str, make_source: Callable[[float], str]) -> None:
    """After a kill -9 between drawing and sending, the next process sends a higher nonce."""
    with interrupted(exchange_url, make_source(1.0), signal.SIGKILL) as killed:
        assert killed.stdout is not None
        lost = int(killed.stdout.readline())
        assert killed.wait(10) == -signal.SIGKILL

        nonce, result = call(exchange_url, source_of(make_source(1.0)))

    assert (nonce > lost, result) == (True, "ok")


def test_stopped_process_loses_the_lease_and_is_fenced(exchange_url: str, make_source: Callable[[float], str]) -> None:
    """A process that stalls loses the lease, and its late request is rejected with InvalidNonce."""
    with interrupted(exchange_url, make_source(0.3), signal.SIGSTOP) as stopped:
        assert stopped.stdout is not None
        early = int(stopped.stdout.readline())
        nonce, result = call(exchange_url, source_of(make_source(0.3)))
        stopped.send_signal(signal.SIGCONT)
        late_result = stopped.stdout.readline().strip()

    assert (nonce > early, result) == (True, "ok")
    assert late_result == "InvalidNonce"


def test_killed_owner_of_a_file_delays_no_other(exchange_url: str, tmp_path: Path) -> None:
    """The kernel releases a killed process's lease of a file, before the lease ends."""
    source = f"FileNonces({str(tmp_path / 'desk.nonces')!r}, lease_s=3600)"
    with interrupted(exchange_url, source, signal.SIGKILL) as killed:
        killed.wait(10)

    started = time.monotonic()
    call(exchange_url, source_of(source))

    assert time.monotonic() - started < 60


def test_sources_are_used_by_forked_children(exchange_url: str, make_source: Callable[[float], str]) -> None:
    """Children of a process that has used a source make calls, and so does the parent."""
    source = source_of(make_source(5.0))

    def five_calls() -> None:
        assert {call(exchange_url, source)[1] for _ in range(5)} == {"ok"}

    call(exchange_url, source)
    children = [multiprocessing.get_context("fork").Process(target=five_calls, daemon=True) for _ in range(4)]
    for child in children:
        child.start()
    five_calls()
    for child in children:
        child.join(60)

    assert [child.exitcode for child in children] == [0, 0, 0, 0]
