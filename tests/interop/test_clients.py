"""
Clients in other languages place, read, confirm and cancel orders on the mock, without adaptation.

What each of them does in its own way is told in README.md, and checked here on the bytes that travelled.
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

CLIENTS = Path(__file__).parent / "clients"
PATIENCE_S = 120


@dataclass(frozen=True)
class Habit:
    """What is peculiar to a client: what it needs, and how its orders look on the wire."""

    needs: tuple[str, ...]
    nonce: str
    symbol: str
    expires: str
    body: bool = False
    npm: bool = False


HABITS = {
    "bash_curl.sh": Habit(("bash", "curl", "openssl"), r'\{\n  "symbol".*"nonce": "\d{19}"', '"BTCUSD"', "24.0"),
    "perl_http_tiny.pl": Habit(("perl",), r'"nonce" :"\d{16}"', '"BtcUsd"', "24.0"),
    "JavaHttpClient.java": Habit(("java", "javac"), r'"nonce" : \d{16} \}$', '"BTCUSD"', "24"),
    "node_fetch.mjs": Habit(("node",), r'"nonce":\d{13},"request"', '"btcusd"', "24", body=True),
    "gemini_node_api.mjs": Habit(("node",), r'^\{"request".*"nonce":\d{13}', '"btcusd"', "24", npm=True),
    "ccxt.mjs": Habit(("node",), r'^\{"request".*"nonce":"\d{13}"', '"BTCUSD"', "24", body=True, npm=True),
}
INTERPRETERS = {".sh": "bash", ".pl": "perl", ".java": "java", ".mjs": "node"}


def answers_of(program: Path, base_url: str, accounts: list[Json]) -> list[Json]:
    """Run a client to its end; the answers that it printed."""
    account = {account["name"]: account for account in accounts}
    told = {"PATH": PATH, "BASE_URL": base_url, "COUNTERPARTY_ID": account["counterparty"]["counterparty_id"]}
    for name in ("initiator", "counterparty"):
        told[f"{name.upper()}_KEY"] = account[name]["api_key"]
        told[f"{name.upper()}_SECRET"] = account[name]["api_secret"]
    proxies = {name for name in os.environ if name.lower().endswith("_proxy")}
    environment = {name: value for name, value in os.environ.items() if name not in proxies} | told
    done = subprocess.run(
        [find(INTERPRETERS[program.suffix]) or "", str(program)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )

    assert done.returncode == 0, f"{program.name} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return [json.loads(line) for line in done.stdout.splitlines()]


def check_answers(answers: list[Json]) -> None:
    """The course of events that every client goes through."""
    placed, read, confirmed, placed_again, canceled, read_again = answers

    assert placed["result"] == placed_again["result"] == "AwaitConfirm"
    assert read["clearing_id"] == placed["clearing_id"] != placed_again["clearing_id"]
    assert (read["symbol"], read["amount"], read["price"], read["side"]) == ("BTCUSD", "100", "9500.00", "buy")
    assert confirmed == {"result": "confirmed"}
    assert canceled["result"] == "ok"
    assert (read_again["clearing_id"], read_again["status"]) == (placed_again["clearing_id"], "Canceled")


def check_wire(orders: list[Sent], habit: Habit) -> None:
    """The client has the habits that it is here for."""
    assert len(orders) == 2
    for order in orders:
        assert re.search(habit.nonce, order.payload, re.DOTALL), order.payload
        assert re.search(rf'"symbol"\s*:\s*{habit.symbol}', order.payload), order.payload
        assert re.search(rf'"expires_in_hrs"\s*:\s*{re.escape(habit.expires)}\b(?!\.)', order.payload), order.payload
        assert bool(order.body_length) == habit.body


@pytest.mark.parametrize("name", list(HABITS))
def test_client_is_served_without_adaptation(name: str, mock: Json, request: pytest.FixtureRequest) -> None:
    """The whole course of two orders, in the client's own way of writing requests."""
    habit = HABITS[name]
    if missing := [command for command in habit.needs if find(command) is None]:
        pytest.skip(f"{name} needs {', '.join(missing)}, which is not on this machine")
    program = CLIENTS / name
    if habit.npm:
        program = Path(shutil.copy(program, request.getfixturevalue("npm_packages")))

    with Recorder(mock["base_url"]) as recorder:
        answers = answers_of(program, recorder.base_url, mock["accounts"])

    check_answers(answers)
    check_wire([sent for sent in recorder.requests() if '/v1/clearing/new"' in sent.payload.replace("\\/", "/")], habit)


def test_habits_cover_what_real_clients_do() -> None:
    """Together the clients send both kinds of nonce, three spellings of a symbol, both hours, both kinds of body."""
    habits = HABITS.values()

    assert {'"\\d' in habit.nonce for habit in habits} == {True, False}
    assert {habit.symbol for habit in habits} == {'"BTCUSD"', '"BtcUsd"', '"btcusd"'}
    assert {habit.expires for habit in habits} == {"24", "24.0"}
    assert {habit.body for habit in habits} == {True, False}
