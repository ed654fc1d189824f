"""
The instrumentor that the command `opentelemetry-instrument` loads: it records the calls of all clients.

It needs the package opentelemetry-instrumentation, which has that command. `otel` instruments single clients.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from ._client_base import BaseClient
from ._telemetry import Telemetry, make_telemetry
from .otel import attach

if TYPE_CHECKING:

    class BaseInstrumentor:
        """The methods of OpenTelemetry's class, whose module is excluded from type checks."""

        def instrument(self, **kwargs: Any) -> None: ...
        def uninstrument(self, **kwargs: Any) -> None: ...

else:
    from opentelemetry.instrumentation.instrumentor import BaseInstrumentor

__all__ = ["GeminiClearingInstrumentor"]


class GeminiClearingInstrumentor(BaseInstrumentor):
    """
    Records the calls of all clients that are made after `instrument()`, until `uninstrument()`.

    `instrument` takes `tracer_provider` and `meter_provider`; without them, OpenTelemetry's global ones are used.
    """

    _telemetry: Telemetry
    _prepare: Any

    def instrumentation_dependencies(self) -> Collection[str]:
        """Return the package whose calls are recorded."""
        return ["gemini-clearing"]

    def _instrument(self, **kwargs: Any) -> None:
        telemetry = make_telemetry(kwargs.get("tracer_provider"), kwargs.get("meter_provider"))
        prepare = BaseClient._prepare

        def prepare_and_attach(client: Any, options: Any, transport: object) -> None:
            prepare(client, options, transport)
            attach(client, telemetry)

        self._telemetry, self._prepare = telemetry, prepare
        base: Any = BaseClient  # the static type does not allow to replace a method
        base._prepare = prepare_and_attach

    def _uninstrument(self, **kwargs: Any) -> None:
        base: Any = BaseClient
        base._prepare = self._prepare
        self._telemetry.is_ended = True
