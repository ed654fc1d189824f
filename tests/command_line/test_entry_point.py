"""The console script: without its extra, with its version, and interrupted by a signal."""

import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import entry_points, requires

import pytest

from gemini_clearing import __version__
from gemini_clearing_cli import __main__ as entry
from tests.command_line.conftest import Cli
from tests.command_line.running import TERMS, options

NEW = ["order", "new", *options(**TERMS), "--yes"]


def test_missing_extra_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without Typer or Rich, the command prints what to install, and fails."""
    monkeypatch.setattr(entry, "find_spec", lambda name: None)

    code = entry.main()

    printed = capsys.readouterr()
    assert (2, "") == (code, printed.out)
    assert printed.err == 'rich and typer not found. Run: pip install "gemini-clearing[cli]"\n'


def test_extra_declares_what_the_entry_point_needs() -> None:
    """The packages that the entry point looks for are the ones that the extra installs."""
    extra = [line for line in requires("gemini-clearing") or [] if "extra == 'cli'" in line or 'extra == "cli"' in line]

    assert sorted(line.split(">")[0] for line in extra) == sorted(entry._NEEDED)
    assert "gemini-clearing" in {point.name for point in entry_points(group="console_scripts")}


def test_version_is_printed(cli: Cli) -> None:
    """`--version` prints name and version."""
    assert cli("--version").out == f"gemini-clearing {__version__}\n"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("gemini-clearing order ", {"new", "status", "wait", "cancel", "confirm", "list"}),
        ("gemini-clearing order new --side ", {"buy", "sell"}),
        ("gemini-clearing order new --sym", {"--symbol"}),
    ],
)
def test_shell_completion_has_commands_options_and_values(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, words: str, expected: set[str]
) -> None:
    """The completion script calls the command, which prints the names in the spec."""
    monkeypatch.setenv("_GEMINI_CLEARING_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split(" ")) - 1))

    assert set(cli().out.split()) == expected


class _Silent(BaseHTTPRequestHandler):
    """Reads the first request, and never responds to it; later ones get an error."""

    received = threading.Event()

    def do_POST(self) -> None:
        """Keep the first client waiting until it gives up."""
        if not self.received.is_set():
            self.received.set()
            self.rfile.read(1)
            return
        self.send_response(500)
        self.end_headers()

    def log_message(self, *_args: object, **_named: object) -> None:
        """Log nothing."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_during_a_write_states_the_outcome(number: int) -> None:
    """Ctrl-C in a real process: the message says that the write may have been sent, and the exit code is 130."""
    received = threading.Event()
    handler = type("Handler", (_Silent,), {"received": received})
    server = HTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = {
        "GEMINI_API_KEY": "account-demo-initiator",
        "GEMINI_API_SECRET": "demo-secret-of-initiator",
        "GEMINI_BASE_URL": f"http://127.0.0.1:{server.server_port}",
    }
    code = (
        "import sys; from gemini_clearing_cli import _calls, __main__ as m; _calls.RESOLVE_S = 0.2; sys.exit(m.main())"
    )
    command = [sys.executable, "-c", code, *NEW]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert received.wait(60)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    server.shutdown()
    server.server_close()

    assert (130, "") == (process.returncode, out), err
    assert "Interrupted after the write may have been sent" in err
    assert "The outcome is unknown" in err
