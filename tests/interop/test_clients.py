"""
Clients in other languages place, read, confirm and cancel orders on the mock, without adaptation.

README.md lists how the clients differ. These tests check the differences on the recorded bytes.
"""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.interop.interpreters import PATH, find
from tests.interop.recorder import Recorder, Sent

Json = dict[str, Any]

FOLDER = Path(__file__).parent / "clients"
CLIENT_TIMEOUT_S = 120


@dataclass(frozen=True)
class Client:
    """The commands that a client needs, and the form of its orders on the wire."""

    needs: tuple[str, ...]
    nonce: str
    symbol: str
    expires: str
    body: bool = False
    npm: bool = False


# A program of a second is not worth the second compiler of Java, nor its parallel garbage collector.
_JAVA_OPTIONS = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
CLIENTS = {
    "bash_curl.sh": Client(("bash", "curl", "openssl"), r'\{\n  "symbol".*"nonce": "\d{19}"', '"BTCUSD"', "24.0"),
    "perl_http_tiny.pl": Client(("perl",), r'"nonce" :"\d{16}"', '"BtcUsd"', "24.0"),
    "JavaHttpClient.java": Client(("java", "javac"), r'"nonce" : \d{16} \}$', '"BTCUSD"', "24"),
    "node_fetch.mjs": Client(("node",), r'"nonce":\d{13},"request"', '"btcusd"', "24", body=True),
    "gemini_node_api.mjs": Client(("node",), r'^\{"request".*"nonce":\d{13}', '"btcusd"', "24", npm=True),
    "ccxt.mjs": Client(("node",), r'^\{"request".*"nonce":"\d{13}"', '"BTCUSD"', "24", body=True, npm=True),
}
INTERPRETERS = {".sh": ["bash"], ".pl": ["perl"], ".java": ["java", *_JAVA_OPTIONS], ".mjs": ["node"]}


def responses_of(program: Path, base_url: str, accounts: list[Json]) -> list[Json]:
    """Run a client and return the responses that it printed."""
    account = {account["name"]: account for account in accounts}
    settings = {"PATH": PATH, "BASE_URL": base_url, "COUNTERPARTY_ID": account["counterparty"]["counterparty_id"]}
    for name in ("initiator", "counterparty"):
        settings[f"{name.upper()}_KEY"] = account[name]["api_key"]
        settings[f"{name.upper()}_SECRET"] = account[name]["api_secret"]
    proxies = {name for name in os.environ if name.lower().endswith("_proxy")}
    environment = {name: value for name, value in os.environ.items() if name not in proxies} | settings
    interpreter, *options = INTERPRETERS[program.suffix]
    done = subprocess.run(
        [find(interpreter) or "", *options, str(program)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=CLIENT_TIMEOUT_S,
        check=False,
    )

    assert done.returncode == 0, f"{program.name} exited with {done.returncode}:\n{done.stdout}{done.stderr}"
    return [json.loads(line) for line in done.stdout.splitlines()]


def check_responses(responses: list[Json]) -> None:
    """Check the responses to the six requests that every client sends."""
    placed, read, confirmed, placed_again, canceled, read_again = responses

    assert placed["result"] == placed_again["result"] == "AwaitConfirm"
    assert read["clearing_id"] == placed["clearing_id"] != placed_again["clearing_id"]
    assert (read["symbol"], read["amount"], read["price"], read["side"]) == ("BTCUSD", "100", "9500.00", "buy")
    assert confirmed == {"result": "confirmed"}
    assert canceled["result"] == "ok"
    assert (read_again["clearing_id"], read_again["status"]) == (placed_again["clearing_id"], "Canceled")


def check_wire(orders: list[Sent], client: Client) -> None:
    """Check that the client's orders have the expected form."""
    assert len(orders) == 2
    for order in orders:
        assert re.search(client.nonce, order.payload, re.DOTALL), order.payload
        assert re.search(rf'"symbol"\s*:\s*{client.symbol}', order.payload), order.payload
        assert re.search(rf'"expires_in_hrs"\s*:\s*{re.escape(client.expires)}\b(?!\.)', order.payload), order.payload
        assert bool(order.body_length) == client.body


@pytest.mark.parametrize("name", list(CLIENTS))
def test_client_is_served_without_adaptation(name: str, mock: Json, request: pytest.FixtureRequest) -> None:
    """A client can place, read, confirm and cancel orders in its own form of requests."""
    client = CLIENTS[name]
    if missing := [command for command in client.needs if find(command) is None]:
        pytest.skip(f"{name} needs {', '.join(missing)}, which is not installed")
    program = FOLDER / name
    if client.npm:
        program = Path(shutil.copy(program, request.getfixturevalue("npm_packages")))

    with Recorder(mock["base_url"]) as recorder:
        responses = responses_of(program, recorder.base_url, mock["accounts"])

    check_responses(responses)
    orders = [sent for sent in recorder.requests() if '/v1/clearing/new"' in sent.payload.replace("\\/", "/")]
    check_wire(orders, client)


def test_clients_cover_the_forms_of_requests() -> None:
    """Together the clients send both types of nonce, three cases of a symbol, both forms of hours, and both bodies."""
    clients = CLIENTS.values()

    assert {'"\\d' in client.nonce for client in clients} == {True, False}
    assert {client.symbol for client in clients} == {'"BTCUSD"', '"BtcUsd"', '"btcusd"'}
    assert {client.expires for client in clients} == {"24", "24.0"}
    assert {client.body for client in clients} == {True, False}
