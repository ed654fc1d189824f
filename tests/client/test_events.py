"""The events of calls: the hooks `on_request`, `on_response` and `on_error`, with both clients."""

import asyncio
import logging
from typing import Any

import httpx
import pytest

from gemini_clearing import (
    ArgumentError,
    CallOutcome,
    ConnectionFailedError,
    ErrorEvent,
    InvalidSymbolError,
    NotSentError,
    OutcomeUnknownError,
    RateLimitError,
    RequestEvent,
    ResponseEvent,
)
from gemini_clearing_mock import Exchange
from tests.client.desks import BUY, Place

Event = RequestEvent | ResponseEvent | ErrorEvent


class Log:
    """The events in the order in which they arrived."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def hooks(self) -> dict[str, Any]:
        """Return the hooks that record the events."""
        return dict.fromkeys(("on_request", "on_response", "on_error"), self.events.append)

    def brief(self) -> list[tuple[str, str, int]]:
        """Return kind, operation and attempt of each event."""
        return [(type(one).__name__.removesuffix("Event"), one.operation, one.attempt) for one in self.events]


@pytest.fixture
def log() -> Log:
    """Return a log without events."""
    return Log()


class Failing(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport of either kind that raises an exception before it sends anything."""

    reports_sending = True

    def __init__(self, exc: BaseException) -> None:
        self.exc = exc

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raise the exception."""
        raise self.exc

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raise the exception."""
        raise self.exc


def test_success_has_a_request_and_a_response(inside, log):
    """A call that succeeds has two events, with one call id and the nonce that was sent."""
    inside.desk("initiator", **log.hooks()).create_order(**BUY)

    request, response = log.events
    assert log.brief() == [("Request", "create_order", 1), ("Response", "create_order", 1)]
    assert (request.call_id, request.nonce) == (response.call_id, response.nonce)
    assert isinstance(request.nonce, int)
    assert (response.status, response.outcome, response.reason) == (200, CallOutcome.EXECUTED, None)
    assert 0 < response.duration_s < 10


def test_rejection_has_a_response_and_an_error(inside, log):
    """A rejection is in the response's event, and in the one of the error that the call raises."""
    with pytest.raises(InvalidSymbolError):
        inside.desk("initiator", **log.hooks()).create_order(**{**BUY, "symbol": "nope"})

    _, response, error = log.events
    assert [type(one) for one in log.events] == [RequestEvent, ResponseEvent, ErrorEvent]
    assert (response.status, response.outcome, response.reason) == (400, "rejected", "InvalidSymbol")
    assert (error.status, error.outcome, error.reason) == (400, "rejected", "InvalidSymbol")
    assert (error.error, error.retry_in_s, error.retry_after_s) == ("InvalidSymbolError", None, None)


def test_lost_response_has_an_error_and_no_response(inside, log):
    """The event of a lost response has no status, and its outcome is unknown."""
    inside.exchange.faults.add("reset_after", "create_order")

    with pytest.raises(OutcomeUnknownError):
        inside.desk("initiator", **log.hooks()).create_order(**BUY)

    _, error = log.events
    assert (error.status, error.outcome, error.error) == (None, "unknown", "OutcomeUnknownError")
    assert error.nonce is not None


def test_retried_read_reports_each_attempt(inside, log):
    """Each attempt has its own events; the error of the first one has the time at which the next one is sent."""
    inside.exchange.faults.add("reset_after", "list_orders")

    inside.desk("initiator", **log.hooks()).list_orders()

    assert log.brief() == [
        ("Request", "list_orders", 1),
        ("Error", "list_orders", 1),
        ("Request", "list_orders", 2),
        ("Response", "list_orders", 2),
    ]
    assert 0 < log.events[1].retry_in_s < 1
    assert len({one.call_id for one in log.events}) == 1
    assert len({one.nonce for one in log.events}) == 2


def test_failed_connection_is_not_sent(inside, log):
    """The outcome of a write is not sent if the transport proves that nothing was sent."""
    desk = inside.desk("initiator", lambda _: Failing(httpx.ConnectError("refused")), **log.hooks())

    with pytest.raises(ConnectionFailedError):
        desk.create_order(**BUY)

    _, error = log.events
    assert (error.outcome, error.error, error.status) == ("not sent", "ConnectionFailedError", None)


def test_error_before_signing_has_neither_nonce_nor_duration(inside, log):
    """An attempt that never came to a nonce has only an error, which took no time on the network."""
    desk = inside.desk("initiator", **log.hooks())
    desk.close()

    with pytest.raises(NotSentError, match="the client is closed"):
        desk.create_order(**BUY)

    (error,) = log.events
    assert (error.outcome, error.nonce, error.duration_s) == ("not sent", None, 0.0)


