"""Ctrl-C at any moment of a write: the message is true, before the request, in transit, and after the response."""

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from gemini_clearing_cli._exit_codes import ExitCode
from gemini_clearing_mock import Exchange
from gemini_clearing_runtime import _attempt, _call, _explanation
from tests.command_line.conftest import Cli
from tests.command_line.running import TERMS, options

NEW = ("order", "new", *options(**TERMS), "--yes", "--json")


def interrupt_in(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, *, skip: int = 0) -> None:
    """Press Ctrl-C when a function of the client is called for the first time after `skip` calls."""
    original: Callable[..., Any] = getattr(module, name)
    calls = []

    def interrupted(*args: Any, **kwargs: Any) -> Any:
        calls.append(name)
        if len(calls) == skip + 1:
            os.kill(os.getpid(), signal.SIGINT)
        return original(*args, **kwargs)

    monkeypatch.setattr(module, name, interrupted)


@pytest.mark.parametrize(("module", "name"), [(_attempt, "classify"), (_call, "_remember")])
def test_ctrl_c_after_the_response_states_the_result(
    cli: Cli, exchange: Exchange, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    """If the response has arrived, its result is printed; the exit code is that of an interruption."""
    interrupt_in(monkeypatch, module, name)

    ended = cli(*NEW)

    [listed] = cli("order", "list", "--json").json
    assert (ended.code, ended.json["clearing_id"]) == (ExitCode.INTERRUPTED, listed["clearing_id"])
    assert "Interrupted. The write was executed." in ended.err


def test_ctrl_c_before_sending_sends_nothing(cli: Cli, exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interruption while the arguments are serialized ends the command before the request."""
    interrupt_in(monkeypatch, _explanation, "serialize_arguments", skip=1)  # the first call is for the summary

    ended = cli(*NEW)

    assert ended.code == ExitCode.INTERRUPTED
    assert "Interrupted. The write was not executed." in ended.err
    exchange.assert_nothing_else()


def test_handlers_are_restored(cli: Cli) -> None:
    """After a write, Ctrl-C has the effect that it had before."""
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    cli(*NEW)

    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
