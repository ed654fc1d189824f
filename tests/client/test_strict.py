"""Clients with `strict=True`: what the spec does not list is raised, and the outcome of the call is never hidden."""

import copy
import json
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from gemini_clearing import (
    ArgumentError,
    CallOutcome,
    DriftError,
    DriftEvent,
    DriftKind,
    Journal,
    MaybeExecutedError,
    Outcome,
    RejectedError,
)
from gemini_clearing_runtime.otel import instrument
from tests.client.desks import BUY

ROW = {"clearing_id": "A", "symbol": "BTCUSD", "side": "buy", "price": 1, "quantity": 1, "submission": 1641790800020}
REASON = {"result": "error", "reason": "StrictReason", "message": "new"}
BAD_GATEWAY_TIMEOUT = 504


class Changing(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport of either kind that changes the JSON of the responses of one path."""

    def __init__(self, transport: Any, change: Any, path: str = "", status: int | None = None) -> None:
        self.transport, self.change, self.path, self.status = transport, change, path, status

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send, and change the response."""
        response = self.transport.handle_request(request)
        return self._changed(request, response, response.read())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send, and change the response."""
        response = await self.transport.handle_async_request(request)
        return self._changed(request, response, await response.aread())

    def _changed(self, request: httpx.Request, response: httpx.Response, content: bytes) -> httpx.Response:
        if not request.url.path.endswith(self.path):
            return httpx.Response(response.status_code, headers=response.headers, content=content)
        headers = {"date": response.headers["date"]} if "date" in response.headers else {}
        changed = self.change(json.loads(content))
        return httpx.Response(self.status or response.status_code, headers=headers, json=changed)


def strict_desk(inside, change, path="", status=None, **options):
    """Return a strict initiator whose responses are changed."""
    return inside.desk("initiator", lambda transport: Changing(transport, change, path, status), strict=True, **options)


def walk(desk) -> list[Any]:
    """Return the rows of a walk with either client."""
    client: Any = desk.client
    if hasattr(client, "__enter__"):
        return list(client.iter_orders())

    async def rows() -> list[Any]:
        return [row async for row in client.iter_orders()]

    return desk._runner.run(rows())


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"result": "success", "orders": [], "strictField": 1}, 200, DriftKind.FIELD),
        ({"orders": [{**ROW, "status": "StrictValue"}]}, 200, DriftKind.VALUE),
        (REASON, 400, DriftKind.REASON),
        ({"result": "error", "reason": "InvalidSymbol", "message": "m"}, 418, DriftKind.STATUS),
    ],
)
def test_each_kind_is_raised_counted_and_passed_to_the_hook(inside, body, status, kind):
    """An enum value, a reason, a field and a status that the spec does not list raise `DriftError` with its event."""
    seen: list[DriftEvent] = []
    desk = strict_desk(inside, lambda _: body, status=status, on_drift=seen.append)

    with pytest.raises(DriftError) as raised:
        desk.list_orders()

    assert [(event.operation, event.kind) for event in seen] == [("list_orders", kind)]
    assert raised.value.drift == tuple(seen)
    assert desk.client.drift == {seen[0].description: 1}
    assert seen[0].description in str(raised.value)


def test_without_strict_nothing_is_raised(inside):
    """A status that the spec does not list is counted by every client, and changes nothing else."""
    desk = inside.desk("initiator", lambda transport: Changing(transport, lambda _: REASON, status=418))

    with pytest.raises(RejectedError):
        desk.list_orders()

    assert "unknown status of list_orders: 418. The spec does not list it." in desk.client.drift


def test_response_of_the_spec_passes(inside):
    """A strict client returns what the spec lists."""
    assert inside.desk("initiator", strict=True).create_order(**BUY).clearing_id


def test_placed_order_is_in_the_error(inside, tmp_path: Path):
    """A write that was executed is executed in the error and in the journal, and the error has the order."""
    journal = tmp_path / "strict.journal"
    desk = strict_desk(inside, lambda body: {**body, "strictPlaced": 1}, "/new", journal=journal)

    with pytest.raises(DriftError) as raised:
        desk.create_order(**BUY)

    error = raised.value
    assert (error.operation, error.outcome, error.error) == ("create_order", CallOutcome.EXECUTED, None)
    (listed,) = inside.desk("initiator").list_orders().orders
    assert error.result.clearing_id == listed.clearing_id
    desk.close()  # waits until the end is recorded
    with Journal(journal) as closed:
        (entry,) = closed.entries()
    assert (entry.end, entry.order_id) == ("executed", listed.clearing_id)
    assert copy.copy(error).result == error.result


def test_rejection_is_in_the_error(inside):
    """A rejection with an unknown reason is the cause of the error, and its outcome stays rejected."""
    with pytest.raises(DriftError) as raised:
        strict_desk(inside, lambda _: REASON, status=400).create_order(**BUY)

    error = raised.value
    assert (error.outcome, error.result) == (CallOutcome.REJECTED, None)
    assert isinstance(error.error, RejectedError)
    assert error.error is error.__cause__


def test_unknown_outcome_can_be_resolved(inside):
    """A write with an unknown outcome is reported as unknown, and the attached error resolves it despite drift."""
    unknown: list[MaybeExecutedError] = []
    seen: list[DriftEvent] = []

    def change(body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "strictQuery": 1} if "orders" in body else {**body, "result": "StrictResult"}

    desk = strict_desk(inside, change, on_unknown=unknown.append, on_drift=seen.append)
    with pytest.raises(DriftError) as raised:
        desk.create_order(**BUY)

    error = raised.value.error
    assert (raised.value.outcome, unknown) == (CallOutcome.UNKNOWN, [error])
    assert isinstance(error, MaybeExecutedError)
    asked: Any = desk._runner.run(error.resolve_async(settle=0.05)) if inside.is_async else error.resolve(settle=0.05)
    assert asked.outcome is Outcome.EXECUTED
    assert seen[-1].kind is DriftKind.FIELD


def test_failed_attempt_of_a_retried_read_counts(inside):
    """A read that succeeds after a response with an unlisted status raises, and the error has the result."""
    statuses = iter([BAD_GATEWAY_TIMEOUT])

    class Once(Changing):
        def _changed(self, request: httpx.Request, response: httpx.Response, content: bytes) -> httpx.Response:
            return httpx.Response(next(statuses, 200), content=content)

    desk = inside.desk("initiator", lambda transport: Once(transport, None), strict=True)
    with pytest.raises(DriftError) as raised:
        desk.list_orders()

    assert [event.kind for event in raised.value.drift] == [DriftKind.STATUS]
    assert raised.value.result.orders == []


def test_wait_and_walk_raise(inside):
    """A wait and a walk end with the response that has drifted, and the error has it."""
    placed = inside.desk("initiator").create_order(**BUY)
    desk = strict_desk(inside, lambda body: {**body, "strictWait": 1})

    with pytest.raises(DriftError) as waited:
        desk.wait_for_order(clearing_id=placed.clearing_id, until="Settled", timeout=5)
    with pytest.raises(DriftError) as walked:
        walk(desk)

    assert waited.value.result.clearing_id == placed.clearing_id
    assert [row.clearing_id for row in walked.value.result.orders] == [placed.clearing_id]


def test_with_options_sets_and_resets_strict(inside):
    """`with_options` makes a client strict; None resets it, and an option that is not given keeps it."""
    client: Any = inside.desk("initiator").client
    strict = client.with_options(strict=True)

    views = [client, strict, strict.with_options(timeout=5), strict.with_options(strict=None)]
    assert [view._context.strict for view in views] == [False, True, True, False]
    with pytest.raises(ArgumentError, match="invalid strict: 'yes'"):
        client.with_options(strict="yes")


def test_strict_client_from_the_environment(inside, monkeypatch):
    """`from_env` takes the option as well."""
    create: Any = type(inside.desk("initiator").client).from_env
    monkeypatch.setenv("GEMINI_API_KEY", "account-strict")
    monkeypatch.setenv("GEMINI_API_SECRET", "demo-secret")

    assert create(strict=True)._context.strict is True


def test_range_of_statuses_is_listed(inside):
    """A status in a range of the spec, such as 3XX, is listed; `default` lists each status."""
    with pytest.raises(MaybeExecutedError):
        strict_desk(inside, lambda _: {}, status=302).create_order(**BUY)

    operation = inside.desk("initiator").client._operations["create_order"]
    assert [operation.lists_status(status) for status in (200, 201, 399, 418)] == [True, False, True, False]
    assert msgspec.structs.replace(operation, statuses=frozenset({"default"})).lists_status(418)


def test_span_of_a_strict_call_has_its_outcome(inside):
    """With OpenTelemetry, the span of a write that was executed and has drifted has the outcome `executed`."""
    exporter, tracers = InMemorySpanExporter(), TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    desk = strict_desk(inside, lambda body: {**body, "strictSpan": 1})
    instrument(desk.client, tracers)

    with pytest.raises(DriftError):
        desk.create_order(**BUY)

    (call,) = [span for span in exporter.get_finished_spans() if span.parent is None]
    assert call.attributes == {"gemini_clearing.outcome": "executed", "error.type": "DriftError"}
