"""The clock of an exchange: its time sources, and its control."""

import time
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

import httpx
import pytest

from gemini_clearing_mock import Exchange, ManualClock, SystemClock
from gemini_clearing_mock.errors import ControlError


def test_system_clock_returns_machine_time():
    """The system clock returns the machine's time in milliseconds since the epoch."""
    before_ms = time.time_ns() // 1_000_000

    assert before_ms <= SystemClock().now_ms() <= time.time_ns() // 1_000_000


def test_system_clock_sleeps_milliseconds(monkeypatch):
    """The system clock converts milliseconds to the seconds of `time.sleep`."""
    slept_s = []
    monkeypatch.setattr(time, "sleep", slept_s.append)

    SystemClock().sleep(250)

    assert slept_s == [0.25]


def test_exchange_clock_keeps_offset_to_source(exchange, clock):
    """After an advance, exchange time stays ahead of the source by exactly that amount."""
    exchange.clock.advance(hours=1, minutes=1, seconds=1, ms=1)
    clock.advance(seconds=2)

    assert exchange.clock.now_ms() == clock.now_ms() + 3_661_001


def test_exchange_clock_advance_defaults_to_zero(exchange):
    """Each unit of `advance` defaults to zero."""
    before_ms = exchange.clock.now_ms()

    assert exchange.clock.advance() == before_ms


def test_exchange_clock_runs_due_tasks_inside_a_transaction(exchange, desks):
    """Tasks that become due run immediately, before the rest of the transaction changes the state."""
    order = desks.initiator.place(counterparty_id="OM9VNL1G")
    desks.counterparty.confirm(order)

    with exchange.transactions.begin():
        exchange.clock.advance(seconds=40)
        exchange.desks.set_balance("initiator", "USD", 0)

    assert desks.initiator.status(order) == "Settled"


@pytest.mark.parametrize("frozen", [True, False])
def test_exchange_clock_set_keeps_frozen(exchange, clock, frozen):
    """The clock can be set to its current time, and stays frozen or running."""
    if frozen:
        exchange.clock.freeze()

    assert exchange.clock.set(clock.now_ms()) == clock.now_ms()
    assert exchange.clock.frozen == frozen


def test_exchange_clock_converts_time_zone(exchange):
    """An aware `datetime` of any time zone is converted."""
    moment = datetime(2027, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))

    assert exchange.clock.set(moment) == int(datetime(2027, 1, 1, 10, tzinfo=UTC).timestamp() * 1000)


def test_exchange_clock_rejects_naive_datetime(exchange):
    """A `datetime` without time zone is rejected."""
    with pytest.raises(ControlError, match="has no time zone"):
        exchange.clock.set(datetime(2027, 1, 1, 12))  # noqa: DTZ001  (the missing time zone is the case)


def test_frozen_clock_advances_instead_of_sleeping(exchange):
    """`sleep` on a frozen clock advances it and returns immediately."""
    running = Exchange()
    running.clock.freeze()
    moment_ms, began = running.clock.now_ms(), time.monotonic()

    running.clock.sleep(60_000)

    assert running.clock.now_ms() == moment_ms + 60_000
    assert time.monotonic() - began < 1


def test_frozen_clock_ignores_its_source(exchange, clock):
    """A frozen clock ignores its source, and runs on from its own time when it is resumed."""
    exchange.clock.freeze()
    moment_ms = exchange.clock.advance(seconds=5)
    clock.advance(hours=9)
    assert exchange.clock.now_ms() == moment_ms

    exchange.clock.resume()
    clock.advance(ms=1)
    assert exchange.clock.now_ms() == moment_ms + 1


def test_reset_unfreezes_clock():
    """After a reset, exchange time is the time of the source."""
    clock = ManualClock()
    exchange = Exchange(clock=clock)
    exchange.clock.freeze()
    exchange.clock.advance(hours=1)

    exchange.reset()

    assert (exchange.clock.now_ms(), exchange.clock.frozen) == (clock.now_ms(), False)


@pytest.mark.parametrize("fault", [None, "status", "maintenance", "html", "latency", "truncated", "duplicate"])
def test_every_response_has_the_exchange_time(desks, exchange, fault):
    """The `Date` header is the exchange's time in whole seconds, rounded down; error responses have it too."""
    exchange.clock.set(datetime(2030, 5, 6, 7, 8, 9, 999_000, tzinfo=UTC))
    if fault is not None:
        exchange.faults.add(fault, count=2, **({"status": 429} if fault == "status" else {}))

    accepted, rejected = desks.initiator.send("/v1/clearing/list"), desks.initiator.send("/v1/clearing/status")

    assert accepted.raw.headers["date"] == rejected.raw.headers["date"] == "Mon, 06 May 2030 07:08:09 GMT"


def test_response_has_the_time_after_an_advance(desks, exchange):
    """The time of a response is that of the exchange when it handles the request."""
    before = desks.initiator.send("/v1/clearing/list").raw.headers["date"]
    exchange.clock.advance(hours=1)
    after = desks.initiator.send("/v1/clearing/list").raw.headers["date"]

    assert parsedate_to_datetime(after) - parsedate_to_datetime(before) == timedelta(hours=1)


def test_transports_pass_the_exchange_time_on(desks, exchange):
    """A client without a socket receives the same header."""
    exchange.clock.set(datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC))
    request = desks.initiator.request("/v1/clearing/list")

    with httpx.Client(transport=exchange.transport()) as client:
        response = client.post("http://127.0.0.1" + request.path, headers=dict(request.headers))

    assert response.headers.get_list("date") == ["Wed, 02 Jan 2030 03:04:05 GMT"]


def test_time_that_no_date_can_express_is_omitted(desks_of):
    """From the year 10000 on, responses have no `Date` header, and requests are handled as before."""
    exchange = Exchange(clock=ManualClock(253_402_300_800_000))

    response = desks_of(exchange).initiator.send("/v1/clearing/list")

    assert (response.status, "date" in response.raw.headers) == (200, False)
