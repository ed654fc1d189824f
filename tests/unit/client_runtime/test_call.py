"""One call from its first attempt to its end: what is repeated, how long it may take, which error stands for what."""

import asyncio
import logging
import types
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemini_clearing_runtime import _time
from gemini_clearing_runtime._call import SIGNED, Send, run_call
from gemini_clearing_runtime.errors import (
    ClearingError,
    ConnectionFailedError,
    ContractViolatedError,
    DeadlineError,
    InvalidNonceError,
    MaybeExecutedError,
    NotSentError,
    OrderNotFoundError,
    OutcomeUnknownError,
    RateLimitError,
)
from tests.unit.client_runtime.scripted import READ, WRITE, Receipt, Unsent, answer, drive, refusal

BUSY = refusal(429, "RateLimit")
STALE = refusal(400, "InvalidNonce")
BROKEN = answer(502, b"<html>Bad gateway</html>", content_type="text/html")
LOST = httpx.ReadTimeout("no answer")
UNREACHED = httpx.ConnectError("refused")


@pytest.fixture
def clock(monkeypatch):
    """A monotonic clock that stands still until it is moved."""
    clock = types.SimpleNamespace(now=1000.0)
    monkeypatch.setattr(_time, "monotonic", lambda: clock.now)
    return clock


@pytest.mark.parametrize("operation", [READ, WRITE])
def test_call_that_goes_well_is_sent_once(operation):
    """A result ends the call at once."""
    course = drive(operation, [answer()])

    assert (course.end, len(course.sent), course.pauses) == (Receipt(clearing_id="A1"), 1, [])


@pytest.mark.parametrize("failure", [BUSY, STALE, BROKEN, LOST, UNREACHED, Unsent(OSError("no route"))])
def test_read_is_repeated_until_it_goes_well(failure):
    """A read changes nothing, so another attempt costs nothing."""
    course = drive(READ, [failure, failure, failure, answer()])

    assert isinstance(course.end, Receipt)
    assert len(course.sent) == 4


@pytest.mark.parametrize("failure", [BUSY, STALE])
def test_write_is_repeated_after_a_refusal_that_proves_that_it_was_not_executed(failure):
    """The exchange refuses rate and nonce before it looks at the order."""
    course = drive(WRITE, [failure, answer()])

    assert isinstance(course.end, Receipt)
    assert len(course.sent) == 2


@pytest.mark.parametrize(
    "failure",
    [
        BROKEN,
        LOST,
        UNREACHED,
        httpx.ConnectTimeout("slow"),
        httpx.PoolTimeout("full"),
        httpx.WriteError("gone"),
        httpx.RemoteProtocolError("closed"),
        answer(520, b""),
        answer(200, b""),
        answer(408, b""),
        refusal(404, "OrderNotFound"),
        refusal(503, "Maintenance"),
        Unsent(OSError("no route")),
        Unsent(DeadlineError("no turn")),
    ],
    ids=repr,
)
def test_write_is_never_repeated_after_anything_else(failure):
    """One order, one request: whatever else happens is told, and left to the caller."""
    course = drive(WRITE, [failure, answer()])

    assert isinstance(course.end, ClearingError)
    assert len(course.sent) == 1


@pytest.mark.parametrize("failure", [answer(200, b"{}"), refusal(404, "OrderNotFound"), refusal(503, "Maintenance")])
def test_read_is_not_repeated_after_an_answer_that_would_come_again(failure):
    """A refusal or a broken contract is no accident of the moment."""
    assert len(drive(READ, [failure, answer()]).sent) == 1


@pytest.mark.parametrize(
    ("failure", "error"), [(BUSY, RateLimitError), (STALE, InvalidNonceError), (LOST, OutcomeUnknownError)]
)
def test_call_gives_up_after_four_attempts_with_the_last_error(failure, error):
    """Patience ends before the exchange's does."""
    course = drive(READ, [failure] * 9)

    assert type(course.end) is error
    assert len(course.sent) == 4


def test_pauses_grow_and_differ_from_client_to_client():
    """Half to all of 0.1, 0.2 and 0.4 seconds, so that clients that failed together do not come back together."""
    pauses = drive(READ, [LOST] * 4).pauses

    assert [0.05 <= pauses[0] <= 0.1, 0.1 <= pauses[1] <= 0.2, 0.2 <= pauses[2] <= 0.4] == [True] * 3
    assert pauses != drive(READ, [LOST] * 4).pauses


