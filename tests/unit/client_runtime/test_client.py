"""Both clients with a scripted transport: what they send, how they wait, and how a call is interrupted."""

import asyncio
import base64
import json
import re
import types
from typing import Any

import httpx
import pytest

from gemini_clearing_runtime import _time
from gemini_clearing_runtime.errors import (
    ArgumentError,
    ClearingError,
    ConnectionFailedError,
    NotSentError,
    OutcomeUnknownError,
)
from tests.unit.client_runtime.scripted import (
    BASE_URL,
    SUCCESS,
    AsyncDemoClient,
    DemoClient,
    Receipt,
    Trickle,
    rejection,
    run,
)


def payload_of(request: httpx.Request) -> dict[str, Any]:
    """Return the payload of a signed request."""
    payload: dict[str, Any] = json.loads(base64.b64decode(request.headers["X-GEMINI-PAYLOAD"]))
    return payload


def succeed(_request: httpx.Request) -> httpx.Response:
    """Return a success."""
    return httpx.Response(200, content=SUCCESS)


def test_call_sends_one_signed_post_and_returns_the_response(kind):
    """The request has the documented headers and no body, and the result has the raw response."""
    sent = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, content=SUCCESS, headers={"X-Trace": "t"})

    receipt = run(kind, handler, lambda client: client.write())

    assert receipt == Receipt(clearing_id="A1")
    assert (receipt.raw.status, receipt.raw.headers["x-trace"], receipt.raw.content, receipt.raw.text) == (
        200, "t", SUCCESS, SUCCESS.decode(),
    )  # fmt: skip
    (request,) = sent
    assert (request.method, str(request.url), request.content) == ("POST", f"{BASE_URL}/v1/write", b"")
    assert re.fullmatch(r"gemini-clearing/[0-9]+\.[0-9]+\.[0-9]+.*", request.headers["user-agent"])
    payload = payload_of(request)
    assert payload.pop("nonce") > 0
    assert payload == {"request": "/v1/write", "clearing_id": "A1"}


def test_account_of_the_client_is_sent_with_every_call_without_one(kind):
    """A master key acts for the client's account, unless a call passes another one."""
    sent = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(payload_of(request)["account"])
        return succeed(request)

    run(kind, handler, lambda client: client.write(), account="desk")
    run(kind, handler, lambda client: client.write(sub_account="other"), account="desk")

    assert sent == ["desk", "other"]


def test_invalid_argument_is_not_sent(kind):
    """The error is raised before anything else happens."""
    with pytest.raises(ArgumentError, match=r"^write_it: invalid clearing_id: int 5\. Pass a string\.$"):
        run(kind, lambda request: pytest.fail("sent"), lambda client: client.write(clearing_id=5))
    with pytest.raises(ArgumentError, match=r"^write_it: missing clearing_id\. It is required\.$"):
        run(kind, lambda request: pytest.fail("sent"), lambda client: client.write(clearing_id=None))


def test_client_waits_between_attempts(kind, slept):
    """The client waits as long as the call says."""
    responses = iter([rejection(429, "RateLimit", {"Retry-After": "3"}), httpx.Response(200, content=SUCCESS)])

    run(kind, lambda request: next(responses), lambda client: client.read())

    assert slept == [3]


def test_closed_client_sends_nothing():
    """A call of a closed client raises `NotSentError`."""
    blocking, awaiting = DemoClient(auth="token"), AsyncDemoClient(auth="token")

    async def call_closed() -> None:
        await awaiting.aclose()
        await awaiting.write()

    blocking.close()
    with pytest.raises(NotSentError, match=r"^the client is closed\. Create a new one\.$"):
        blocking.write()
    with pytest.raises(NotSentError, match=r"^the client is closed\. Create a new one\.$"):
        asyncio.run(call_closed())


def still_clock(monkeypatch):
    """Return a clock for client and call that a test moves."""
    clock = types.SimpleNamespace(now=0.0)
    monkeypatch.setattr(_time, "monotonic", lambda: clock.now)
    return clock


def test_response_that_is_incomplete_at_the_deadline_is_given_up(kind, monkeypatch):
    """The deadline applies to the whole call, not to each piece. The connection is closed."""
    clock = still_clock(monkeypatch)

    def late() -> bytes:
        clock.now += 20
        return b" "

    body = Trickle(late, late, late)

    with pytest.raises(OutcomeUnknownError, match="the response was not complete in time"):
        run(kind, lambda request: httpx.Response(200, stream=body), lambda client: client.write(), timeout=30)

    assert clock.now == 40
    assert body.closed


