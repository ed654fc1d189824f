"""A point in time until which a call may wait: one for the key's lock, the nonce source, and everything in between."""

import time
from typing import Self

__all__ = ["Deadline"]


class Deadline:
    """
    A deadline on the monotonic clock.

    Args:
        timeout_s: seconds from now; None is without limit.
    """

    __slots__ = ("_at", "timeout_s")

    def __init__(self, timeout_s: float | None) -> None:
        self.timeout_s = timeout_s
        self._at = None if timeout_s is None else time.monotonic() + timeout_s

    def left_s(self) -> float | None:
        """Return the seconds that are left, at least 0; None is without limit."""
        return None if self._at is None else max(self._at - time.monotonic(), 0.0)

    def passed(self) -> bool:
        """Return whether no time is left."""
        return self._at is not None and time.monotonic() >= self._at

    def at_most(self, limit_s: float) -> Self:
        """Return the deadline in `limit_s` seconds, or this one if it comes first."""
        left_s = self.left_s()
        return self if left_s is not None and left_s <= limit_s else type(self)(limit_s)
