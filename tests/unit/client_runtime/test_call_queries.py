"""The queries of a rejected write: it is sent again only if they prove that it was not executed."""

import httpx
import msgspec
import pytest

from gemini_clearing_runtime import Outcome, _time
from gemini_clearing_runtime._steps import Wait
from gemini_clearing_runtime.errors import (
    CancelFailedError,
    ConnectionFailedError,
    DeadlineError,
    InvalidNonceError,
    MaintenanceError,
    NotSentError,
    OrderNotFoundError,
    OutcomeUnknownError,
    RateLimitError,
)
from tests.unit.client_runtime.scripted import (
    DONE,
    READ,
    UNDONE,
    UNREADABLE,
    WRITE,
    Receipt,
    Unsent,
    drive,
    error_response,
    new_context,
    notify,
    response,
    send,
    sending,
    start,
)

RATE_LIMIT = error_response(429, "RateLimit")
INVALID_NONCE = error_response(400, "InvalidNonce")
MAINTENANCE = error_response(503, "Maintenance")
BAD_GATEWAY = response(502, b"Bad gateway")
REFUSED = Unsent(httpx.ConnectError("refused"), signed=True)
RETRIED = [(RATE_LIMIT, RateLimitError), (INVALID_NONCE, InvalidNonceError)]
INCONCLUSIVE = [*RETRIED, (MAINTENANCE, MaintenanceError)]


@pytest.mark.parametrize(("rejection", "_error"), RETRIED)
def test_write_is_sent_again_if_the_exchange_has_not_executed_it(rejection, _error):
    """The queries come first, and the second attempt is signed with a higher nonce than theirs."""
    course = drive(WRITE, [rejection, response()], replies=[UNDONE])

    assert course.end == Receipt(clearing_id="A1")
    assert {request.url.path for request in course.queries} == {READ.path}
    assert course.nonces() == [1, 2 + len(course.queries)]


def test_query_is_repeated_for_two_seconds(monkeypatch):
    """Lists may lag behind the exchange's book, so one response does not prove *not executed*."""
    monkeypatch.setattr(_time, "monotonic", lambda: 1000.0)
    course = drive(WRITE, [INVALID_NONCE, response()], replies=[UNDONE])

    assert (len(course.queries), course.query_pauses) == (4, [0.5, 1.0, 0.5])


@pytest.mark.parametrize(("rejection", "error"), INCONCLUSIVE)
def test_rejection_is_raised_if_the_exchange_has_not_executed_the_write(rejection, error):
    """It ends a call without further attempts, and nothing is reported as unknown."""
    unknown: list[Exception] = []
    attempts = [rejection] * (1 if rejection is MAINTENANCE else 4)
    course = drive(WRITE, attempts, timeout_s=60, context=new_context(on_unknown=unknown.append))

    assert type(course.end) is error
    assert len(course.sent) == len(attempts)
    assert len(course.queries) == 4 * len(attempts)
    assert unknown == []


@pytest.mark.parametrize(("rejection", "_error"), INCONCLUSIVE)
@pytest.mark.parametrize("nonce_window_s", [30, None], ids=["time-based nonces", "OAuth"])
def test_without_an_order_of_nonces_a_late_delivery_is_not_ruled_out(rejection, _error, nonce_window_s):
    """A rejection for a moment's reason does not prevent a second delivery from being executed after the call."""
    course = drive(WRITE, [rejection], context=new_context(nonce_window_s=nonce_window_s))

    assert type(course.end) is OutcomeUnknownError
    assert course.end._resolution is None
    assert len(course.sent) == 1
    assert "ambiguous" in str(course.end)


def test_time_based_nonce_is_waited_out_if_the_call_has_the_time():
    """After that the exchange rejects a late delivery for its nonce, so the write can be sent again."""
    course = drive(WRITE, [RATE_LIMIT, response()], timeout_s=120, context=new_context(nonce_window_s=30))

    assert course.end == Receipt(clearing_id="A1")
    assert len(course.sent) == 2
    assert sum(course.query_pauses) >= 30


def test_business_rejection_needs_no_wait_for_late_deliveries():
    """The exchange rejects another delivery of the same request for the same reason."""
    course = drive(WRITE, [error_response(404, "OrderNotFound")], context=new_context(nonce_window_s=None))

    assert type(course.end) is OrderNotFoundError
    assert sum(course.query_pauses) == pytest.approx(2, abs=0.5)


