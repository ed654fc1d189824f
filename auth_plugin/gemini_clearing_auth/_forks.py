"""
Reset locks in a forked child process.

A lock that another thread held at the moment of `os.fork()` is never released in the child, because that thread
does not exist there. POSIX defines this (fork(2)); Python's `threading` locks behave the same way.
"""

import os
import weakref
from typing import Protocol

__all__ = ["reset_after_fork"]


class _Resettable(Protocol):
    def after_fork(self) -> None:
        """Replace every lock, and everything else that belongs to the parent process."""
        ...


def reset_after_fork(resettable: _Resettable) -> None:
    """Call the object's `after_fork()` in every forked child, for as long as the object exists."""
    _resettables.add(resettable)


def _after_fork() -> None:
    for resettable in list(_resettables):
        resettable.after_fork()


_resettables: weakref.WeakSet[_Resettable] = weakref.WeakSet()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
