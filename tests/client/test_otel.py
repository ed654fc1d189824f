"""The OpenTelemetry instrumentor, with both clients, against the mock exchange in this process."""

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from gemini_clearing import ArgumentError, AsyncGeminiClearing, GeminiClearing, MaybeExecutedError, RejectedError
from gemini_clearing_mock import Exchange
from gemini_clearing_runtime.otel import OUTCOME, instrument, uninstrument
from tests.client.desks import BUY, Place


class Recorder:
    """Providers that keep what they get."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.reader = InMemoryMetricReader()
        self.meters = MeterProvider([self.reader])

    def instrument(self, desk: Any) -> None:
        """Instrument the client of a desk."""
        instrument(desk.client, self.tracers, self.meters)

    def call_and_attempts(self) -> tuple[Any, list[Any]]:
        """Return the only span without a parent, and its children in their order."""
        spans = self.exporter.get_finished_spans()
        (call,) = [span for span in spans if span.parent is None]
        attempts = [span for span in spans if span.parent and span.parent.span_id == call.context.span_id]
        assert len(attempts) + 1 == len(spans)
        return call, attempts

    def points(self) -> list[Any]:
        """Return the data points of the only metric."""
        data = self.reader.get_metrics_data()
        assert data is not None
        (metric,) = data.resource_metrics[0].scope_metrics[0].metrics
        assert (metric.name, metric.unit) == ("http.client.request.duration", "s")
        return list(metric.data.data_points)


@pytest.fixture
def recorder() -> Recorder:
    """Return new providers."""
    return Recorder()


def test_write_has_a_call_span_and_an_attempt_span(inside, recorder):
    """A call is an INTERNAL span with its outcome; its attempt is a CLIENT span with the HTTP attributes."""
    desk = inside.desk("initiator")
    recorder.instrument(desk)

    desk.create_order(**BUY)

    call, (attempt,) = recorder.call_and_attempts()
    assert (call.name, call.kind, call.attributes) == ("create_order", SpanKind.INTERNAL, {OUTCOME: "executed"})
    assert (attempt.name, attempt.kind) == ("POST", SpanKind.CLIENT)
    url = httpx.URL(attempt.attributes["url.full"])
    assert attempt.attributes == {
        "http.request.method": "POST",
        "url.full": str(url),
        "server.address": url.host,
        "server.port": url.port or {"http": 80, "https": 443}[url.scheme],
        "http.response.status_code": 200,
    }
    (point,) = recorder.points()
    assert point.count == 1
    assert "url.full" not in point.attributes
    assert point.explicit_bounds[:2] == (0.005, 0.01)


def test_rejection_is_an_error_with_its_status(inside, recorder):
    """A rejected write has the error's class in its call and the status in its attempt."""
    desk = inside.desk("initiator")
    recorder.instrument(desk)

    with pytest.raises(RejectedError) as raised:
        desk.create_order(**{**BUY, "symbol": "nope"})

    call, (attempt,) = recorder.call_and_attempts()
    assert call.attributes == {OUTCOME: "rejected", "error.type": type(raised.value).__name__}
    assert attempt.attributes["error.type"] == str(attempt.attributes["http.response.status_code"]) == "400"
    assert {call.status.status_code, attempt.status.status_code} == {StatusCode.ERROR}
    assert (call.status.description, call.events, attempt.events) == (None, (), ())


def test_retried_read_has_two_attempts(inside, recorder):
    """The second attempt of a read is a sibling of the first, with the number of earlier ones."""
    desk = inside.desk("initiator")
    recorder.instrument(desk)
    inside.exchange.faults.add("reset_after", "list_orders")

    desk.list_orders()

    call, (first, second) = recorder.call_and_attempts()
    assert call.attributes == {}
    assert "http.request.resend_count" not in first.attributes
    assert first.attributes["error.type"]
    assert second.attributes["http.request.resend_count"] == 1
    assert sum(point.count for point in recorder.points()) == 2


def test_unknown_outcome_is_an_attribute(inside, recorder):
    """A write whose response is lost has the outcome `unknown`."""
    desk = inside.desk("initiator")
    recorder.instrument(desk)
    inside.exchange.faults.add("reset_after", "create_order")

    with pytest.raises(MaybeExecutedError):
        desk.create_order(**BUY)

    call, (attempt,) = recorder.call_and_attempts()
    assert call.attributes[OUTCOME] == "unknown"
    assert "http.response.status_code" not in attempt.attributes


class Broken:
    """A provider whose tracers and meters raise an exception when they are used."""

    def get_tracer(self, *_: Any, **__: Any) -> "Broken":
        """Return a tracer."""
        return self

    def get_meter(self, *_: Any, **__: Any) -> "Broken":
        """Return a meter."""
        return self

    def create_histogram(self, *_: Any, **__: Any) -> "Broken":
        """Return a histogram."""
        return self

    def start_span(self, *_: Any, **__: Any) -> None:
        """Fail."""
        raise ZeroDivisionError

    def record(self, *_: Any, **__: Any) -> None:
        """Fail."""
        raise ZeroDivisionError


