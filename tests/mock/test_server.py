"""The exchange on a socket: start, answer, end."""

import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest

from .conftest import buffered


def test_server_announces_where_it_listens_and_who_may_use_it(served):
    """One JSON line gives the base URL and at least four accounts."""
    announced = served.announced

    assert served.base_url.startswith("http://127.0.0.1:")
    names = {account["name"]: account for account in announced["accounts"]}
    assert {"initiator", "counterparty", "broker", "auditor"} <= names.keys()
    assert names["initiator"].keys() == {"name", "api_key", "api_secret", "counterparty_id", "roles"}


def test_server_does_not_tell_the_machines_time(served):
    """The exchange has a clock of its own, which a client would think wrong."""
    assert "date" not in httpx.post(served.base_url + "/v1/clearing/new").headers


def test_server_answers_and_ends_on_interrupt_without_a_word(served):
    """Ctrl-C ends the server with code 0 and no traceback."""
    answer = httpx.post(served.base_url + "/v1/clearing/new")

    served.process.send_signal(signal.SIGINT)
    _, said = served.process.communicate(timeout=10)

    assert answer.json()["reason"] == "MissingSecurityHeaders"
    assert (served.process.returncode, said) == (0, "")


def test_server_names_a_port_that_is_in_use():
    """A port in use gives one line that says so, and exit code 2."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "gemini_clearing_mock", "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)

    assert done.returncode == 2
    assert done.stderr == (
        f"gemini-clearing-mock: cannot listen on 127.0.0.1:{port}: Address already in use. "
        "Choose another --host or --port.\n"
    )


@pytest.mark.parametrize(
    ("option", "line"), [("--controls", "/__mock__/"), ("--no-controls", "The controls are disabled.")]
)
def test_server_tells_people_where_it_listens(option, line):
    """Without ``--json`` it prints for people: address, console, keys, and how it ends."""
    command = [sys.executable, "-m", "gemini_clearing_mock", "--port", "0", option]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=buffered()) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(11)]
        process.terminate()

    assert said[0].startswith("The mock exchange listens at http://127.0.0.1:")
    assert line in said[1]
    assert "account-demo-initiator" in said[3]
    assert said[-1] == "Press Ctrl-C to stop.\n"


def test_server_listens_on_ipv6_too(serve):
    """An IPv6 address is taken, and written as a URL wants it."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with serve("--host", "::1") as served:
        assert served.base_url.startswith("http://[::1]:")
        assert httpx.post(served.base_url + "/v1/clearing/new").status_code == 400


@pytest.mark.parametrize(
    ("options", "open_to_all", "open_to_bearer"),
    [([], 404, 404), (["--controls", "--control-token", "demo"], 403, 200)],
)
def test_controls_beyond_loopback_need_a_flag_and_a_token(serve, options, open_to_all, open_to_bearer):
    """Served beyond loopback, controls are off; switched on, they are for those who have the token."""
    with serve("--host", "0.0.0.0", *options) as served:  # noqa: S104
        url = served.base_url.replace("0.0.0.0", "127.0.0.1") + "/__mock__/state"  # noqa: S104
        assert httpx.get(url).status_code == open_to_all
        assert httpx.get(url, headers={"authorization": "Bearer demo"}).status_code == open_to_bearer


def test_workers_end_before_their_parent(serve, tmp_path):
    """A server that was asked to end has ended well, and nobody answers in its place."""
    with serve("--state", str(tmp_path / "state"), "--workers", "2") as served:
        assert httpx.post(served.base_url + "/v1/clearing/new", timeout=20).status_code == 400
        served.process.terminate()

        assert served.process.wait(20) == 0
        assert not _answers(served.base_url)


def test_workers_end_with_their_parent(serve, tmp_path):
    """When the parent is killed, the workers stop answering as well."""
    with serve("--state", str(tmp_path / "state"), "--workers", "2") as served:
        assert httpx.post(served.base_url + "/v1/clearing/new", timeout=20).status_code == 400
        served.process.kill()
        served.process.wait(5)
        end = time.monotonic() + 10
        while _answers(served.base_url) and time.monotonic() < end:
            time.sleep(0.05)
        assert not _answers(served.base_url)


def _answers(base_url):
    try:
        return httpx.post(base_url + "/v1/clearing/new", timeout=1).status_code == 400
    except httpx.TransportError:
        return False
