"""The header `Retry-After`, in both forms of HTTP: when the client waits, ends the call, or ignores it."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_clearing_runtime import _time
from gemini_clearing_runtime._retry_after import retry_after_s
from gemini_clearing_runtime.errors import RateLimitError
from tests.unit.client_runtime.scripted import READ, WRITE, drive, error_response, response


@pytest.mark.parametrize(("value", "pause"), [("7", 7), ("0", 0), ("0.5", 0.5), (" 7 ", 7)])
def test_client_waits_for_retry_after_in_seconds(value, pause):
    """The pause is the number of seconds."""
    (made,) = drive(READ, [error_response(429, "RateLimit", retry_after=value), response()]).pauses

    assert made == pytest.approx(pause, abs=0.5)


@pytest.mark.parametrize(("value", "pause"), [("7", 5), ("0", 0), ("2", 0)])
def test_write_waits_for_the_rest_of_the_pause_after_the_queries(value, pause):
    """The queries about it take two seconds of it: Retry-After counts from the 429."""
    course = drive(WRITE, [error_response(429, "RateLimit", retry_after=value), response()])

    assert sum(course.query_pauses) == pytest.approx(2, abs=0.5)
    assert course.pauses == [pytest.approx(pause, abs=0.5)]


def test_client_waits_for_retry_after_as_a_date():
    """The pause ends at the date."""
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=10), usegmt=True)

    (pause,) = drive(READ, [error_response(429, "RateLimit", retry_after=then), response()]).pauses

    assert 8 < pause <= 10


@pytest.mark.parametrize(
    "value",
    [
        "soon", "Mon, 99 Foo 2026 99:99:99 GMT", "Fri, 20 Nov 2026 10:00:00 -0000", "1e", "-3", "-0.1", "nan", "inf",
        "-inf", "301", "1e9", "9" * 400, "1_0", "\u0663", "0x10", "", "Fri, 20 Nov 2026 10:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
    ],
)  # fmt: skip
def test_invalid_retry_after_is_ignored(value):
    """The client makes its usual pause."""
    (pause,) = drive(READ, [error_response(429, "RateLimit", retry_after=value), response()]).pauses

    assert 0.05 <= pause <= 0.1


@given(st.text(max_size=40) | st.floats().map(str) | st.integers().map(str))
def test_any_value_of_retry_after_is_handled(value):
    """The pause always fits into the time of the call."""
    course = drive(READ, [error_response(429, "RateLimit", retry_after=value), response()], timeout_s=20)

    assert all(0 <= pause < 20 for pause in course.pauses)


def test_retry_after_beyond_the_deadline_ends_the_call():
    """A pause that exceeds the deadline is not made, and the error is raised immediately."""
    course = drive(WRITE, [error_response(429, "RateLimit", retry_after="31"), response()], timeout_s=30)

    assert (type(course.end), course.pauses) == (RateLimitError, [])


def test_retry_after_at_the_deadline_ends_the_call(monkeypatch):
    """The attempt would have no time."""
    monkeypatch.setattr(_time, "monotonic", lambda: 1000.0)
    course = drive(WRITE, [error_response(429, "RateLimit", retry_after="30"), response()], timeout_s=30)

    assert (type(course.end), course.pauses) == (RateLimitError, [])


def test_retry_after_in_the_past_is_ignored():
    """After a date that has passed, the client makes its usual pause."""
    then = format_datetime(datetime.now(UTC) - timedelta(seconds=10), usegmt=True)

    (pause,) = drive(READ, [error_response(429, "RateLimit", retry_after=then), response()]).pauses

    assert 0.05 <= pause <= 0.1


def test_retry_after_as_a_date_is_compared_with_the_date_of_the_response():
    """The exchange wrote both, so a wrong clock of this machine does not matter."""
    now = datetime(2026, 11, 20, 10, tzinfo=UTC)
    headers = {
        "date": format_datetime(now - timedelta(hours=3), usegmt=True),
        "retry-after": format_datetime(now - timedelta(hours=3) + timedelta(seconds=9), usegmt=True),
    }

    assert retry_after_s(headers, now) == 9
    assert retry_after_s({**headers, "date": "nonsense"}, now) is None


def test_longest_retry_after_is_five_minutes():
    """The exchange counts requests per minute, so a longer pause is a mistake."""
    assert retry_after_s({"retry-after": "300"}, datetime.now(UTC)) == 300
    assert retry_after_s({"retry-after": "300.1"}, datetime.now(UTC)) is None
    assert retry_after_s({}, datetime.now(UTC)) is None
