"""The options of the server, without serving: defaults, validation and messages."""

import dataclasses
import json
import multiprocessing
import socket
import sys
import threading
from pathlib import Path

import pytest

from gemini_clearing_mock import _command as command
from gemini_clearing_mock.errors import ControlError, StateFileError
from gemini_clearing_mock.server import _serve
from gemini_clearing_mock.server._serve import ServeOptions, serve


@dataclasses.dataclass
class Served:
    """The arguments of a call of `serve`, and the output of the command."""

    options: ServeOptions
    output: str


@pytest.fixture
def serve_call_of(monkeypatch, capsys):
    """Run the command with a replaced `serve`; return the arguments of the call and the output."""
    wanted = []

    def noting(options, *, ready):
        wanted.append(options)
        ready("http://127.0.0.1:1", options.exchange())

    monkeypatch.setattr(command, "serve", noting)

    def run(*arguments):
        assert command.main(arguments) == 0
        return Served(*wanted, capsys.readouterr().out)

    return run


def test_command_serves_the_demo_exchange_on_port_8080(serve_call_of):
    """By default the command serves the demo exchange on loopback, port 8080, in one process, with controls."""
    assert serve_call_of().options == ServeOptions(
        host="127.0.0.1", port=8080, config=None, state=None, workers=1, controls=None, token=None
    )


def test_options_have_the_defaults_of_the_command(serve_call_of):
    """`ServeOptions` has the same defaults as the command."""
    assert ServeOptions() == serve_call_of().options
    with pytest.raises(TypeError):
        ServeOptions("::1")


def test_command_passes_every_option(serve_call_of, tmp_path):
    """Every option of the command reaches `serve`."""
    state = tmp_path / "state"
    flags = ("--host", "::1", "--port", "0", "--state", str(state), "--workers", "3", "--no-controls")

    assert serve_call_of(*flags, "--control-token", "T").options == ServeOptions(
        host="::1", port=0, config=None, state=state, workers=3, controls=False, token="T"
    )


def test_command_prints_one_json_line(serve_call_of):
    """With `--json` the command prints one line of JSON."""
    output = serve_call_of("--json").output

    assert output.count("\n") == 1
    assert json.loads(output)["base_url"] == "http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("flags", "line"),
    [((), "Console and controls: http://127.0.0.1:1/__mock__/"), (("--no-controls",), "The controls are disabled.")],
)
def test_command_prints_address_and_keys(serve_call_of, flags, line):
    """Without `--json` the command prints the address, the keys, and how to stop it."""
    first, second, *rest = serve_call_of(*flags).output.splitlines()

    assert (first, second) == ("The mock exchange listens at http://127.0.0.1:1", line)
    assert "  initiator     R485E04Q  account-demo-initiator     demo-secret-of-initiator" in rest
    assert rest[-1] == "Press Ctrl-C to stop."


def test_command_prints_error_in_one_line(capsys):
    """An error that the caller can fix is printed in one line, with exit status 2."""
    assert command.main(["--workers", "0"]) == 2
    assert capsys.readouterr() == ("", "gemini-clearing-mock: invalid --workers 0. Use 1 to 64.\n")


@pytest.mark.parametrize(
    ("host", "controls", "served"),
    [
        ("127.0.0.1", None, True),
        ("127.8.8.8", None, True),
        ("::1", None, True),
        ("localhost", None, True),
        ("0.0.0.0", None, False),  # noqa: S104  (a test of this address)
        ("exchange.example", None, False),
        ("exchange.example", True, True),
        ("127.0.0.1", False, False),
    ],
)
def test_controls_default_to_loopback_only(host, controls, served):
    """By default the controls are served only on a loopback address."""
    assert ServeOptions(host=host, controls=controls).serves_controls == served


