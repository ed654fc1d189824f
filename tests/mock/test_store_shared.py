"""A state file that several processes share: they are one exchange, and a killed one loses nothing that it answered."""

import contextlib
import os
import random
import signal
import sqlite3
import threading
import time

import httpx

from gemini_clearing_mock import Exchange

TERMS = {"symbol": "btcusd", "amount": "2", "price": "9500", "side": "buy"}
KILLS = int(os.environ.get("MOCK_KILLS", "3"))


def test_two_processes_on_one_file_are_one_exchange(state_file, clock, desks_of):
    """What one does the other sees at its next request: orders, nonces, money, resets."""
    here, there = (desks_of(Exchange(clock=clock, state_file=state_file)) for _ in range(2))
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


def revision(state_file):
    """How often the file was written to."""
    with contextlib.closing(sqlite3.connect(state_file)) as database:
        return database.execute("SELECT max(revision) FROM record").fetchone()[0]


def test_turn_that_changes_nothing_writes_nothing(state_file, clock, desks_of):
    """What a process has written or taken over counts as written; two would else hand it to each other for ever."""
    here, there = (Exchange(clock=clock, state_file=state_file) for _ in range(2))
    desks_of(here).initiator.place()
    before = revision(state_file)

    for exchange in (here, there):
        exchange.clock.now_ms()

    assert revision(state_file) == before


def test_check_that_another_process_made_is_made_again_when_it_counts(state_file, clock, desks_of):
    """A process that slept over a check and over what came after it settles the order at the next one."""
    here, there = (desks_of(Exchange(clock=clock, state_file=state_file)) for _ in range(2))
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


def test_what_one_process_takes_back_is_gone_in_the_other(state_file, clock):
    """A fault that was removed strikes nowhere."""
    here, there = (Exchange(clock=clock, state_file=state_file) for _ in range(2))
    fault = here.faults.add("html")
    assert list(there.faults) == [fault]

    here.faults.remove(fault.fault_id)

    assert list(there.faults) == []


def test_reset_and_restore_in_one_turn_reach_the_other_process(state_file, clock, desks_of):
    """Everything was replaced twice at once: the other process forgets what it knew of the orders in between."""
    here, there = (desks_of(Exchange(clock=clock, state_file=state_file)) for _ in range(2))
    there.initiator.nonces = here.initiator.nonces
    empty = here.exchange.snapshot()
    here.initiator.place()
    assert len(there.initiator.orders()) == 1

    with here.exchange.transactions.begin():
        here.exchange.reset()
        here.exchange.restore(empty)

    assert there.initiator.orders() == []


def test_reset_reaches_a_process_that_has_read_everything(state_file, clock, desks_of):
    """Also where the one that resets has written last, and has read nothing since."""
    here, there = (desks_of(Exchange(clock=clock, state_file=state_file)) for _ in range(2))
    here.initiator.place()
    there.exchange.clock.now_ms()

    here.exchange.reset()

    assert there.initiator.orders() == []


def test_funds_from_another_process_settle_at_their_next_check(state_file, clock, desks_of):
    """A deposit made elsewhere counts from its moment on, and not before."""
    here, there = (desks_of(Exchange(clock=clock, state_file=state_file)) for _ in range(2))
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


def test_random_work_over_two_processes_keeps_them_equal(state_file, clock, desks_of):
    """After a few hundred operations, drawn between two processes, both hold the same, and so does a third."""
    draw = random.Random(7)
    exchanges = [Exchange(clock=clock, state_file=state_file) for _ in range(2)]
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
    snapshots = {Exchange(clock=clock, state_file=state_file).fingerprint(), *map(Exchange.fingerprint, exchanges)}

    assert len(snapshots) == 1


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


def test_kill_loses_no_acknowledged_order(state_file, serve):
    """Killed again and again under load, the file holds every acknowledged order, and no half-written one."""
    draw = random.Random(1)
    acknowledged: list[str] = []
    for seed in range(KILLS):
        with serve("--state", str(state_file)) as served:
            load = Load(served, seed)
            load.wait_for_the_first()
            time.sleep(draw.uniform(0.1, 0.4))
            served.process.send_signal(signal.SIGKILL)
            served.process.wait(10)
            acknowledged += load.join()

    survivor = Exchange(state_file=state_file)
    with survivor.transactions.begin() as transaction:
        orders = transaction.state.orders
        assert len(acknowledged) > KILLS
        assert [clearing_id for clearing_id in acknowledged if clearing_id not in orders] == []
        # Each kill may have cut off one order that was written and not yet acknowledged.
        assert len(orders) <= len(acknowledged) + KILLS
        assert sorted(order.sequence for order in orders.values()) == list(range(1, len(orders) + 1))
    with sqlite3.connect(state_file) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


def test_several_workers_serve_one_exchange(state_file, serve):
    """Orders placed over many connections, whichever worker takes them, are all in every list."""
    with serve("--state", str(state_file), "--workers", "2") as served:
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
