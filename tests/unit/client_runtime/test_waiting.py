"""Waits: the times of the reads, and the events that end a wait. Both clients, in simulated time."""

import asyncio
import copy
import itertools
import pickle

import httpx
import pytest

from gemini_clearing_runtime import PollSchedule, _time
from gemini_clearing_runtime.errors import (
    ArgumentError,
    MissingRoleError,
    NonceError,
    NotSentError,
    OrderEndedError,
    OrderNotFoundError,
    OutcomeUnknownError,
    WaitError,
    WaitTimeoutError,
)
from tests.unit.client_runtime.scripted import rejection
from tests.unit.client_runtime.waits import shows


def test_wait_reads_by_the_schedule_until_the_status_is_there(wait):
    """The first read is sent immediately, and the others with the same pauses."""
    order, sent = wait(["open", "half", "half", "done"])

    assert order.status == "done"
    assert sent == [0, 2, 4, 6]


@pytest.mark.parametrize(
    ("until", "script"),
    [
        ({"half", "done"}, ["open", "half"]),
        (["half"], ["open", "half"]),
        ("new", ["open"]),
        ("open", ["new"]),
        (lambda order: order.status.startswith("h"), ["open", "half"]),
    ],
)
def test_wait_takes_one_status_or_several_or_a_function(wait, until, script):
    """A status and the text that announces it are the same."""
    order, sent = wait(script, until)

    assert (order.status, len(sent)) == (script[-1], len(script))


def test_wait_for_an_order_that_has_ended_otherwise_raises(wait):
    """A final status never changes, so the wait ends with the order that was read."""
    error, sent = wait(["open", "gone"])

    assert isinstance(error, OrderEndedError)
    assert (error.order.status, error.operation, len(sent)) == ("gone", "wait_for_it", 2)
    assert "the order has ended as gone, not done" in str(error)


def test_function_decides_before_a_final_status_does(wait):
    """A function may want an order that has ended in any way."""
    order, _ = wait(["gone"], lambda order: True)

    assert order.status == "gone"


def test_time_that_runs_out_raises_with_the_last_order(wait, clock):
    """The wait ends by its timeout, after a last read shortly before it."""
    error, sent = wait(["open", "half", "half", "half"], timeout=5.5)

    assert isinstance(error, WaitTimeoutError)
    assert error.order.status == "half"
    assert sent == [0, 2, 4]
    assert clock.now <= 1005.5


@pytest.mark.parametrize(
    "broken",
    [
        httpx.ReadError("lost"),
        httpx.Response(200, text="<html>"),
        httpx.Response(502, text="Bad gateway"),
        httpx.Response(200, json={"clearing_id": 5}),
        rejection(503, "Maintenance"),
        rejection(400, "InvalidNonce"),
        rejection(500, "System"),
        rejection(404, "OrderNotFound"),
    ],
    ids=lambda one: str(one)[:40],
)
def test_broken_read_does_not_end_the_wait(wait, broken):
    """It is one read of the schedule: it is not sent again immediately."""
    order, sent = wait(
        ["open", broken, broken, "done"] if broken.__class__ is not httpx.Response else ["open", broken, "done"]
    )

    assert order.status == "done"
    assert all(later - earlier >= 2 for earlier, later in itertools.pairwise(sent))


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (["half"] * 9, "time ran out: its status is half, not done."),
        ([httpx.Response(502)] * 9, "time ran out: no read has shown the order, not done. The last read failed: "),
    ],
)
def test_timeout_states_what_was_read_last(wait, script, message):
    """An order that was read, or that none was; the failure of the last read follows."""
    error, _ = wait(script, timeout=8)

    assert str(error).partition(": ")[2].startswith(message)
    assert ("The last read failed" in str(error)) == ("failed" in message)


def test_error_at_the_end_has_the_failed_read_as_its_cause(wait):
    """The order is that of the last response."""
    error, _ = wait(["open", *[httpx.ReadError("lost") for _ in range(9)]], timeout=8)

    assert isinstance(error, WaitTimeoutError)
    assert isinstance(error.__cause__, OutcomeUnknownError)
    assert error.order.status == "open"
    assert "The last read failed: read_it" in str(error)


def test_order_that_stays_unknown_ends_the_wait(wait):
    """A read may lag behind the write for two seconds."""
    error, sent = wait([rejection(404, "OrderNotFound")] * 9, poll=PollSchedule(shortest=0.5, longest=0.5, jitter=0))

    assert isinstance(error, OrderNotFoundError)
    assert sent == [0, 0.5, 1, 1.5, 2]


