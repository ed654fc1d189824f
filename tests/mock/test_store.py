"""The state file: restarts, kill -9, several workers, and files that are no state files."""

import contextlib
import os
import random
import signal
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import msgspec
import pytest

from gemini_clearing_mock import Exchange, ManualClock, demo_config
from gemini_clearing_mock.errors import StateFileError

TERMS = {"symbol": "btcusd", "amount": "2", "price": "9500", "side": "buy"}
KILLS = int(os.environ.get("MOCK_KILLS", "3"))


@pytest.fixture
def file(tmp_path):
    """Where the state is kept."""
    return tmp_path / "state.sqlite"


def ledger(exchange):
    """Everything that must survive."""
    return exchange.fingerprint()


def test_state_survives_a_restart(file, clock, desks_of):
    """Orders, balances, nonces, faults and what is due come back, and life goes on where it stood."""
    first = Exchange(clock=clock, state_file=file)
    desks = desks_of(first)
    order = desks.initiator.place(counterparty_id="OM9VNL1G")
    desks.counterparty.confirm(order)
    first.faults.add("html", operation="cancel_order")

    second = Exchange(clock=clock, state_file=file)
    again = desks_of(second)
    assert ledger(second) == ledger(first)
    assert len(list(second.faults)) == 1
    assert again.initiator.send("/v1/clearing/list", nonce=1).reason == "InvalidNonce"
    clock.advance(seconds=30)
    again.initiator.nonces = desks.initiator.nonces
    assert again.initiator.status(order) == "Settled"


def test_silence_is_noticed_after_a_restart(file, clock, desks_of):
    """A key that promised a heartbeat is watched by whoever serves the file."""
    first = Exchange(clock=clock, state_file=file)
    first.desks.add_key("watched", account="initiator", heartbeat=True)
    order = desks_of(first).watched.place()

    second = desks_of(Exchange(clock=clock, state_file=file))
    clock.advance(seconds=30)

    assert second.auditor.status(order) == "Canceled"


def test_state_keeps_the_clock(file):
    """A frozen exchange is frozen after a restart, at the same moment."""
    first = Exchange(clock=ManualClock(), state_file=file)
    first.clock.freeze()
    moment = first.clock.advance(hours=5)

    second = Exchange(clock=ManualClock(), state_file=file)

    assert (second.clock.now_ms(), second.clock.frozen) == (moment, True)


def test_two_processes_on_one_file_are_one_exchange(file, clock, desks_of):
    """What one does the other sees at its next request: orders, nonces, money, resets."""
    here, there = (desks_of(Exchange(clock=clock, state_file=file)) for _ in range(2))
    there.initiator.nonces = here.initiator.nonces
    there.counterparty.nonces = here.counterparty.nonces

    order = here.initiator.place(counterparty_id="OM9VNL1G")
    assert there.counterparty.confirm(order).body == {"result": "confirmed"}
    assert here.initiator.status(order) == "Confirmed"
    clock.advance(seconds=30)
    assert there.initiator.status(order) == "Settled"
    assert here.exchange.desks.balance("initiator", "BTC") == there.exchange.desks.balance("initiator", "BTC")

    here.exchange.reset()
    assert there.initiator.send("/v1/clearing/status", clearing_id=order).reason == "OrderNotFound"
    assert there.initiator.orders() == []


def revision(file):
    """How often the file was written to."""
    with contextlib.closing(sqlite3.connect(file)) as database:
        return database.execute("SELECT max(revision) FROM record").fetchone()[0]


def test_turn_that_changes_nothing_writes_nothing(file, clock, desks_of):
    """What a process has written or taken over counts as written; two would else hand it to each other for ever."""
    here, there = (Exchange(clock=clock, state_file=file) for _ in range(2))
    desks_of(here).initiator.place()
    before = revision(file)

    for exchange in (here, there):
        exchange.clock.now_ms()

    assert revision(file) == before


def test_configuration_that_has_grown_adds_to_the_file(file, clock):
    """Whoever serves a file with further accounts serves those as well."""
    demo = demo_config()
    smaller = msgspec.structs.replace(demo, accounts=demo.accounts[:2], keys=demo.keys[:2], tokens=())
    Exchange(smaller, clock=clock, state_file=file)

    grown = {account.name: account for account in Exchange(clock=clock, state_file=file).accounts}
    assert grown == {account.name: account for account in Exchange().accounts}


