"""The course of one call: what is retried, how long it may take, and which error a failure becomes."""

import logging
import types
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemini_clearing_auth import SIGNED_EXTENSION
from gemini_clearing_runtime import _time
from gemini_clearing_runtime._body import ResponseTooLargeError
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
from tests.unit.client_runtime.scripted import (
    READ,
    UNDONE,
    WRITE,
    Receipt,
    Unsent,
    drive,
    error_response,
    response,
    sending,
    start,
)

RATE_LIMIT = error_response(429, "RateLimit")
INVALID_NONCE = error_response(400, "InvalidNonce")
BAD_GATEWAY = response(502, b"<html>Bad gateway</html>", content_type="text/html")
READ_TIMEOUT = httpx.ReadTimeout("no response")
REFUSED = Unsent(httpx.ConnectError("refused"), signed=True)


@pytest.fixture
def clock(monkeypatch):
    """A monotonic clock that a test moves."""
    clock = types.SimpleNamespace(now=1000.0)
    monkeypatch.setattr(_time, "monotonic", lambda: clock.now)
    return clock


@pytest.mark.parametrize("operation", [READ, WRITE])
def test_call_that_succeeds_is_sent_once(operation):
    """A result ends the call."""
    course = drive(operation, [response()])

    assert (course.end, len(course.sent), course.pauses) == (Receipt(clearing_id="A1"), 1, [])


@pytest.mark.parametrize(
    "failure", [RATE_LIMIT, INVALID_NONCE, BAD_GATEWAY, READ_TIMEOUT, REFUSED, Unsent(OSError("no route"))]
)
def test_read_is_retried(failure):
    """A read changes nothing, so it is retried until it succeeds."""
    course = drive(READ, [failure, failure, failure, response()])

    assert isinstance(course.end, Receipt)
    assert len(course.sent) == 4


@pytest.mark.parametrize(
    "failure",
    [
        BAD_GATEWAY,
        READ_TIMEOUT,
        REFUSED,
        httpx.ConnectTimeout("slow"),
        httpx.PoolTimeout("full"),
        httpx.WriteError("gone"),
        httpx.RemoteProtocolError("closed"),
        response(520, b""),
        response(200, b""),
        response(408, b""),
        error_response(404, "OrderNotFound"),
        error_response(503, "Maintenance"),
        Unsent(OSError("no route")),
        Unsent(DeadlineError("no lock")),
    ],
    ids=repr,
)
def test_write_is_not_retried_after_any_other_failure(failure):
    """One order, one request: only a rejected nonce or rate can lead to a second one (`test_call_queries`)."""
    course = drive(WRITE, [failure, response()])

    assert isinstance(course.end, ClearingError)
    assert len(course.sent) == 1


@pytest.mark.parametrize(
    "failure", [response(200, b"{}"), error_response(404, "OrderNotFound"), error_response(503, "Maintenance")]
)
def test_read_is_not_retried_after_a_response_that_would_come_again(failure):
    """A rejection or a violation of the spec is not temporary."""
    assert len(drive(READ, [failure, response()]).sent) == 1


@pytest.mark.parametrize(
    ("failure", "error"),
    [(RATE_LIMIT, RateLimitError), (INVALID_NONCE, InvalidNonceError), (READ_TIMEOUT, OutcomeUnknownError)],
)
def test_call_ends_after_four_attempts_with_the_last_error(failure, error):
    """There are at most four attempts."""
    course = drive(READ, [failure] * 9)

    assert type(course.end) is error
    assert len(course.sent) == 4


def test_pauses_grow_and_are_random():
    """The pauses are half to all of 0.1, 0.2 and 0.4 seconds, so that clients do not retry together."""
    pauses = drive(READ, [READ_TIMEOUT] * 4).pauses

    assert [0.05 <= pauses[0] <= 0.1, 0.1 <= pauses[1] <= 0.2, 0.2 <= pauses[2] <= 0.4] == [True] * 3
    assert pauses != drive(READ, [READ_TIMEOUT] * 4).pauses


