"""The exchange on a socket: start, answer, end."""

import signal
import socket
import subprocess
import sys

import httpx


def test_server_announces_where_it_listens_and_who_may_use_it(served):
    """One JSON line gives the base URL and at least four accounts."""
    announced = served.announced

    assert served.base_url.startswith("http://127.0.0.1:")
    names = {account["name"]: account for account in announced["accounts"]}
    assert {"initiator", "counterparty", "broker", "auditor"} <= names.keys()
    assert names["initiator"].keys() == {"name", "api_key", "api_secret", "counterparty_id", "roles"}


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
    assert done.stderr == f"Cannot listen on 127.0.0.1:{port}: Address already in use. Choose another with --port.\n"
