"""`Retry-After`, in both forms of HTTP: when it is honoured, when it ends the call, and when it is passed over."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemini_clearing_runtime import _time
from gemini_clearing_runtime.errors import RateLimitError
from tests.unit.client_runtime.scripted import READ, WRITE, answer, drive, refusal


@pytest.mark.parametrize(("asked", "pause"), [("7", 7), ("0", 0), ("0.5", 0.5), ("-3", 0)])
def test_retry_after_in_seconds_is_honoured(asked, pause):
    """The exchange says when to come back."""
    assert drive(WRITE, [refusal(429, "RateLimit", retry_after=asked), answer()]).pauses == [pause]


def test_retry_after_as_a_date_is_honoured():
    """The other form that HTTP knows."""
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=10), usegmt=True)

    (pause,) = drive(READ, [refusal(429, "RateLimit", retry_after=then), answer()]).pauses

    assert 8 < pause <= 10


@pytest.mark.parametrize("asked", ["soon", "Mon, 99 Foo 2026 99:99:99 GMT", "Fri, 20 Nov 2026 10:00:00 -0000", "1e"])
def test_retry_after_that_says_nothing_is_passed_over(asked):
    """The usual pause stands in."""
    (pause,) = drive(READ, [refusal(429, "RateLimit", retry_after=asked), answer()]).pauses

    assert 0.05 <= pause <= 0.1


@given(st.text(max_size=40) | st.floats().map(str) | st.integers().map(str))
@settings(deadline=None)
def test_retry_after_may_hold_anything(asked):
    """Whatever the header says, the pause is one that the call has time for, or there is none."""
    course = drive(READ, [refusal(429, "RateLimit", retry_after=asked), answer()], timeout_s=20)

    assert all(0 <= pause < 20 for pause in course.pauses)


def test_retry_after_beyond_the_deadline_ends_the_call():
    """What cannot be waited for is told at once."""
    course = drive(WRITE, [refusal(429, "RateLimit", retry_after="31"), answer()], timeout_s=30)

    assert (type(course.end), course.pauses) == (RateLimitError, [])


def test_retry_after_at_the_deadline_ends_the_call(monkeypatch):
    """No time would be left for the attempt itself."""
    monkeypatch.setattr(_time, "monotonic", lambda: 1000.0)
    course = drive(WRITE, [refusal(429, "RateLimit", retry_after="30"), answer()], timeout_s=30)

    assert (type(course.end), course.pauses) == (RateLimitError, [])


def test_retry_after_that_is_over_already_is_no_pause():
    """A date in the past asks for nothing."""
    then = format_datetime(datetime.now(UTC) - timedelta(seconds=10), usegmt=True)

    assert drive(READ, [refusal(429, "RateLimit", retry_after=then), answer()]).pauses == [0]
