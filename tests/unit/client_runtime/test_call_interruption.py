"""An interrupted call: the exception passes unchanged, and a write that may have been executed is reported."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from gemini_clearing_runtime import _time
from gemini_clearing_runtime._steps import Wait
from gemini_clearing_runtime.errors import OutcomeUnknownError
from tests.unit.client_runtime.scripted import (
    READ,
    UNDONE,
    WRITE,
    AsyncDemoClient,
    Unsent,
    drive,
    error_response,
    new_context,
    run,
    send,
    sending,
    start,
)


@pytest.fixture
def expire() -> Iterator[Callable[..., None]]:
    """Return the handler of a signal, which raises `TimeoutError`."""

    def expire(*_: object) -> None:
        raise TimeoutError("stop")

    before = signal.signal(signal.SIGUSR1, expire)
    yield expire
    signal.signal(signal.SIGUSR1, before)


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


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("method", ["read", "write"])
def test_interruption_that_the_transport_replaces_is_raised_itself(kind, method, expire):
    """HTTP libraries raise their own timeout in response to a `TimeoutError`, also to one of a signal handler."""

    def replace(_: httpx.Request) -> httpx.Response:
        try:
            expire()
        except TimeoutError as exc:
            raise httpx.ReadTimeout("lost") from exc
        raise AssertionError

    with pytest.raises(TimeoutError, match="stop") as raised:
        run(kind, replace, lambda client: getattr(client, method)())

    assert (raised.value.__cause__, hasattr(raised.value, "__notes__")) == (None, method == "write")


def test_interruption_before_the_call_is_not_raised_again(expire):
    """A program may call the client while it handles the exception of its signal handler."""
    try:
        expire()
    except TimeoutError as handled:
        lost = httpx.ReadTimeout("lost")
        lost.__context__ = handled  # as Python does for each exception that is raised here
        course = drive(WRITE, [lost])

    assert type(course.end) is OutcomeUnknownError


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_interrupted_hook_passes_the_interruption_on(kind, expire):
    """The exception of a signal handler during a hook does not come from the hook."""

    def lose(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("lost")

    with pytest.raises(TimeoutError, match="stop"):
        run(kind, lose, lambda client: client.write(), on_unknown=expire)


def test_write_of_a_closed_coroutine_is_reported():
    """An event loop that is closed while a task waits for a response closes the task's coroutine."""
    unknown: list[Exception] = []

    class Hanging(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await asyncio.Event().wait()
            raise AssertionError

    async def abandon() -> None:
        options: dict[str, Any] = {"api_key": "account-abandoned", "api_secret": "demo", "on_unknown": unknown.append}
        call = AsyncDemoClient(transport=Hanging(), **options).write()
        call.send(None)
        call.close()

    asyncio.run(abandon())

    assert [type(error) for error in unknown] == [OutcomeUnknownError]


def test_interruption_between_two_attempts_is_not_reported(monkeypatch, caplog):
    """A write is sent again only if a query proves that it was not executed, so nothing is in doubt then."""
    now = [1000.0]
    monkeypatch.setattr(_time, "monotonic", lambda: now[0])
    unknown: list[Exception] = []
    steps = start(WRITE, new_context(on_unknown=unknown.append))
    step = next(steps)
    while not isinstance(step, Wait) or step.seconds < 5:
        if isinstance(step, Wait):
            now[0] += step.seconds
            step = steps.send(None)
            continue
        request = sending(step).request
        given = UNDONE if request.url.path == READ.path else error_response(429, "RateLimit", retry_after="10")
        send(request, given, nonce=1)
        step = steps.send(given)
    with pytest.raises(KeyboardInterrupt):
        steps.throw(KeyboardInterrupt())

    assert (unknown, caplog.messages) == ([], [])
