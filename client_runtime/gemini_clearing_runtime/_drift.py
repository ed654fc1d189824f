"""
Drift: values, fields, reasons and statuses in responses that the spec does not list.

Each is logged once per process, and collected for the hook `on_drift` while a response is classified.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from ._events import DriftKind
from ._log import log as _log

__all__ = ["Drift", "collect_drift", "report_drift"]

Drift = tuple[DriftKind, str]
"""The kind and the description of something that the spec does not list."""

# Bounded, so that a server that invents values fills neither the memory nor the log.
_MAX_REPORTED = 1000
_reported: set[str] = set()
_collected: ContextVar[list[Drift] | None] = ContextVar("collected", default=None)


def report_drift(kind: DriftKind, description: str) -> None:
    """Log a description the first time, and add it to the drift that is being collected."""
    if (collected := _collected.get()) is not None:
        collected.append((kind, description))
    if description not in _reported and len(_reported) < _MAX_REPORTED:
        _reported.add(description)
        _log.warning("%s", description)


@contextmanager
def collect_drift() -> Iterator[list[Drift]]:
    """Collect the drift that is reported inside the block."""
    found: list[Drift] = []
    token = _collected.set(found)
    try:
        yield found
    finally:
        _collected.reset(token)