def test_invalid_argument_has_no_event(inside, log):
    """A call that never begins has no events."""
    with pytest.raises(ArgumentError):
        inside.desk("initiator", **log.hooks()).create_order(**{**BUY, "amount": 0.1})

    assert log.events == []


def test_interruption_is_the_last_event(inside, log):
    """An interruption passes through unchanged, after an event with its class and the outcome of the attempt."""
    desk = inside.desk("initiator", lambda _: Failing(KeyboardInterrupt()), **log.hooks())

    with pytest.raises(KeyboardInterrupt):
        desk.create_order(**BUY)

    request, error = log.events
    assert (type(request), error.error, error.outcome) == (RequestEvent, "KeyboardInterrupt", "not sent")


@pytest.mark.parametrize(("header", "seconds"), [("3", 3.0), (None, None), ("-1", None)])
def test_error_has_the_seconds_of_retry_after(inside, log, header, seconds):
    """Error and event have the seconds of `Retry-After`, where there is a valid one."""

    class Limited(Failing):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            """Respond."""
            headers = {} if header is None else {"Retry-After": header}
            return httpx.Response(429, headers=headers, json={"result": "error", "reason": "RateLimit", "message": "-"})

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            """Respond."""
            return self.handle_request(request)

    desk = inside.desk("initiator", lambda _: Limited(OSError()), timeout=0.5, **log.hooks())
    with pytest.raises(RateLimitError) as raised:
        desk.list_orders()

    assert raised.value.retry_after_s == seconds
    assert log.events[2].retry_after_s == seconds


@pytest.mark.parametrize("name", ["on_request", "on_response", "on_error"])
def test_exception_of_a_hook_changes_nothing(inside: Place, caplog, name):
    """The call ends as without the hook, and the exception is in the log."""

    def fail(_: object) -> None:
        """Raise an exception."""
        raise ZeroDivisionError

    desk = inside.desk("initiator", **{name: fail})
    with caplog.at_level(logging.ERROR, "gemini_clearing"):
        assert desk.create_order(**BUY).clearing_id
        with pytest.raises(InvalidSymbolError):
            desk.create_order(**{**BUY, "symbol": "nope"})

    assert "raised an exception" in caplog.text


def test_async_hooks_are_awaited_in_order(exchange: Exchange):
    """A hook of the client for asyncio may be a coroutine function, and ends before the next step of the call."""
    seen: list[str] = []

    async def hook(event: object) -> None:
        """Record the event after other tasks had a chance to run."""
        await asyncio.sleep(0)
        seen.append(type(event).__name__)

    place = Place(is_async=True, exchange=exchange)
    names = ("on_request", "on_response", "on_error", "on_unknown", "on_drift")
    desk = place.desk("initiator", **dict.fromkeys(names, hook))
    exchange.faults.add("reset_after", "create_order")
    with pytest.raises(OutcomeUnknownError):
        desk.create_order(**BUY)
    desk.list_orders()
    place.close()

    assert seen == ["RequestEvent", "ErrorEvent", "OutcomeUnknownError", "RequestEvent", "ResponseEvent"]


def test_exception_of_an_async_hook_changes_nothing(exchange: Exchange, caplog):
    """A coroutine that fails is logged, and the call continues."""

    async def hook(_: object) -> None:
        """Raise an exception."""
        raise ZeroDivisionError

    place = Place(is_async=True, exchange=exchange)
    assert place.desk("initiator", on_request=hook, on_response=hook).create_order(**BUY).clearing_id
    place.close()

    assert caplog.text.count("ZeroDivisionError") >= 2


def test_function_that_returns_a_coroutine_is_an_error_of_the_log(exchange: Exchange, caplog):
    """The client with blocking calls cannot see in advance that a function returns a coroutine; it logs that."""

    async def never() -> None:
        """Do nothing."""

    place = Place(is_async=False, exchange=exchange)
    assert place.desk("initiator", on_request=lambda _: never()).create_order(**BUY).clearing_id
    place.close()

    assert "is async" in caplog.text


def test_events_of_oauth_have_no_nonce(inside, log):
    """A call with an OAuth token has no nonce, and so has its event."""
    desk = inside.desk("initiator", auth="demo-token-of-initiator", **log.hooks())

    desk.list_orders()

    assert [one.nonce for one in log.events] == [None, None]
