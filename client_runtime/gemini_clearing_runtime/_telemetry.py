"""
The spans and the metric of instrumented clients: a tracer, a histogram, and the known facts about each open span.

`otel` decides what is recorded. An exception of a tracer, meter or exporter is logged, and changes nothing else.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import httpx
import msgspec

from gemini_clearing_auth._rate_limit import SLOT_WAIT_EXTENSION

from . import _time
from ._events import CallOutcome
from ._interruption import is_by_signal_handler
from ._log import log as _log
from ._observation import outcome_of
from ._operation import Operation
from ._outcome import Outcome
from ._response import RawResponse
from ._version import __version__
from .errors import ArgumentError

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import Span, TracerProvider

__all__ = ["OUTCOME", "RATE_LIMIT", "Telemetry", "WalkSpan", "make_telemetry"]

OUTCOME = "gemini_clearing.outcome"
"""The attribute of a write's span with its `CallOutcome`, and of the span of `resolve()` with the proven outcome."""
RATE_LIMIT = "rate limit"
"""The name of the span of a wait for the rate limit of the key."""

_SCOPE = "gemini_clearing"
_SCHEMA = "https://opentelemetry.io/schemas/1.23.1"
_FIRST_ERROR_STATUS = 400
# The boundaries that the semantic conventions advise for durations in seconds.
_BOUNDARIES_S = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)


class _Call(msgspec.Struct, frozen=True):
    """The call that runs in this thread or task: the path of its operation, and how often that was sent."""

    path: str
    sent: list[None] = msgspec.field(default_factory=list)


_CURRENT: ContextVar[_Call | None] = ContextVar("gemini_clearing_call", default=None)


class _Observed(msgspec.Struct, eq=False):
    """An open span, and the facts that are known when it ends."""

    span: "Span | None" = None
    token: Any = None
    outcome: CallOutcome | Outcome | None = None
    status: int | None = None
    error: str | None = None
    attributes: dict[str, str | int] = msgspec.field(default_factory=dict)


class Telemetry(msgspec.Struct, eq=False):
    """The tracer and the histogram of instrumented clients."""

    tracer: Any
    durations: Any
    is_ended: bool = False
    """Whether nothing is recorded any more."""

    @contextmanager
    def block(self, name: str) -> Iterator["_Observed"]:
        """Record a step that sends several requests or waits, and let its attempts be children of its span."""
        seen = _Observed()
        _guarded(lambda: self._begin(seen, name, is_attempt=False))
        try:
            yield seen
        except BaseException as exc:
            seen.error = type(exc).__name__
            raise
        finally:
            _guarded(lambda: _end(seen))

    @contextmanager
    def call(self, operation: Operation[Any]) -> Iterator[None]:
        """Record a call."""
        seen = _Observed()
        token = _CURRENT.set(_Call(operation.path))
        _guarded(lambda: self._begin(seen, operation.name, is_attempt=False))
        try:
            yield
            seen.outcome = CallOutcome.EXECUTED
        except BaseException as exc:
            seen.error = type(exc).__name__
            seen.outcome = outcome_of(exc)
            raise
        finally:
            _reset(token)
            if operation.safe_to_repeat:
                seen.outcome = None
            try:
                _guarded(lambda: _end(seen))
            except BaseException:
                if seen.outcome is not None:
                    _log.warning("interrupted in the export of a span; %s has ended: %s", operation.name, seen.outcome)
                raise

    @contextmanager
    def attempt(self, request: httpx.Request) -> Iterator[Callable[[RawResponse], None]]:
        """Record an attempt; the function that this yields gets its response."""
        seen = _Observed(attributes=_request_attributes(request))
        resent = _count(request)
        _guarded(lambda: self._begin(seen, request.method, is_attempt=True, resent=resent))
        # Processes share the slots, so the wait for one is inside of the attempt, perhaps in another thread.
        request.extensions[SLOT_WAIT_EXTENSION] = lambda start_ns, end_ns: _guarded(
            lambda: self._slot_wait(seen, start_ns, end_ns)
        )
        started_s = _time.monotonic()

        def received(raw: RawResponse) -> None:
            seen.status = raw.status
            if raw.status >= _FIRST_ERROR_STATUS:
                seen.error = str(raw.status)

        try:
            yield received
        except BaseException as exc:
            seen.error = type(exc).__name__
            raise
        finally:
            duration_s = _time.monotonic() - started_s
            _guarded(lambda: _end(seen))
            _guarded(lambda: self._measure(seen, duration_s))

    def _begin(self, seen: _Observed, name: str, *, is_attempt: bool, resent: int = 0) -> None:
        from opentelemetry import context, trace

        attributes = dict(seen.attributes)
        if resent:
            attributes["http.request.resend_count"] = resent
        kind = trace.SpanKind.CLIENT if is_attempt else trace.SpanKind.INTERNAL
        seen.span = span = self.tracer.start_span(name, kind=kind, attributes=attributes)
        seen.token = context.attach(trace.set_span_in_context(span))

    def _slot_wait(self, seen: _Observed, start_ns: int, end_ns: int) -> None:
        """Record a wait that has ended, as a child of its attempt."""
        from opentelemetry import trace

        if seen.span is not None:
            within = trace.set_span_in_context(seen.span)
            self.tracer.start_span(RATE_LIMIT, context=within, start_time=start_ns).end(end_time=end_ns)

    def _measure(self, seen: _Observed, duration_s: float) -> None:
        attributes = {name: value for name, value in seen.attributes.items() if name != "url.full"}
        self.durations.record(duration_s, attributes | _result_attributes(seen))


