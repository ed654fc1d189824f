"""The steps of a call: what its generator yields, and the client performs."""

from typing import TYPE_CHECKING

import httpx
import msgspec

from ._hooks import Notify

if TYPE_CHECKING:
    from ._time_left import TimeLeft

__all__ = ["Send", "Step", "Wait"]


class Send(msgspec.Struct, frozen=True):
    """Send this request, and return the response or raise an exception."""

    request: httpx.Request

    @property
    def deadline(self) -> float:
        """The time by which the response must be complete, on the monotonic clock."""
        time_left: TimeLeft = self.request.extensions["timeout"]
        return time_left.end_s()


class Wait(msgspec.Struct, frozen=True):
    """Wait."""

    seconds: float
    is_for_rate_limit: bool = False
    """Whether the client's own rate limit demands it."""


Step = Send | Wait | Notify
