"""The state file: what comes back after a restart, what it is, and files that are no state files."""

import contextlib
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from gemini_clearing_mock import Exchange, ManualClock, demo_config
from gemini_clearing_mock.errors import StateFileError


def ledger(exchange):
    """Everything that must survive."""
    return exchange.fingerprint()


def test_state_survives_a_restart(state_file, clock, desks_of):
    """Orders, balances, nonces, faults and what is due come back, and life goes on where it stood."""
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


def test_silence_is_noticed_after_a_restart(state_file, clock, desks_of):
    """A key that promised a heartbeat is watched by whoever serves the file."""
    first = Exchange(clock=clock, state_file=state_file)
    first.desks.add_key("watched", account="initiator", heartbeat=True)
    order = desks_of(first).watched.place()

    second = desks_of(Exchange(clock=clock, state_file=state_file))
    clock.advance(seconds=30)

    assert second.auditor.status(order) == "Canceled"


def test_state_keeps_the_clock(state_file):
    """A frozen exchange is frozen after a restart, at the same moment."""
    first = Exchange(clock=ManualClock(), state_file=state_file)
    first.clock.freeze()
    moment = first.clock.advance(hours=5)

    second = Exchange(clock=ManualClock(), state_file=state_file)

    assert (second.clock.now_ms(), second.clock.frozen) == (moment, True)


def test_configuration_that_has_grown_adds_to_the_file(state_file, clock):
    """Whoever serves a file with further accounts serves those as well."""
    demo = demo_config()
    smaller = msgspec.structs.replace(demo, accounts=demo.accounts[:2], keys=demo.keys[:2], tokens=())
    Exchange(smaller, clock=clock, state_file=state_file)

    grown = {account.name: account for account in Exchange(clock=clock, state_file=state_file).accounts}
    assert grown == {account.name: account for account in Exchange().accounts}


def test_state_file_may_be_used_from_any_thread(state_file, clock, desks_of):
    """As an exchange in memory may be."""
    desk = desks_of(Exchange(clock=clock, state_file=state_file)).initiator
    with ThreadPoolExecutor(1) as other:
        order = other.submit(desk.place).result()

    assert desk.status(order) == "AwaitTargetConfirm"


def test_state_file_says_whose_it_is(state_file):
    """In its header, where other programs look as well: GCLR, and the version of what it holds."""
    Exchange(state_file=state_file)

    with contextlib.closing(sqlite3.connect(state_file)) as database:
        assert database.execute("PRAGMA application_id").fetchone()[0].to_bytes(4) == b"GCLR"
        assert database.execute("PRAGMA user_version").fetchone() == (1,)


def test_state_file_is_read_while_it_is_written(state_file):
    """In WAL mode whoever looks into the file need not wait for a turn to end."""
    exchange = Exchange(state_file=state_file)

    with exchange.transactions.begin(), contextlib.closing(sqlite3.connect(state_file, timeout=0)) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert database.execute("SELECT count(*) FROM record").fetchone()[0] > 0


def test_failed_turn_is_undone(state_file, clock, desks_of):
    """When a turn breaks off, neither file nor memory keeps its half."""
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


def test_file_with_orders_that_are_not_traded_here_is_refused(state_file, clock, desks_of):
    """A configuration without the symbol of a stored order is refused at once, and the symbol named."""
    desks_of(Exchange(clock=clock, state_file=state_file)).initiator.place(symbol="solusd")
    demo = demo_config()
    smaller = {name: symbol for name, symbol in demo.symbols.items() if name != "SOLUSD"}

    with pytest.raises(StateFileError, match="has orders for symbols that the configuration lacks: SOLUSD"):
        Exchange(msgspec.structs.replace(demo, symbols=smaller), clock=clock, state_file=state_file)


def test_file_of_another_program_is_left_alone(state_file):
    """A database that is no state file is refused, and not touched."""
    with sqlite3.connect(state_file) as other:
        other.execute("CREATE TABLE precious (thing)")
    other.close()

    with pytest.raises(StateFileError, match=f"{state_file} is a SQLite database, but not a state file"):
        Exchange(state_file=state_file)


@pytest.mark.parametrize("content", [b"no database at all, but long enough to look like one" * 10, None])
def test_file_that_cannot_be_opened_is_named(tmp_path, content):
    """Neither garbage nor a missing folder gives a traceback."""
    file = tmp_path / "missing" / "state" if content is None else tmp_path / "garbage"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(StateFileError, match=str(file)):
        Exchange(state_file=file)
