"""Each signal that ends a program ends the run like Ctrl-C, with reports that state it; none costs a report."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from gemini_clearing_contract import __main__ as command
from gemini_clearing_contract.report.files import write_reports
from gemini_clearing_contract.report.terminal import LiveView
from gemini_clearing_contract.signals import interrupt_on_signals, without_interruption
from tests.early_signals import end_during_import

pytestmark = pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals to this process")
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """The handlers of this process, which are the same after the test."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line of the shortest layer."""
    options = ["--layers", "examples", "--profile", "quick", "--report-dir", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["gemini-clearing-contract", *options])


def send(number: int) -> None:
    """Send a signal to this process."""
    os.kill(os.getpid(), number)


@pytest.mark.usefixtures("arguments")
@pytest.mark.parametrize("number", SIGNALS)
def test_signal_during_the_run_is_in_the_reports(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The report covers the part that was tested, and states that the run was interrupted."""
    monkeypatch.setattr(LiveView, "show", lambda view, result: send(number))

    assert 130 == command.main()
    report = json.loads((tmp_path / "report.json").read_text())
    assert ("The run was interrupted.", "Not tested completely") == (report["stopped"], report["result"])


@pytest.mark.usefixtures("arguments")
@pytest.mark.parametrize("number", SIGNALS)
def test_signal_while_the_reports_are_written_costs_none(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run is complete, and so are its reports."""

    def interrupted(*given: Any) -> Any:
        send(number)
        return write_reports(*given)

    monkeypatch.setattr("gemini_clearing_contract.cli.write_reports", interrupted)

    assert 0 == command.main()
    assert 4 == len(list(tmp_path.iterdir()))


def test_interruption_during_the_imports_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The imports take most of a second; an interruption in that time is one line."""

    def interrupted(name: str) -> None:
        raise KeyboardInterrupt

    slow = ModuleType("gemini_clearing_contract.cli")
    slow.__getattr__ = interrupted  # type: ignore[method-assign]  # a function of the module, by PEP 562
    monkeypatch.setitem(sys.modules, "gemini_clearing_contract.cli", slow)

    assert 130 == command.main()
    assert "Interrupted.\n" == capsys.readouterr().err


@pytest.mark.parametrize("number", SIGNALS)
def test_ignored_signal_stays_ignored(number: int) -> None:
    """`nohup` ignores SIGHUP, and a shell ignores SIGINT for commands in the background."""
    signal.signal(number, signal.SIG_IGN)

    interrupt_on_signals()

    assert signal.SIG_IGN == signal.getsignal(number)


def test_handlers_are_restored_after_a_block_without_interruption() -> None:
    """The signals have their effect again."""
    interrupt_on_signals()
    with without_interruption():
        send(signal.SIGHUP)

    with pytest.raises(KeyboardInterrupt):
        send(signal.SIGHUP)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("module", ["gemini_clearing_contract.cli", "attrs", "rich", "jsonschema_rs", "httpx"])
def test_signal_during_the_start_ends_the_command(number: int, module: str) -> None:
    """A signal while the command imports its modules ends it with 130 and one line."""
    options = ("--profile", "quick", "--layers", "examples")

    assert end_during_import(number, module, "gemini_clearing_contract", *options) == (130, "Interrupted.\n")
