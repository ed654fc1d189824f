"""The spans of waits, walks, rate limits and queries of an outcome, with both clients; and the instrumentor of all."""

import asyncio
import gc
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode

from gemini_clearing import AsyncGeminiClearing, ClearingError, FileNonces, GeminiClearing, MaybeExecutedError
from gemini_clearing_auth import RateLimit
from gemini_clearing_mock import Exchange
from gemini_clearing_runtime._client_base import BaseClient
from gemini_clearing_runtime._key_rate import KeyRate
from gemini_clearing_runtime.otel import OUTCOME, instrument, uninstrument
from gemini_clearing_runtime.otel_instrumentor import GeminiClearingInstrumentor
from tests.client.desks import BUY, Desk, Place
from tests.client.test_otel import Recorder

PROGRAM = """
from gemini_clearing import GeminiClearing
from gemini_clearing_mock import Exchange
exchange = Exchange()
desk = exchange.account("initiator")
with GeminiClearing(api_key=desk.api_key, api_secret=desk.api_secret, base_url="http://127.0.0.1",
                    transport=exchange.transport()) as clearing:
    print(clearing.list_orders().orders, type(clearing).__mro__[1].__name__)
"""


@pytest.fixture
def recorder() -> Recorder:
    """Return new providers."""
    return Recorder()


def walk(desk: Desk, seen: list[Any]) -> int:
    """Walk the orders of a desk, keep the span that is current for each row, and return the number of rows."""

    async def rows() -> int:
        nonlocal seen
        assert isinstance(desk.client, AsyncGeminiClearing)
        async for _ in desk.client.iter_orders():
            seen += [trace.get_current_span()]
        return len(seen)

    if isinstance(desk.client, AsyncGeminiClearing):
        return desk._runner.run(rows())
    for _ in desk.client.iter_orders():
        seen += [trace.get_current_span()]
    return len(seen)


def test_wait_is_a_span_whose_children_are_its_attempts(inside: Place, recorder: Recorder) -> None:
    """A poll is not sent again, so it has no number of earlier attempts; the wait ends with the class of its error."""
    desk = inside.desk("initiator")
    placed = desk.create_order(**BUY)
    recorder.instrument(desk)

    with pytest.raises(ClearingError) as late:
        desk.wait_for_order(clearing_id=placed.clearing_id, until="Settled", timeout=0.05, poll=0.01)

    wait, attempts = recorder.call_and_attempts()
    assert (wait.name, wait.kind, wait.attributes) == (
        "wait_for_order", SpanKind.INTERNAL, {"error.type": type(late.value).__name__},
    )  # fmt: skip
    assert wait.status.status_code is StatusCode.ERROR
    assert {attempt.name for attempt in attempts} == {"POST"}
    assert all("http.request.resend_count" not in attempt.attributes for attempt in attempts)


def test_walk_is_one_span_that_is_current_during_its_requests_only(inside: Place, recorder: Recorder) -> None:
    """The span lasts until the last row; what the caller does with a row is not its child."""
    desk = inside.desk("initiator")
    desk.create_order(**BUY)
    recorder.instrument(desk)
    seen: list[Any] = []

    assert walk(desk, seen) == 1

    found, attempts = recorder.call_and_attempts()
    assert (found.name, found.kind, found.attributes) == ("iter_orders", SpanKind.INTERNAL, {})
    assert attempts
    assert seen == [trace.INVALID_SPAN]


def test_walk_that_is_left_ends_its_span(recorder: Recorder) -> None:
    """An iterator that is dropped ends its span; until then, the span is open."""
    place = Place(is_async=False, exchange=Exchange())
    desk = place.desk("initiator")
    for _ in range(2):
        desk.create_order(**BUY)
    recorder.instrument(desk)
    assert isinstance(desk.client, GeminiClearing)

    rows = desk.client.iter_orders()
    next(rows)
    assert [span.name for span in recorder.exporter.get_finished_spans()] == ["POST"]
    del rows
    gc.collect()
    assert [span.name for span in recorder.exporter.get_finished_spans()] == ["POST", "iter_orders"]
    place.close()


def test_failed_request_ends_the_span_of_a_walk(inside: Place, recorder: Recorder) -> None:
    """The span has the class of the error, and the next request begins another span."""
    desk = inside.desk("initiator", max_response_bytes=10)
    recorder.instrument(desk)

    with pytest.raises(ClearingError) as failed:
        walk(desk, [])

    found, _ = recorder.call_and_attempts()
    assert found.attributes == {"error.type": type(failed.value).__name__}
    assert found.status.status_code is StatusCode.ERROR


