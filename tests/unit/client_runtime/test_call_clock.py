"""Which responses of a call show the time of the exchange."""

import types
from datetime import UTC, datetime

import httpx
import msgspec
import pytest

from gemini_clearing_runtime import _time
from gemini_clearing_runtime.errors import MaybeExecutedError
from tests.unit.client_runtime.scripted import WRITE, drive, error_response, new_context, response

DATE = "Fri, 20 Nov 2026 10:00:00 GMT"


STRICT = msgspec.structs.replace(WRITE, success={"result": ("ok",)}, echo={"clearing_id": "clearing_id"})


@pytest.mark.parametrize(
    "page",
    [
        response(200, b"<html>Log in</html>", date=DATE),
        response(200, b"{}", date=DATE),
        response(200, b'{"clearing_id":"A2","result":"ok"}', date=DATE),
        response(200, b'{"clearing_id":"A1","result":"later"}', date=DATE),
        response(200, b'{"clearing_id":"A1"}', date=DATE),
        response(302, b"", date=DATE),
        response(403, b"<html>Forbidden</html>", date=DATE),
        response(429, b"", date=DATE),
        error_response(502, "InvalidSide", date=DATE),
    ],
    ids=lambda page: f"{page.status}_{page.text}",
)
def test_page_of_something_on_the_way_says_nothing_about_the_clock(page):
    """A proxy has a separate clock, whose date would move the window in which a lost order is searched."""
    context = new_context()
    course = drive(STRICT, [page], context=context)

    assert isinstance(course.end, MaybeExecutedError)
    assert (context.clock.is_known, course.end.exchange_time) == (False, None)


@pytest.fixture
def clock(monkeypatch):
    """A monotonic clock that a test moves."""
    clock = types.SimpleNamespace(now=1000.0)
    monkeypatch.setattr(_time, "monotonic", lambda: clock.now)
    return clock


@pytest.mark.parametrize(
    "page",
    [response(200, b'{"clearing_id":"A1","result":"ok"}', date=DATE), error_response(404, "OrderNotFound", date=DATE)],
    ids=["result", "rejection"],
)
def test_result_and_rejection_show_the_clock_of_the_exchange(page, clock):
    """The date was written between request and response, and the monotonic clock measures the time since then."""
    context = new_context()
    drive(STRICT, [page], context=context)
    clock.now += 60

    end = drive(STRICT, [httpx.ReadTimeout("no response")], context=context).end

    assert end.exchange_time == datetime(2026, 11, 20, 10, 1, tzinfo=UTC)
