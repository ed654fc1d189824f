"""
The `console` blocks of the documents: commands with their output on a terminal.

`python -m tests.docs.console` runs the commands on a mock exchange and writes their output into the documents; the
tests compare it. The terminal is 96 columns wide, without color, and the reply to each prompt is `y`.
"""

import io
import os
import re
import shlex
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from unittest import mock

from gemini_clearing_cli._app import run
from gemini_clearing_mock import Exchange, ManualClock
from gemini_clearing_runtime import _time
from tests.docs.reading import ROOT

__all__ = ["DOCUMENTS", "rendered"]

DOCUMENTS = [ROOT / "docs" / "command-line.md"]

_WIDTH = 96
_START_MS = 1_795_881_600_000  # 2026-11-28T16:00:00Z
_BLOCK = re.compile(r"^```(console|toml|csv)\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)
_PROFILE = """
[profiles.{name}]
base_url = "http://127.0.0.1"
api_key = "{key}"
api_secret = "{secret}"
"""


class _Terminal(io.StringIO):
    """A terminal for stdin, stdout and stderr."""

    def isatty(self) -> bool:
        """Return that this is a terminal."""
        return True

    def reply(self, _prompt: str = "") -> str:
        """Type `y`, and show it."""
        self.write("y\n")
        return "y"


class _Clock(_time.Clock):
    """The time of the example; a pause takes no time of the machine."""

    def __init__(self) -> None:
        self._passed_s = 0.0

    def monotonic(self) -> float:
        """Return the seconds that have passed."""
        return self._passed_s

    def utc_now(self) -> datetime:
        """Return the time of the mock exchange, as long as no time passes."""
        return datetime.fromtimestamp(_START_MS / 1000 + self._passed_s, UTC)

    def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        self._passed_s += seconds


class _Session:
    """A shell in an empty folder, with a profile for each desk of a mock exchange."""

    def __init__(self, folder: Path) -> None:
        ids = (f"{'ABCDEFGHJKLMNPQRSTUVWXYZ'[number % 24]}0521QDV" for number in count())
        self.exchange = Exchange(clock=ManualClock(_START_MS), ids=ids)
        self._profiles = folder / "config.toml"
        desks = [("desk", "initiator"), ("theirs", "counterparty"), ("broker", "broker")]
        accounts = [(name, self.exchange.account(desk)) for name, desk in desks]
        tables = [_PROFILE.format(name=name, key=one.api_key, secret=one.api_secret) for name, one in accounts]
        self._profiles.write_text('default_profile = "desk"\n' + "".join(tables), encoding="utf-8")
        self._profiles.chmod(0o600)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Set the variables and the clock of the session."""
        variables = {
            "GEMINI_CLEARING_CONFIG": self._profiles.name,
            "COLUMNS": str(_WIDTH),
            "TERM": "xterm",
            "NO_COLOR": "1",
        }
        own = {name: value for name, value in os.environ.items() if not name.startswith("GEMINI_")}
        with mock.patch.dict(os.environ, {**own, **variables}, clear=True):
            replaced = _time.install(_Clock())
            yield
            _time.install(replaced)

    def execute(self, command: str) -> str:
        """Run a command line, and return what it prints; an exit code other than 0 is the last line."""
        terminal = _Terminal()
        program, *arguments = shlex.split(command)
        assert program == "gemini-clearing", command
        with (
            redirect_stdout(terminal),
            redirect_stderr(terminal),
            mock.patch("sys.stdin", terminal),
            mock.patch("builtins.input", terminal.reply),
        ):
            code = run(arguments, transport=self.exchange.transport())
        # Bold and dim, which NO_COLOR does not turn off.
        lines = [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue()).splitlines()]
        return "\n".join([*lines, *([f"exit code {code}"] if code else [])]).strip("\n")


def rendered(document: Path) -> str:
    """Return a document with the current output of the commands in its `console` blocks."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        session = _Session(folder)
        stack.enter_context(session.open())
        home = Path.cwd()
        os.chdir(folder)
        stack.callback(os.chdir, home)
        return _BLOCK.sub(lambda block: _render(block, session), document.read_text(encoding="utf-8"))


def _render(block: "re.Match[str]", session: _Session) -> str:
    """Return a block with new output. A block of data that names its file is written into the folder."""
    language, text = block[1], block[2]
    if language != "console":
        if name := re.match(r"# ([\w.-]+)\n", text):
            Path(name[1]).write_text(text.partition("\n")[2], encoding="utf-8")
        return block[0]
    commands = re.findall(r"^\$ (.+)$", text, flags=re.MULTILINE)
    parts = [f"$ {command}\n{session.execute(command)}".rstrip() for command in commands]
    return "```console\n" + "\n\n".join(parts) + "\n```"


if __name__ == "__main__":
    for path in DOCUMENTS:
        path.write_text(rendered(path), encoding="utf-8")
