"""
Fills in the log entry of a request.
"""

from ..state._faults import Fault
from ..state._log import LogEntry
from ._context import RequestContext
from ._error_reply import ErrorReply

__all__ = ["log_entry"]


def log_entry(
    context: RequestContext, status: int, error: ErrorReply | None = None, fault: Fault | None = None
) -> LogEntry:
    """Return the entry of a request, with the error reply it got and the fault that was injected, if any."""
    return LogEntry(
        number=context.state.next_number("requests"),
        at_ms=context.now_ms,
        method=context.request.method,
        path=context.request.path,
        status=status,
        who=context.credential.owner if context.credential else None,
        payload=context.payload_json.decode("utf-8", "replace") or None,
        check=context.check if error else None,
        reason=error.reason if error else None,
        message=error.message if error else None,
        expected=error.expected if error else None,
        fault=fault.kind if fault else None,
    )
