"""
The check of the rate: how many requests a key may make, and how many more are held back.
"""

from __future__ import annotations

from ..state._accounts import Key
from ..state._state import KeySession
from ._context import RequestContext
from ._error_reply import ErrorReply

__all__ = ["check_rate"]


def check_rate(context: RequestContext) -> None:
    """How often: a burst of a minute's worth, then a few requests that are held back, then no more."""
    state, now_us = context.state, context.now_ms * 1000
    owner, per_minute = context.who.owner, state.choices.requests_per_minute
    heartbeat = isinstance(context.who, Key) and context.who.heartbeat
    if per_minute == 0:
        if heartbeat:
            state.put_session(owner, KeySession(context.now_ms))
        return
    step_us = 60_000_000 // per_minute
    session = state.sessions.get(owner)
    used_until_us = max(now_us, session.used_until_us if session else 0)
    late_us = used_until_us - now_us - (per_minute - 1) * step_us
    if late_us > state.choices.queued_requests * step_us:
        retry_after_s = -(-(late_us - state.choices.queued_requests * step_us) // 1_000_000)
        raise ErrorReply(
            "RateLimit",
            "Too Many Requests",
            status=429,
            expected=f"at most {per_minute} requests a minute",
            headers={"retry-after": str(retry_after_s)},
        )
    context.delay_ms = max(0, -(-late_us // 1000))
    state.put_session(owner, KeySession(context.now_ms, used_until_us + step_us))
