"""The prompt before a write."""

from typing import Any

import pytest

from gemini_clearing_cli._connection import is_production
from gemini_clearing_cli._exit_codes import ExitCode
from gemini_clearing_mock import Exchange
from tests.command_line.conftest import Cli
from tests.command_line.running import TERMS, options

NEW = ("order", "new", *options(**TERMS))


@pytest.mark.parametrize("reply", ["y", "YES", " yes "])
def test_write_is_sent_after_yes(cli: Cli, replies: list[Any], reply: str) -> None:
    """The summary shows every term and the address; then `y` sends the write."""
    replies.append(reply)

    ended = cli(*NEW, "--json")

    assert (ExitCode.OK, "BTCUSD") == (ended.code, ended.json["symbol"])
    for text in ("Place a clearing order with another desk.", "9500.00", "http://127.0.0.1", "Send it? [y/N]"):
        assert text in ended.err


@pytest.mark.parametrize("reply", ["", "n", "2", "yess"])
def test_write_is_not_sent_after_anything_else(cli: Cli, replies: list[Any], exchange: Exchange, reply: str) -> None:
    """Any other reply sends nothing."""
    replies.append(reply)

    ended = cli(*NEW)

    assert ended.code == ExitCode.NOT_EXECUTED
    assert "Nothing was sent." in ended.err
    exchange.assert_nothing_else()


@pytest.mark.parametrize("end", [EOFError(), KeyboardInterrupt()])
def test_interruption_at_the_prompt_sends_nothing(
    cli: Cli, replies: list[Any], exchange: Exchange, end: BaseException
) -> None:
    """Ctrl-C and the end of the input at the prompt send nothing."""
    replies.append(end)

    ended = cli(*NEW)

    assert ended.code == ExitCode.INTERRUPTED
    assert ended.err.endswith("\nInterrupted. Nothing was sent.\n")
    exchange.assert_nothing_else()


@pytest.mark.parametrize(("reply", "code"), [("2", 0), ("2.0", 0), ("y", 3), ("20", 3), ("", 3)])
def test_production_requires_the_amount(
    cli: Cli, replies: list[Any], monkeypatch: pytest.MonkeyPatch, reply: str, code: int
) -> None:
    """In production only the amount sends an order; `y` does not."""
    monkeypatch.setenv("GEMINI_BASE_URL", "https://api.gemini.com")
    replies.append(reply)

    ended = cli(*NEW)

    assert ended.code == code, ended.err
    assert "Type the amount again to send it:" in ended.err


def test_production_prompts_before_a_cancellation(
    cli: Cli, replies: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write without an amount needs `y`."""
    monkeypatch.setenv("GEMINI_BASE_URL", "https://api.gemini.com")
    replies.append("n")

    assert cli("order", "cancel", "P0521QDV").code == ExitCode.NOT_EXECUTED


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.gemini.com", True),
        ("https://proxy.example/gemini", True),
        ("https://api.sandbox.gemini.com", False),
        ("http://127.0.0.1:8080", False),
    ],
)
def test_unknown_hosts_count_as_production(url: str, expected: bool) -> None:
    """Only the sandbox and this machine are known to move no money."""
    assert is_production(url) is expected
