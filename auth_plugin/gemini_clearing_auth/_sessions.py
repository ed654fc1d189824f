"""
What all clients with the same API key share in this process: the key's turns and its nonces.

The exchange counts nonces per key, whatever the number of clients.
"""

import os
import threading
from dataclasses import dataclass, field

from gemini_clearing_auth._nonces import IncrementalNonces
from gemini_clearing_auth._turns import Turns

__all__ = ["Session", "session_of"]


@dataclass(frozen=True, slots=True)
class Session:
    """A key's turns, and the nonces that are drawn unless a client brings its own source."""

    turns: Turns = field(default_factory=Turns)
    nonces: IncrementalNonces = field(default_factory=IncrementalNonces)


def session_of(api_key: str) -> Session:
    """The session of a key; the same object for the same key."""
    with _lock:
        return _sessions.setdefault(api_key, Session())


def _after_fork() -> None:
    global _lock
    _lock = threading.Lock()
    for session in _sessions.values():
        session.turns.forget()


_lock = threading.Lock()
# Never emptied: a counter that is forgotten could repeat a nonce when the clock was put back.
_sessions: dict[str, Session] = {}

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
