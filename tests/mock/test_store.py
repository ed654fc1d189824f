"""The state file: what survives a restart, its format, and files that are not state files."""

import contextlib
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from gemini_clearing_mock import Exchange, ManualClock, demo_config
from gemini_clearing_mock.errors import StateFileError


def ledger(exchange):
    """Return what must survive a restart."""
    return exchange.fingerprint()


def test_state_survives_a_restart(state_file, clock, desks_of):
    """Orders, balances, nonces, faults and scheduled tasks survive a restart."""
    first = Exchange(clock=clock, state_file=state_file)
    desks = desks_of(first)
    order = desks.initiator.place(counterparty_id="OM9VNL1G")
    desks.counterparty.confirm(order)
    first.faults.add("html", operation="cancel_order")

    second = Exchange(clock=clock, state_file=state_file)
    again = desks_of(second)
    assert ledger(second) == ledger(first)
    assert len(list(second.faults)) == 1
    assert again.initiator.send("/v1/clearing/list", nonce=1).reason == "InvalidNonce"
    clock.advance(seconds=30)
    again.initiator.nonces = desks.initiator.nonces
    assert again.initiator.status(order) == "Settled"


def test_heartbeat_timeout_survives_a_restart(state_file, clock, desks_of):
    """A heartbeat key is monitored again after a restart."""
    first = Exchange(clock=clock, state_file=state_file)
    first.desks.add_key("watched", account="initiator", heartbeat=True)
    order = desks_of(first).watched.place()

    second = desks_of(Exchange(clock=clock, state_file=state_file))
    clock.advance(seconds=30)

    assert second.auditor.status(order) == "Canceled"


def test_frozen_clock_survives_a_restart(state_file):
    """A frozen clock is frozen at the same time after a restart."""
    first = Exchange(clock=ManualClock(), state_file=state_file)
    first.clock.freeze()
    moment = first.clock.advance(hours=5)

    second = Exchange(clock=ManualClock(), state_file=state_file)

    assert (second.clock.now_ms(), second.clock.frozen) == (moment, True)


def test_new_accounts_of_the_configuration_are_added(state_file, clock):
    """Accounts that are new in the configuration are added to an existing file."""
    demo = demo_config()
    smaller = msgspec.structs.replace(demo, accounts=demo.accounts[:2], keys=demo.keys[:2], tokens=())
    Exchange(smaller, clock=clock, state_file=state_file)

    grown = {account.name: account for account in Exchange(clock=clock, state_file=state_file).accounts}
    assert grown == {account.name: account for account in Exchange().accounts}


def test_state_file_can_be_used_from_any_thread(state_file, clock, desks_of):
    """An exchange with a state file can be used from several threads."""
    desk = desks_of(Exchange(clock=clock, state_file=state_file)).initiator
    with ThreadPoolExecutor(1) as other:
        order = other.submit(desk.place).result()

    assert desk.status(order) == "AwaitTargetConfirm"


def test_state_file_has_application_id_and_version(state_file):
    """The header of the file has the application id GCLR and the format version."""
    Exchange(state_file=state_file)

    with contextlib.closing(sqlite3.connect(state_file)) as database:
        assert database.execute("PRAGMA application_id").fetchone()[0].to_bytes(4) == b"GCLR"
        assert database.execute("PRAGMA user_version").fetchone() == (2,)


def test_state_file_can_be_read_during_a_transaction(state_file):
    """In WAL mode, a reader does not wait for a transaction to end."""
    exchange = Exchange(state_file=state_file)

    with exchange.transactions.begin(), contextlib.closing(sqlite3.connect(state_file, timeout=0)) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert database.execute("SELECT count(*) FROM record").fetchone()[0] > 0


def test_failed_transaction_is_rolled_back(state_file, clock, desks_of):
    """An exception in a transaction undoes its changes, in the file and in memory."""
    exchange = Exchange(clock=clock, state_file=state_file)
    desks_of(exchange).initiator.place()
    before = exchange.fingerprint()

    def break_off():
        with exchange.transactions.begin() as transaction:
            transaction.state.orders.clear()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()

    assert exchange.fingerprint() == before
    assert Exchange(clock=clock, state_file=state_file).fingerprint() == before


def test_state_file_with_unknown_symbol_is_rejected(state_file, clock, desks_of):
    """A file with orders for a symbol that the configuration lacks is rejected."""
    desks_of(Exchange(clock=clock, state_file=state_file)).initiator.place(symbol="solusd")
    demo = demo_config()
    smaller = {name: symbol for name, symbol in demo.symbols.items() if name != "SOLUSD"}

    with pytest.raises(StateFileError, match="has orders for symbols that the configuration lacks: SOLUSD"):
        Exchange(msgspec.structs.replace(demo, symbols=smaller), clock=clock, state_file=state_file)


def test_database_of_another_program_is_rejected(state_file):
    """A SQLite database that is not a state file is rejected, and not changed."""
    with sqlite3.connect(state_file) as other:
        other.execute("CREATE TABLE precious (thing)")
    other.close()

    with pytest.raises(StateFileError, match=f"{state_file} is a SQLite database, but not a state file"):
        Exchange(state_file=state_file)


@pytest.mark.parametrize("content", [b"no database at all, but long enough to look like one" * 10, None])
def test_unusable_state_file_is_reported(tmp_path, content):
    """A file that cannot be opened raises `StateFileError` with its path."""
    file = tmp_path / "missing" / "state" if content is None else tmp_path / "garbage"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(StateFileError, match=str(file)):
        Exchange(state_file=file)
