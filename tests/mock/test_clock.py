"""The clock of an exchange: sources of time, and how it is turned in-process."""

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from gemini_clearing_mock import Exchange, ManualClock, SystemClock
from gemini_clearing_mock.errors import ControlError


def test_system_clock_is_the_machines():
    """Milliseconds since the epoch."""
    before_ms = time.time_ns() // 1_000_000

    assert before_ms <= SystemClock().now_ms() <= time.time_ns() // 1_000_000


def test_system_clock_sleeps_for_milliseconds(monkeypatch):
    """And not for a little more or less."""
    slept_s = []
    monkeypatch.setattr(time, "sleep", slept_s.append)

    SystemClock().sleep(250)

    assert slept_s == [0.25]


def test_exchange_clock_runs_with_its_source(exchange, clock):
    """Advanced once, it keeps its lead over the source, to the millisecond."""
    exchange.clock.advance(hours=1, minutes=1, seconds=1, ms=1)
    clock.advance(seconds=2)

    assert exchange.clock.now_ms() == clock.now_ms() + 3_661_001


def test_exchange_clock_that_is_advanced_by_nothing_stays(exchange):
    """Every unit is zero unless told, and no time at all may go by."""
    before_ms = exchange.clock.now_ms()

    assert exchange.clock.advance() == before_ms


def test_exchange_clock_lets_happen_what_is_due_before_a_turn_goes_on(exchange, desks):
    """An order settles with the funds that its desks had then, not with what they are left afterwards."""
    order = desks.initiator.place(counterparty_id="OM9VNL1G")
    desks.counterparty.confirm(order)

    with exchange.transactions.begin():
        exchange.clock.advance(seconds=40)
        exchange.desks.set_balance("initiator", "USD", 0)

    assert desks.initiator.status(order) == "Settled"


@pytest.mark.parametrize("frozen", [True, False])
def test_exchange_clock_may_be_set_to_now_and_runs_or_stands_as_before(exchange, clock, frozen):
    """Only the past is refused, and setting the time neither stops nor starts it."""
    if frozen:
        exchange.clock.freeze()

    assert exchange.clock.set(clock.now_ms()) == clock.now_ms()
    assert exchange.clock.frozen == frozen


def test_exchange_clock_takes_a_moment_with_its_time_zone(exchange):
    """A ``datetime`` counts in its own zone."""
    moment = datetime(2027, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))

    assert exchange.clock.set(moment) == int(datetime(2027, 1, 1, 10, tzinfo=UTC).timestamp() * 1000)


def test_exchange_clock_refuses_a_moment_without_time_zone(exchange):
    """Nobody knows which noon was meant."""
    with pytest.raises(ControlError, match="has no time zone"):
        exchange.clock.set(datetime(2027, 1, 1, 12))  # noqa: DTZ001, that is the point


def test_frozen_clock_does_not_wait(exchange):
    """Sleeping on a frozen exchange takes no time, and time has passed."""
    running = Exchange()
    running.clock.freeze()
    moment_ms, began = running.clock.now_ms(), time.monotonic()

    running.clock.sleep(60_000)

    assert running.clock.now_ms() == moment_ms + 60_000
    assert time.monotonic() - began < 1


def test_frozen_clock_stays_while_its_source_runs(exchange, clock):
    """Frozen and advanced, it stays where it was put; resumed, it runs on from there."""
    exchange.clock.freeze()
    moment_ms = exchange.clock.advance(seconds=5)
    clock.advance(hours=9)
    assert exchange.clock.now_ms() == moment_ms

    exchange.clock.resume()
    clock.advance(ms=1)
    assert exchange.clock.now_ms() == moment_ms + 1


def test_reset_lets_the_clock_run_again():
    """A reset exchange shows its source's time."""
    clock = ManualClock()
    exchange = Exchange(clock=clock)
    exchange.clock.freeze()
    exchange.clock.advance(hours=1)

    exchange.reset()

    assert (exchange.clock.now_ms(), exchange.clock.frozen) == (clock.now_ms(), False)
