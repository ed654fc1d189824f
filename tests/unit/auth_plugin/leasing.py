"""Helpers for the tests of shared nonce sources: draw a nonce, and hold a lease."""

import time

from gemini_clearing_auth import RateLimit
from gemini_clearing_auth._deadline import Deadline
from gemini_clearing_auth._leases import Lease, SharedNonces

KEY = "account-AbCdEfGhIjKl1234"
SECOND_NS = 1_000_000_000
NOW_NS = 1_800_000_000 * SECOND_NS
HOUR_NS = 3_600 * SECOND_NS
MINUTE_US, HOUR_US = 60_000_000, 3_600_000_000


def drawn(
    source: SharedNonces, timeout_s: float | None = 5.0, key: str = KEY, limit: RateLimit | None = None
) -> int | str:
    """Return a nonce, and release the lease."""
    lease = source.lease(key, limit)
    try:
        return lease.draw(Deadline(timeout_s))
    finally:
        lease.release()


def held(source: SharedNonces) -> Lease:
    """Return a lease that has drawn its nonce."""
    lease = source.lease(KEY)
    lease.draw(Deadline(5))
    return lease


def now_us() -> int:
    """Return the time in microseconds."""
    return time.time_ns() // 1000
