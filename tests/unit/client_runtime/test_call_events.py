"""The events of a call that sends queries or waits, without a network."""

from typing import Any

import pytest

from gemini_clearing_runtime import ErrorEvent, ResponseEvent
from gemini_clearing_runtime._key_pause import KeyPausedError
from gemini_clearing_runtime.errors import DeadlineError
from tests.unit.client_runtime.scripted import (
    READ,
    UNDONE,
    UNREADABLE,
    WRITE,
    drive,
    error_response,
    new_context,
    response,
)

INVALID_NONCE = error_response(400, "InvalidNonce")


def _log() -> tuple[list[Any], dict[str, Any]]:
    events: list[Any] = []
    return events, dict.fromkeys(("on_response", "on_error"), events.append)


def test_query_about_a_write_is_a_call_of_its_own():
    """The queries of a rejected write have their own call id, and come before the error of the write."""
    events, hooks = _log()

    drive(WRITE, [INVALID_NONCE, response()], replies=[UNDONE], timeout_s=60, context=new_context(**hooks))

    writes = [one for one in events if one.operation == WRITE.name]
    queries = [one for one in events if one.operation != WRITE.name]
    assert [(type(one), one.attempt) for one in writes] == [(ResponseEvent, 1), (ErrorEvent, 1), (ResponseEvent, 2)]
    assert queries
    assert {one.call_id for one in queries}.isdisjoint({one.call_id for one in writes})
    assert events.index(writes[0]) < events.index(queries[0]) < events.index(writes[1])


def test_error_of_a_write_has_the_proven_outcome():
    """The response says rejected; if the query proves nothing, the error says unknown."""
    events, hooks = _log()

    drive(WRITE, [INVALID_NONCE], replies=[UNREADABLE], timeout_s=60, context=new_context(**hooks))

    writes = [one.outcome for one in events if one.operation == WRITE.name]
    assert writes == ["rejected", "unknown"]


def test_pause_that_outlasts_the_call_is_an_error():
    """A call that cannot wait for the pause of its key ends with one event, and was not sent."""
    events, hooks = _log()

    course = drive(READ, [KeyPausedError(60)], timeout_s=30, context=new_context(**hooks))

    assert isinstance(course.end, DeadlineError)
    assert [(one.error, one.outcome, one.retry_in_s) for one in events] == [("DeadlineError", "not sent", None)]


@pytest.mark.parametrize("reason", ["account-1234", "f" * 96, "eyJhIjoxfQ=="])
def test_reason_that_is_not_a_code_is_not_in_an_event(reason):
    """An event has no text of the exchange that could repeat a key, a signature or a payload."""
    events, hooks = _log()
    context = new_context(**hooks)

    drive(READ, [error_response(400, reason)], context=context)

    assert [one.reason for one in events] == [None, None]
