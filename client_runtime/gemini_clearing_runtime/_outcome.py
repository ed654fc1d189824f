"""What became of a write whose answer was lost; how that is found out stands in `_reconciliation`."""

from enum import StrEnum
from typing import Any

import attrs

__all__ = ["Outcome", "Resolution"]


class Outcome(StrEnum):
    """What the exchange's answer proves."""

    EXECUTED = "executed"
    """It was carried out; or the caller placed an order with the same terms moments before: compare `clearing_id`."""
    NOT_EXECUTED = "not executed"
    """It was not carried out."""
    AMBIGUOUS = "ambiguous"
    """The answer fits both: look at `Resolution.evidence`."""


@attrs.frozen
class Resolution:
    """What the exchange says about a request whose outcome was not known."""

    outcome: Outcome
    evidence: tuple[Any, ...] = ()
    """What it rests on: the listed orders that fit, or the order's details."""