def test_stale_nonce_is_tried_anew_at_once():
    """The next nonce is higher; there is nothing to wait for."""
    assert drive(WRITE, [STALE, answer()]).pauses == [0]


def test_deadline_holds_for_all_attempts_together(clock):
    """Time that one attempt took is not there for the next."""
    conversation: Any = run_call(READ, b"{}", url=httpx.URL("https://exchange.test/"), headers=[], timeout_s=30)
    first = next(conversation)
    clock.now += 29.99

    with pytest.raises(ConnectionFailedError):
        conversation.throw(UNREACHED)

    assert isinstance(first, Send)
    assert first.deadline == 1030


def test_deadline_holds_for_all_phases_of_an_attempt_together(clock):
    """Time spent waiting for the key's turn is not there for the answer; a connection gets ten seconds at most."""
    conversation: Any = run_call(READ, b"{}", url=httpx.URL("https://exchange.test/"), headers=[], timeout_s=30)
    timeouts = next(conversation).request.extensions["timeout"]

    assert dict(timeouts) == {"pool": 30, "connect": 10, "write": 30, "read": 30}
    clock.now += 25
    assert dict(timeouts) == {"pool": 5, "connect": 5, "write": 5, "read": 5}
    clock.now += 25
    assert timeouts.get("read") == 0.001
    assert len(timeouts) == 4


TREE = [
    (httpx.ConnectError("x"), ConnectionFailedError),
    (httpx.ConnectTimeout("x"), ConnectionFailedError),
    (httpx.PoolTimeout("x"), ConnectionFailedError),
    (httpx.ProxyError("x"), ConnectionFailedError),
    (httpx.UnsupportedProtocol("x"), ConnectionFailedError),
    (httpx.ReadTimeout("x"), OutcomeUnknownError),
    (httpx.WriteTimeout("x"), OutcomeUnknownError),
    (httpx.ReadError("x"), OutcomeUnknownError),
    (httpx.WriteError("x"), OutcomeUnknownError),
    (httpx.CloseError("x"), OutcomeUnknownError),
    (httpx.RemoteProtocolError("x"), OutcomeUnknownError),
    (httpx.LocalProtocolError("x"), OutcomeUnknownError),
    (httpx.DecodingError("x"), OutcomeUnknownError),
    (httpx.TooManyRedirects("x"), OutcomeUnknownError),
    (httpx.InvalidURL("x"), OutcomeUnknownError),
    (httpx.StreamClosed(), OutcomeUnknownError),
    (OSError("x"), OutcomeUnknownError),
    (RuntimeError("x"), OutcomeUnknownError),
    (RuntimeError(), OutcomeUnknownError),
    (StopIteration("x"), OutcomeUnknownError),
    (MemoryError(), OutcomeUnknownError),
    (Unsent(httpx.ReadTimeout("x")), ConnectionFailedError),
    (Unsent(RuntimeError("x")), ConnectionFailedError),
    (Unsent(DeadlineError("x")), DeadlineError),
    (Unsent(NotSentError("x")), NotSentError),
]


@pytest.mark.parametrize(("failure", "error"), TREE, ids=lambda part: getattr(part, "__name__", repr(part)))
def test_failure_from_below_takes_its_place_in_the_tree(failure, error):
    """What left, and what did not, are two branches; the original is the cause."""
    end = drive(WRITE, [failure]).end

    assert type(end) is error
    if not isinstance(end, (DeadlineError,)) and error is not NotSentError:
        assert end.__cause__ is (failure.error if isinstance(failure, Unsent) else failure)


def test_connection_that_failed_names_operation_origin_and_cause():
    """The message says what was called, where, what happened, and that nothing was sent."""
    end = drive(WRITE, [UNREACHED]).end

    assert str(end) == ("write_it: no connection to https://exchange.test/ (ConnectError: refused). Nothing was sent.")


def test_unknown_outcome_of_a_write_carries_what_was_sent_and_says_what_to_do():
    """Operation, payload, nonce and time are those of the request."""
    before = datetime.now(UTC)
    end = drive(WRITE, [LOST]).end

    assert (end.operation, end.payload, end.nonce, end.raw) == (
        "write_it", '{"request":"/v1/x","nonce":1,"clearing_id":"A1"}', 1, None,
    )  # fmt: skip
    assert before <= end.sent_at <= datetime.now(UTC)
    assert str(end) == (
        "write_it: no answer came back (ReadTimeout: no answer). "
        "It may have been carried out: ask with resolve() before you call it again."
    )


