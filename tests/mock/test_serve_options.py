"""How the exchange is served, without serving it: what the command asks for, what is refused, and why."""

import dataclasses
import json
import socket
import sys
import threading
from pathlib import Path

import pytest

from gemini_clearing_mock import __main__ as command
from gemini_clearing_mock.errors import ControlError
from gemini_clearing_mock.server import _serve
from gemini_clearing_mock.server._serve import ServeOptions, serve


@dataclasses.dataclass
class Served:
    """What the command wanted to be served."""

    options: ServeOptions
    said: str


@pytest.fixture
def served_by(monkeypatch, capsys):
    """Run the command up to where it would serve; tell what it wanted, and what it says when it listens."""
    wanted = []

    def noting(options, *, ready):
        wanted.append(options)
        ready("http://127.0.0.1:1", options.exchange())

    monkeypatch.setattr(command, "serve", noting)

    def run(*arguments):
        assert command.main(arguments) == 0
        return Served(*wanted, capsys.readouterr().out)

    return run


def test_command_serves_the_demo_exchange_on_port_8080(served_by):
    """On loopback, from one process, in memory, with controls for whoever is there."""
    assert served_by().options == ServeOptions(
        host="127.0.0.1", port=8080, config=None, state=None, workers=1, controls=None, token=None
    )


def test_options_are_the_commands_unless_told_by_name(served_by):
    """Whoever serves from Python need not say more than on the command line."""
    assert ServeOptions() == served_by().options
    with pytest.raises(TypeError):
        ServeOptions("::1")


def test_command_serves_what_it_is_told_to(served_by, tmp_path):
    """Each option reaches the server."""
    state = tmp_path / "state"
    flags = ("--host", "::1", "--port", "0", "--state", str(state), "--workers", "3", "--no-controls")

    assert served_by(*flags, "--control-token", "T").options == ServeOptions(
        host="::1", port=0, config=None, state=state, workers=3, controls=False, token="T"
    )


def test_command_says_in_json_who_may_use_it(served_by):
    """One line, for programs."""
    said = served_by("--json").said

    assert said.count("\n") == 1
    assert json.loads(said)["base_url"] == "http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("flags", "line"),
    [((), "Console and controls: http://127.0.0.1:1/__mock__/"), (("--no-controls",), "The controls are disabled.")],
)
def test_command_says_to_people_who_may_use_it(served_by, flags, line):
    """Where it listens, a line for each key, and how it ends."""
    first, second, *rest = served_by(*flags).said.splitlines()

    assert (first, second) == ("The mock exchange listens at http://127.0.0.1:1", line)
    assert "  initiator     R485E04Q  account-demo-initiator     demo-secret-of-initiator" in rest
    assert rest[-1] == "Press Ctrl-C to stop."


def test_command_ends_well_on_interrupt(monkeypatch, capsys):
    """Ctrl-C is how it is meant to end."""

    def interrupted(options, *, ready):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "serve", interrupted)

    assert command.main([]) == 0
    assert capsys.readouterr() == ("", "")


def test_command_tells_what_the_caller_can_put_right(capsys):
    """In one line of the error output, with exit code 2."""
    assert command.main(["--workers", "0"]) == 2
    assert capsys.readouterr() == ("", "gemini-clearing-mock: invalid --workers 0. Use 1 or more.\n")


@pytest.mark.parametrize(
    ("host", "controls", "served"),
    [
        ("127.0.0.1", None, True),
        ("127.8.8.8", None, True),
        ("::1", None, True),
        ("localhost", None, True),
        ("0.0.0.0", None, False),  # noqa: S104
        ("exchange.example", None, False),
        ("exchange.example", True, True),
        ("127.0.0.1", False, False),
    ],
)
def test_controls_are_for_this_machine_unless_told(host, controls, served):
    """Whoever can reach another address could turn the clock."""
    assert ServeOptions(host=host, controls=controls).serves_controls == served


@pytest.mark.parametrize(
    "options",
    [
        {"workers": 2, "state": Path("state")},
        {"controls": True},
        {"controls": True, "host": "0.0.0.0", "token": "T"},  # noqa: S104
        {"controls": False, "host": "0.0.0.0"},  # noqa: S104
        {"port": 65_535},
    ],
)
def test_options_that_are_safe_are_served(options):
    """Nothing is refused that could be served."""
    ServeOptions(**options).check()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"workers": 2}, "--workers 2 requires a shared state. Also set --state FILE."),
        ({"workers": 0}, "invalid --workers 0. Use 1 or more."),
        ({"controls": True, "host": "exchange.example"}, "Also set --control-token."),
        ({"port": 65_536}, "invalid --port 65536. Use a port up to 65535"),
        ({"port": -1}, "invalid --port -1"),
        (
            {"host": "no such host"},
            "cannot listen on no such host:8080: Name or service not known. Choose another --host or --port.",
        ),
        ({"host": "192.0.2.1"}, "cannot listen on 192.0.2.1:8080: Cannot assign requested address. "),
    ],
)
def test_options_that_cannot_be_served_are_refused(options, complaint):
    """Before anything listens."""
    with pytest.raises(ControlError, match=complaint):
        serve(ServeOptions(**options), ready=lambda base_url, exchange: pytest.fail("it listens"))


@pytest.mark.parametrize(("error", "cause"), [((13, "Permission denied"), "Permission denied"), (("odd",), "odd")])
def test_cause_is_told_that_keeps_the_server_from_listening(monkeypatch, error, cause):
    """As the machine calls it."""

    def refusing(*arguments, **options):
        raise OSError(*error)

    monkeypatch.setattr(socket, "create_server", refusing)

    with pytest.raises(ControlError, match=f"cannot listen on 127.0.0.1:80: {cause}. Choose another"):
        serve(ServeOptions(port=80))


def test_server_that_is_not_installed_is_named(monkeypatch):
    """With the command that installs it."""
    monkeypatch.setitem(sys.modules, "uvicorn", None)

    with pytest.raises(ControlError, match=r"pip install 'gemini-clearing\[mock\]'"):
        serve(ServeOptions(port=0))


@pytest.mark.parametrize(("workers", "by"), [(1, "itself"), (2, "workers")])
def test_server_serves_alone_or_has_workers(monkeypatch, tmp_path, workers, by):
    """One process needs nobody to watch it."""
    serving = []
    monkeypatch.setattr("uvicorn.Server.run", lambda self, sockets: serving.append("itself"))
    monkeypatch.setattr(
        "gemini_clearing_mock.server._serve._run_workers", lambda options, listener: serving.append("workers")
    )

    serve(ServeOptions(port=0, state=tmp_path / "state", workers=workers))

    assert serving == [by]


def test_worker_that_fails_waits_for_nobody(monkeypatch):
    """The thread that ends it with its parent would otherwise keep it for as long as the parent waits for it."""
    parent_ends, watching = threading.Event(), []

    def watch():
        watching.append(threading.current_thread().daemon)
        parent_ends.wait(10)

    def failing(app):
        raise KeyboardInterrupt

    monkeypatch.setattr(_serve, "_stop_with_parent", watch)
    monkeypatch.setattr(_serve, "create_server", failing)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        _serve._work(ServeOptions(), listener)
    parent_ends.set()

    assert watching == [True]