def test_broken_tracer_does_not_change_the_outcome(inside, caplog):
    """An exception of a tracer or meter is logged, and the call returns its result."""
    desk = inside.desk("initiator")
    broken: Any = Broken()
    instrument(desk.client, broken, broken)

    assert desk.create_order(**BUY).clearing_id
    assert "OpenTelemetry raised an exception" in caplog.text


def test_interrupted_export_states_the_outcome_of_a_write(inside, monkeypatch, caplog):
    """Ctrl-C in the export of a call's span passes, and the log has the outcome of the write."""
    recorder, desk = Recorder(), inside.desk("initiator")
    recorder.instrument(desk)
    export = recorder.exporter.export

    def interrupted(spans):
        export(spans)
        if spans[0].parent is None:
            raise KeyboardInterrupt
        return SpanExportResult.SUCCESS

    monkeypatch.setattr(recorder.exporter, "export", interrupted)
    with pytest.raises(KeyboardInterrupt):
        desk.create_order(**BUY)

    assert "interrupted in the export of a span; create_order has ended: executed" in caplog.messages


def test_spans_contain_no_secret_and_no_content(inside, recorder):
    """No span and no metric has the key, the secret, the payload, the signature, or a text of the exchange."""
    sent: list[httpx.Request] = []

    def spy(transport: Any) -> Any:
        return Spying(transport, sent)

    desk = inside.desk("initiator", spy)
    recorder.instrument(desk)
    with pytest.raises(RejectedError) as raised:
        desk.create_order(**{**BUY, "symbol": "nope"})

    recorded = "".join(span.to_json() for span in recorder.exporter.get_finished_spans()) + repr(recorder.points())
    headers = sent[0].headers
    forbidden = [value for name, value in headers.items() if name.startswith("x-gemini")]
    assert len(forbidden) == 3
    assert raised.value.raw is not None
    forbidden += ["nope", raised.value.raw.content.decode(), str(raised.value)]
    assert [text for text in forbidden if text in recorded] == []


class Spying(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport of either kind that keeps the requests."""

    def __init__(self, transport: Any, sent: list[httpx.Request]) -> None:
        self.transport = transport
        self.sent = sent

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Keep, and send."""
        self.sent.append(request)
        return self.transport.handle_request(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Keep, and send."""
        self.sent.append(request)
        return await self.transport.handle_async_request(request)


def test_uninstrumented_client_records_nothing(inside, recorder):
    """After `uninstrument` nothing is recorded, until the client is instrumented again."""
    desk = inside.desk("initiator")
    recorder.instrument(desk)
    with pytest.raises(ArgumentError, match="already"):
        recorder.instrument(desk)

    uninstrument(desk.client)
    desk.list_orders()
    assert recorder.exporter.get_finished_spans() == ()

    recorder.instrument(desk)
    desk.list_orders()
    assert len(recorder.exporter.get_finished_spans()) == 2


def test_uninstrument_does_not_disturb_a_call_in_progress(inside, recorder):
    """A call during which its client is uninstrumented returns its result."""
    clients: list[Any] = []
    desk = inside.desk("initiator", on_request=lambda _: uninstrument(clients[0]))
    clients.append(desk.client)
    recorder.instrument(desk)
    inside.exchange.faults.add("reset_after", "list_orders")

    assert desk.list_orders().orders == []


def test_attempts_of_threads_are_children_of_their_own_calls(recorder):
    """Concurrent calls in threads, also of a view, have one attempt each."""
    place = Place(is_async=False, exchange=Exchange())
    desk = place.desk("initiator")
    recorder.instrument(desk)
    view = desk.client.with_options(timeout=20)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: view.list_orders(), range(8)))
    place.close()

    _assert_one_attempt_each(recorder, calls=8)


def test_attempts_of_tasks_are_children_of_their_own_calls(recorder):
    """Concurrent calls in asyncio tasks have one attempt each."""
    place = Place(is_async=True, exchange=Exchange())
    desk = place.desk("initiator")
    recorder.instrument(desk)
    client = desk.client
    assert isinstance(client, AsyncGeminiClearing)

    async def run() -> None:
        await asyncio.gather(*(client.list_orders() for _ in range(8)))

    desk._runner.run(run())
    place.close()

    _assert_one_attempt_each(recorder, calls=8)


def _assert_one_attempt_each(recorder: Recorder, *, calls: int) -> None:
    spans = recorder.exporter.get_finished_spans()
    parents = [span.context.span_id for span in spans if span.parent is None]
    assert sorted(span.parent.span_id for span in spans if span.parent) == sorted(parents)
    assert len(parents) == calls


def test_missing_extra_is_named(monkeypatch):
    """Without OpenTelemetry the error names the extra."""
    monkeypatch.setitem(sys.modules, "opentelemetry", None)

    with (
        GeminiClearing(api_key="account-a", api_secret="secret") as client,
        pytest.raises(ArgumentError, match=r"pip install 'gemini-clearing\[otel\]'"),
    ):
        instrument(client)


def test_client_does_not_import_opentelemetry():
    """Neither the client nor the instrumentor imports OpenTelemetry before `instrument` is called."""
    program = "import sys, gemini_clearing, gemini_clearing_runtime.otel; sys.exit('opentelemetry' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
