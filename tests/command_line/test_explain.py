"""`explain`: the request of a command, without sending it."""

import base64
import json

import pytest

from gemini_clearing._operations import OPERATIONS
from gemini_clearing_auth import sign
from gemini_clearing_cli import _operation_commands
from gemini_clearing_cli._exit_codes import ExitCode
from gemini_clearing_mock import Exchange
from tests.command_line.conftest import Cli
from tests.command_line.running import TERMS, options

NEW = ("explain", "order", "new", *options(**TERMS))


def test_explain_prints_payload_and_wire_bytes(cli: Cli, exchange: Exchange) -> None:
    """Address, payload, headers and wire text are printed, and nothing is sent."""
    ended = cli(*NEW)

    url, payload, empty, request, *headers = ended.out.splitlines()
    assert (url, empty, request) == ("http://127.0.0.1/v1/clearing/new", "", "POST /v1/clearing/new HTTP/1.1")
    assert json.loads(payload) == {"request": "/v1/clearing/new", "nonce": 0, **TERMS}
    assert f"X-GEMINI-PAYLOAD: {base64.b64encode(payload.encode()).decode()}" in headers
    exchange.assert_nothing_else()


def test_explain_prints_json(cli: Cli) -> None:
    """JSON has the same parts by name."""
    facts = cli(*NEW, "--json").json

    assert list(facts) == ["operation", "url", "payload", "headers", "body", "wire"]
    assert facts["operation"] == "create_order"


def test_explain_shows_neither_secret_nor_signature(cli: Cli) -> None:
    """The key is shortened, and a placeholder replaces the signature."""
    ended = cli(*NEW)

    payload = base64.b64encode(ended.out.splitlines()[1].encode())
    assert "X-GEMINI-SIGNATURE: <signature>" in ended.out
    for hidden in ("demo-secret", "account-demo-initiator", sign(payload, b"demo-secret-of-initiator")):
        assert hidden not in ended.out


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_can_be_explained(cli: Cli, name: str) -> None:
    """`explain` has the commands and the options of the operations."""
    group, command = _operation_commands._NAMES[name]

    assert cli("explain", *filter(None, (group, command)), "--help").code == ExitCode.OK


def test_explain_rejects_an_invalid_value(cli: Cli) -> None:
    """A value that a call would reject is a usage error."""
    assert cli("explain", "order", "new", *options(**{**TERMS, "amount": "0"})).code == ExitCode.USAGE