def test_wait_for_the_rate_limit_is_a_span_of_its_call(
    inside: Place, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call has a child `rate limit` before its attempt."""
    monkeypatch.setattr(KeyRate, "take", lambda *_: 0.001)
    desk = inside.desk("initiator", rate_limit=100)
    recorder.instrument(desk)

    desk.list_orders()

    call, children = recorder.call_and_attempts()
    assert (call.name, [child.name for child in children]) == ("list_orders", ["rate limit", "POST"])
    assert children[0].kind is SpanKind.INTERNAL


def test_wait_for_a_shared_slot_is_a_span_of_its_attempt(
    inside: Place, recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process has the slot at first: the attempt has a child `rate limit` that ends before it."""
    waits_us = iter([2_000, 0])
    monkeypatch.setattr(RateLimit, "take", lambda *_: (next(waits_us), 0))
    # The rate is so high that the call of an earlier test with this key leaves no wait of its own.
    desk = inside.desk("initiator", rate_limit=1_000_000, nonces=FileNonces(tmp_path / "nonces"))
    recorder.instrument(desk)

    desk.list_orders()

    spans: list[Any] = list(recorder.exporter.get_finished_spans())
    assert [span.name for span in spans] == ["rate limit", "POST", "list_orders"]
    wait, attempt, _ = spans
    assert (wait.parent.span_id, wait.kind) == (attempt.context.span_id, SpanKind.INTERNAL)
    assert attempt.start_time <= wait.start_time <= wait.end_time - 2_000_000 < attempt.end_time


def test_resolve_is_a_span_with_the_outcome(inside: Place, recorder: Recorder) -> None:
    """The queries are its children, and the proven outcome its attribute."""
    desk = inside.desk("initiator")
    assert inside.exchange is not None
    inside.exchange.faults.add("reset_after", "create_order")
    with pytest.raises(MaybeExecutedError) as unknown:
        desk.create_order(**BUY)
    recorder.instrument(desk)

    desk.resolve(unknown.value)

    resolve, queries = recorder.call_and_attempts()
    assert (resolve.name, resolve.attributes) == ("resolve", {OUTCOME: "executed"})
    assert {query.name for query in queries} == {"POST"}


def test_uninstrument_during_a_walk_ends_its_span(inside: Place, recorder: Recorder) -> None:
    """The rows that follow are not recorded, and neither are waits and queries."""
    desk = inside.desk("initiator")
    placed = desk.create_order(**BUY)
    recorder.instrument(desk)
    uninstrument(desk.client)

    assert walk(desk, []) == 1
    assert desk.wait_for_order(clearing_id=placed.clearing_id, until="AwaitConfirm", timeout=5).clearing_id
    assert recorder.exporter.get_finished_spans() == ()


def test_instrumentor_records_all_clients_until_it_is_removed(inside: Place, recorder: Recorder) -> None:
    """Clients made while it is active are recorded, with their views; after it, nothing of it is left in the class."""
    prepare = BaseClient._prepare
    instrumentor = GeminiClearingInstrumentor()
    instrumentor.instrument(tracer_provider=recorder.tracers, meter_provider=recorder.meters)
    try:
        desk = inside.desk("initiator")
        desk.list_orders()
        view = Desk(desk.client.with_options(timeout=20), desk._runner, inside.account("initiator"))
        view.list_orders()
    finally:
        instrumentor.uninstrument()
    before = len(recorder.exporter.get_finished_spans())

    for one in (desk, view, inside.desk("counterparty")):
        one.list_orders()

    assert before == 4
    assert len(recorder.exporter.get_finished_spans()) == before
    assert BaseClient._prepare is prepare
    assert type(inside.desk("broker").client) in (GeminiClearing, AsyncGeminiClearing)
    instrument(desk.client, recorder.tracers, recorder.meters)
    desk.list_orders()
    assert len(recorder.exporter.get_finished_spans()) == before + 2


def test_the_command_of_opentelemetry_finds_the_instrumentor(tmp_path: Path) -> None:
    """`opentelemetry-instrument python program.py` prints the spans of a program that does not name OpenTelemetry."""
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    command = Path(sys.executable).with_name("opentelemetry-instrument")
    options = ["--traces_exporter", "console", "--metrics_exporter", "none", "--logs_exporter", "none"]

    done = subprocess.run(
        [command, *options, sys.executable, tmp_path / "program.py"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert '"name": "list_orders"' in done.stdout
    assert '"name": "POST"' in done.stdout


def test_spans_of_async_tasks_do_not_mix(recorder: Recorder) -> None:
    """Two walks at the same time have one span each, which is the parent of the attempts of that walk."""
    place = Place(is_async=True, exchange=Exchange())
    desk = place.desk("initiator")
    desk.create_order(**BUY)
    recorder.instrument(desk)
    client = desk.client
    assert isinstance(client, AsyncGeminiClearing)

    async def both() -> None:
        async def one() -> None:
            async for _ in client.iter_orders():
                pass

        await asyncio.gather(one(), one())

    desk._runner.run(both())
    place.close()

    spans = recorder.exporter.get_finished_spans()
    walks = {span.context.span_id for span in spans if span.name == "iter_orders" and span.context}
    assert len(walks) == 2
    assert {span.parent.span_id for span in spans if span.name == "POST" and span.parent} == walks
