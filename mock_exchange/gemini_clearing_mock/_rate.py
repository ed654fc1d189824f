"""
The check of the rate: how many requests a key may make, and how many more are held back.
"""

from __future__ import annotations

from gemini_clearing_mock._accounts import Key
from gemini_clearing_mock._call import Call
from gemini_clearing_mock._refusals import Refusal
from gemini_clearing_mock._state import Session

__all__ = ["check_rate"]


def check_rate(call: Call) -> None:
    """How often: a burst of a minute's worth, then a few requests that are held back, then no more."""
    state, now_us = call.state, call.now_ms * 1000
    owner, per_minute = call.who.owner, state.choices.requests_per_minute
    heartbeat = isinstance(call.who, Key) and call.who.heartbeat
    if per_minute == 0:
        if heartbeat:
            state.put_session(owner, Session(call.now_ms))
        return
    step_us = 60_000_000 // per_minute
    session = state.sessions.get(owner)
    used_until_us = max(now_us, session.used_until_us if session else 0)
    late_us = used_until_us - now_us - (per_minute - 1) * step_us
    if late_us > state.choices.queued_requests * step_us:
        retry_after_s = -(-(late_us - state.choices.queued_requests * step_us) // 1_000_000)
        raise Refusal(
            "RateLimit",
            "Too Many Requests",
            status=429,
            expected=f"at most {per_minute} requests a minute",
            headers={"retry-after": str(retry_after_s)},
        )
    call.delay_ms = max(0, -(-late_us // 1000))
    state.put_session(owner, Session(call.now_ms, used_until_us + step_us))
