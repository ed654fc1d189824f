"""
The request log: what came, what was answered, and for a refusal which check gave it and what would have passed.

No entry holds a secret; signatures and payloads are told, because both travel in the clear between the two sides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from gemini_clearing_mock._call import Call
    from gemini_clearing_mock._faults import Fault
    from gemini_clearing_mock._refusals import Refusal

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


def describe(call: Call, status: int, refusal: Refusal | None = None, fault: Fault | None = None) -> LogEntry:
    """Write the entry of one request."""
    return LogEntry(
        number=call.state.count("requests"),
        at_ms=call.now_ms,
        method=call.request.method,
        path=call.request.path,
        status=status,
        who=call.credential.owner if call.credential else None,
        payload=call.payload_json.decode("utf-8", "replace") or None,
        check=call.check if refusal else None,
        reason=refusal.reason if refusal else None,
        message=refusal.message if refusal else None,
        expected=refusal.expected if refusal else None,
        fault=fault.kind if fault else None,
    )
