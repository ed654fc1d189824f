"""The hooks `on_unknown` and `on_drift`, and the rules of all hooks, with both clients."""

import contextlib
import json
import logging
from typing import Any

import httpx
import pytest

from gemini_clearing import ArgumentError, DriftEvent, MaybeExecutedError, RejectedError
from tests.client.desks import BUY, Place

ERROR = {"result": "error", "reason": "NewReason", "message": "new"}
ROW = {"clearing_id": "A", "symbol": "BTCUSD", "side": "buy", "price": 1, "quantity": 1, "submission": 1641790800020}


class Replacing(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport of either kind that replaces the body of each response."""

    def __init__(self, transport: Any, body: Any, status: int = 200) -> None:
        self.transport = transport
        self.content = json.dumps(body).encode()
        self.status = status

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send, and replace the body."""
        self.transport.handle_request(request)
        return httpx.Response(self.status, content=self.content)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send, and replace the body."""
        await self.transport.handle_async_request(request)
        return httpx.Response(self.status, content=self.content)


def fail(_: object) -> None:
    """Raise an exception, as a hook with a defect does."""
    raise ZeroDivisionError


def test_unknown_outcome_is_passed_to_the_hook(inside):
    """`on_unknown` gets the error that the call raises."""
    seen: list[Exception] = []
    inside.exchange.faults.add("reset_after", "create_order")

    with pytest.raises(MaybeExecutedError) as raised:
        inside.desk("initiator", on_unknown=seen.append).create_order(**BUY)

    assert seen == [raised.value]


@pytest.mark.usefixtures("without_pauses")
def test_other_outcomes_are_not_passed_to_the_hook(inside):
    """Neither a result, a rejection nor a read with an unknown outcome is reported as an unknown write."""
    seen: list[Exception] = []
    desk = inside.desk("initiator", on_unknown=seen.append)
    desk.create_order(**BUY)
    with pytest.raises(RejectedError):
        desk.create_order(**{**BUY, "symbol": "nope"})
    for _ in range(10):
        inside.exchange.faults.add("reset_after", "list_orders")
    with pytest.raises(MaybeExecutedError):
        desk.list_orders()

    assert seen == []


def test_exception_of_a_hook_is_logged(inside, caplog):
    """A hook that fails does not change the result of a call."""
    inside.exchange.faults.add("reset_after", "create_order")

    with pytest.raises(MaybeExecutedError), caplog.at_level(logging.ERROR, "gemini_clearing"):
        inside.desk("initiator", on_unknown=fail).create_order(**BUY)

    assert "raised an exception" in caplog.text
    desk = inside.desk(
        "initiator",
        lambda transport: Replacing(transport, {"result": "success", "orders": [], "next": 1}),
        on_drift=fail,
    )
    assert desk.list_orders().orders == []


@pytest.mark.parametrize(
    ("body", "status", "description"),
    [
        (
            {"result": "success", "orders": [], "newField1": 1},
            200,
            "unknown field in a response: OrderList $.newField1",
        ),
        (ERROR, 400, "unknown reason in an error response: 'NewReason'"),
    ],
)
def test_drift_is_passed_to_the_hook_once(inside, body, status, description):
    """Every client's `on_drift` gets what the spec does not list, the first time that it arrives."""
    for _ in range(2):
        seen: list[DriftEvent] = []
        desk = inside.desk(
            "initiator",
            lambda transport, body=body, status=status: Replacing(transport, body, status),
            on_drift=seen.append,
        )
        for _ in range(2):
            with contextlib.suppress(RejectedError):
                desk.list_orders()

        assert [str(event).startswith(description) for event in seen] == [True]


@pytest.mark.parametrize("text", ["account-mF2pPrJqXhbMUyxL", "9f" * 48, "eyJyZXF1ZXN0IjoiL3YxIn0=", "x" * 41, "a\nb"])
@pytest.mark.parametrize(
    ("body_with", "status"),
    [
        (lambda text: {"result": "success", "orders": [], text: 1}, 200),
        (lambda text: {"orders": [{**ROW, "status": text}]}, 200),
        (lambda text: {"result": "error", "reason": text, "message": "new"}, 400),
    ],
    ids=["field", "value", "reason"],
)
def test_drift_shows_only_names(inside, caplog, body_with, status, text):
    """A server that repeats a key, a signature or a payload in an unknown place does not put it into log or hook."""
    seen: list[DriftEvent] = []
    desk = inside.desk(
        "initiator", lambda transport: Replacing(transport, body_with(text), status), on_drift=seen.append
    )

    with contextlib.suppress(RejectedError, MaybeExecutedError):
        desk.list_orders()

    assert desk.client.drift
    assert all(f"a text of {len(text)} characters" in one for one in [*desk.client.drift, *map(repr, seen)])
    assert not any(text in one for one in [*desk.client.drift, *map(repr, seen), *caplog.messages])


def test_drift_is_counted(inside):
    """Each response with something that the spec does not list is counted, with and without a hook."""
    body = {"result": "success", "orders": [], "newField2": 1}
    client = inside.desk("initiator", lambda transport: Replacing(transport, body))
    assert client.client.drift == {}

    for _ in range(3):
        client.list_orders()

    (counted,) = client.client.drift.items()
    assert counted == ("unknown field in a response: OrderList $.newField2. The spec does not list it.", 3)
    assert client.client.with_options(timeout=5).drift == client.client.drift


def test_drift_of_many_rows_counts_once_for_a_response(inside):
    """A response with a new field in two rows counts once, and so does an unknown value of an enum in two rows."""
    body = {"orders": [{**ROW, "status": "Pending7", "newField3": number} for number in range(2)]}
    desk = inside.desk("initiator", lambda transport: Replacing(transport, body))

    desk.list_orders()

    assert list(desk.client.drift.values()) == [1, 1]


def test_clients_count_their_own_drift(inside):
    """A client counts what it received, also after another client in the process has met it."""
    reason = {"result": "error", "reason": "AnotherReason", "message": "new"}
    for _ in range(2):
        desk = inside.desk("initiator", lambda transport: Replacing(transport, reason, 400))
        with pytest.raises(RejectedError):
            desk.list_orders()

        assert list(desk.client.drift.values()) == [1]


HOOKS = ["on_request", "on_response", "on_error", "on_unknown", "on_drift"]


@pytest.mark.parametrize("name", HOOKS)
def test_hook_must_be_a_function(inside, name):
    """A value that cannot be called is rejected when the client is created."""
    with pytest.raises(ArgumentError, match=f"invalid {name}: 'hook'. Pass a function") as raised:
        inside.desk("initiator", **{name: "hook"})
    assert ("not async" in str(raised.value)) is not inside.is_async
    with pytest.raises(ArgumentError, match=f"invalid {name}"):
        inside.desk("initiator").client.with_options(**{name: "hook"})


@pytest.mark.parametrize("name", HOOKS)
def test_client_with_blocking_calls_rejects_an_async_hook(exchange, name):
    """A coroutine function would never run, so it is rejected, also as a method or an object."""

    class Hook:
        async def __call__(self, _: object) -> None:
            """Do nothing."""

    place = Place(is_async=False, exchange=exchange)
    for hook in (Hook(), Hook().__call__):
        with pytest.raises(ArgumentError, match=f"invalid {name}.* not async"):
            place.desk("initiator", **{name: hook})
    place.close()