def test_check_that_another_process_made_is_made_again_when_it_counts(file, clock, desks_of):
    """A process that slept over a check and over what came after it settles the order at the next one."""
    here, there = (desks_of(Exchange(clock=clock, state_file=file)) for _ in range(2))
    here.exchange.desks.set_balance("initiator", "USD", 0)
    order = here.initiator.place(counterparty_id="OM9VNL1G")
    here.counterparty.confirm(order)
    there.exchange.clock.now_ms()
    clock.advance(seconds=31)
    assert here.initiator.status(order) == "AttemptSettlement"
    clock.advance(seconds=4)
    here.exchange.desks.set_balance("initiator", "USD", "19000")

    clock.advance(seconds=5)
    assert (
        there.initiator.send("/v1/clearing/status", clearing_id=order, nonce=100).body["status"] == "AttemptSettlement"
    )
    clock.advance(seconds=20)
    assert there.initiator.send("/v1/clearing/status", clearing_id=order, nonce=101).body["status"] == "Settled"


def test_state_file_may_be_used_from_any_thread(file, clock, desks_of):
    """As an exchange in memory may be."""
    desk = desks_of(Exchange(clock=clock, state_file=file)).initiator
    with ThreadPoolExecutor(1) as other:
        order = other.submit(desk.place).result()

    assert desk.status(order) == "AwaitTargetConfirm"


def test_state_file_says_whose_it_is(file):
    """In its header, where other programs look as well: GCLR, and the version of what it holds."""
    Exchange(state_file=file)

    with contextlib.closing(sqlite3.connect(file)) as database:
        assert database.execute("PRAGMA application_id").fetchone()[0].to_bytes(4) == b"GCLR"
        assert database.execute("PRAGMA user_version").fetchone() == (1,)


def test_state_file_is_read_while_it_is_written(file):
    """In WAL mode whoever looks into the file need not wait for a turn to end."""
    exchange = Exchange(state_file=file)

    with exchange.turn(), contextlib.closing(sqlite3.connect(file, timeout=0)) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert database.execute("SELECT count(*) FROM record").fetchone()[0] > 0


def test_what_one_process_takes_back_is_gone_in_the_other(file, clock):
    """A fault that was removed strikes nowhere."""
    here, there = (Exchange(clock=clock, state_file=file) for _ in range(2))
    fault = here.faults.add("html")
    assert list(there.faults) == [fault]

    here.faults.remove(fault.fault_id)

    assert list(there.faults) == []


def test_reset_and_restore_in_one_turn_reach_the_other_process(file, clock, desks_of):
    """Everything was replaced twice at once: the other process forgets what it knew of the orders in between."""
    here, there = (desks_of(Exchange(clock=clock, state_file=file)) for _ in range(2))
    there.initiator.nonces = here.initiator.nonces
    empty = here.exchange.snapshot()
    here.initiator.place()
    assert len(there.initiator.orders()) == 1

    with here.exchange.turn():
        here.exchange.reset()
        here.exchange.restore(empty)

    assert there.initiator.orders() == []


def test_funds_from_another_process_settle_at_their_next_check(file, clock, desks_of):
    """A deposit made elsewhere counts from its moment on, and not before."""
    here, there = (desks_of(Exchange(clock=clock, state_file=file)) for _ in range(2))
    here.exchange.desks.set_balance("initiator", "USD", 0)
    order = here.initiator.place(counterparty_id="OM9VNL1G")
    here.counterparty.confirm(order)
    clock.advance(seconds=40)
    assert here.initiator.status(order) == "AttemptSettlement"

    there.exchange.desks.set_balance("initiator", "USD", "19000")
    clock.advance(seconds=19)
    assert here.initiator.status(order) == "AttemptSettlement"
    clock.advance(seconds=1)
    assert here.initiator.status(order) == "Settled"


def test_random_work_over_two_processes_keeps_them_equal(file, clock, desks_of):
    """After a few hundred operations, drawn between two processes, both hold the same, and so does a third."""
    draw = random.Random(7)
    exchanges = [Exchange(clock=clock, state_file=file) for _ in range(2)]
    both = [desks_of(exchange) for exchange in exchanges]
    for desk in ("initiator", "counterparty"):
        both[1][desk].nonces = both[0][desk].nonces
    placed: list[str] = []
    for _ in range(300):
        desks = draw.choice(both)
        match draw.randrange(5):
            case 0:
                placed.append(desks.initiator.place(counterparty_id="OM9VNL1G", expires_in_hrs=1))
            case 1 if placed:
                desks.counterparty.confirm(draw.choice(placed))
            case 2 if placed:
                desks.initiator.cancel(draw.choice(placed))
            case 3:
                desks.exchange.desks.set_balance("initiator", "USD", draw.choice([0, 19000, 10**6]))
            case _:
                clock.advance(seconds=draw.choice([1, 29, 30, 600]))
    snapshots = {Exchange(clock=clock, state_file=file).fingerprint(), *map(Exchange.fingerprint, exchanges)}

    assert len(snapshots) == 1


