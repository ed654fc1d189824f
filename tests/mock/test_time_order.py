"""Exchange time never goes back, although its source may: NTP, freezegun and time-machine replace `time.time_ns`."""

import time
from itertools import pairwise

import freezegun
import pytest
import time_machine

import gemini_clearing
from gemini_clearing_mock import Exchange, ManualClock
from gemini_clearing_mock.http._messages import Request

HOUR_NS = 3_600 * 10**9
# freezegun reads each name of each module. A module that is imported then, on demand, keeps the false `datetime`, and
# later tests in this process fail.
LOADED = [getattr(gemini_clearing, name) for name in dir(gemini_clearing)]

LIBRARIES = {
    "freezegun": freezegun.freeze_time,
    "freezegun, running": lambda time: freezegun.freeze_time(time, tick=True),
    "time-machine": lambda time: time_machine.travel(time, tick=False),
    "time-machine, running": time_machine.travel,
}


@pytest.fixture
def set_back(monkeypatch):
    """Set the clock of the machine an hour back, as freezegun and time-machine do: by replacing `time.time_ns`."""
    real = time.time_ns

    def replace(hours=1):
        monkeypatch.setattr(time, "time_ns", lambda: real() - hours * HOUR_NS)

    return replace


@pytest.mark.parametrize("has_file", [False, True])
def test_time_is_constant_until_the_source_catches_up(set_back, state_file, has_file):
    """If the source goes back, exchange time is constant until the source has caught up."""
    exchange = Exchange(state_file=state_file if has_file else None)
    before = exchange.clock.now_ms()

    set_back()
    assert before <= exchange.clock.now_ms() < before + 60_000
    set_back(hours=-1)

    assert exchange.clock.now_ms() >= before + 3_600_000


def test_time_does_not_go_back_over_a_restart(set_back, state_file, desks_of):
    """After a restart the time is not before that of the last request in the state file."""
    with Exchange(state_file=state_file) as exchange:
        desks_of(exchange).initiator.place()
        (entry,) = exchange.log

    set_back()

    assert Exchange(state_file=state_file).clock.now_ms() >= entry.at_ms


def test_time_of_another_process_is_a_lower_limit(state_file, desks_of):
    """An exchange whose source is behind adopts the time of the other process's requests."""
    early, late = ManualClock(1_000_000), ManualClock(9_000_000)
    here, there = (desks_of(Exchange(clock=clock, state_file=state_file)) for clock in (early, late))
    here.initiator.place()

    there.counterparty.place()

    assert here.exchange.clock.now_ms() == 9_000_000


def test_orders_expire_once_although_the_source_goes_back(set_back, desks_of):
    """An order that has expired stays expired, and controls of the clock work."""
    desks = desks_of(Exchange())
    order = desks.initiator.place(expires_in_hrs=1)
    now_ms = desks.exchange.clock.advance(hours=2)
    set_back(hours=5)

    assert desks.initiator.status(order) == "Expired"
    assert desks.exchange.clock.advance(hours=1) >= now_ms + 3_600_000
    frozen_ms = desks.exchange.clock.freeze()
    assert desks.exchange.clock.resume() == frozen_ms
    assert frozen_ms >= now_ms + 3_600_000


def test_reset_follows_the_source_again(set_back):
    """A reset starts again with the time of the source."""
    exchange = Exchange()
    before = exchange.clock.now_ms()
    set_back()

    exchange.reset()

    assert exchange.clock.now_ms() < before


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("has_file", [False, True])
def test_time_never_goes_back_under_libraries_that_replace_it(state_file, library, has_file):
    """Exchange time never goes back: on entering and leaving any time, nested, and forward again."""
    exchange, replace = Exchange(state_file=state_file if has_file else None), LIBRARIES[library]
    times_ms = [exchange.clock.now_ms()]

    for outer, inner in [("1970-01-01", "2020-02-29"), ("2030-01-01", "2029-12-31"), ("2031-01-01", "2026-01-01")]:
        with replace(outer):
            times_ms.append(exchange.clock.now_ms())
            with replace(inner):
                times_ms.append(exchange.clock.now_ms())
            times_ms.append(exchange.clock.now_ms())
        times_ms.append(exchange.clock.now_ms())

    assert all(earlier <= later for earlier, later in pairwise(times_ms))
    assert times_ms[-1] >= 1_924_992_000_000  # 2031-01-01, the latest of all


@pytest.mark.parametrize("library", LIBRARIES)
def test_orders_expire_by_the_replaced_time(desks_of, library):
    """An order expires when the replaced time reaches its expiry, and stays expired when the time is real again."""
    replace = LIBRARIES[library]
    desks = desks_of(Exchange())
    with replace("2040-01-01 00:00:00"):
        order, late = desks.initiator.place(expires_in_hrs=1), desks.initiator.place(expires_in_hrs=3)
        assert desks.initiator.status(order) == "AwaitTargetConfirm"
    with replace("2040-01-01 02:00:00"):
        assert desks.initiator.status(order) == "Expired"

    assert desks.initiator.status(order) == "Expired"
    assert desks.initiator.status(late) == "AwaitTargetConfirm"


@pytest.mark.parametrize("library", LIBRARIES)
def test_exchange_created_in_the_past_goes_on_in_the_present(desks_of, library):
    """An exchange that is created under a replaced time starts with it, and follows the real time after it."""
    with LIBRARIES[library]("2020-01-01"):
        desks = desks_of(Exchange())
        order = desks.initiator.place(expires_in_hrs=1)
        assert desks.initiator.status(order) == "AwaitTargetConfirm"
        assert desks.exchange.clock.now_ms() < 1_577_840_400_000  # 2020-01-01T01:00:00Z

    assert desks.initiator.status(order) == "Expired"


@pytest.mark.parametrize("replace", [Exchange.reset, lambda exchange: exchange.restore(exchange.snapshot())])
def test_request_in_the_transaction_that_replaced_the_state_has_the_time_of_the_clock(replace):
    """A state without a log has no latest time: the next request has the current one, and not that of 1970."""
    exchange = Exchange(clock=ManualClock(1_800_000_000_000))
    with exchange.transactions.begin():
        replace(exchange)
        response = exchange.handle(Request("POST", "/v1/clearing/list", {}))

    assert response.headers["date"] == "Fri, 15 Jan 2027 08:00:00 GMT"
    assert [entry.at_ms for entry in exchange.log] == [1_800_000_000_000]