def test_unknown_outcome_of_a_request_that_nobody_signed_carries_nothing():
    """The answer of somebody between came without the signer's doing."""
    conversation: Any = run_call(WRITE, b"{}", url=httpx.URL("https://exchange.test/"), headers=[], timeout_s=30)
    next(conversation)

    with pytest.raises(OutcomeUnknownError) as unknown:
        conversation.send(answer(502, b"Bad gateway"))

    assert (unknown.value.payload, unknown.value.nonce) == ("", None)


def test_failure_without_words_is_told_by_its_kind():
    """There is no colon before nothing."""
    assert "no answer came back (ReadTimeout). " in str(drive(WRITE, [httpx.ReadTimeout("")]).end)


def test_unknown_outcome_of_a_read_says_that_nothing_changed():
    """A read needs no resolution."""
    assert str(drive(READ, [LOST] * 4).end).endswith("It only reads: nothing was changed, and it may be called again.")


def test_violated_contract_names_the_place_and_keeps_the_bytes():
    """The answer can be looked at as it came."""
    raw = answer(200, b'{"clearing_id":5}')
    end = drive(WRITE, [raw]).end

    assert type(end) is ContractViolatedError
    assert (end.place, end.raw) == ("$.clearing_id", raw)
    assert "the answer is not what the contract says: $.clearing_id: Expected `str`, got `int`" in str(end)


def test_refusal_is_raised_as_it_is():
    """A refusal is no failure of transport."""
    assert type(drive(WRITE, [refusal(404, "OrderNotFound")]).end) is OrderNotFoundError


def test_repetition_is_told_to_the_log(caplog):
    """Somebody who wonders where the time went finds it."""
    with caplog.at_level(logging.INFO, "gemini_clearing"):
        drive(WRITE, [STALE, answer()])

    assert caplog.messages == ["write_it is repeated in 0.00 s: write_it was refused: InvalidNonce: No."]


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, asyncio.CancelledError, SystemExit])
def test_interruption_of_a_write_under_way_passes_with_a_note(interruption):
    """Ctrl-C stays Ctrl-C, and says which order may stand."""
    with pytest.raises(interruption) as interrupted:
        drive(WRITE, [interruption()])

    (note,) = interrupted.value.__notes__
    assert "write_it: interrupted while it was under way. It may have been carried out" in note
    assert note.endswith('It was sent with nonce 1: {"request":"/v1/x","nonce":1,"clearing_id":"A1"}')


@pytest.mark.parametrize(
    ("operation", "failure"),
    [(READ, KeyboardInterrupt()), (WRITE, Unsent(KeyboardInterrupt()))],
    ids=["read", "unsent"],
)
def test_interruption_that_left_nothing_behind_passes_without_a_note(operation, failure):
    """Nothing is said where there is nothing to say."""
    with pytest.raises(KeyboardInterrupt) as interrupted:
        drive(operation, [failure])

    assert not hasattr(interrupted.value, "__notes__")


def test_conversation_can_be_dropped():
    """Closed from outside, it ends without a word."""
    conversation: Any = run_call(WRITE, b"{}", url=httpx.URL("https://exchange.test/"), headers=[], timeout_s=30)
    step = next(conversation)
    assert isinstance(step, Send)
    step.request.extensions[SIGNED] = None

    conversation.close()


@given(
    st.sampled_from([READ, WRITE]),
    st.lists(
        st.builds(answer, st.integers(100, 599), st.binary(max_size=60) | st.just(b'{"clearing_id":"A1"}'))
        | st.sampled_from([failure for failure, _ in TREE]),
        min_size=9,
        max_size=9,
    ),
)
@settings(deadline=None, max_examples=150)
def test_conversation_ends_in_a_result_or_in_an_error_of_our_own(operation, script):
    """Whatever network and exchange do: four attempts at most, and of a write one that may have been executed."""
    course = drive(operation, script)

    assert isinstance(course.end, Receipt | ClearingError)
    assert len(course.sent) <= 4
    if isinstance(course.end, MaybeExecutedError):
        assert course.end.nonce == len(course.sent)
