"""
The rate limit of a key or token: the number of requests per minute, and the delay of the requests above it.
"""

from ..state._accounts import KeySession
from ._error_reply import ErrorReply

__all__ = ["limit_rate"]


def limit_rate(session: KeySession | None, now_ms: int, per_minute: int, queued: int) -> tuple[KeySession, int]:
    """
    Return the session after another request, and the delay of its response in milliseconds.

    Each request uses `60 s / per_minute` of the session's time. The time used may be up to a minute ahead of the clock
    (a burst); responses to up to `queued` further requests are delayed.

    Raises:
        ErrorReply: more requests are waiting already.

    """
    now_us, step_us = now_ms * 1000, 60_000_000 // per_minute
    used_until_us = max(now_us, session.used_until_us if session else 0)
    late_us = used_until_us - now_us - (per_minute - 1) * step_us
    if late_us > queued * step_us:
        retry_after_s = -(-(late_us - queued * step_us) // 1_000_000)
        raise ErrorReply(
            "RateLimit",
            "Too Many Requests",
            status=429,
            expected=f"at most {per_minute} requests a minute",
            headers={"retry-after": str(retry_after_s)},
        )
    return KeySession(now_ms, used_until_us + step_us), max(0, -(-late_us // 1000))
