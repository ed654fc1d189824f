"""Both clients over a scripted transport: what is sent, what is waited for, and how a call is broken off."""

import asyncio
import base64
import json
import re
import types
from typing import Any

import httpx
import pytest

from gemini_clearing_runtime import Outcome, _time
from gemini_clearing_runtime.errors import (
    ArgumentError,
    ClearingError,
    ConnectionFailedError,
    InvalidNonceError,
    NotSentError,
    OutcomeUnknownError,
)
from tests.unit.client_runtime.scripted import BASE_URL, FINE, AsyncDemoClient, DemoClient, Receipt, Trickle, run


def said(request: httpx.Request) -> dict[str, Any]:
    """What a signed request says."""
    payload: dict[str, Any] = json.loads(base64.b64decode(request.headers["X-GEMINI-PAYLOAD"]))
    return payload


def fine(_request: httpx.Request) -> httpx.Response:
    """An answer with nothing to complain of."""
    return httpx.Response(200, content=FINE)


@pytest.fixture(params=["sync", "async"])
def kind(request):
    """Which of the two clients."""
    return request.param


@pytest.fixture
def slept(monkeypatch):
    """The pauses, which are noted and not made."""
    pauses: list[float] = []

    async def note(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(_time, "sleep", pauses.append)
    monkeypatch.setattr(_time, "sleep_async", note)
    return pauses


def test_call_sends_one_signed_post_and_returns_the_answer_with_its_bytes(kind):
    """Headers as documented, nothing in the body, and the raw answer at hand."""
    sent = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, content=FINE, headers={"X-Trace": "t"})

    receipt = run(kind, handler, lambda client: client.write())

    assert receipt == Receipt(clearing_id="A1")
    assert (receipt.raw.status, receipt.raw.headers["x-trace"], receipt.raw.content, receipt.raw.text) == (
        200, "t", FINE, FINE.decode(),
    )  # fmt: skip
    (request,) = sent
    assert (request.method, str(request.url), request.content) == ("POST", f"{BASE_URL}/v1/write", b"")
    assert re.fullmatch(r"gemini-clearing/[0-9]+\.[0-9]+\.[0-9]+.*", request.headers["user-agent"])
    payload = said(request)
    assert payload.pop("nonce") > 0
    assert payload == {"request": "/v1/write", "clearing_id": "A1"}


def test_account_of_the_client_is_sent_with_every_call_that_names_none(kind):
    """A master key acts for one account, unless a call says another."""
    sent = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(said(request)["account"])
        return fine(request)

    run(kind, handler, lambda client: client.write(), account="desk")
    run(kind, handler, lambda client: client.write(account="other"), account="desk")

    assert sent == ["desk", "other"]


def test_bad_argument_is_not_sent(kind):
    """It is told before anything else happens."""
    with pytest.raises(ArgumentError, match=r"^write_it: clearing_id must be a string, not int 5\.$"):
        run(kind, lambda request: pytest.fail("sent"), lambda client: client.write(clearing_id=5))
    with pytest.raises(ArgumentError, match=r"^write_it: clearing_id is required\.$"):
        run(kind, lambda request: pytest.fail("sent"), lambda client: client.write(clearing_id=None))


def test_pauses_between_attempts_are_made(kind, slept):
    """The client waits as long as the conversation says."""
    answers = iter([httpx.Response(429, headers={"Retry-After": "3"}), httpx.Response(200, content=FINE)])

    run(kind, lambda request: next(answers), lambda client: client.write())

    assert slept == [3]


def test_every_attempt_has_a_nonce_of_its_own(kind):
    """A repeated call is signed anew, with a higher nonce."""
    nonces = []

    def handler(request: httpx.Request) -> httpx.Response:
        nonces.append(said(request)["nonce"])
        return httpx.Response(400, json={"result": "error", "reason": "InvalidNonce", "message": "Old."})

    with pytest.raises(InvalidNonceError):
        run(kind, handler, lambda client: client.write())

    assert len(nonces) == 4
    assert nonces == sorted(set(nonces))


def test_closed_client_says_so():
    """A call after the end is not sent, in either client."""
    blocking, awaiting = DemoClient(auth="token"), AsyncDemoClient(auth="token")

    async def call_closed() -> None:
        await awaiting.aclose()
        await awaiting.write()

    blocking.close()
    with pytest.raises(NotSentError, match="This client is closed: make a new one"):
        blocking.write()
    with pytest.raises(NotSentError, match="This client is closed: make a new one"):
        asyncio.run(call_closed())


def still_clock(monkeypatch):
    """A clock for client and conversation that goes on only when it is told."""
    clock = types.SimpleNamespace(now=0.0)
    monkeypatch.setattr(_time, "monotonic", lambda: clock.now)
    return clock


