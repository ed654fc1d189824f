"""
The record of an injected fault, and the decision whether it applies to a request.

What each kind of fault does to a request is in `control/_fault_effects.py`.
"""

import random
from enum import StrEnum
from typing import Any

import msgspec

__all__ = ["EVERY", "Fault", "FaultKind"]

EVERY = "*"


class FaultKind(StrEnum):
    """The kinds of faults."""

    LATENCY = "latency"  # the response is `delay_ms` late
    RESET_BEFORE = "reset_before"  # the connection is reset, and the request is not executed
    RESET_AFTER = "reset_after"  # the request is executed, and then the connection is reset
    LOST_ANSWER = "lost_answer"  # the request is executed, and no response is ever sent
    TRUNCATED = "truncated"  # the request is executed, and its response is truncated
    HTML = "html"  # the request is executed, and an HTML page is sent (with `status`, if set)
    STATUS = "status"  # an error with `status` (429, 500, 502, 520, …) is sent, and the request is not executed
    MAINTENANCE = "maintenance"  # 503 with the reason Maintenance is sent, and the request is not executed
    DUPLICATE = "duplicate"  # the request is executed twice; `answer` selects the response that is sent
    WRONG_FIELD = "wrong_field"  # `field` of the response is removed, or set to `value`


class Fault(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """
    A fault that waits for requests.

    Attributes:
        fault_id: assigned by the exchange.
        kind: what happens.
        operation: the path of an endpoint, or `*` for every endpoint.
        count: how many more requests it is injected into, `None` for no limit.
        probability: the probability for each request, drawn from `seed`.
        seen: the number of requests to the operation so far.
        delay_ms: for LATENCY.
        status: for STATUS and HTML.
        retry_after: the header for STATUS and MAINTENANCE, seconds or an HTTP date.
        answer: for DUPLICATE: 1 for the first response, 2 for the second.
        field: for WRONG_FIELD: a dotted path such as `orders.0.price`.
        value: for WRONG_FIELD.

    """

    fault_id: str = ""
    kind: FaultKind
    operation: str = EVERY
    count: int | None = 1
    probability: float = 1.0
    seed: int = 0
    seen: int = 0
    delay_ms: int = 1000
    status: int | None = None
    retry_after: str | None = None
    answer: int = 1
    field: str = ""
    value: Any = msgspec.UNSET

    def matches(self, path: str) -> bool:
        """Return whether the fault applies to requests to this path."""
        return self.operation in {EVERY, path}

    def applies_to_next(self) -> bool:
        """Draw whether it is injected into the next matching request: reproducible from `seed` on every machine."""
        return random.Random(f"{self.seed}:{self.seen}").random() < self.probability  # noqa: S311  (not a secret)
