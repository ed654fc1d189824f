"""The server as a process: start, responses, end."""

import json
import signal
import socket
import subprocess
import sys
import time

import httpx
import msgspec
import pytest

from gemini_clearing_mock import Exchange

from .conftest import environment_without_unbuffered


def test_server_prints_base_url_and_accounts(served):
    """The JSON line has the base URL and at least four accounts."""
    announced = served.announced

    assert served.base_url.startswith("http://127.0.0.1:")
    names = {account["name"]: account for account in announced["accounts"]}
    assert {"initiator", "counterparty", "broker", "auditor"} <= names.keys()
    assert names["initiator"].keys() == {"name", "api_key", "api_secret", "counterparty_id", "roles", "nonce_mode"}


def test_server_prints_master_keys_and_tokens():
    """The JSON line has what a client needs to act for a group, and with an access token."""
    command = [sys.executable, "-m", "gemini_clearing_mock", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment_without_unbuffered()) as process:
        assert process.stdout is not None
        announced = json.loads(process.stdout.readline())
        process.terminate()

    exchange = Exchange()
    assert announced["master_keys"] == json.loads(msgspec.json.encode(exchange.master_keys))
    assert announced["tokens"] == json.loads(msgspec.json.encode(exchange.tokens))


def test_server_sends_one_date_header_in_exchange_time(served):
    """The exchange has its own clock, so its responses have its time, and the server adds no second `Date`."""
    freeze = {"freeze": True, "set_ms": 4_102_444_800_999}
    assert httpx.post(served.base_url + "/__mock__/clock", json=freeze).json()["now_ms"] == freeze["set_ms"]

    response = httpx.post(served.base_url + "/v1/clearing/new")

    assert response.headers.get_list("date") == ["Fri, 01 Jan 2100 00:00:00 GMT"]


def test_server_stops_on_interrupt_without_output(served):
    """SIGINT stops the server with status 0 and no traceback."""
    response = httpx.post(served.base_url + "/v1/clearing/new")

    served.process.send_signal(signal.SIGINT)
    _, output = served.process.communicate(timeout=10)

    assert response.json()["reason"] == "MissingSecurityHeaders"
    assert (served.process.returncode, output) == (0, "")


def test_server_reports_port_in_use():
    """A port in use gives one line of error output and exit status 2."""
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
def test_server_prints_readable_announcement(option, line):
    """Without `--json` the server prints address, console and keys."""
    command = [sys.executable, "-m", "gemini_clearing_mock", "--port", "0", option]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment_without_unbuffered()) as process:
        assert process.stdout is not None
        output = [process.stdout.readline() for _ in range(11)]
        process.terminate()

    assert output[0].startswith("The mock exchange listens at http://127.0.0.1:")
    assert line in output[1]
    assert "account-demo-initiator" in output[3]
    assert output[-1] == "Press Ctrl-C to stop.\n"


def test_server_listens_on_ipv6(serve):
    """An IPv6 address is accepted, and has brackets in the URL."""
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
def test_controls_beyond_loopback_require_flag_and_token(serve, options, open_to_all, open_to_bearer):
    """Beyond loopback the controls are disabled by default; if enabled, they require the token."""
    with serve("--host", "0.0.0.0", *options) as served:  # noqa: S104  (a test of this address)
        url = served.base_url.replace("0.0.0.0", "127.0.0.1") + "/__mock__/state"  # noqa: S104  (a test of this address)
        assert httpx.get(url).status_code == open_to_all
        assert httpx.get(url, headers={"authorization": "Bearer demo"}).status_code == open_to_bearer


def test_workers_stop_before_their_parent(serve, tmp_path):
    """SIGTERM stops the workers first, then the parent with status 0."""
    with serve("--state", str(tmp_path / "state"), "--workers", "2") as served:
        assert httpx.post(served.base_url + "/v1/clearing/new", timeout=20).status_code == 400
        served.process.terminate()

        assert served.process.wait(20) == 0
        assert not _responds(served.base_url)


def test_workers_stop_when_parent_is_killed(serve, tmp_path):
    """The workers stop when their parent is killed."""
    with serve("--state", str(tmp_path / "state"), "--workers", "2") as served:
        assert httpx.post(served.base_url + "/v1/clearing/new", timeout=20).status_code == 400
        served.process.kill()
        served.process.wait(5)
        end = time.monotonic() + 10
        while _responds(served.base_url) and time.monotonic() < end:
            time.sleep(0.05)
        assert not _responds(served.base_url)


def _responds(base_url):
    try:
        return httpx.post(base_url + "/v1/clearing/new", timeout=1).status_code == 400
    except httpx.TransportError:
        return False
