"""The state file fails, at every step of a transaction and while the exchange runs: memory and file stay equal."""

import json
import random
import shutil
import sqlite3
import subprocess
import sys

import pytest

from gemini_clearing_mock import Exchange, Request, create_app
from gemini_clearing_mock.errors import StateFileError
from gemini_clearing_mock.state import _state_file
from gemini_clearing_mock.state._state_file import file_ids, open_file

from .test_asgi import run_app

STEPS = ["BEGIN", "PRAGMA data_version", "SELECT", "INSERT", "COMMIT"]
CAUSES = [
    "database or disk is full",
    "attempt to write a readonly database",
    "database is locked",
    "disk I/O error",
    "database disk image is malformed",
]


class FailingConnection:
    """A SQLite connection whose statements with one of the prefixes fail, and which delegates everything else."""

    def __init__(self, connection, cause, *prefixes):
        self._connection = connection
        self._cause, self._prefixes = cause, prefixes

    def _check(self, statement):
        if statement.startswith(self._prefixes):
            raise sqlite3.OperationalError(self._cause)

    def execute(self, statement, *arguments):
        """Run the statement, or fail."""
        self._check(statement)
        return self._connection.execute(statement, *arguments)

    def executemany(self, statement, rows):
        """Run the statement for each row, or fail."""
        self._check(statement)
        return self._connection.executemany(statement, rows)

    def __getattr__(self, name):
        return getattr(self._connection, name)


def break_store(exchange, cause, *prefixes):
    """Let statements of an exchange fail; return a function that repairs it."""
    store = exchange.transactions._store
    store._db = FailingConnection(store._db, cause, *prefixes)

    def repair():
        if isinstance(store._db, FailingConnection):
            store._db = store._db._connection

    return repair


@pytest.mark.parametrize("also", [(), ("ROLLBACK",)], ids=["", "and ROLLBACK"])
@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("step", STEPS)
def test_failed_step_is_undone_in_memory(state_file, clock, desks_of, step, cause, also):
    """A request whose transaction fails at any step gets 500 with the cause, and is not listed."""
    here, there = (desks_of(Exchange(clock=clock, state_file=state_file)) for _ in range(2))
    there.desk3.nonces = here.desk3.nonces
    here.initiator.place()
    there.counterparty.place()  # so that there is something to read: SELECT runs

    repair = break_store(here.exchange, cause, step, *also)
    reply = here.initiator.send("/v1/clearing/new", symbol="btcusd", amount="2", price="1", side="buy")
    repair()

    assert (reply.status, reply.reason) == (500, "System")
    assert f"cannot use the state file {state_file}: {cause}" in reply.body["message"]
    assert here.exchange.snapshot() == there.exchange.snapshot()
    assert here.exchange.snapshot() == Exchange(clock=clock, state_file=state_file).snapshot()
    assert len(here.initiator.orders()) == 1
    here.initiator.place()
    assert len(here.initiator.orders()) == 2


@pytest.mark.parametrize("step", ["INSERT", "COMMIT"])
def test_first_request_can_fail(state_file, clock, desks_of, step):
    """A failed first request leaves the initial state in memory."""
    desks = desks_of(Exchange(clock=clock, state_file=state_file))
    initiator, fresh = desks.initiator, desks.exchange.snapshot()
    repair = break_store(desks.exchange, "database or disk is full", step)
    assert initiator.send("/v1/clearing/new", symbol="btcusd", amount="2", price="1", side="buy").status == 500
    repair()

    assert desks.exchange.snapshot() == fresh


def test_full_disk_is_undone_in_memory(state_file, clock, desks_of):
    """With a file that cannot grow, requests fail, and exactly the acknowledged orders are stored."""
    desks = desks_of(Exchange(clock=clock, state_file=state_file))
    database = desks.exchange.transactions._store._db
    pages = database.execute("PRAGMA page_count").fetchone()[0]
    database.execute(f"PRAGMA max_page_count = {pages + 4}")
    terms = {"symbol": "btcusd", "amount": "2", "price": "1", "side": "buy"}

    replies = [desks.initiator.send("/v1/clearing/new", **terms) for _ in range(60)]

    placed = {reply.body["clearing_id"] for reply in replies if reply.status == 200}
    assert {reply.status for reply in replies} == {200, 500}
    assert "database or disk is full" in replies[-1].body["message"]
    with Exchange(clock=clock, state_file=state_file).transactions.begin() as transaction:
        assert set(transaction.state.orders) == placed
    database.execute("PRAGMA max_page_count = 1000000")
    assert {row["clearing_id"] for row in desks.initiator.orders(limit=100)} == placed


def test_random_failures_never_separate_memory_and_file(state_file, clock, desks_of):
    """After 100 failures at random statements, exactly the acknowledged orders are in memory and in the file."""
    draw = random.Random(13)
    both = [desks_of(Exchange(clock=clock, state_file=state_file)) for _ in range(2)]
    both[1].initiator.nonces = both[0].initiator.nonces
    placed = set()
    failures = 0
    while failures < 100:
        desks = draw.choice(both)
        steps = draw.sample([*STEPS, "ROLLBACK"], draw.randrange(3))
        repair = break_store(desks.exchange, draw.choice(CAUSES), *steps) if steps else lambda: None
        reply = desks.initiator.send("/v1/clearing/new", symbol="btcusd", amount="2", price="1", side="buy")
        repair()
        failures += reply.status == 500
        if reply.status == 200:
            placed.add(reply.body["clearing_id"])

    for exchange in (both[0].exchange, both[1].exchange, Exchange(clock=clock, state_file=state_file)):
        with exchange.transactions.begin() as transaction:
            assert set(transaction.state.orders) == placed


