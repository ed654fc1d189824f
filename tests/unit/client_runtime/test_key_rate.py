"""The rate limit of a key: slots by a simulated clock, and their wait before an attempt."""

import asyncio
import os
import pickle
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_clearing_runtime import _key_rate
from gemini_clearing_runtime._events import ErrorEvent
from gemini_clearing_runtime._key_pause import KeyPausedError
from gemini_clearing_runtime._key_rate import KeyRate, rate_of
from gemini_clearing_runtime._steps import Send, Wait
from gemini_clearing_runtime.errors import DeadlineError, OutcomeUnknownError, RateWaitError
from tests.unit.client_runtime.clocks import paused_clock
from tests.unit.client_runtime.scripted import (
    READ,
    WRITE,
    Receipt,
    Unsent,
    drive,
    error_response,
    new_context,
    response,
    start,
)

RATES = st.sampled_from([0.5, 2.0, 5.0, 9.0, 10.0, 50.0])


def starts_of(rate, gaps):
    """Take a slot after each gap, and return the times of the requests and of the starts."""
    requested, started = [], []
    with paused_clock() as clock:
        for gap in gaps:
            clock.now += gap
            requested.append(clock.now)
            started.append(clock.now + rate.take(1e9))
    return requested, started


GAPS = st.lists(st.tuples(st.integers(1, 400), st.floats(0, 90)), min_size=1, max_size=6).map(
    lambda parts: [gap for count, pause in parts for gap in [pause] + [0.0] * (count - 1)]
)


@given(RATES, GAPS)
def test_no_minute_has_more_starts_than_the_exchange_allows(per_second, gaps):
    """In any 60 seconds at most 600 attempts start, or 60 times a steady rate above ten a second."""
    _, started = starts_of(KeyRate(per_second), gaps)
    allowed = max(600, 60 * per_second + 1)
    first = 0

    assert started == sorted(started)
    for last, end in enumerate(started):
        while started[first] <= end - 60 + 1e-6:
            first += 1
        assert last - first + 1 <= allowed


@given(RATES, GAPS)
def test_no_start_waits_longer_than_necessary(per_second, gaps):
    """A slot is later than its request only if one interval earlier would break the burst or the steady rate."""
    requested, started = starts_of(KeyRate(per_second), gaps)
    burst = max(1, 600 - int(60 * per_second))
    available, before = float(burst), requested[0]

    for asked, begun in zip(requested, started, strict=True):
        available = min(burst, available + (begun - before) * per_second)
        before = begun
        if begun > asked:
            assert available == pytest.approx(1, abs=1e-3)
        assert available >= 1 - 1e-3
        available -= 1


def test_standard_rate_allows_a_burst_of_300_and_then_five_a_second(clock):
    """An idle key has saved up the part of 600 a minute that exceeds five a second."""
    rate = KeyRate(5)
    waits = [rate.take(60) for _ in range(303)]

    assert waits[:300] == [0.0] * 300
    assert [round(wait, 6) for wait in waits[300:]] == [0.2, 0.4, 0.6]


def test_slot_that_comes_too_late_is_not_taken(clock):
    """The next caller with more time gets it."""
    rate = KeyRate(10)
    rate.take(1)

    assert rate.take(0.1) == 0.1
    assert rate.take(0.05) == 0.1
    assert rate.take(0.2) == 0.1
    assert rate.take(0.3) == 0.2


def test_slots_that_are_given_back_delay_no_call(clock):
    """After the waiters are canceled, in any order, a call waits as if they had never been there."""
    rate = KeyRate(10)
    rate.take(1)
    for _ in range(50):
        rate.take(60)
    for _ in range(50):
        rate.give_back()

    assert rate.take(0.01) == pytest.approx(0.1)


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_no_window_has_more_starts_after_a_slot_was_given_back(are_canceled):
    """The starts of the callers that stay and of those that follow are never earlier than the slots that were taken."""
    with paused_clock():
        rate = KeyRate(10)
        taken = [rate.take(1e9) for _ in are_canceled]
        started = [slot for slot, is_canceled in zip(taken, are_canceled, strict=True) if not is_canceled]
        for _ in range(are_canceled.count(True)):
            rate.give_back()
        started += [rate.take(1e9) for _ in range(are_canceled.count(True))]

    assert all(start >= slot - 1e-9 for start, slot in zip(sorted(started), taken, strict=True))


def test_threads_never_get_the_same_slot(clock, monkeypatch):
    """Each of 80 slots of eight threads has its own time, also if another thread runs in the middle of a `take`."""

    def slow_max(*values):
        time.sleep(0.001)
        return max(*values)

    monkeypatch.setattr(_key_rate, "max", slow_max, raising=False)
    rate = KeyRate(100)
    with ThreadPoolExecutor(8) as pool:
        waits = sorted(pool.map(lambda _: rate.take(60), range(80)))

    assert waits == pytest.approx([number / 100 for number in range(80)])


