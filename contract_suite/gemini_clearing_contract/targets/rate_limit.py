"""The rate at which requests are sent, and the delay that a server sets with `Retry-After`."""

import email.utils
import time
from collections.abc import Callable

from attrs import define

__all__ = ["RateLimit", "retry_after_s"]


@define
class RateLimit:
    """A limit of requests per second, from start to start; 0 for no limit."""

    per_second: float = 0
    now_s: Callable[[], float] = time.monotonic
    sleep_s: Callable[[float], None] = time.sleep
    _next_s: float = 0

    def wait(self) -> None:
        """Wait until the next request may be sent."""
        if self.per_second:
            if self._next_s > self.now_s():
                self.sleep_s(self._next_s - self.now_s())
            self._next_s = self.now_s() + 1 / self.per_second

    def pause(self, seconds: float) -> None:
        """Wait for the delay that the server has set."""
        self.sleep_s(seconds)


def retry_after_s(value: str | None, now_s: Callable[[], float] = time.time) -> float:
    """Return the delay of a `Retry-After` header in seconds or as an HTTP date; 1 if it is missing or malformed."""
    try:
        return max(0.0, float(value or 1))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value or "").timestamp() - now_s())
    except ValueError:
        return 1.0