def remove(file):
    """Remove the file."""
    file.unlink()


def replace(file):
    """Replace the file by a copy."""
    copy = file.with_name("copy")
    shutil.copy(file, copy)
    copy.replace(file)


def remove_log(file):
    """Remove the write-ahead log."""
    file.with_name(file.name + "-wal").unlink()


def remove_folder(file):
    """Rename the folder of the file."""
    file.parent.rename(file.parent.with_name("renamed"))


@pytest.mark.parametrize("lose", [remove, replace, remove_log, remove_folder])
@pytest.mark.parametrize("is_written", [False, True])
def test_lost_file_acknowledges_nothing(tmp_path, clock, desks_of, lose, is_written):
    """Once the file is removed or replaced, no request is acknowledged, and the response states why."""
    folder = tmp_path / "folder"
    folder.mkdir()
    file = folder / "state"
    desks = desks_of(Exchange(clock=clock, state_file=file))
    initiator = desks.initiator
    if is_written:
        initiator.place()
    lose(file)

    reply = initiator.send("/v1/clearing/new", symbol="btcusd", amount="2", price="1", side="buy")

    problem = f"{file} or its write-ahead log was removed or replaced while in use. Restart the exchange."
    assert (reply.status, reply.body["message"]) == (500, problem)
    for path, status in (("/__mock__/health", 503), ("/__mock__/state", 500)):
        start, body = run_app(create_app(desks.exchange), path=path, method="GET")
        assert (start["status"], json.loads(body["body"])["message"]) == (status, problem)
    with pytest.raises(StateFileError, match="removed or replaced"):
        desks.exchange.reset()


def test_file_that_is_lost_during_a_request_acknowledges_nothing(state_file, clock, desks_of):
    """A file that is removed between the start and the end of a request is noticed before the response."""
    exchange = Exchange(clock=clock, state_file=state_file)
    order = desks_of(exchange).initiator.request("/v1/clearing/list")

    def lose_while_it_runs():
        with exchange.transactions.begin():
            exchange.handle(order)
            state_file.unlink()

    with pytest.raises(StateFileError, match=r"removed or replaced.*may have been written to the lost file"):
        lose_while_it_runs()


def test_closed_exchange_leaves_one_complete_file(state_file, tmp_path, clock, desks_of):
    """After `close` the file itself has everything, without its write-ahead log."""
    with Exchange(clock=clock, state_file=state_file) as exchange:
        desks_of(exchange).initiator.place()
        before = exchange.snapshot()
    copy = tmp_path / "copy"
    shutil.copy(state_file, copy)

    assert Exchange(clock=clock, state_file=copy).snapshot() == before
    assert exchange.handle(Request("POST", "/v1/heartbeat", {})).status == 500
    with pytest.raises(StateFileError, match="is closed"):
        exchange.reset()
    exchange.close()


def test_closed_exchange_leaves_a_complete_file_to_others(state_file, tmp_path, clock, desks_of):
    """`close` moves the changes into the file even if another process still uses it."""
    other = Exchange(clock=clock, state_file=state_file)
    with Exchange(clock=clock, state_file=state_file) as exchange:
        desks_of(exchange).initiator.place()
        before = exchange.snapshot()
    copy = tmp_path / "copy"
    shutil.copy(state_file, copy)

    assert Exchange(clock=clock, state_file=copy).snapshot() == before
    assert other.snapshot() == before


OWNER = """
import sys
from pathlib import Path
from gemini_clearing_mock import Exchange
with Exchange(state_file=Path(sys.argv[1])) as exchange:
    exchange.desks.add_key("written-by-the-owner", account="initiator")
    print("written", flush=True)
    sys.stdin.read()
"""


def keep(file, other):
    """Give the file and its write-ahead log another name."""
    for suffix in ("", "-wal"):
        other.with_name(other.name + suffix).hardlink_to(file.with_name(file.name + suffix))


@pytest.mark.parametrize("is_checked_before", [False, True])
def test_worker_that_starts_while_its_file_is_replaced_moves_nothing(tmp_path, monkeypatch, is_checked_before):
    """A file that takes the name while a worker opens it does not get the content of the log of the file in use."""
    path, kept = tmp_path / "state", tmp_path / "kept"
    check = _state_file._check_other_database

    def check_and_replace(opened):
        for step in (check, replace) if is_checked_before else (replace, check):
            step(opened)

    with subprocess.Popen([sys.executable, "-c", OWNER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        owner.stdout.readline()
        keep(path, kept)
        monkeypatch.setattr(_state_file, "_check_other_database", check_and_replace)
        with pytest.raises(StateFileError, match="removed or replaced"):
            open_file(path, file_ids(path))
        owner.stdin.close()
    monkeypatch.undo()

    with Exchange(state_file=kept) as exchange:
        assert exchange.account("written-by-the-owner")
