"""The result of `resolve()`: the outcome of a write whose response was lost."""

from enum import StrEnum
from typing import Any

import msgspec

__all__ = ["Outcome", "Resolution", "cannot_resolve"]


class Outcome(StrEnum):
    """Whether the exchange executed a request."""

    EXECUTED = "executed"
    """
    The exchange has what the request would have caused.

    New order: the exchange has an order with its terms. Compare `clearing_id` with the orders that you know.
    Confirmation, cancellation: the order is confirmed or canceled. Whether by this call or by another one, also of
    another desk of the order, the exchange does not show.
    """
    NOT_EXECUTED = "not executed"
    """The exchange does not have it."""
    AMBIGUOUS = "ambiguous"
    """The exchange's responses prove neither. Look at `Resolution.reason` and `Resolution.evidence`."""


class Resolution(msgspec.Struct, frozen=True, eq=False):
    """The outcome of a request, and the evidence for it."""

    outcome: Outcome
    evidence: tuple[Any, ...] = ()
    """The listed orders that match the request, or the order's details."""
    reason: str = ""
    """
    The reason why the outcome is ambiguous, or why another call may be the cause of it.

    Empty if the evidence leaves nothing open. It is not compared.
    """

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Resolution):
            return NotImplemented
        return (self.outcome, self.evidence) == (other.outcome, other.evidence)

    def __hash__(self) -> int:
        return hash((self.outcome, self.evidence))


def cannot_resolve(operation: str, other: object, how: str) -> str:
    """Return why an error has no client to query for its outcome; `other` is the client of the other kind."""
    if other is not None:
        return f"this {operation} was called by the other client. Use {how}."
    return f"this error of {operation} has no client. Query the order with a new client."