@pytest.mark.parametrize(("rejection", "error"), INCONCLUSIVE)
@pytest.mark.parametrize("replies", [[DONE], [UNDONE, DONE]], ids=["at once", "late"])
def test_outcome_is_unknown_if_the_exchange_has_executed_the_write(rejection, error, replies):
    """It was delivered twice. The error has the outcome, and the write is not sent again."""
    unknown: list[Exception] = []
    context = new_context(on_unknown=unknown.append)
    course = drive(WRITE, [rejection], replies=replies, context=context)
    end = course.end

    assert type(end) is OutcomeUnknownError
    assert (type(end.__cause__), end.raw, end.nonce) == (error, rejection, 1)
    assert end._resolution is not None
    assert end._resolution.outcome is Outcome.EXECUTED
    assert (len(course.sent), len(course.queries)) == (1, len(replies))
    assert unknown == [end]
    assert f"{end.__cause__}".removesuffix(".") in str(end)
    assert (
        "but the query's outcome is: executed (the order's status is done, which does not show whether this call or "
        "another one is the cause). It may have been executed: call resolve()"
    ) in str(end)


def test_write_whose_outcome_is_known_is_not_in_doubt():
    """An equal write that is in doubt later is not ambiguous because of it."""
    has_twin = []
    for reply in (DONE, UNDONE, UNREADABLE):
        context = new_context()
        drive(WRITE, [MAINTENANCE], replies=[reply], context=context)
        has_twin.append(context.writes.has_open_twin(WRITE, {"clearing_id": "A1"}, "another"))

    assert has_twin == [False, False, True]


@pytest.mark.parametrize(("rejection", "_error"), INCONCLUSIVE)
def test_outcome_is_unknown_if_the_reply_proves_nothing(rejection, _error):
    """After an unlisted status the query is repeated. The outcome stays unknown, and the write is sent once."""
    course = drive(WRITE, [rejection], replies=[UNREADABLE])

    assert type(course.end) is OutcomeUnknownError
    assert course.end._resolution is None
    assert "but the query's outcome is: ambiguous (the order's status is ?, which does not prove either). " in (
        str(course.end)
    )
    assert len(course.sent) == 1
    assert len(course.queries) > 1


def test_status_that_is_readable_later_decides():
    """A response that proves nothing is not final."""
    course = drive(WRITE, [INVALID_NONCE, response()], replies=[UNREADABLE, UNDONE])

    assert isinstance(course.end, Receipt)


@pytest.mark.parametrize(
    "reply",
    [REFUSED, httpx.ReadTimeout("lost"), BAD_GATEWAY, RATE_LIMIT, response(200, b"{}"), Unsent(DeadlineError("no"))],
    ids=repr,
)
def test_outcome_is_unknown_if_the_query_fails(reply):
    """A query without a response proves nothing, even if it was not sent."""
    unknown: list[Exception] = []
    course = drive(WRITE, [INVALID_NONCE], replies=[reply], context=new_context(on_unknown=unknown.append))

    assert type(course.end) is OutcomeUnknownError
    assert "write_it was rejected: InvalidNonce: No., but the query failed: " in str(course.end)
    assert (len(course.sent), unknown) == (1, [course.end])


def test_query_is_retried_like_every_read():
    """One lost query does not leave the outcome unknown."""
    course = drive(WRITE, [INVALID_NONCE, response()], replies=[BAD_GATEWAY, REFUSED, UNDONE])

    assert isinstance(course.end, Receipt)


def test_order_that_does_not_exist_was_not_changed():
    """The exchange reports it with an error body."""
    course = drive(WRITE, [INVALID_NONCE, response()], replies=[error_response(404, "OrderNotFound")])

    assert isinstance(course.end, Receipt)


def test_write_without_a_query_is_never_sent_again():
    """Nothing could prove that it was not executed."""
    course = drive(msgspec.structs.replace(WRITE, resolve=None), [INVALID_NONCE])

    assert type(course.end) is OutcomeUnknownError
    assert (len(course.sent), course.queries) == (1, [])


REJECTIONS_OF_ORDER = [
    (error_response(404, "OrderNotFound"), OrderNotFoundError),
    (response(200, b'{"result":"failed","details":"No.","clearing_id":"A1"}'), CancelFailedError),
]


@pytest.mark.parametrize(("rejection", "error"), REJECTIONS_OF_ORDER)
def test_rejection_of_the_order_itself_is_raised_without_a_query(rejection, error):
    """Where nonces must increase, a second delivery is rejected because of its nonce, before the order is checked."""
    course = drive(WRITE, [rejection], context=new_context(nonce_window_s=0.0))

    assert (type(course.end), course.queries) == (error, [])