def test_response_that_is_complete_at_the_deadline_is_accepted(kind, monkeypatch):
    """A call may use all of its time."""
    clock = still_clock(monkeypatch)

    def late() -> bytes:
        clock.now += 30
        return b" "

    body = Trickle(late, lambda: SUCCESS)

    assert run(kind, lambda request: httpx.Response(200, stream=body), lambda client: client.write(), timeout=30)


def test_redirect_is_not_followed(kind):
    """A request is sent only to the address that it was signed for."""
    sent = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(str(request.url))
        return httpx.Response(307, headers={"Location": f"{BASE_URL}/v1/elsewhere"})

    with pytest.raises(ClearingError):
        run(kind, handler, lambda client: client.write())

    assert sent == [f"{BASE_URL}/v1/write"]


def test_repr_works_on_a_partly_built_client():
    """A traceback with locals prints the client whose constructor raised."""
    assert repr(DemoClient.__new__(DemoClient)) == "DemoClient(base_url=None)"


def test_interruption_in_the_transport_is_reported(kind, caplog):
    """Ctrl-C during a request passes through unchanged, with a note and a log entry. The key's lock is released."""

    def interrupt(_request: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    key = {"api_key": f"account-interrupted-{kind}", "api_secret": "demo"}
    with pytest.raises(KeyboardInterrupt) as interrupted:
        run(kind, interrupt, lambda client: client.write(), **key)

    (note,) = interrupted.value.__notes__
    assert "write_it: interrupted by KeyboardInterrupt before the response. It may have been executed" in note
    assert caplog.messages == [note.partition(" Nonce ")[0]]
    assert run(kind, succeed, lambda client: client.write(), **key).clearing_id == "A1"


def test_canceled_task_is_reported(caplog):
    """`CancelledError` during a request passes through unchanged, with the order that may have been placed."""

    async def do() -> list[str]:
        arrived = asyncio.Event()

        async def hang(_request: httpx.Request) -> httpx.Response:
            arrived.set()
            await asyncio.Event().wait()
            raise AssertionError

        async with AsyncDemoClient(
            api_key="account-canceled", api_secret="demo", transport=httpx.MockTransport(hang)
        ) as client:
            task = asyncio.create_task(client.write())
            await arrived.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as cancelled:
                await task
            return cancelled.value.__notes__

    (note,) = asyncio.run(do())
    assert "write_it: interrupted by CancelledError before the response. It may have been executed" in note
    assert caplog.messages == [note.partition(" Nonce ")[0]]


def test_call_without_a_connection_is_not_sent(kind):
    """If no server listens, nothing was sent. The message has the address."""
    options: Any = {"api_key": "account-nobody", "api_secret": "demo", "base_url": "http://127.0.0.1:1"}

    def call() -> None:
        if kind == "sync":
            DemoClient(**options).write()
        else:
            asyncio.run(AsyncDemoClient(**options).write())

    with pytest.raises(ConnectionFailedError, match=r"no connection to http://127\.0\.0\.1:1/ \(ConnectError: "):
        call()


@pytest.mark.parametrize(
    ("client", "transport", "base"),
    [
        (DemoClient, httpx.AsyncHTTPTransport, "BaseTransport"),
        (AsyncDemoClient, httpx.HTTPTransport, "AsyncBaseTransport"),
    ],
)
def test_transport_of_the_other_client_is_rejected(client, transport, base):
    """The constructor raises, so that the mistake does not appear as an order with an unknown outcome."""
    message = f"^invalid transport: {transport.__name__}. Pass an httpx.{base}.$"

    with pytest.raises(ArgumentError, match=message):
        client(auth="token", transport=transport())


@pytest.mark.parametrize("identity", [{"auth": "token"}, {"api_key": "account-no-loop", "api_secret": "demo"}])
def test_async_call_without_asyncio_is_not_sent(identity):
    """Without a running asyncio event loop, the error names the client and the missing loop."""
    client = AsyncDemoClient(transport=httpx.MockTransport(lambda request: pytest.fail("sent")), **identity)
    message = (
        "AsyncDemoClient was called without a running asyncio event loop, and sent nothing. "
        "Call it under asyncio, or use the client with blocking calls."
    )

    with pytest.raises(NotSentError) as not_sent:
        client.write().send(None)

    assert (type(not_sent.value), str(not_sent.value)) == (NotSentError, message)
