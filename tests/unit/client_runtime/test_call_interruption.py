"""An interrupted call: the exception passes unchanged, and a write that may have been executed is reported."""

import asyncio

import pytest

from gemini_clearing_runtime.errors import OutcomeUnknownError
from tests.unit.client_runtime.scripted import READ, WRITE, Unsent, drive, new_context


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, asyncio.CancelledError, SystemExit])
def test_interruption_of_a_sent_write_is_reported(interruption, caplog):
    """Ctrl-C passes through unchanged. Log, hook and note have the order that may have been placed."""
    unknown: list[Exception] = []
    with pytest.raises(interruption) as interrupted:
        drive(WRITE, [interruption()], context=new_context(on_unknown=unknown.append))

    (note,) = interrupted.value.__notes__
    (error,) = unknown
    assert isinstance(error, OutcomeUnknownError)
    assert caplog.messages == [str(error)]
    assert str(error) == (
        f"write_it: interrupted by {interruption.__name__} before the response. "
        "It may have been executed: call resolve() before you call it again."
    )
    assert note == f"{error} Nonce 1, payload {error.payload}"
    assert (error.nonce, error.payload) == (1, '{"request":"/v1/x","nonce":1,"clearing_id":"A1"}')


@pytest.mark.parametrize(
    ("operation", "failure"),
    [(READ, KeyboardInterrupt()), (WRITE, Unsent(KeyboardInterrupt()))],
    ids=["read", "unsent"],
)
def test_interruption_without_a_sent_write_is_not_reported(operation, failure, caplog):
    """A read, or a request that was not sent, changed nothing."""
    unknown: list[Exception] = []
    with pytest.raises(KeyboardInterrupt) as interrupted:
        drive(operation, [failure], context=new_context(on_unknown=unknown.append))

    assert not hasattr(interrupted.value, "__notes__")
    assert (unknown, caplog.messages) == ([], [])
