"""Every command of an operation, from its options to its output, on the mock exchange."""

import csv
import io
from decimal import Decimal

import pytest

from gemini_clearing._operations import OPERATIONS
from gemini_clearing_cli import _operation_commands
from gemini_clearing_mock import Exchange
from tests.command_line.conftest import Cli
from tests.command_line.running import TERMS, options

CONFIRMATION = {**TERMS, "side": "sell"}


@pytest.fixture
def placed(cli: Cli, exchange: Exchange) -> str:
    """Place an order for the counterparty, and return its id."""
    theirs = exchange.account("counterparty").counterparty_id
    ended = cli("order", "new", *options(**TERMS, counterparty_id=theirs), "--yes", "--json", desk="initiator")
    assert ended.code == 0, ended.err
    return str(ended.json["clearing_id"])


def test_every_operation_has_a_command(cli: Cli) -> None:
    """The help of each command starts with the summary of its operation, and has an option for each argument."""
    for operation in OPERATIONS.values():
        group, name = _operation_commands._NAMES[operation.name]
        ended = cli(*filter(None, (group, name)), "--help")

        text = " ".join(ended.out.split())
        assert ended.code == 0
        for argument in operation.arguments:
            shown = "CLEARING_ID" if argument.name == "clearing_id" else f"--{argument.name.replace('_', '-')}"
            assert shown in text


def test_order_new_places_the_order_exactly(cli: Cli, exchange: Exchange) -> None:
    """Every digit of amount and price reaches the exchange and is returned."""
    terms = {**TERMS, "amount": "0.00000001", "price": "123456789012345678.5"}

    cli("order", "new", *options(**terms), "--yes")

    [order] = cli("order", "list", "--json").json
    assert (Decimal(order["quantity"]), Decimal(order["price"])) == (Decimal("1E-8"), Decimal(terms["price"]))
    assert isinstance(order["price"], str)


def test_order_goes_through_its_life(cli: Cli, placed: str) -> None:
    """One desk places, the other confirms, and both see the status."""
    confirmed = cli("order", "confirm", placed, *options(**CONFIRMATION), "--yes", "--json", desk="counterparty")
    seen = cli("order", "status", placed, "--json", desk="initiator")

    assert confirmed.json == {"result": "confirmed"}
    assert seen.json["status"] in ("Confirmed", "Settled")


def test_order_cancel_cancels(cli: Cli, placed: str) -> None:
    """A canceled order has the status `Canceled`."""
    canceled = cli("order", "cancel", placed, "--yes")

    assert canceled.code == 0, canceled.err
    assert cli("order", "status", placed, "--json").json["status"] == "Canceled"


def test_broker_places_and_lists(cli: Cli, exchange: Exchange) -> None:
    """A broker order appears in the broker's list."""
    ids = {
        "source_counterparty_id": exchange.account("initiator").counterparty_id,
        "target_counterparty_id": exchange.account("counterparty").counterparty_id,
    }

    new = cli("broker", "new", *options(**TERMS, **ids, expires_in_hrs="1.5"), "--yes", "--json", desk="broker")
    [listed] = cli("broker", "list", "--json").json

    assert new.json["clearing_id"] == listed["clearing_id"]


def test_trades_lists_the_trades(cli: Cli, placed: str) -> None:
    """`trades` has the order, also before it is settled."""
    [trade] = cli("trades", "--limit-per-account", "300", "--json").json

    assert (placed, "2") == (trade["clearing_id"], trade["quantity"])


def test_list_takes_times_and_flags(cli: Cli, placed: str) -> None:
    """A time is text with a zone or milliseconds, and a boolean a flag."""
    window = ("--submission-start", "2020-01-01T00:00:00Z", "--submission-end", "4102444800000")

    assert len(cli("order", "list", *window, "--no-funded", "--json").json) == 1
    assert cli("order", "list", "--timestamp", "4102444800000", "--json").json == []


def test_csv_has_every_column_also_without_rows(cli: Cli, placed: str) -> None:
    """The columns of CSV are all fields of the spec."""
    empty = list(csv.reader(io.StringIO(cli("order", "list", "--symbol", "ethusd", "--csv").out)))
    [header, row] = csv.reader(io.StringIO(cli("order", "list", "--csv").out))

    assert [header] == empty
    assert dict(zip(header, row, strict=True))["clearing_id"] == placed


def test_pipe_gets_text_with_tabs(cli: Cli, placed: str) -> None:
    """Without a terminal a list is one line for each row, and a single result one line for each field."""
    lines = [line.split("\t") for line in cli("order", "list").out.splitlines()]
    fields = dict(line.split("\t") for line in cli("order", "status", placed).out.splitlines())

    assert ["clearing_id", placed] == [line[0] for line in lines]
    assert (fields["amount"], fields["is_confirmed"]) == ("2", "false")
