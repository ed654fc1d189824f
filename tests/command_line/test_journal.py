"""`journal list` and `journal recover`: the writes of a journal, and the outcome of those in doubt."""

from pathlib import Path

import httpx
import pytest

from gemini_clearing_cli._exit_codes import ExitCode
from gemini_clearing_mock import Exchange
from tests.command_line.conftest import Cli
from tests.command_line.running import TERMS, Failing, options

NEW = ("order", "new", *options(**TERMS), "--yes")


def killed(response: httpx.Response, count: int) -> httpx.Response:
    """End the process, as far as a test can, when the exchange has executed a write."""
    raise KeyboardInterrupt


@pytest.fixture
def journal(tmp_path: Path) -> str:
    """Return the path of a journal."""
    return str(tmp_path / "desk.db")


@pytest.fixture
def doubted(cli: Cli, exchange: Exchange, journal: str) -> str:
    """Interrupt a write and the query after it, and return the id of the order that it has placed."""
    cli(*NEW, "--journal", journal, transport=Failing(exchange.transport(), killed))
    [listed] = cli("order", "list", "--json").json
    return str(listed["clearing_id"])


def test_journal_list_has_every_write(cli: Cli, journal: str) -> None:
    """A write has its arguments, its order and its outcome; no credentials are needed to list it."""
    placed = cli(*NEW, "--journal", journal, "--json").json["clearing_id"]

    [row] = cli("journal", "list", "--journal", journal, "--json").json
    assert (row["operation"], row["order_id"], row["outcome"]) == ("create_order", placed, "executed")
    assert row["arguments"] == "symbol=btcusd amount=2 price=9500.00 side=buy"


def test_journal_list_shows_writes_in_doubt(cli: Cli, journal: str, doubted: str) -> None:
    """`--in-doubt` selects the writes with an unknown outcome."""
    cli(*NEW, "--journal", journal)

    assert len(cli("journal", "list", "--journal", journal, "--json").json) == 2
    [row] = cli("journal", "list", "--in-doubt", "--journal", journal, "--json").json
    assert (row["is_open"], row["id"]) == (True, 1)


def test_journal_recover_finds_the_outcome(cli: Cli, journal: str, doubted: str) -> None:
    """The outcome is printed with the id of the order, and recorded."""
    ended = cli("journal", "recover", "--journal", journal, "--json")

    [row] = ended.json
    assert (ended.code, row["outcome"], row["order_id"]) == (ExitCode.OK, "executed", doubted)
    assert cli("journal", "list", "--in-doubt", "--journal", journal, "--json").json == []


def test_journal_recover_without_the_exchange_is_5(cli: Cli, journal: str, doubted: str, exchange: Exchange) -> None:
    """A write that stays in doubt has its own exit code."""

    class Unreachable(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("no route")

    ended = cli("journal", "recover", "--journal", journal, "--json", transport=Unreachable())

    assert ended.code == ExitCode.UNKNOWN
    assert "no route" in ended.json[0]["reason"]


def test_journal_recover_leaves_the_writes_of_other_keys(cli: Cli, journal: str, doubted: str) -> None:
    """Another key cannot prove the outcome, so the write stays in doubt."""
    ended = cli("journal", "recover", "--journal", journal, desk="counterparty")

    assert ended.code == ExitCode.UNKNOWN
    assert "In doubt, of other keys: 1." in ended.err


@pytest.mark.parametrize("command", ["list", "recover"])
def test_missing_journal_is_a_usage_error(cli: Cli, journal: str, command: str) -> None:
    """A misspelled path creates no file."""
    ended = cli("journal", command, "--journal", journal)

    assert (ended.code, Path(journal).exists()) == (ExitCode.USAGE, False)
    assert "journal not found" in ended.err
    assert "Pass --journal, or set journal in the profile." in cli("journal", command).err


def test_journal_output_has_no_payload(cli: Cli, journal: str, doubted: str) -> None:
    """The arguments are listed one by one; the signed JSON and its nonce are not."""
    for command in (("list", "--json"), ("list",), ("recover", "--csv")):
        ended = cli("journal", *command, "--journal", journal)

        assert '"request"' not in ended.out + ended.err
        assert "nonce" not in ended.out + ended.err
