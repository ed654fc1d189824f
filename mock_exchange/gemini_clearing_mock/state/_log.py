"""
The request log: what came, what was answered, and for a refusal which check gave it and what would have passed.

No entry holds a secret; signatures and payloads are told, because both travel in the clear between the two sides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from ..api._context import RequestContext
    from ..api._error_reply import ErrorReply
    from ._faults import Fault

__all__ = ["LogEntry", "describe"]


class LogEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """
    One request.

    ``who`` is the API key, or ``oauth:`` and the token's name.
    ``payload`` is the JSON as it was signed, if the request came that far.
    ``check`` is the check that refused, ``expected`` what a valid request would have had there.
    ``fault`` is the kind of fault that was injected.
    """

    number: int
    at_ms: int
    method: str
    path: str
    status: int
    who: str | None = None
    payload: str | None = None
    check: str | None = None
    reason: str | None = None
    message: str | None = None
    expected: str | None = None
    fault: str | None = None


def describe(
    context: RequestContext, status: int, refusal: ErrorReply | None = None, fault: Fault | None = None
) -> LogEntry:
    """Write the entry of one request."""
    return LogEntry(
        number=context.state.count("requests"),
        at_ms=context.now_ms,
        method=context.request.method,
        path=context.request.path,
        status=status,
        who=context.credential.owner if context.credential else None,
        payload=context.payload_json.decode("utf-8", "replace") or None,
        check=context.check if refusal else None,
        reason=refusal.reason if refusal else None,
        message=refusal.message if refusal else None,
        expected=refusal.expected if refusal else None,
        fault=fault.kind if fault else None,
    )