@pytest.mark.parametrize(
    "options",
    [
        {"workers": 2, "state": Path("state")},
        {"controls": True},
        {"controls": True, "host": "0.0.0.0", "token": "T"},  # noqa: S104  (a test of this address)
        {"controls": False, "host": "0.0.0.0"},  # noqa: S104  (a test of this address)
        {"port": 65_535},
    ],
)
def test_options_accept_valid_values(options):
    """Safe and valid options are accepted."""
    ServeOptions(**options).check()


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"workers": 2}, "--workers 2 requires a shared state. Also set --state FILE."),
        ({"workers": 65, "state": Path("state")}, "invalid --workers 65. Use 1 to 64."),
        ({"workers": 0}, "invalid --workers 0. Use 1 to 64."),
        ({"controls": True, "host": "exchange.example"}, "Also set --control-token."),
        ({"port": 65_536}, "invalid --port 65536. Use a port up to 65535"),
        ({"port": -1}, "invalid --port -1"),
        (
            {"host": "no such host"},
            "invalid --host 'no such host': Name or service not known. Use a name or an address",
        ),
        ({"host": "192.0.2.1"}, "cannot listen on 192.0.2.1:8080: Cannot assign requested address. "),
    ],
)
def test_options_reject_invalid_values(options, problem):
    """Invalid or unsafe options are rejected before the server listens."""
    with pytest.raises(ControlError, match=problem):
        serve(ServeOptions(**options), ready=lambda base_url, exchange: pytest.fail("it listens"))


@pytest.mark.parametrize(("error", "cause"), [((13, "Permission denied"), "Permission denied"), (("odd",), "odd")])
def test_listen_error_has_the_cause_of_the_system(monkeypatch, error, cause):
    """The error has the cause that the operating system reports."""

    def refusing(*arguments, **options):
        raise OSError(*error)

    monkeypatch.setattr(socket, "create_server", refusing)

    with pytest.raises(ControlError, match=f"cannot listen on 127.0.0.1:80: {cause}. Choose another"):
        serve(ServeOptions(port=80))


def test_missing_uvicorn_is_reported(monkeypatch):
    """If uvicorn is not installed, the error has the command that installs it."""
    monkeypatch.setitem(sys.modules, "uvicorn", None)

    with pytest.raises(ControlError, match=r"pip install 'gemini-clearing\[mock\]'"):
        serve(ServeOptions(port=0))


@pytest.mark.parametrize(("workers", "by"), [(1, "itself"), (2, "workers")])
def test_serve_starts_workers_for_more_than_one(monkeypatch, tmp_path, workers, by):
    """One process serves by itself; several are started as workers."""
    serving = []
    monkeypatch.setattr("uvicorn.Server.run", lambda self, sockets: serving.append("itself"))
    monkeypatch.setattr(
        "gemini_clearing_mock.server._workers.run_workers", lambda *arguments: serving.append("workers")
    )

    serve(ServeOptions(port=0, state=tmp_path / "state", workers=workers))

    assert serving == [by]


def test_worker_does_not_wait_for_its_parent(monkeypatch):
    """The thread that waits for the parent is a daemon, so it does not keep a failed worker alive."""
    parent_ends, watching = threading.Event(), []

    def watch():
        watching.append(threading.current_thread().daemon)
        parent_ends.wait(10)

    def failing(*arguments):
        raise StateFileError("damaged")

    monkeypatch.setattr(_serve, "_stop_with_parent", watch)
    monkeypatch.setattr(_serve, "create_server", failing)
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(SystemExit, match="damaged"):
        _serve._work(ServeOptions(), None, [listener])
    parent_ends.set()

    assert watching == [True]


def test_program_without_a_main_guard_fails_with_the_remedy(monkeypatch, tmp_path):
    """A worker that imports a main module which serves again fails before it opens a socket, with the remedy."""
    monkeypatch.setattr(multiprocessing.current_process(), "_inheriting", True, raising=False)
    ready = []

    with pytest.raises(ControlError, match=r"Call serve\(\) below `if __name__ == '__main__':`"):
        serve(
            ServeOptions(port=0, state=tmp_path / "state", workers=2), ready=lambda *arguments: ready.append(arguments)
        )

    assert ready == []
    assert not (tmp_path / "state").exists()
