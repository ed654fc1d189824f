"""
Faults: what can go wrong between an exchange and its client, on demand.

A fault says which operation it strikes, how often, and with which probability; ``strike`` carries it out around the
request's handling, so that what a fault hides (an order placed, its answer lost) has really happened.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

__all__ = ["Fault", "FaultKind"]


class FaultKind(StrEnum):
    """What goes wrong."""

    LATENCY = "latency"  # the answer comes `delay_ms` late
    RESET_BEFORE = "reset_before"  # the connection is reset, and the request was never handled
    RESET_AFTER = "reset_after"  # the connection is reset after the request was carried out
    LOST_ANSWER = "lost_answer"  # the request is carried out, and the caller waits for ever
    TRUNCATED = "truncated"  # the request is carried out, and its answer breaks off
    HTML = "html"  # the request is carried out, and something in between answers a page under its status
    STATUS = "status"  # something in between answers `status` (429, 500, 502, 520, …); nothing was carried out
    MAINTENANCE = "maintenance"  # 503 with the reason Maintenance; nothing was carried out
    DUPLICATE = "duplicate"  # the request is delivered twice; `answer` says which answer comes back
    WRONG_FIELD = "wrong_field"  # `field` of the answer is dropped, or has `value`


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """
    One fault.

    ``operation`` is a path, or ``*`` for every one.  ``count`` is how often it still strikes, ``None`` for ever.
    ``probability`` is drawn per request from ``seed``.  The other fields belong to the kind that is named beside them.
    """

    fault_id: str = ""
    kind: FaultKind
    operation: str = "*"
    count: int | None = 1
    probability: float = 1.0
    seed: int = 0
    drawn: int = 0  # how many requests the fault has looked at
    delay_ms: int = 1000  # latency
    status: int = 500  # status
    retry_after: str | None = None  # status
    answer: str = "first"  # duplicate: first or second
    field: str | None = None  # wrong_field: a dotted path such as `orders.0.price`
    value: Any = msgspec.UNSET  # wrong_field
