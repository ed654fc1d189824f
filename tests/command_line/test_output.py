"""Tables for a person: what fits, color, and texts that a terminal must not execute."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_clearing_cli import _output
from gemini_clearing_cli._output import Format, print_message, print_record, print_rows
from gemini_clearing_cli._text import plain, safe
from gemini_clearing_mock import Exchange
from tests.command_line.conftest import Cli
from tests.command_line.running import TERMS, options

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make stdout a terminal with 80 columns."""
    monkeypatch.setattr(_output, "_is_terminal", lambda stream: True)
    monkeypatch.setenv("COLUMNS", "80")


def test_narrow_terminal_shows_the_terms_and_names_the_rest(cli: Cli, exchange: Exchange) -> None:
    """No line is longer than the terminal; the terms are shown, and the message names the columns that are not."""
    theirs = exchange.account("counterparty").counterparty_id
    cli("order", "new", *options(**TERMS, counterparty_id=theirs), "--yes")

    ended = cli("trades")

    header, row, *_ = ended.out.splitlines()
    assert max(len(header), len(row)) <= 80
    assert {"clearing_id", "status", "price", "quantity", "source_side", "pair"} <= set(header.split())
    assert "Not shown at this width:" in ended.err
    assert "target_account" in ended.err


def test_wide_terminal_shows_every_column(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """With enough columns nothing is hidden, except for columns without a value."""
    monkeypatch.setenv("COLUMNS", "200")
    cli("order", "new", *options(**TERMS), "--yes")

    ended = cli("order", "list")

    assert "expiration" in ended.out
    assert "counterparty_alias" not in ended.out + ended.err
    assert "Not shown" not in ended.err


def test_empty_list_is_reported(cli: Cli) -> None:
    """A person gets a sentence instead of an empty table."""
    assert cli("order", "list").out == "No orders.\n"


@pytest.mark.parametrize(("no_color", "has_color"), [("", True), ("1", False)])
def test_no_color_disables_color(cli: Cli, monkeypatch: pytest.MonkeyPatch, no_color: str, has_color: bool) -> None:
    """On a terminal a canceled order is red, unless NO_COLOR is set."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", no_color)
    cli("order", "new", *options(**TERMS), "--yes")
    clearing_id = cli("order", "list", "--json").json[0]["clearing_id"]
    cli("order", "cancel", clearing_id, "--yes")

    assert ("\x1b[31mCanceled" in cli("order", "list").out) is has_color


@pytest.mark.parametrize("form", Format)
def test_control_characters_are_not_printed(form: Format, capsys: Capture) -> None:
    """A name of another desk cannot move the cursor, set a title or add a line."""
    evil = {"alias": "desk\x1b]0;title\x07\x1b[2J\r\n\u202e[red]x", "status": "\x9b31m"}

    print_record(evil, form)
    print_rows([evil], list(evil), form, what="rows")

    out = capsys.readouterr().out
    assert not set(out) & set("\x1b\x07\r\x9b\u202e")
    assert "[red]x" in out


@given(st.text())
def test_safe_text_is_printable(text: str) -> None:
    """For any response, the text has one line and no control character."""
    assert safe(text).isprintable()


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_money_keeps_every_digit(number: Decimal) -> None:
    """The text of an amount is exactly the amount."""
    assert Decimal(plain(number)) == number


def test_values_become_json() -> None:
    """Times are ISO texts in UTC with milliseconds, money is text, and nested values are kept."""
    time = datetime(2026, 11, 28, 16, 0, 0, 5000, tzinfo=UTC)

    assert plain({"time": time, "price": Decimal("1E-8"), "rows": [{"is_open": True, "count": 5}], "none": None}) == {
        "time": "2026-11-28T16:00:00.005Z",
        "price": "0.00000001",
        "rows": [{"is_open": True, "count": 5}],
        "none": None,
    }


def test_time_zone_is_named_only_with_a_time(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table without times does not name their zone; one order shows its time, and names the zone."""
    placed = cli("order", "new", *options(**TERMS), "--yes")
    narrow = cli("order", "list")
    monkeypatch.setenv("COLUMNS", "200")
    wide = cli("order", "list")

    assert ["Times are in UTC." in ended.err for ended in (placed, narrow, wide)] == [True, False, True]


def test_placed_order_shows_each_fact_once(cli: Cli) -> None:
    """On a terminal the second form of the time and the repeated status are omitted; JSON has every field."""
    placed = cli("order", "new", *options(**TERMS), "--yes")
    confirmed = cli("order", "new", *options(**TERMS), "--yes", "--json")

    assert {"result", "timestampms"} & {line.split()[0] for line in placed.out.splitlines()} == set()
    assert {"status", "timestamp"} <= {line.split()[0] for line in placed.out.splitlines()}
    assert {"result", "status", "timestamp", "timestampms"} <= json.loads(confirmed.out).keys()


def test_message_breaks_between_words(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """On a terminal no word is split at its edge; elsewhere a message is one line."""
    text = "The outcome is unknown. Check the list before you send it again. " * 3
    print_message(text)
    monkeypatch.setattr(_output, "_is_terminal", lambda stream: False)
    print_message(text)

    *lines, last = capsys.readouterr().err.splitlines()
    assert last == text
    assert [word for line in lines for word in line.split()] == text.split()
    assert max(map(len, lines)) <= 80


def test_status_stays_in_the_narrowest_terminal(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """At 40 columns an order has its id, its status and its price."""
    cli("order", "new", *options(**TERMS), "--yes")
    monkeypatch.setenv("COLUMNS", "40")

    assert {"clearing_id", "status", "price"} == set(cli("order", "list").out.splitlines()[0].split())