def test_failed_turn_is_undone(file, clock, desks_of):
    """When a turn breaks off, neither file nor memory keeps its half."""
    exchange = Exchange(clock=clock, state_file=file)
    desks_of(exchange).initiator.place()
    before = exchange.fingerprint()

    def break_off():
        with exchange.turn() as turn:
            turn.state.orders.clear()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()

    assert exchange.fingerprint() == before
    assert Exchange(clock=clock, state_file=file).fingerprint() == before


def test_file_with_orders_that_are_not_traded_here_is_refused(file, clock, desks_of):
    """A configuration without the symbol of a stored order is refused at once, and the symbol named."""
    desks_of(Exchange(clock=clock, state_file=file)).initiator.place(symbol="solusd")
    demo = demo_config()
    smaller = {name: symbol for name, symbol in demo.symbols.items() if name != "SOLUSD"}

    with pytest.raises(StateFileError, match="holds orders in SOLUSD"):
        Exchange(msgspec.structs.replace(demo, symbols=smaller), clock=clock, state_file=file)


def test_file_of_another_program_is_left_alone(file):
    """A database that is no state file is refused, and not touched."""
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE precious (thing)")
    other.close()

    with pytest.raises(StateFileError, match=f"{file} is a database, but no state file"):
        Exchange(state_file=file)


@pytest.mark.parametrize("content", [b"no database at all, but long enough to look like one" * 10, None])
def test_file_that_cannot_be_opened_is_named(tmp_path, content):
    """Neither garbage nor a missing folder gives a traceback."""
    file = tmp_path / "missing" / "state" if content is None else tmp_path / "garbage"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(StateFileError, match=str(file)):
        Exchange(state_file=file)


class Load:
    """Orders placed as fast as they go, until the server is gone; remembers what was acknowledged."""

    def __init__(self, served, seed: int):
        self.acknowledged: list[str] = []
        self._served = served
        self._thread = threading.Thread(target=self._run, args=(seed,))
        self._thread.start()

    def _run(self, seed: int) -> None:
        desk = self._served.desk
        with httpx.Client(base_url=self._served.base_url, timeout=30) as client:
            nonce = time.time_ns()
            while True:
                nonce += 1
                request = desk.request("/v1/clearing/new", nonce=nonce, **TERMS)
                try:
                    answer = client.post(request.path, headers=dict(request.headers))
                except httpx.TransportError:
                    return
                assert answer.status_code == 200, answer.text
                self.acknowledged.append(answer.json()["clearing_id"])

    def wait_for_the_first(self) -> None:
        """Wait until an order has been acknowledged, however slow the machine is."""
        deadline = time.monotonic() + 30
        while not self.acknowledged and time.monotonic() < deadline:
            time.sleep(0.01)

    def join(self) -> list[str]:
        """Wait for the end, and tell what was acknowledged."""
        self._thread.join(60)
        return self.acknowledged


def test_kill_loses_no_acknowledged_order(file, serve):
    """Killed again and again under load, the file holds every acknowledged order, and no half-written one."""
    draw = random.Random(1)
    acknowledged: list[str] = []
    for seed in range(KILLS):
        with serve("--state", str(file)) as served:
            load = Load(served, seed)
            load.wait_for_the_first()
            time.sleep(draw.uniform(0.1, 0.4))
            served.process.send_signal(signal.SIGKILL)
            served.process.wait(10)
            acknowledged += load.join()

    survivor = Exchange(state_file=file)
    with survivor.turn() as turn:
        orders = turn.state.orders
        assert len(acknowledged) > KILLS
        assert [clearing_id for clearing_id in acknowledged if clearing_id not in orders] == []
        # Each kill may have cut off one order that was written and not yet acknowledged.
        assert len(orders) <= len(acknowledged) + KILLS
        assert sorted(order.sequence for order in orders.values()) == list(range(1, len(orders) + 1))
    with sqlite3.connect(file) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


def test_several_workers_serve_one_exchange(file, serve):
    """Orders placed over many connections, whichever worker takes them, are all in every list."""
    with serve("--state", str(file), "--workers", "2") as served:
        desk = served.desk
        for _ in range(20):
            request = desk.request("/v1/clearing/new", **TERMS)
            # A new connection each time, so that both workers get some.
            answer = httpx.post(served.base_url + request.path, headers=dict(request.headers), timeout=20)
            assert answer.status_code == 200, answer.text
        counts = set()
        for _ in range(6):
            request = desk.request("/v1/clearing/list")
            answer = httpx.post(served.base_url + request.path, headers=dict(request.headers), timeout=20)
            counts.add(len(answer.json()["orders"]))

    assert counts == {20}
