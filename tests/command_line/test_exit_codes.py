"""Every exit code, and the message that goes with it."""

import signal
from collections.abc import Callable

import httpx
import pytest

from gemini_clearing_cli._app import run
from gemini_clearing_cli._exit_codes import ExitCode
from gemini_clearing_mock import Exchange
from tests.command_line.conftest import Cli
from tests.command_line.running import TERMS, Failing, options
from tests.early_signals import end_during_import

NEW = ("order", "new", *options(**TERMS), "--yes")
Then = Callable[[httpx.Response, int], httpx.Response]


def lost(response: httpx.Response, count: int) -> httpx.Response:
    """Lose the first response."""
    if count == 1:
        raise httpx.ReadError("connection lost")
    return response


def never(response: httpx.Response, count: int) -> httpx.Response:
    """Lose every response."""
    raise httpx.ReadError("connection lost")


def interrupted(response: httpx.Response, count: int) -> httpx.Response:
    """Press Ctrl-C while the first response is in transit."""
    if count == 1:
        raise KeyboardInterrupt
    return response


def interrupted_twice(response: httpx.Response, count: int) -> httpx.Response:
    """Press Ctrl-C again while the exchange is queried."""
    raise KeyboardInterrupt


def invalid(response: httpx.Response, count: int) -> httpx.Response:
    """Respond with JSON that violates the spec."""
    return httpx.Response(200, json={"clearing_id": 5}) if count == 1 else response


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("order", "new", *options(**{**TERMS, "amount": "-1"}), "--yes"), "greater than zero"),
        (("order", "new", *options(**{**TERMS, "amount": "1e5x"}), "--yes"), "Pass a decimal number"),
        (("order", "new", *options(**{**TERMS, "side": "hold"}), "--yes"), "'hold' is not one of"),
        (("order", "new", "--amount", "1", "--yes"), "Missing option '--symbol'"),
        (("order", "list", "--timestamp", "yesterday"), "Pass a time such as"),
        (("order", "list", "--timestamp", "2026-11-28T16:00:00"), "has no time zone"),
        (("order", "list", "--limit-orders", "0"), "The minimum is 1"),
        (("order", "list", "--submission-start", "1"), "without submission_end"),
        (("order", "list", "--json", "--csv"), "Pass only one of them"),
        (("trades", "--limit-per-account", "301"), "The maximum is 300"),
        (("order", "status"), "Missing argument 'CLEARING_ID'"),
        (("order", "new", *options(**TERMS)), "is not a terminal. Pass --yes."),
        (("order", "hold"), "No such command 'hold'"),
        (("order", "list", "--profile", "other"), "unknown profile: 'other'"),
    ],
)
def test_invalid_input_is_2(cli: Cli, exchange: Exchange, arguments: tuple[str, ...], message: str) -> None:
    """A wrong argument is a usage error with a reason, and nothing is sent."""
    ended = cli(*arguments)

    assert ended.code == ExitCode.USAGE
    assert message in " ".join(ended.err.replace("│", " ").split())
    exchange.assert_nothing_else()


