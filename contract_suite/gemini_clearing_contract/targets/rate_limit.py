"""How fast requests leave, and how long to hold back when a server says that they come too fast."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["RateLimit", "retry_after_s"]


@dataclass
class RateLimit:
    """At most so many requests a second, counted from start to start; 0 for as many as the server takes."""

    per_second: float = 0
    now_s: Callable[[], float] = time.monotonic
    sleep_s: Callable[[float], None] = time.sleep
    _next_s: float = 0

    def wait(self) -> None:
        """Wait until the next request may leave."""
        if self.per_second:
            if self._next_s > self.now_s():
                self.sleep_s(self._next_s - self.now_s())
            self._next_s = self.now_s() + 1 / self.per_second

    def hold_back(self, seconds: float) -> None:
        """Wait as long as the server asks for."""
        self.sleep_s(seconds)


def retry_after_s(value: str | None, now_s: Callable[[], float] = time.time) -> float:
    """The seconds that `Retry-After` asks for, as a number or as a date; one where it says nothing that can be read."""
    try:
        return max(0.0, float(value or 1))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value or "").timestamp() - now_s())
    except ValueError:
        return 1.0