def test_signal_handler_may_take_a_slot(monkeypatch):
    """The handler runs in the thread that it interrupts, which may be taking a slot."""
    monkeypatch.setattr(_key_rate, "_mutex", type(_key_rate._mutex)())

    def interrupted():
        with _key_rate._mutex:
            KeyRate(5).take(1)

    thread = threading.Thread(target=interrupted, daemon=True)
    thread.start()
    thread.join(5)

    assert not thread.is_alive()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_fork_during_a_slot_does_not_block_the_child():
    """Another thread of the parent may hold the lock while the process forks."""
    with _key_rate._mutex:
        if not (child := os.fork()):
            taker = threading.Thread(target=KeyRate(5).take, args=(1,), daemon=True)
            taker.start()
            taker.join(5)
            os._exit(taker.is_alive())
        _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0


def used_up(per_second=10.0):
    """Return a rate limit whose burst is used up."""
    rate = KeyRate(per_second)
    while not rate.take(0):
        pass
    return rate


def context_of(rate):
    """Return the common state of calls with a rate limit."""
    return new_context(rate=rate)


@pytest.mark.parametrize("operation", [READ, WRITE])
def test_attempt_waits_before_its_request_exists(operation, clock):
    """The wait is the first step of the call, so no nonce is drawn and no attempt is counted."""
    steps = start(operation, context_of(used_up()))

    assert next(steps) == Wait(0.1, is_for_rate_limit=True)

    clock.now += 0.1
    sent = steps.send(None)

    assert isinstance(sent, Send)
    with pytest.raises(StopIteration) as end:
        steps.send(response())
    assert end.value.value == Receipt(clearing_id="A1")


def test_retries_take_slots(clock):
    """Each attempt waits for its own slot."""
    course = drive(READ, [response(503)] * 2 + [response()], context=context_of(used_up(0.25)), timeout_s=60)

    assert (course.end, len(course.sent)) == (Receipt(clearing_id="A1"), 3)
    assert sum(course.pauses) == pytest.approx(12)


def test_query_about_a_write_takes_a_slot(clock):
    """A write in doubt is queried at the rate of the key."""
    course = drive(
        WRITE, [error_response(429, "RateLimit"), response()], context=context_of(used_up(0.25)), timeout_s=90
    )

    assert (course.end, len(course.sent)) == (Receipt(clearing_id="A1"), 2)
    assert sum(course.pauses) + sum(course.query_pauses) >= 4 * (2 + len(course.queries))


@pytest.mark.parametrize("operation", [READ, WRITE])
def test_call_without_time_for_its_slot_ends_at_once(operation, clock):
    """Nothing was sent, and the error has the wait that was needed."""
    course = drive(operation, [], context=context_of(used_up(0.05)), timeout_s=10)

    assert type(course.end) is RateWaitError
    assert isinstance(course.end, DeadlineError)
    assert str(course.end) == (
        f"{operation.name}: the client's rate limit demands a wait of 20.00 s, and the call has less time left. "
        "This request was not sent. Pass a longer timeout, or call less often."
    )
    assert (course.end.wait_s, course.sent, course.pauses) == (20.0, [], [])
    assert pickle.loads(pickle.dumps(course.end)).wait_s == 20.0  # noqa: S301  (our own bytes)


def test_retry_without_time_for_its_slot_ends_in_the_last_failure(clock):
    """ "Nothing was sent" would not be true of the whole call."""
    rate = KeyRate(0.05)
    for _ in range(596):
        rate.take(1)
    course = drive(READ, [response(503)] * 4, context=context_of(rate), timeout_s=10)

    assert type(course.end) is OutcomeUnknownError
    assert len(course.sent) == 1


def test_error_event_reports_the_call_that_was_not_started(clock):
    """The hook gets the class of the error, and no nonce."""
    events: list[ErrorEvent] = []
    drive(READ, [], context=new_context(rate=used_up(0.05), on_error=events.append), timeout_s=10)

    assert [(event.error, event.outcome, event.nonce) for event in events] == [("RateWaitError", "not sent", None)]


def test_call_that_met_the_pause_of_its_key_takes_a_new_slot(clock):
    """A pause of the key delays a call beyond its slot, so the slot is not used later."""
    course = drive(READ, [Unsent(KeyPausedError(2.5), signed=True), response()], context=context_of(used_up()))

    assert course.end == Receipt(clearing_id="A1")
    assert course.pauses == pytest.approx([0.1, 2.5])


def test_interrupted_wait_gives_its_slot_back(clock):
    """The next call does not wait for a call that was canceled."""
    rate = used_up()
    steps = start(READ, context_of(rate))
    next(steps)
    with pytest.raises(asyncio.CancelledError):
        steps.throw(asyncio.CancelledError())

    assert rate.take(1) == pytest.approx(0.1)


def test_rate_limits_of_many_keys_do_not_fill_the_memory(monkeypatch, clock):
    """Above a thousand, keys with the whole burst are dropped, unless a client has them."""
    monkeypatch.setattr(_key_rate, "_remembered", {})
    rate_of("https://a.test", "used", 5.0).take(1)
    held = rate_of("https://a.test", "held", 5.0)
    for number in range(2500):
        rate_of("https://a.test", str(number), 5.0)

    assert len(_key_rate._remembered) <= 1001
    assert ("https://a.test", "used", 5.0) in _key_rate._remembered
    assert rate_of("https://a.test", "held", 5.0) is held
