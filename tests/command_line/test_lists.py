"""The commands of the lists: complete, streamed in constant memory, and stopped by errors, Ctrl-C and closed pipes."""

import csv
import io
import json
import os
import pty
import select
import signal
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import httpx
import pytest

from gemini_clearing_cli import _list_commands, _output
from gemini_clearing_cli._exit_codes import ExitCode
from gemini_clearing_cli._output import Format, RowWriter
from tests.client.many_rows import ManyRows
from tests.command_line.conftest import Cli

LISTS = [("order", "list"), ("broker", "list"), ("trades",)]
ROWS = 700
_BROKER = {"source_counterparty_id": "S", "target_counterparty_id": "T"}


class Lists(ManyRows):
    """A server of long lists that can fail, interrupt, and write rows that violate the spec."""

    def __init__(self, count: int = ROWS) -> None:
        super().__init__(count)
        self.failing_after = self.interrupting_after = sys.maxsize
        self.bad: set[str] = set()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Respond to a read."""
        response = super().__call__(request)
        if self.requests > self.interrupting_after:
            os.kill(os.getpid(), signal.SIGINT)
        if self.requests > self.failing_after:
            return httpx.Response(403, json={"result": "error", "reason": "MissingRole", "message": "No role."})
        rows = response.json()
        for row in rows.get("orders", rows.get("results")):
            if "broker" in request.url.path:
                row |= {**_BROKER, "source_side": row.pop("side")}
            if row.get("clearing_id", row.get("clearingId")) in self.bad:
                row["price"] = ["ten"]
        return httpx.Response(200, json=rows)


def ids(rows: list[dict[str, Any]]) -> list[str]:
    """Return the ids of rows."""
    return [row["clearing_id"] for row in rows]


@pytest.fixture
def server() -> Lists:
    """Return a server of 700 rows, which sends at most 300 at a time."""
    return Lists()


@pytest.fixture
def listing(cli: Cli, server: Lists) -> Cli:
    """Return a function that runs a command on the server."""
    return lambda *arguments: cli(*arguments, transport=httpx.MockTransport(server))


@pytest.mark.parametrize("command", LISTS, ids=" ".join)
@pytest.mark.parametrize("form", ["--json", "--csv", ""])
def test_list_is_complete(listing: Cli, server: Lists, command: tuple[str, ...], form: str) -> None:
    """Every row is printed once, oldest first, although one response has only 300."""
    ended = listing(*command, *([form] if form else []))

    if form == "--json":
        found = ids(ended.json)
    else:
        found = ids(list(csv.DictReader(io.StringIO(ended.out), dialect="excel" if form else "excel-tab")))
    assert (ended.code, ended.err) == (ExitCode.OK, "")
    assert sorted(found, key=lambda one: server.time_ms(int(one[1:]))) == found
    assert sorted(found) == sorted(f"T{number}" for number in range(ROWS))


def test_json_of_a_walk_is_formatted_as_other_json(listing: Cli) -> None:
    """The text is that of `json.dumps` with an indent of two, also without rows."""
    full, empty = listing("trades", "--limit", "3", "--json"), listing("trades", "--end", "1600000000000", "--json")

    assert full.out == json.dumps(full.json, indent=2) + "\n"
    assert empty.out == "[]\n"


def test_limit_ends_the_walk(listing: Cli, server: Lists) -> None:
    """`--limit` prints at most this number of rows, and reads fewer responses than the complete walk."""
    # The end is fixed: the machine's clock would decide how often the time since the epoch is halved.
    walk = ("order", "list", "--end", str(server.time_ms(ROWS)), "--json")
    oldest, requests = listing(*walk, "--limit", "2"), server.requests
    last = listing(*walk, "--limit", "2", "--newest-first")
    before = server.requests
    listing(*walk)

    assert len(ids(oldest.json)) == len(ids(last.json)) == 2
    assert {server.time_ms(int(one[1:])) for one in ids(oldest.json)} == {server.time_ms(0)}
    assert set(ids(last.json)) == {"T698", "T699"} or server.time_ms(int(ids(last.json)[0][1:])) == server.time_ms(699)
    assert requests < server.requests - before


def test_start_and_end_are_inclusive(listing: Cli, server: Lists) -> None:
    """Both times select rows, as text or in milliseconds."""
    start, end = server.time_ms(260), server.time_ms(270)

    found = ids(listing("order", "list", "--start", str(start), "--end", str(end), "--json").json)

    assert sorted(found) == sorted(f"T{number}" for number in range(260, 271))


@pytest.mark.parametrize(("command", "option"), [(LISTS[0], "--limit-orders"), (LISTS[2], "--limit-per-account")])
def test_option_of_one_request_makes_one_request(
    listing: Cli, server: Lists, command: tuple[str, ...], option: str
) -> None:
    """The options of the API for one response are passed on, and cannot be mixed with those of a walk."""
    one = listing(*command, option, "5", "--json")
    mixed = listing(*command, option, "5", "--start", "1")

    assert (len(one.json), server.requests) == (5, 1)
    assert mixed.code == ExitCode.USAGE
    assert f"{option} makes one request, and --start needs many" in " ".join(mixed.err.replace("│", "").split())


@pytest.mark.parametrize("form", ["--csv", "--json"])
def test_failure_in_the_middle_states_how_far_it_came(listing: Cli, server: Lists, form: str) -> None:
    """The rows before an error are printed, JSON stays open, and the message has the option that continues there."""
    server.failing_after = 3

    ended = listing("trades", form)

    printed = ended.out.count('"clearing_id"') if form == "--json" else len(ended.out.splitlines()) - 1
    assert ended.code == ExitCode.REJECTED
    assert 0 < printed < ROWS
    assert f"Incomplete. Rows printed: {printed}. Continue with --start 2026-01-01T00:00:0" in ended.err
    assert not ended.out.endswith("]\n")


def test_list_continues_where_it_stopped(listing: Cli, server: Lists) -> None:
    """With the option of the message, no row is missing."""
    server.failing_after = 3
    first = listing("trades", "--csv")
    server.failing_after = sys.maxsize
    at = first.err.partition("--start ")[2].split()[0].rstrip(".")

    second = listing("trades", "--start", at, "--csv")

    rows = [*csv.DictReader(io.StringIO(first.out)), *csv.DictReader(io.StringIO(second.out))]
    assert set(ids(rows)) == {f"T{number}" for number in range(ROWS)}


@pytest.mark.parametrize("terminal", [False, True])
def test_ctrl_c_states_how_far_it_came(
    listing: Cli, server: Lists, monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    """Ctrl-C ends a walk with exit code 130, and the rows before it are printed, also as a table."""
    monkeypatch.setattr(_output, "_is_terminal", lambda stream: terminal)
    server.interrupting_after = 3

    ended = listing("trades")

    printed = len(ended.out.splitlines()) - 1
    assert ended.code == ExitCode.INTERRUPTED
    assert printed > 0
    assert f"Interrupted. Rows printed: {printed}. Continue with --start 2026-01-01T00:00:0" in ended.err


def test_ctrl_c_before_the_first_row(listing: Cli, server: Lists) -> None:
    """Without a row, nothing is on stdout."""
    server.interrupting_after = 0

    ended = listing("trades", "--json")

    assert (ended.code, ended.out, ended.err) == (ExitCode.INTERRUPTED, "", "Interrupted. No rows were printed.\n")


@pytest.mark.parametrize(("options", "code"), [((), ExitCode.CONTRACT), (("--skip-bad-rows",), ExitCode.OK)])
def test_row_that_violates_the_spec_hides_no_other(
    listing: Cli, server: Lists, options: tuple[str, ...], code: ExitCode
) -> None:
    """Such a row is on stderr with its bytes, all others are printed, and only `--skip-bad-rows` makes it a success."""
    server.bad = {"T3", "T650"}

    ended = listing("order", "list", "--csv", *options)

    found = ids(list(csv.DictReader(io.StringIO(ended.out))))
    assert ended.code == code
    assert sorted(found) == sorted({f"T{number}" for number in range(ROWS)} - server.bad)
    assert ended.err.count('"price":["ten"]') == 2
    assert "row violates the spec: $.price" in ended.err


def test_rows_are_not_kept(capsys: pytest.CaptureFixture[str]) -> None:
    """Printing ten times the rows takes no more memory."""

    class Sink(io.TextIOBase):
        def write(self, text: str) -> int:
            return len(text)

    # Serializing a row leaves cycles, which Python collects later; 4000 rows would need more than a megabyte.
    def peak(count: int, form: Format) -> int:
        tracemalloc.start()
        writer = RowWriter(["clearing_id", "price"], form, what="rows")
        for number in range(count):
            writer.write({"clearing_id": f"T{number}", "price": number})
        writer.finish()
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", Sink())
        for form in (Format.JSON, Format.CSV):
            peak(10, form)
            assert peak(4000, form) < peak(400, form) + 200_000


_PROGRAM = """
import sys
import httpx
from gemini_clearing_cli import __main__, _app
from tests.client.many_rows import ManyRows