def test_missing_credentials_are_2(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a profile and without variables, the message names both ways."""
    monkeypatch.delenv("GEMINI_API_KEY")

    ended = cli("order", "list")

    assert ended.code == ExitCode.USAGE
    assert "Pass --profile, or set GEMINI_API_KEY" in ended.err


def test_no_connection_is_3(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the exchange cannot be reached, nothing was sent."""
    monkeypatch.setenv("GEMINI_BASE_URL", "http://127.0.0.1:9")

    assert run(NEW) == ExitCode.NOT_EXECUTED


def test_rejection_is_4(cli: Cli) -> None:
    """The reason of the exchange is in the message."""
    ended = cli("order", "status", "NOTHERE0")

    assert (ExitCode.REJECTED, "") == (ended.code, ended.out)
    assert ended.err.startswith("rejected: OrderNotFound: ")


def test_rejection_with_status_200_is_4(cli: Cli) -> None:
    """A cancellation that failed is a rejection, although its status is 200."""
    placed = cli(*NEW, "--json").json["clearing_id"]
    cli("order", "cancel", placed, "--yes")

    ended = cli("order", "cancel", placed, "--yes")

    assert ended.code == ExitCode.REJECTED
    assert f"Unable to cancel order {placed}" in ended.err


def test_unknown_outcome_is_5(cli: Cli, exchange: Exchange) -> None:
    """If neither the response nor the queries arrive, the outcome is unknown, and the message states what to do."""
    ended = cli(*NEW, transport=Failing(exchange.transport(), never))

    assert (ExitCode.UNKNOWN, "") == (ended.code, ended.out)
    assert "The outcome is unknown. Check the list before you send it again." in ended.err


def gateway(response: httpx.Response, count: int) -> httpx.Response:
    """Respond like a gateway whose server cannot be reached."""
    return httpx.Response(502, html="<html><h1>Bad Gateway</h1></html>")


@pytest.mark.parametrize(
    ("arguments", "end"),
    [(NEW, "It may have been executed."), (("order", "list"), "Nothing was changed. Run the command again.")],
)
@pytest.mark.parametrize("failure", [gateway, never])
def test_message_of_an_unknown_outcome_is_for_a_person(
    cli: Cli, exchange: Exchange, arguments: tuple[str, ...], end: str, failure: Then
) -> None:
    """The message has neither the page of a gateway nor a method of Python."""
    ended = cli(*arguments, transport=Failing(exchange.transport(), failure))

    assert end in ended.err
    assert "resolve()" not in ended.err
    assert "html>" not in ended.err


def test_lost_response_is_found_out(cli: Cli, exchange: Exchange) -> None:
    """If a query proves that the order was placed, the command prints the order and succeeds."""
    ended = cli(*NEW, "--json", transport=Failing(exchange.transport(), lost))

    [listed] = cli("order", "list", "--json").json
    assert (ExitCode.OK, listed) == (ended.code, ended.json)
    assert "The write was executed." in ended.err


def test_cancellation_without_a_response_states_no_cause(cli: Cli, exchange: Exchange) -> None:
    """The order is canceled; the message does not claim that this command has done it."""
    placed = cli(*NEW, "--json").json["clearing_id"]

    ended = cli("order", "cancel", placed, "--yes", transport=Failing(exchange.transport(), lost))

    assert ended.code == ExitCode.OK
    assert "The order is as requested: the order's status is Canceled, which does not show whether" in ended.err
    assert "The write was executed." not in ended.err


def test_write_that_was_not_executed_is_3(cli: Cli, exchange: Exchange) -> None:
    """If a query proves that the order was not placed, the exit code is that of a write that was not sent."""

    class Swallowing(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("/new"):
                raise httpx.ReadError("connection lost")
            return exchange.transport().handle_request(request)

    ended = cli(*NEW, transport=Swallowing())

    assert ended.code == ExitCode.NOT_EXECUTED
    assert "The write was not executed." in ended.err


def test_contract_violation_is_6(cli: Cli, exchange: Exchange) -> None:
    """The message names the place, and the outcome that the queries have proven."""
    ended = cli(*NEW, transport=Failing(exchange.transport(), invalid))

    assert ended.code == ExitCode.CONTRACT
    assert "contract violated: create_order: response violates the spec: $.clearing_id" in ended.err
    assert "The write was executed." in ended.err


def test_ctrl_c_after_the_write_is_130_with_the_outcome(cli: Cli, exchange: Exchange) -> None:
    """The command queries the exchange, and states the outcome with the id of the order."""
    ended = cli(*NEW, transport=Failing(exchange.transport(), interrupted))

    [listed] = cli("order", "list", "--json").json
    assert ended.code == ExitCode.INTERRUPTED
    assert "Interrupted after the write may have been sent" in ended.err
    assert "The write was executed." in ended.err
    assert f"Interrupted. The write was executed. Order: {listed['clearing_id']}" in ended.err
    assert ended.err.count(listed["clearing_id"]) == 1


def test_second_ctrl_c_ends_the_query(cli: Cli, exchange: Exchange) -> None:
    """Then the outcome stays unknown, and the message states that."""
    ended = cli(*NEW, transport=Failing(exchange.transport(), interrupted_twice))

    assert ended.code == ExitCode.INTERRUPTED
    assert "The outcome is unknown. Check the list before you send it again." in ended.err


def test_ctrl_c_before_the_write_is_130_and_nothing_was_sent(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interruption before the request is sent leaves nothing in doubt."""

    class Waiting(httpx.BaseTransport):
        reports_sending = True

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            raise KeyboardInterrupt

    ended = cli(*NEW, transport=Waiting())

    assert ended.code == ExitCode.INTERRUPTED
    assert "Interrupted. The write was not executed." in ended.err


def test_ctrl_c_during_a_read_is_130(cli: Cli, exchange: Exchange) -> None:
    """The message states that a read changes nothing, or that nothing was printed."""
    for command, message in (
        (["order", "list"], "Interrupted."),
        (["order", "status", "A"], "A read changes nothing."),
    ):
        ended = cli(*command, transport=Failing(exchange.transport(), interrupted))

        assert (ended.code, ended.out) == (ExitCode.INTERRUPTED, "")
        assert message in ended.err


def test_new_value_in_a_response_is_a_note(cli: Cli, exchange: Exchange) -> None:
    """A status that the spec does not list is printed, with a note on stderr, and the command succeeds."""

    def renamed(response: httpx.Response, count: int) -> httpx.Response:
        return httpx.Response(200, content=response.read().replace(b"AwaitTargetConfirm", b"Pondering"))

    cli(*NEW)

    ended = cli("order", "list", "--json", transport=Failing(exchange.transport(), renamed))

    assert (ended.code, ended.json[0]["status"]) == (ExitCode.OK, "Pondering")
    assert "note: unknown value of OrderStatus in a response: 'Pondering'" in ended.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("module", ["gemini_clearing_cli._app", "typer", "gemini_clearing_runtime.errors", "httpx"])
def test_signal_during_the_start_is_130_without_output(number: int, module: str) -> None:
    """A signal while the command imports its modules ends it: nothing was sent, and there is nothing to report."""
    assert end_during_import(number, module, "gemini_clearing_cli", "order", "list") == (ExitCode.INTERRUPTED, "")
