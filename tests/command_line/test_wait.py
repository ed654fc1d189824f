"""`order wait`: its exit codes and its output."""

import httpx
import pytest

from gemini_clearing_cli._exit_codes import ExitCode
from gemini_clearing_mock import Exchange
from tests.command_line.conftest import Cli
from tests.command_line.running import TERMS, Failing, options


@pytest.fixture
def placed(cli: Cli) -> str:
    """Place an order, and return its id."""
    return str(cli("order", "new", *options(**TERMS), "--yes", "--json").json["clearing_id"])


def test_order_with_a_wanted_status_is_printed(cli: Cli, placed: str) -> None:
    """Any of several statuses ends the wait with 0, and the output is that of `order status`."""
    ended = cli("order", "wait", placed, "--until", "Settled", "--until", "AwaitTargetConfirm", "--json")

    assert (ended.code, ended.err) == (ExitCode.OK, "")
    assert ended.json == cli("order", "status", placed, "--json").json


def test_order_that_has_ended_otherwise_is_8(cli: Cli, placed: str) -> None:
    """The last status is printed, so that a script can read it, and the message names it."""
    cli("order", "cancel", placed, "--yes")

    ended = cli("order", "wait", placed, "--until", "Settled", "--json")

    assert (ended.code, ended.json["status"]) == (ExitCode.ENDED, "Canceled")
    assert "the order has ended as Canceled, not Settled" in ended.err


def test_end_of_the_time_is_9(cli: Cli, placed: str) -> None:
    """The last status is printed, and the message states what was waited for."""
    ended = cli("order", "wait", placed, "--until", "Settled", "--timeout", "0.01", "--json")

    assert (ended.code, ended.json["status"]) == (ExitCode.LATE, "AwaitTargetConfirm")
    assert "time ran out: its status is AwaitTargetConfirm, not Settled" in ended.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("A1", "--until", "Setled"), "unknown until: 'Setled'. Valid statuses: Settled, Canceled, Expired"),
        (("A1", "--until", "Settled", "--poll", "0"), "invalid poll: shortest 0.0"),
        (("A1", "--until", "Settled", "--timeout", "-1"), "invalid timeout: -1.0"),
        (("A1",), "Missing option '--until'"),
    ],
)
def test_invalid_input_is_2(cli: Cli, exchange: Exchange, arguments: tuple[str, ...], message: str) -> None:
    """A wrong argument is a usage error, and nothing is sent."""
    ended = cli("order", "wait", *arguments)

    assert ended.code == ExitCode.USAGE
    assert message in " ".join(ended.err.replace("│", " ").split())
    exchange.assert_nothing_else()


def test_unknown_order_is_rejected(cli: Cli) -> None:
    """An order that the account does not have ends the wait after the time for which a read may lag."""
    ended = cli("order", "wait", "Z0521QDV", "--until", "Settled", "--timeout", "60")

    assert ended.code == ExitCode.REJECTED
    assert "OrderNotFound" in ended.err


def test_interruption_of_a_wait_is_130(cli: Cli, exchange: Exchange, placed: str) -> None:
    """Ctrl-C ends the wait; a wait changes nothing, so it has no outcome."""

    def interrupted(response: httpx.Response, count: int) -> httpx.Response:
        raise KeyboardInterrupt

    ended = cli("order", "wait", placed, "--until", "Settled", transport=Failing(exchange.transport(), interrupted))

    assert ended.code == ExitCode.INTERRUPTED
    assert "Interrupted. A wait changes nothing." in ended.err