run, rows = _app.run, int(sys.argv.pop(1))
_app.run = lambda arguments: run(arguments, transport=httpx.MockTransport(ManyRows(rows)))
sys.exit(__main__.main())
"""


def start(*arguments: str, rows: int = 3000, **streams: Any) -> "subprocess.Popen[str]":
    """Start a command in a process, on a server of many rows."""
    command = [sys.executable, "-c", _PROGRAM, str(rows), *arguments]
    environment = {**os.environ, "GEMINI_BASE_URL": "http://127.0.0.1", "COLUMNS": "120", "TERM": "xterm"}
    return subprocess.Popen(command, text=True, env=environment, **{"stderr": subprocess.PIPE, **streams})


@pytest.mark.parametrize("form", ["--json", "--csv"])
def test_reader_that_closes_the_pipe_ends_the_command(form: str) -> None:
    """As with `| head -1`, the command ends with the exit code of SIGPIPE, and prints no traceback."""
    with start("trades", form, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        process.stdout.close()

        assert (process.wait(60), process.stderr.read()) == (ExitCode.CLOSED_PIPE, "")
        assert first == "[\n" if form == "--json" else first.startswith("source_account,")


def test_ctrl_c_ends_a_command_whose_reader_does_not_read() -> None:
    """Ctrl-C again ends the command although its output waits for a reader."""
    with start("trades", "--csv", stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        for _ in range(20):
            process.send_signal(signal.SIGINT)
            if select.select([process.stderr], [], [], 1)[0]:
                break
        process.stdout.close()

        assert process.wait(60) == ExitCode.INTERRUPTED
        assert process.stderr.read().startswith("Interrupted. Rows printed: ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("rows", [1, 3000])
def test_full_disk_is_an_error(rows: int) -> None:
    """An output that cannot be written is an error, in the middle and at the end."""
    with Path("/dev/full").open("w") as full, start("trades", "--csv", rows=rows, stdout=full) as process:
        assert process.stderr is not None

        assert (process.wait(60), process.stderr.read()) == (
            ExitCode.ERROR,
            "error: stdout cannot be written: No space left on device.\n",
        )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
def test_progress_is_shown_where_a_person_looks(tmp_path: Path) -> None:
    """With stdout in a file, the progress is on the terminal, and the file has only rows."""
    terminal, inside = pty.openpty()
    file = tmp_path / "rows.csv"
    # Only the last line is certain: a fast walk ends before the first refresh. It has the end, so that is fixed.
    walk = ("order", "list", "--end", str(ManyRows(3000).time_ms(3000)), "--csv")
    with file.open("w") as out, start(*walk, stdout=out, stderr=inside) as process:
        os.close(inside)
        shown = _read_all(terminal)
        assert process.wait(60) == ExitCode.OK

    assert "Reading orders: 3000 rows, up to 2026-01-01 00:00 UTC" in shown
    assert len(file.read_text().splitlines()) == 3001


def _read_all(terminal: int) -> str:
    parts: list[bytes] = []
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # Linux reports the end of a terminal so
            part = b""
        if not part:
            os.close(terminal)
            return b"".join(parts).decode()
        parts.append(part)


def test_every_list_of_the_spec_is_walked() -> None:
    """Each operation with an iterator has its command here."""
    assert set(_list_commands.WALKERS) == {"list_orders", "list_broker_orders", "list_trades"}
