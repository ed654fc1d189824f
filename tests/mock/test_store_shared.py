"""A shared state file: its processes act as one exchange, and a killed one loses no acknowledged request."""

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
    """Each process reads the orders, nonces, balances and resets of the other at its next request."""
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
    """Return the number of writes to the file."""
    with contextlib.closing(sqlite3.connect(state_file)) as database:
        return database.execute("SELECT max(revision) FROM record").fetchone()[0]


def test_transaction_without_changes_writes_nothing(state_file, clock, desks_of):
    """Rows that were read or written count as saved; otherwise two processes would write them forever."""
    here, there = (Exchange(clock=clock, state_file=state_file) for _ in range(2))
    desks_of(here).initiator.place()
    before = revision(state_file)

    for exchange in (here, there):
        exchange.clock.now_ms()

    assert revision(state_file) == before


def test_check_of_another_process_is_repeated_when_it_matters(state_file, clock, desks_of):
    """A process that missed a check and a later deposit settles the order at the next check."""
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


def test_removed_row_is_removed_in_the_other_process(state_file, clock):
    """A fault that one process removes is gone in the other."""
    here, there = (Exchange(clock=clock, state_file=state_file) for _ in range(2))
    fault = here.faults.add("html")
    assert list(there.faults) == [fault]

    here.faults.remove(fault.fault_id)

    assert list(there.faults) == []


def test_reset_and_restore_in_one_transaction_reach_the_other_process(state_file, clock, desks_of):
    """If one transaction replaces everything twice, the other process drops the orders in between."""
    here, there = (desks_of(Exchange(clock=clock, state_file=state_file)) for _ in range(2))
    there.initiator.nonces = here.initiator.nonces
    empty = here.exchange.snapshot()
    here.initiator.place()
    assert len(there.initiator.orders()) == 1

    with here.exchange.transactions.begin():
        here.exchange.reset()
        here.exchange.restore(empty)

    assert there.initiator.orders() == []


def test_reset_reaches_a_process_that_is_up_to_date(state_file, clock, desks_of):
    """A reset reaches a process that has read every earlier change."""
    here, there = (desks_of(Exchange(clock=clock, state_file=state_file)) for _ in range(2))
    here.initiator.place()
    there.exchange.clock.now_ms()

    here.exchange.reset()

    assert there.initiator.orders() == []


def test_deposit_of_another_process_settles_at_the_next_check(state_file, clock, desks_of):
    """A deposit by another process counts from its time on, not earlier."""
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


def test_random_operations_in_two_processes_keep_them_equal(state_file, clock, desks_of):
    """After random operations in two processes, both have the same state, and so has a third."""
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
    """Places orders as fast as possible until the server is gone, and records the acknowledged ones."""

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
                    response = client.post(request.path, headers=dict(request.headers))
                except httpx.TransportError:
                    return
                assert response.status_code == 200, response.text
                self.acknowledged.append(response.json()["clearing_id"])

    def wait_for_first(self) -> None:
        """Wait until an order has been acknowledged."""
        deadline = time.monotonic() + 30
        while not self.acknowledged and time.monotonic() < deadline:
            time.sleep(0.01)

    def join(self) -> list[str]:
        """Wait for the end; return the ids of the acknowledged orders."""
        self._thread.join(60)
        return self.acknowledged


def test_kill_loses_no_acknowledged_order(state_file, serve):
    """After repeated kills under load, the file has every acknowledged order, and no partial one."""
    draw = random.Random(1)
    acknowledged: list[str] = []
    for seed in range(KILLS):
        with serve("--state", str(state_file)) as served:
            load = Load(served, seed)
            load.wait_for_first()
            time.sleep(draw.uniform(0.1, 0.4))
            served.process.send_signal(signal.SIGKILL)
            served.process.wait(10)
            acknowledged += load.join()

    survivor = Exchange(state_file=state_file)
    with survivor.transactions.begin() as transaction:
        orders = transaction.state.orders
        assert len(acknowledged) > KILLS
        assert [clearing_id for clearing_id in acknowledged if clearing_id not in orders] == []
        # Each kill may leave one order that was saved but not acknowledged.
        assert len(orders) <= len(acknowledged) + KILLS
        assert sorted(order.sequence for order in orders.values()) == list(range(1, len(orders) + 1))
    with sqlite3.connect(state_file) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


def test_several_workers_serve_one_exchange(state_file, serve):
    """Orders that were placed through different workers are in every list."""
    with serve("--state", str(state_file), "--workers", "2") as served:
        desk = served.desk
        for _ in range(20):
            request = desk.request("/v1/clearing/new", **TERMS)
            # A new connection for each order, so that both workers receive some.
            response = httpx.post(served.base_url + request.path, headers=dict(request.headers), timeout=20)
            assert response.status_code == 200, response.text
        counts = set()
        for _ in range(6):
            request = desk.request("/v1/clearing/list")
            response = httpx.post(served.base_url + request.path, headers=dict(request.headers), timeout=20)
            counts.add(len(response.json()["orders"]))

    assert counts == {20}