def test_answer_that_trickles_in_beyond_the_deadline_is_given_up(kind, monkeypatch):
    """The deadline is the call's, not that of each piece; the connection is let go."""
    clock = still_clock(monkeypatch)

    def late() -> bytes:
        clock.now += 20
        return b" "

    body = Trickle(late, late, late)

    with pytest.raises(OutcomeUnknownError, match="the answer was not complete in time"):
        run(kind, lambda request: httpx.Response(200, stream=body), lambda client: client.write(), timeout=30)

    assert clock.now == 40
    assert body.closed


def test_answer_that_is_complete_at_the_deadline_is_taken(kind, monkeypatch):
    """The time that was given may be used up."""
    clock = still_clock(monkeypatch)

    def late() -> bytes:
        clock.now += 30
        return b" "

    body = Trickle(late, lambda: FINE)

    assert run(kind, lambda request: httpx.Response(200, stream=body), lambda client: client.write(), timeout=30)


def test_redirect_is_not_followed(kind):
    """What was signed for one place goes to no other."""
    sent = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(str(request.url))
        return httpx.Response(307, headers={"Location": f"{BASE_URL}/v1/elsewhere"})

    with pytest.raises(ClearingError):
        run(kind, handler, lambda client: client.write())

    assert sent == [f"{BASE_URL}/v1/write"]


def test_half_built_client_has_a_repr():
    """What prints the traceback of a refused option asks for it."""
    assert repr(DemoClient.__new__(DemoClient)) == "DemoClient(base_url=None)"


def test_interruption_in_the_transport_passes_with_a_note(kind):
    """Ctrl-C while the answer is awaited stays what it is, and the key is free again."""

    def interrupt(_request: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    key = {"api_key": f"account-interrupted-{kind}", "api_secret": "demo"}
    with pytest.raises(KeyboardInterrupt) as interrupted:
        run(kind, interrupt, lambda client: client.write(), **key)

    assert "It was sent with nonce" in interrupted.value.__notes__[0]
    assert run(kind, fine, lambda client: client.write(), **key).clearing_id == "A1"


def test_cancelled_task_passes_with_a_note():
    """A task that is cancelled while the answer is awaited ends as cancelled, and says what may stand."""

    async def do() -> list[str]:
        arrived = asyncio.Event()

        async def hang(_request: httpx.Request) -> httpx.Response:
            arrived.set()
            await asyncio.Event().wait()
            raise AssertionError

        async with AsyncDemoClient(
            api_key="account-cancelled", api_secret="demo", transport=httpx.MockTransport(hang)
        ) as client:
            task = asyncio.create_task(client.write())
            await arrived.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as cancelled:
                await task
            return cancelled.value.__notes__

    (note,) = asyncio.run(do())
    assert "write_it: interrupted while it was under way" in note


@pytest.mark.parametrize(
    ("status", "outcome"), [("done", Outcome.EXECUTED), ("undone", Outcome.NOT_EXECUTED), ("?", Outcome.AMBIGUOUS)]
)
def test_resolve_asks_the_exchange_and_sends_nothing_again(kind, status, outcome):
    """The question is a read; the write stays the only one."""
    paths = []

    def handler(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.path)
        if request.url.path == "/v1/write":
            raise httpx.ReadTimeout("lost")
        return httpx.Response(200, json={"clearing_id": "A1", "status": status})

    def blocking(client: DemoClient) -> Any:
        with pytest.raises(OutcomeUnknownError) as lost:
            client.write()
        return lost.value.resolve()

    async def awaiting(client: AsyncDemoClient) -> Any:
        with pytest.raises(OutcomeUnknownError) as lost:
            await client.write()
        return await lost.value.resolve_async()

    resolution = run(kind, handler, blocking if kind == "sync" else awaiting)

    assert resolution.outcome == outcome
    assert [order.status for order in resolution.evidence] == [status]
    assert paths == ["/v1/write", "/v1/read"]


def test_connection_refused_is_not_sent(kind):
    """Nobody listens: nothing was sent, and the message says where."""
    options: Any = {"api_key": "account-nobody", "api_secret": "demo", "base_url": "http://127.0.0.1:1"}

    def call() -> None:
        if kind == "sync":
            DemoClient(**options).write()
        else:
            asyncio.run(AsyncDemoClient(**options).write())

    with pytest.raises(ConnectionFailedError, match=r"no connection to http://127\.0\.0\.1:1/ \(ConnectError: "):
        call()


@pytest.mark.parametrize(
    ("client", "transport", "method"),
    [
        (DemoClient, httpx.AsyncHTTPTransport, "handle_request"),
        (AsyncDemoClient, httpx.HTTPTransport, "handle_async_request"),
    ],
)
def test_transport_of_the_other_client_is_refused(client, transport, method):
    """At once, and not as an order whose outcome is unknown."""
    with pytest.raises(ArgumentError, match=f"^transport must be one that has {method}, unlike {transport.__name__}"):
        client(auth="token", transport=transport())
