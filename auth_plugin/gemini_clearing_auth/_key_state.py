"""
State that all clients with the same API key share in this process: the key's lock and its nonces.

The exchange counts nonces per key, across all its clients.
"""

import os
import threading
from dataclasses import dataclass, field

from ._key_lock import KeyLock
from ._nonces import IncrementalNonces

__all__ = ["KeyState", "key_state_of"]


@dataclass(frozen=True, slots=True)
class KeyState:
    """The lock of a key, and the nonces that are drawn unless a client brings its own source."""

    lock: KeyLock = field(default_factory=KeyLock)
    nonces: IncrementalNonces = field(default_factory=IncrementalNonces)


def key_state_of(api_key: str) -> KeyState:
    """Return the state of a key; the same object for the same key."""
    with _mutex:
        return _key_states.setdefault(api_key, KeyState())


def _after_fork() -> None:
    global _mutex
    _mutex = threading.Lock()


_mutex = threading.Lock()
# Never emptied: a counter that is dropped could repeat a nonce after the clock was put back.
_key_states: dict[str, KeyState] = {}

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