class WalkSpan:
    """
    The span of a walk: from its first request until its last row, an error, or the end of its iterator.

    It is the current span during a request only, and not while the caller handles the rows.
    """

    def __init__(self, telemetry: Telemetry, name: str) -> None:
        self._telemetry, self._name = telemetry, name
        self._seen: _Observed | None = None

    @contextmanager
    def page(self) -> Iterator[None]:
        """Record the requests for the next rows."""
        _guarded(self._enter)
        try:
            yield
        except BaseException as exc:
            self.end(type(exc).__name__)
            raise
        finally:
            _guarded(self._leave)

    def end(self, error: str | None = None) -> None:
        """End the span, if it is open."""
        seen, self._seen = self._seen, None
        if seen is not None:
            seen.error = error
            _guarded(lambda: _end(seen))

    def _enter(self) -> None:
        from opentelemetry import context, trace

        if self._seen is None:
            self._seen = _Observed(span=self._telemetry.tracer.start_span(self._name))
        if self._seen.span is not None:
            self._seen.token = context.attach(trace.set_span_in_context(self._seen.span))

    def _leave(self) -> None:
        from opentelemetry import context

        if self._seen is not None and self._seen.token is not None:
            context.detach(self._seen.token)
            self._seen.token = None


def _end(seen: _Observed) -> None:
    from opentelemetry import context, trace

    if seen.token is not None:
        context.detach(seen.token)
    if seen.span is None:
        return
    seen.span.set_attributes(_result_attributes(seen))
    if seen.error is not None:
        seen.span.set_status(trace.Status(trace.StatusCode.ERROR))
    seen.span.end()


def _request_attributes(request: httpx.Request) -> dict[str, str | int]:
    """Return the attributes of a request. No secret is in its URL: a `base_url` with a user or a query is rejected."""
    url = request.url
    return {
        "http.request.method": request.method,
        "url.full": str(url),
        "server.address": url.host,
        "server.port": url.port or (443 if url.scheme == "https" else 80),
    }


def _result_attributes(seen: _Observed) -> dict[str, str | int]:
    found = {"http.response.status_code": seen.status, "error.type": seen.error, OUTCOME: seen.outcome}
    return {name: str(value) if name == OUTCOME else value for name, value in found.items() if value is not None}


def _count(request: httpx.Request) -> int:
    """Count an attempt of the current call, and return the number of earlier ones. Queries about it do not count."""
    call = _CURRENT.get()
    if call is None or not request.url.path.endswith(call.path):
        return 0
    call.sent.append(None)
    return len(call.sent) - 1


def _reset(token: Any) -> None:
    with suppress(ValueError):  # the coroutine of the call was closed in another context
        _CURRENT.reset(token)


def _guarded(action: Callable[[], None]) -> None:
    """Run a step of the telemetry. Its exception is logged, unless it is that of a signal handler."""
    try:
        action()
    except Exception as exc:
        if is_by_signal_handler(exc):
            raise
        _log.exception("OpenTelemetry raised an exception")


def make_telemetry(tracer_provider: "TracerProvider | None", meter_provider: "MeterProvider | None") -> Telemetry:
    try:
        from opentelemetry import metrics, trace
    except ImportError as exc:
        raise ArgumentError(
            "OpenTelemetry is not installed. Install the extra: pip install 'gemini-clearing[otel]'."
        ) from exc
    tracer = trace.get_tracer(_SCOPE, __version__, tracer_provider, _SCHEMA)
    meter = metrics.get_meter(_SCOPE, __version__, meter_provider, _SCHEMA)
    durations = meter.create_histogram(
        "http.client.request.duration",
        unit="s",
        description="Duration of HTTP client requests.",
        explicit_bucket_boundaries_advisory=_BOUNDARIES_S,
    )
    return Telemetry(tracer, durations)
