"""Both clients with a scripted exchange: their queries after a rejected write, and those of `resolve()`."""

import base64
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from gemini_clearing_runtime import Outcome, Resolution
from gemini_clearing_runtime.errors import SETTLE_S, InvalidNonceError, OutcomeUnknownError
from tests.unit.client_runtime.scripted import SUCCESS, AsyncDemoClient, DemoClient, Receipt, rejection, run


def payload_of(request: httpx.Request) -> dict[str, Any]:
    """Return the payload of a signed request."""
    payload: dict[str, Any] = json.loads(base64.b64decode(request.headers["X-GEMINI-PAYLOAD"]))
    return payload


class Exchange:
    """An exchange that gives some responses to writes and then accepts them, and has an order with a status."""

    def __init__(self, responses: list[httpx.Response | Exception], *, status: str) -> None:
        self.responses = iter(responses)
        self.status = status
        self.paths: list[str] = []
        self.nonces: list[int] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Return a response to a request."""
        self.paths.append(request.url.path)
        self.nonces.append(payload_of(request)["nonce"])
        if request.url.path == "/v1/read":
            return httpx.Response(200, json={"clearing_id": "A1", "status": self.status})
        given = next(self.responses, httpx.Response(200, content=SUCCESS))
        if isinstance(given, Exception):
            raise given
        return given


def resolve_lost_write(kind: str, exchange: Exchange, before: Callable[[], object] = lambda: None) -> Resolution:
    """Make a write whose outcome is unknown, do something, and return what its error resolves to."""

    def blocking(client: DemoClient) -> Any:
        with pytest.raises(OutcomeUnknownError) as lost:
            client.write()
        before()
        return lost.value.resolve()

    async def awaiting(client: AsyncDemoClient) -> Any:
        with pytest.raises(OutcomeUnknownError) as lost:
            await client.write()
        before()
        return await lost.value.resolve_async()

    resolution: Resolution = run(kind, exchange, blocking if kind == "sync" else awaiting)
    return resolution


def test_client_waits_before_a_query_and_before_the_next_attempt(kind, slept):
    """A key that is paused sends no query either. The write waits for the same pause, not once more."""
    exchange = Exchange([rejection(429, "RateLimit", {"Retry-After": "3"})], status="undone")

    receipt = run(kind, exchange, lambda client: client.write())

    assert receipt == Receipt(clearing_id="A1")
    assert exchange.paths == ["/v1/write", *["/v1/read"] * 4, "/v1/write"]
    assert (slept[0], sum(slept[1:4]), slept[4:]) == (3, 2, [0])


@pytest.mark.parametrize("page", [httpx.Response(429, text="Slow down."), httpx.Response(429)])
def test_write_is_not_sent_again_after_a_429_of_something_on_the_way(kind, slept, page):
    """Without the API's own error body, a 429 does not say what the exchange has done."""
    exchange = Exchange([page], status="undone")

    with pytest.raises(OutcomeUnknownError):
        run(kind, exchange, lambda client: client.write())

    assert (exchange.paths, slept) == (["/v1/write"], [])


def test_every_attempt_has_its_own_nonce(kind, slept):
    """A retry is signed again, with a higher nonce than the queries before it."""
    exchange = Exchange([rejection(400, "InvalidNonce")] * 4, status="undone")

    with pytest.raises(InvalidNonceError):
        run(kind, exchange, lambda client: client.write())

    assert exchange.paths == ["/v1/write", *["/v1/read"] * 4] * 4
    assert exchange.nonces == sorted(set(exchange.nonces))


def test_rejected_write_that_was_executed_is_resolved_without_another_query(kind, slept):
    """The call has queried the exchange already, so the error knows the outcome."""
    exchange = Exchange([rejection(400, "InvalidNonce")], status="done")

    resolution = resolve_lost_write(kind, exchange)

    assert resolution.outcome is Outcome.EXECUTED
    assert [order.status for order in resolution.evidence] == ["done"]
    assert exchange.paths == ["/v1/write", "/v1/read"]


def test_rejected_write_whose_outcome_is_ambiguous_can_be_resolved_later(kind, slept):
    """`resolve()` queries again, because the exchange may say more then."""
    exchange = Exchange([rejection(400, "InvalidNonce")], status="?")

    def clear_up() -> None:
        exchange.status = "done"

    resolution = resolve_lost_write(kind, exchange, before=clear_up)

    assert resolution.outcome is Outcome.EXECUTED
    assert exchange.paths.count("/v1/write") == 1


@pytest.mark.parametrize(
    ("status", "outcome"), [("done", Outcome.EXECUTED), ("undone", Outcome.NOT_EXECUTED), ("?", Outcome.AMBIGUOUS)]
)
def test_resolve_sends_reads_and_no_second_write(kind, slept, status, outcome):
    """`resolve()` reads the status, once if it proves execution, and the write is sent once."""
    exchange = Exchange([httpx.ReadTimeout("lost")], status=status)

    resolution = resolve_lost_write(kind, exchange)

    assert resolution.outcome == outcome
    assert [order.status for order in resolution.evidence] == [status]
    reads = {"done": 1, "undone": 4, "?": 5}[status]
    assert exchange.paths == ["/v1/write", *["/v1/read"] * reads]
    assert sum(slept) == {"done": 0, "undone": SETTLE_S, "?": 5}[status]
