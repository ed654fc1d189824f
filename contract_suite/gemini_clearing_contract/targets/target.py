"""
What is judged: the embedded mock, or any server over HTTP; Gemini's sandbox stands in `sandbox.py`.

A target carries bytes and tells the time; whether an answer is right is none of its business.
A server that hangs, resets, or is not there is a `TargetError` with a sentence to read.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

from ..wire import Desk, WireRequest, WireResponse

__all__ = ["Target", "TargetError"]


class TargetError(BaseException):
    """
    The target cannot be judged: not there, silent, or not what was said.

    No `Exception`, because hypothesis would take one for a finding, try again, and forget it where it does not recur.
    """


class Target(Protocol):
    """Something that answers requests."""

    name: str
    desks: tuple[Desk, ...]
    # How far the server's clock may be from the suite's, and how long what has happened may take to show.
    tolerance_ms: int
    slack_ms: int

    def send(self, request: WireRequest) -> WireResponse:
        """Carry a request there and its answer back."""

    def now_ms(self) -> Decimal:
        """The suite's idea of the target's time."""

    def wait_ms(self, duration_ms: int) -> None:
        """Let this much of the target's time go by."""

    def fresh(self) -> Target:
        """The same target for a new layer; an embedded one starts from nothing."""

    def close(self) -> None:
        """Let go of what the target holds."""
