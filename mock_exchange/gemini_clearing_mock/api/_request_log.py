"""
Fills in the log entry of a request.
"""

from ..state._faults import Fault
from ..state._log import LogEntry
from ._context import RequestContext
from ._error_reply import ErrorReply

__all__ = ["log_entry"]

# The payload of an order has about 300 characters. The log keeps many requests, so each entry is limited.
_MAX_CHARACTERS = 10_000


def log_entry(
    context: RequestContext, status: int, error: ErrorReply | None = None, fault: Fault | None = None
) -> LogEntry:
    """Return the entry of a request, with the error reply it got and the fault that was injected, if any."""
    return LogEntry(
        number=context.state.next_number("requests"),
        at_ms=context.now_ms,
        method=_shorten(context.request.method),
        path=_shorten(context.request.path),
        status=status,
        who=context.credential.owner if context.credential else None,
        payload=_shorten(context.payload_json[: 4 * _MAX_CHARACTERS].decode("utf-8", "replace")) or None,
        check=context.check if error else None,
        reason=error.reason if error else None,
        message=error.message if error else None,
        expected=error.expected if error else None,
        fault=fault.kind if fault else None,
    )


def _shorten(text: str) -> str:
    return text if len(text) <= _MAX_CHARACTERS else f"{text[: _MAX_CHARACTERS - 1]}…"
