"""
The rate limit that the processes of a key share through their nonce source: its arithmetic, without I/O.

A request that carries a `RateLimit` in its extensions gets a nonce no earlier than its slot, so the slot and the nonce
are taken in one step. Requests without one, and sources of one process, are not limited here.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from .errors import RateWaitError

__all__ = ["RATE_EXTENSION", "SLOT_WAIT_EXTENSION", "RateLimit", "check_wait", "rate_limit_of"]

RATE_EXTENSION = "gemini_clearing.rate_limit"
SLOT_WAIT_EXTENSION = "gemini_clearing.slot_wait"
"""A function in the extensions of a request: it gets the start and the end of each wait for a slot, in nanoseconds."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """
    A steady rate, and the burst for which an idle key has saved up: the generic cell rate algorithm.

    The state of a key is one time: when its whole burst is available again. Each slot moves it by one interval.
    Clients with another limit have another state.

    Fields:
        interval_us: microseconds between two slots of the steady rate.
        saved_us: how far ahead of the clock the state may be when a slot is taken.
    """

    interval_us: int
    saved_us: int

    def take(self, full_us: int, now_us: int) -> tuple[int, int]:
        """
        Take a slot if there is one now.

        Args:
            full_us: the state of the key; 0 for a new key.
            now_us: the time, by the clock of the state.

        Returns:
            The microseconds until the next slot, and the new state. No slot was taken if it is not 0.
        """
        # More than that was never saved: the clock was put back since.
        full_us = min(max(full_us, now_us), now_us + self.saved_us + self.interval_us)
        wait_us = max(0, full_us - self.saved_us - now_us)
        return wait_us, full_us if wait_us else full_us + self.interval_us


def rate_limit_of(extensions: Mapping[str, object]) -> RateLimit | None:
    """Return the rate limit that a request carries."""
    limit = extensions.get(RATE_EXTENSION)
    return limit if isinstance(limit, RateLimit) else None


def check_wait(wait_us: float, left_s: float | None) -> float:
    """
    Return the seconds until the next slot, rounded up.

    Raises:
        RateWaitError: the call has less time left.
    """
    wait_s = math.ceil(wait_us) / 1_000_000
    if left_s is not None and wait_s >= left_s:
        raise RateWaitError(
            f"the rate limit that this API key shares with other processes demands a wait of {wait_s:.2f} s, and the "
            "call has less time left. Nothing was sent. Pass a longer timeout, or call less often.",
            wait_s,
        )
    return wait_s
