"""A call waits for the pause of its key, if it has the time."""

import pytest

from gemini_clearing_runtime import _time
from gemini_clearing_runtime._key_pause import KeyPausedError
from gemini_clearing_runtime.errors import DeadlineError, OutcomeUnknownError, RateLimitError
from tests.unit.client_runtime.scripted import READ, UNDONE, WRITE, Receipt, Unsent, drive, error_response, response


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr(_time, "monotonic", lambda: 1000.0)


@pytest.mark.parametrize("operation", [READ, WRITE])
def test_call_waits_for_the_pause_of_its_key(operation):
    """A pause that ends in time delays the call, and does not count as an attempt."""
    paused = Unsent(KeyPausedError(2.5), signed=True)
    course = drive(operation, [paused] * 9 + [response()])

    assert (course.end, course.pauses) == (Receipt(clearing_id="A1"), [2.5] * 9)


def test_call_ends_if_the_pause_of_its_key_is_longer_than_its_time():
    """The error says that nothing was sent; after an attempt, it is the error of that attempt."""
    paused = Unsent(KeyPausedError(30), signed=True)
    end = drive(WRITE, [paused]).end

    assert type(end) is DeadlineError
    assert str(end) == (
        "write_it: the API key is paused for 30.00 s after a 429, and the call has less time left. Nothing was sent."
    )
    assert type(drive(READ, [error_response(429, "RateLimit"), paused]).end) is RateLimitError


def test_rejected_write_is_not_sent_again_if_the_pause_is_longer_than_its_time():
    """The queries prove that it was not executed, so the error is the rejection."""
    paused = Unsent(KeyPausedError(60), signed=True)
    course = drive(WRITE, [error_response(429, "RateLimit"), paused])

    assert (type(course.end), len(course.sent)) == (RateLimitError, 2)


def test_query_waits_for_the_pause_of_its_key():
    """The 429 that the write got pauses its queries, too."""
    course = drive(
        WRITE,
        [error_response(429, "RateLimit"), response()],
        replies=[Unsent(KeyPausedError(2.5), signed=True), UNDONE],
    )

    assert course.end == Receipt(clearing_id="A1")
    assert course.query_pauses[0] == 2.5


def test_outcome_is_unknown_if_the_pause_does_not_leave_time_for_a_query():
    """Nothing else proves that the write was not executed: the 429 may be the response to its second delivery."""
    paused = Unsent(KeyPausedError(60), signed=True)
    course = drive(WRITE, [error_response(429, "RateLimit")], replies=[paused])

    assert type(course.end) is OutcomeUnknownError
    assert "but the query failed: read_it: the API key is paused for 60.00 s after a 429" in str(course.end)
    assert (len(course.sent), course.query_pauses) == (1, [])