def test_invalid_nonce_is_retried_without_a_pause():
    """The next nonce is higher, so there is nothing to wait for."""
    assert drive(WRITE, [INVALID_NONCE, response()]).pauses == [0]


def test_deadline_is_shared_by_all_attempts(clock):
    """Time that one attempt used is not available to the next. One attempt of a read has ten seconds at most."""
    steps = start(READ)
    deadlines = [sending(next(steps)).deadline]
    for now in (1015, 1025):
        clock.now = now
        steps.throw(REFUSED.error)
        deadlines.append(sending(steps.send(None)).deadline)
    clock.now = 1029.99

    with pytest.raises(ConnectionFailedError):
        steps.throw(REFUSED.error)

    assert deadlines == [1010, 1025, 1030]


def test_write_has_all_the_time_of_the_call(clock):
    """It is not sent again because its response takes long."""
    assert sending(next(start(WRITE))).deadline == clock.now + 30


def test_deadline_is_shared_by_all_phases_of_an_attempt(clock):
    """Each timeout is the time left when it is read; a connection gets at most ten seconds."""
    timeouts = sending(next(start(WRITE))).request.extensions["timeout"]

    assert dict(timeouts) == {"pool": 30, "connect": 10, "write": 30, "read": 30}
    clock.now += 25
    assert dict(timeouts) == {"pool": 5, "connect": 5, "write": 5, "read": 5}
    clock.now += 25
    assert timeouts.get("read") == 0.001
    assert len(timeouts) == 4


def test_phases_of_a_read_end_with_its_attempt(clock):
    """A read whose response is lost is sent again, so only the wait for the key's lock may use up the call's time."""
    timeouts = sending(next(start(READ))).request.extensions["timeout"]

    assert dict(timeouts) == {"pool": 30, "connect": 10, "write": 10, "read": 10}
    clock.now += 4
    assert dict(timeouts) == {"pool": 26, "connect": 6, "write": 6, "read": 6}