def test_rejection_that_no_later_read_can_avoid_ends_the_wait(wait):
    """The error is that of the read."""
    error, sent = wait([rejection(403, "MissingRole")])

    assert isinstance(error, MissingRoleError)
    assert sent == [0]


def test_nonce_source_that_has_worked_before_does_not_end_the_wait(wait, kind):
    """Its server can be back later. A source that has never worked has the wrong settings."""

    class Nonces:
        def __init__(self, failing):
            self.drawn, self.failing = 0, failing

        def next(self):
            self.drawn += 1
            if self.drawn in self.failing:
                raise ConnectionError("no Redis")
            return self.drawn

    order, sent = wait(["open", "done"], nonces=Nonces({2}))
    error, _ = wait(["open"], nonces=Nonces({1}))

    assert (order.status, sent) == ("done", [0, 4])
    assert isinstance(error, NonceError)


def test_unknown_status_of_an_order_is_waited_out(wait):
    """The exchange may add statuses. The client treats none of them as final."""
    order, _ = wait(["open", "netting", "done"])

    assert order.status == "done"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"until": "finished"},
            "unknown until: 'finished'. Valid statuses: done, gone, open, half, new. Pass a function",
        ),
        ({"until": {"done", "finished"}}, "unknown until: 'finished'"),
        ({"until": ()}, "no status in until"),
        ({"until": 5}, "unknown until: 5"),
        ({"until": asyncio.sleep}, "Pass a function that is not async"),
        ({"timeout": 0}, "invalid timeout: 0"),
        ({"poll": float("inf")}, "invalid poll: shortest inf"),
        ({"poll": 0}, "invalid poll: shortest 0. Pass a number greater than 0, at most 1e9"),
        ({"poll": "1"}, "invalid poll: shortest '1'"),
        ({"extra_headers": {"Host": "other"}}, "reserved header: Host"),
    ],
)
def test_invalid_argument_is_reported_before_anything_is_sent(wait, options, message):
    """The message has the valid values."""
    error, sent = wait([], **options)

    assert isinstance(error, ArgumentError)
    assert message in str(error)
    assert sent == []


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"shortest": 2, "longest": 1}, "invalid poll: longest 1. Pass a number of at least 2, at most 1e9"),
        ({"growth": 0.5}, "invalid poll: growth 0.5"),
        ({"jitter": 10**400}, "invalid poll: jitter int of 1329 bits"),
    ],
)
def test_invalid_schedule_is_reported_where_it_is_made(values, message):
    """No client is needed for it."""
    with pytest.raises(ArgumentError, match=message):
        PollSchedule(**values)


def test_closed_client_ends_the_wait(wait, kind):
    """No later read can be sent."""
    error, _ = wait([NotSentError("the client is closed")])

    assert type(error) is NotSentError


class PressedError(BaseException):
    """An interruption."""


@pytest.mark.parametrize("at", ["read", "pause"])
def test_interruption_passes_unchanged(wait, clock, monkeypatch, at):
    """Ctrl-C ends a wait during a read and during a pause, without a wait for anything."""
    pressed = PressedError()
    if at == "pause":

        def press(*_):
            raise pressed

        monkeypatch.setattr(_time, "sleep", press)
        monkeypatch.setattr(_time, "sleep_async", press)

    with pytest.raises(PressedError) as caught:
        wait([pressed if at == "read" else "open"])

    assert caught.value is pressed
    assert not hasattr(pressed, "__notes__")


def test_exception_of_the_function_passes_unchanged(wait):
    """It is the caller's own."""
    error, _ = wait(["open"], lambda order: 1 / 0)

    assert isinstance(error, ZeroDivisionError)


def test_error_is_copied_and_pickled_with_its_order(wait):
    """Another process can read what the wait has seen."""
    error, _ = wait(["gone"])

    for copied in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301  (made one line above)
        assert type(copied) is OrderEndedError
        assert isinstance(copied, WaitError)
        assert (str(copied), copied.order, copied.operation) == (str(error), error.order, error.operation)


def test_every_read_has_the_options_of_the_wait(wait):
    """Account and extra headers are sent with each read."""
    seen = []

    def note(request):
        seen.append(request.headers["X-Trace"])
        return shows("open" if len(seen) < 2 else "done")

    wait([note, note], extra_headers={"X-Trace": "t"})

    assert seen == ["t", "t"]