@pytest.mark.parametrize("window_s", [60.0, None])
@pytest.mark.parametrize(("rejection", "error"), REJECTIONS_OF_ORDER)
def test_rejection_is_queried_if_the_order_of_nonces_does_not_matter(rejection, error, window_s):
    """The first delivery may have changed the order, so that the second one was rejected."""
    context = new_context(nonce_window_s=window_s)
    undone, done = (drive(WRITE, [rejection], replies=[reply], context=context) for reply in (UNDONE, DONE))

    assert type(undone.end) is error
    assert type(done.end) is OutcomeUnknownError
    assert type(done.end.__cause__) is error
    assert (len(undone.sent), len(done.sent)) == (1, 1)


@pytest.mark.parametrize(
    ("unsent", "cause"),
    [
        (REFUSED, ConnectionFailedError),
        (Unsent(DeadlineError("no lock")), DeadlineError),
        (Unsent(NotSentError("closed")), NotSentError),
    ],
)
@pytest.mark.parametrize(("rejection", "error"), RETRIED)
def test_second_attempt_that_was_not_sent_raises_the_rejection_of_the_first(rejection, error, unsent, cause):
    """'Nothing was sent' would not be true of the call: its first request reached the exchange."""
    course = drive(WRITE, [rejection, unsent], replies=[UNDONE])

    assert type(course.end) is error
    assert type(course.end.__cause__) is cause
    assert len(course.sent) == 2


def test_read_that_was_rejected_and_then_not_sent_is_still_retried():
    """It changes nothing, so neither failure ends the call."""
    course = drive(READ, [RATE_LIMIT, REFUSED, response()])

    assert isinstance(course.end, Receipt)
    assert len(course.sent) == 3


def test_read_that_was_rejected_and_not_sent_in_the_end_raises_the_rejection():
    """The error does not say that nothing was sent."""
    course = drive(READ, [RATE_LIMIT, REFUSED, RATE_LIMIT, REFUSED])

    assert type(course.end) is RateLimitError
    assert type(course.end.__cause__) is ConnectionFailedError


def test_interruption_of_a_query_is_reported(caplog):
    """The write was sent, and its outcome is not known yet: log, hook and note have its payload, not the query's."""
    unknown: list[Exception] = []
    with pytest.raises(KeyboardInterrupt) as interrupted:
        drive(
            WRITE,
            [INVALID_NONCE],
            replies=[UNDONE, KeyboardInterrupt()],
            context=new_context(on_unknown=unknown.append),
        )

    (note,) = interrupted.value.__notes__
    (error,) = unknown
    assert isinstance(error, OutcomeUnknownError)
    assert (error.operation, error.nonce) == ("write_it", 1)
    assert caplog.messages == [str(error)]
    assert note == f"{error} Nonce 1, payload {error.payload}"


def test_interruption_of_a_pause_between_queries_is_reported():
    """It does not matter at which step the call is interrupted."""
    unknown: list[Exception] = []
    steps = start(WRITE, new_context(on_unknown=unknown.append))
    send(sending(next(steps)).request, INVALID_NONCE, nonce=1)
    send(sending(steps.send(INVALID_NONCE)).request, UNDONE, nonce=2)
    assert isinstance(steps.send(UNDONE), Wait)

    step = steps.throw(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt) as interrupted:
        notify(steps, step)

    (error,) = unknown
    assert interrupted.value.__notes__ == [
        f'{error} Nonce 1, payload {{"request":"/v1/x","nonce":1,"clearing_id":"A1"}}'
    ]


def test_rejection_of_a_request_that_was_never_signed_is_queried():
    """A transport may respond without the signer. The queries are sent all the same."""
    steps = start(WRITE)
    first = sending(next(steps))

    query = sending(steps.send(INVALID_NONCE))

    assert (first.request.url.path, query.request.url.path) == (WRITE.path, READ.path)


@pytest.mark.parametrize("attempts", [1, 2, 3, 4])
def test_outcome_of_a_later_attempt_is_that_of_the_call(attempts):
    """The attempts before it are proven not to be executed. The error has the nonce of the last attempt."""
    course = drive(WRITE, [*[INVALID_NONCE] * (attempts - 1), httpx.ReadTimeout("lost")], timeout_s=60)

    assert type(course.end) is OutcomeUnknownError
    assert course.end.nonce == course.nonces()[-1]
    assert len(course.nonces()) == attempts


def test_query_that_does_not_fit_into_the_call_leaves_the_outcome_unknown():
    """There is one deadline: what is not proven by then is not claimed."""
    course = drive(WRITE, [INVALID_NONCE], timeout_s=1.4)

    assert type(course.end) is OutcomeUnknownError
    assert len(course.sent) == 1