ERRORS = [
    (httpx.ConnectError("x"), OutcomeUnknownError),
    (Unsent(httpx.ConnectError("x"), signed=True), ConnectionFailedError),
    (httpx.ConnectTimeout("x"), OutcomeUnknownError),
    (Unsent(httpx.ConnectTimeout("x"), signed=True), ConnectionFailedError),
    (httpx.PoolTimeout("x"), OutcomeUnknownError),
    (Unsent(httpx.PoolTimeout("x"), signed=True), ConnectionFailedError),
    (httpx.ProxyError("x"), OutcomeUnknownError),
    (Unsent(httpx.ProxyError("x"), signed=True), ConnectionFailedError),
    (httpx.UnsupportedProtocol("x"), OutcomeUnknownError),
    (Unsent(httpx.UnsupportedProtocol("x"), signed=True), ConnectionFailedError),
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


@pytest.mark.parametrize(("failure", "error"), ERRORS, ids=lambda part: getattr(part, "__name__", repr(part)))
def test_exception_of_the_transport_becomes_one_of_our_errors(failure, error):
    """The class depends on whether the request may have been sent; the original exception is the cause."""
    end = drive(WRITE, [failure]).end

    assert type(end) is error
    if error not in (DeadlineError, NotSentError):
        assert end.__cause__ is (failure.error if isinstance(failure, Unsent) else failure)


def test_connection_error_names_operation_origin_and_cause():
    """The message says what was called, where, what happened, and that nothing was sent."""
    end = drive(WRITE, [REFUSED]).end

    assert str(end) == ("write_it: no connection to https://exchange.test/ (ConnectError: refused). Nothing was sent.")


def test_unknown_outcome_of_a_write_has_the_request_and_says_what_to_do():
    """Operation, payload, nonce, key and time are those of the request, and every attempt has another id."""
    before = datetime.now(UTC)
    end = drive(WRITE, [READ_TIMEOUT]).end

    assert (end.operation, end.payload, end.nonce, end.raw) == (
        "write_it", '{"request":"/v1/x","nonce":1,"clearing_id":"A1"}', 1, None,
    )  # fmt: skip
    assert (end.key, end.exchange_time) == ("key", None)
    assert end.attempt_id != drive(WRITE, [READ_TIMEOUT]).end.attempt_id
    assert before <= end.sent_at <= datetime.now(UTC)
    assert str(end) == (
        "write_it: no response (ReadTimeout: no response). "
        "It may have been executed: call resolve() before you call it again."
    )


def test_unknown_outcome_of_an_unsigned_request_has_no_payload():
    """A response may come from a transport that never called the signer."""
    steps = start(WRITE)
    next(steps)

    with pytest.raises(OutcomeUnknownError) as unknown:
        steps.send(response(502, b"Bad gateway"))

    assert (unknown.value.payload, unknown.value.nonce) == ("", None)


def test_exception_without_a_message_is_named_by_its_class():
    """The message has no colon without a text after it."""
    assert "no response (ReadTimeout). " in str(drive(WRITE, [httpx.ReadTimeout("")]).end)


def test_unknown_outcome_of_a_read_says_that_nothing_changed():
    """A read needs no reconciliation."""
    end = drive(READ, [READ_TIMEOUT] * 4).end

    assert str(end).endswith("It is a read: nothing was changed, and you can call it again.")


def test_violation_of_the_spec_names_the_place_and_keeps_the_response():
    """The error has the place, the problem, and the received response."""
    raw = response(200, b'{"clearing_id":5}')
    end = drive(WRITE, [raw]).end

    assert type(end) is ContractViolatedError
    assert (end.place, end.raw) == ("$.clearing_id", raw)
    assert "response violates the spec: $.clearing_id: Expected `str`, got `int`" in str(end)


def test_rejection_is_raised_as_it_is():
    """An error response is not a failure of the transport."""
    assert type(drive(WRITE, [error_response(404, "OrderNotFound")]).end) is OrderNotFoundError


def test_retry_is_logged(caplog):
    """The log says what is retried, when, and why."""
    with caplog.at_level(logging.INFO, "gemini_clearing"):
        drive(WRITE, [INVALID_NONCE, response()])

    assert caplog.messages == ["retrying write_it in 0.00 s: write_it: InvalidNonceError (status 400, InvalidNonce)."]


def test_response_that_is_too_large_violates_the_contract():
    """It may have been executed, and even a read is not repeated."""
    course = drive(READ, [ResponseTooLargeError("the response has more than 5 bytes"), response()])

    assert type(course.end) is ContractViolatedError
    assert str(course.end).startswith("read_it: the response has more than 5 bytes. ")
    assert len(course.sent) == 1


def test_call_can_be_closed():
    """A generator that is closed from outside ends without an error."""
    steps = start(WRITE)
    sending(next(steps)).request.extensions[SIGNED_EXTENSION] = None

    steps.close()


HAPPENINGS = st.builds(
    response,
    st.integers(100, 599),
    st.binary(max_size=60) | st.sampled_from([response().content, INVALID_NONCE.content, UNDONE.content]),
) | st.sampled_from([failure for failure, _ in ERRORS])


@given(
    st.sampled_from([READ, WRITE]),
    st.lists(HAPPENINGS, min_size=9, max_size=9),
    st.lists(HAPPENINGS | st.just(UNDONE), min_size=1, max_size=9),
)
@settings(max_examples=150)
def test_call_ends_in_a_result_or_in_one_of_our_errors(operation, script, replies):
    """A call has at most four attempts, a write has queries between them, and only the last may have been executed."""
    course = drive(operation, script, replies=replies)

    assert isinstance(course.end, Receipt | ClearingError)
    assert len(course.sent) <= 4
    if operation is WRITE:
        assert len(course.queries) >= len(course.sent) - 1
    if isinstance(course.end, MaybeExecutedError):
        assert course.end.nonce == course.nonces()[-1]
