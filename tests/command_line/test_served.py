"""Every command over a socket, against a served mock exchange."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gemini_clearing_cli._app import run
from tests.command_line.running import TERMS, Ended, options


@pytest.fixture(scope="module")
def served() -> Iterator[dict[str, Any]]:
    """Serve a demo exchange in another process; return its address, and its accounts by name."""
    command = [sys.executable, "-m", "gemini_clearing_mock", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        announced = json.loads(server.stdout.readline())
        yield {"base_url": announced["base_url"], **{one["name"]: one for one in announced["accounts"]}}
        server.terminate()


@pytest.fixture
def profiles(served: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a profile for each account of the served exchange."""
    lines = [
        f"[profiles.{name}]\nbase_url = {served['base_url']!r}\napi_key = {one['api_key']!r}\n"
        f"api_secret = {one['api_secret']!r}\njournal = {str(tmp_path / name)!r}\n"
        for name, one in served.items()
        if name != "base_url"
    ]
    path = tmp_path / "served.toml"
    path.touch(0o600)
    path.write_text("".join(lines), encoding="utf-8")
    monkeypatch.setenv("GEMINI_CLEARING_CONFIG", str(path))


Run = Callable[..., Any]


@pytest.fixture
def cli(profiles: None, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command as a desk, and returns its JSON; the command must succeed."""

    def execute(*arguments: str, desk: str = "initiator") -> Any:
        capsys.readouterr()
        code = run([*arguments, "--profile", desk, "--json"])
        ended = Ended(code, *capsys.readouterr())
        assert code == 0, ended
        return ended.json

    return execute


def test_every_command_works_over_a_socket(served: dict[str, Any], cli: Run, tmp_path: Path) -> None:
    """Orders, broker orders, trades, the journal and the comparison, as three desks use them one after another."""
    ids = {name: served[name]["counterparty_id"] for name in ("initiator", "counterparty")}
    other = {"source_counterparty_id": ids["initiator"], "target_counterparty_id": ids["counterparty"]}
    placed = cli("order", "new", *options(**TERMS, counterparty_id=ids["counterparty"]), "--yes")["clearing_id"]
    canceled = cli("order", "new", *options(**TERMS), "--yes")["clearing_id"]
    cli("order", "cancel", canceled, "--yes")
    cli("order", "confirm", placed, *options(**{**TERMS, "side": "sell"}), "--yes", desk="counterparty")
    brokered = cli("broker", "new", *options(**TERMS, **other, expires_in_hrs="2"), "--yes", desk="broker")
    book = tmp_path / "book.json"
    listed = cli("order", "list")
    book.write_text(json.dumps([{"clearing_id": one["clearing_id"], "amount": one["quantity"]} for one in listed]))

    assert cli("order", "status", canceled)["status"] == "Canceled"
    assert {one["clearing_id"] for one in listed} >= {placed, canceled}
    assert brokered["clearing_id"] in {one["clearing_id"] for one in cli("broker", "list", desk="broker")}
    assert placed in {one["clearing_id"] for one in cli("trades")}
    assert [one["outcome"] for one in cli("journal", "list")] == ["executed"] * 3
    assert cli("journal", "recover") == []
    assert cli("reconcile", str(book)) == []
    assert cli("explain", "trades")["url"] == f"{served['base_url']}/v1/clearing/trades"
    assert sum(one["used"] for one in cli("config")) == 1


@pytest.mark.usefixtures("profiles")
def test_script_survives_its_output() -> None:
    """The reader of a pipe may leave early, and an encoding may lack a character; neither ends in a traceback."""
    command = f"{sys.executable} -m gemini_clearing_cli config --profile initiator"
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}

    lines = [
        subprocess.run(["bash", "-c", text], env=environment, capture_output=True, text=True, check=False)
        for text in (command, f"{command} | true")
    ]

    assert "account-\\u2026ator" in lines[0].stdout
    assert ["Traceback" in one.stderr or "BrokenPipe" in one.stderr for one in lines] == [False, False]
