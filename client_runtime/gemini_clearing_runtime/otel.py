"""
OpenTelemetry for a client: a span for each call, wait, walk and query of an outcome, and child spans for attempts.

Spans and the metric of the attempts' durations follow the stable semantic conventions of HTTP clients. `instrument`
replaces the class of one client with a subclass, so that the other clients, and programs without the extra, do no work
for it. No attribute has a header, a body, or the text of an error. `_telemetry` makes the spans.
"""

import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from ._async_client import AsyncClient
from ._client import Client
from ._client_base import BaseClient
from ._iterators import AsyncRowIterator, RowIterator
from ._model import Model
from ._operation import Operation, Waiter, Walker
from ._outcome import Resolution
from ._response import RawResponse
from ._steps import Send, Step, Wait
from ._telemetry import OUTCOME, RATE_LIMIT, Telemetry, WalkSpan, make_telemetry
from .errors import RESOLVE_TIMEOUT_S, SETTLE_S, ArgumentError, MaybeExecutedError

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

__all__ = ["OUTCOME", "instrument", "uninstrument"]

R = TypeVar("R", bound=Model)


def instrument(
    client: Client | AsyncClient,
    tracer_provider: "TracerProvider | None" = None,
    meter_provider: "MeterProvider | None" = None,
) -> None:
    """
    Record the calls of a client, and of the clients that its `with_options` returns later.

    Args:
        client: a `GeminiClearing` or an `AsyncGeminiClearing`.
        tracer_provider: receives the spans; None for OpenTelemetry's global one.
        meter_provider: receives the durations; None for OpenTelemetry's global one.

    Raises:
        ArgumentError: it is not a client, it is instrumented already, or the extra `[otel]` is not installed.
    """
    if not isinstance(client, Client | AsyncClient):
        raise ArgumentError(f"invalid client: {type(client).__name__}. Pass a GeminiClearing or AsyncGeminiClearing.")
    if isinstance(client, _Instrumented) and client._active is not None:
        raise ArgumentError("the client is instrumented already. Call uninstrument() before you change a provider.")
    attach(client, make_telemetry(tracer_provider, meter_provider))


def attach(client: Client | AsyncClient, telemetry: Telemetry) -> None:
    """Record the calls of a client with a telemetry that other clients may have too."""
    vars(client)["_telemetry"] = telemetry
    if not isinstance(client, _Instrumented):
        cls = type(client)
        mixin = _InstrumentedClient if isinstance(client, Client) else _InstrumentedAsyncClient
        # A static type of it would depend on the client.
        subclass: Any = type(cls.__name__, (mixin, cls), {"__module__": cls.__module__, "__doc__": cls.__doc__})
        client.__class__ = subclass


def uninstrument(client: Client | AsyncClient) -> None:
    """Stop recording the calls of a client. The attempts of a call in progress are no longer recorded either."""
    if isinstance(client, _Instrumented):
        client._telemetry = None  # its class stays: a call in progress in another thread depends on it


class _Instrumented(BaseClient):
    """A client that records its calls."""

    _telemetry: Telemetry | None

    @property
    def _active(self) -> Telemetry | None:
        telemetry = self._telemetry
        return None if telemetry is None or telemetry.is_ended else telemetry

    def _step_span(self, step: Step) -> Telemetry | None:
        """Return the telemetry that records a step."""
        return self._active if isinstance(step, Send) or (isinstance(step, Wait) and step.is_for_rate_limit) else None


class _InstrumentedClient(_Instrumented, Client):
    def _call(self, operation: Operation[R], /, **options: Any) -> R:
        if (telemetry := self._active) is None:
            return super()._call(operation, **options)
        with telemetry.call(operation):
            return super()._call(operation, **options)

    def _wait(self, waiter: Waiter[R], /, **options: Any) -> R:
        if (telemetry := self._active) is None:
            return super()._wait(waiter, **options)
        with telemetry.block(waiter.name):
            return super()._wait(waiter, **options)

    def _walk(self, walker: Walker[R], /, *, filters: Mapping[str, Any], **options: Any) -> RowIterator[R]:
        rows = super()._walk(walker, filters=filters, **options)
        if (telemetry := self._active) is not None:
            span, run = WalkSpan(telemetry, walker.name), rows._run

            def read(page: Any) -> list[R] | None:
                if telemetry is not self._active:
                    span.end()
                    return run(page)
                with span.page():
                    found = run(page)
                if found is None:
                    span.end()
                return found

            rows._run = read
            weakref.finalize(rows, span.end)
        return rows

    def resolve(
        self, error: MaybeExecutedError, *, timeout: float = RESOLVE_TIMEOUT_S, settle: float = SETTLE_S
    ) -> Resolution:
        if (telemetry := self._active) is None:
            return super().resolve(error, timeout=timeout, settle=settle)
        with telemetry.block("resolve") as seen:
            resolution = super().resolve(error, timeout=timeout, settle=settle)
            seen.outcome = resolution.outcome
            return resolution

    def _perform(self, step: Step) -> RawResponse | None:
        if (telemetry := self._step_span(step)) is None:
            return super()._perform(step)
        if not isinstance(step, Send):
            with telemetry.block(RATE_LIMIT):
                return super()._perform(step)
        with telemetry.attempt(step.request) as received:
            raw = super()._perform(step)
            if raw is not None:
                received(raw)
            return raw


class _InstrumentedAsyncClient(_Instrumented, AsyncClient):
    async def _call(self, operation: Operation[R], /, **options: Any) -> R:
        if (telemetry := self._active) is None:
            return await super()._call(operation, **options)
        with telemetry.call(operation):
            return await super()._call(operation, **options)

    async def _wait(self, waiter: Waiter[R], /, **options: Any) -> R:
        if (telemetry := self._active) is None:
            return await super()._wait(waiter, **options)
        with telemetry.block(waiter.name):
            return await super()._wait(waiter, **options)

    def _walk(self, walker: Walker[R], /, *, filters: Mapping[str, Any], **options: Any) -> AsyncRowIterator[R]:
        rows = super()._walk(walker, filters=filters, **options)
        if (telemetry := self._active) is not None:
            span, run = WalkSpan(telemetry, walker.name), rows._run

            async def read(page: Any) -> list[R] | None:
                if telemetry is not self._active:
                    span.end()
                    return await run(page)
                with span.page():
                    found = await run(page)
                if found is None:
                    span.end()
                return found

            rows._run = read
            weakref.finalize(rows, span.end)
        return rows

    async def resolve(
        self, error: MaybeExecutedError, *, timeout: float = RESOLVE_TIMEOUT_S, settle: float = SETTLE_S
    ) -> Resolution:
        if (telemetry := self._active) is None:
            return await super().resolve(error, timeout=timeout, settle=settle)
        with telemetry.block("resolve") as seen:
            resolution = await super().resolve(error, timeout=timeout, settle=settle)
            seen.outcome = resolution.outcome
            return resolution

    async def _perform(self, step: Step) -> RawResponse | None:
        if (telemetry := self._step_span(step)) is None:
            return await super()._perform(step)
        if not isinstance(step, Send):
            with telemetry.block(RATE_LIMIT):
                return await super()._perform(step)
        with telemetry.attempt(step.request) as received:
            raw = await super()._perform(step)
            if raw is not None:
                received(raw)
            return raw
