"""
Forks while journals are open: close each file before the fork, and open it again in both processes when needed.

SQLite keeps the state of its file locks in memory, and a child inherits that memory but not the locks. A new connection
in the child would rely on locks that it does not hold: https://www.sqlite.org/howtocorrupt.html, section 2.6.
"""

import os
import weakref
from collections.abc import Callable
from typing import Protocol

__all__ = ["close_before_fork"]


class _Closable(Protocol):
    def before_fork(self) -> Callable[[], None]:
        """Close, and return what ends that in the parent process."""
        ...


_files: "weakref.WeakSet[_Closable]" = weakref.WeakSet()
_reopenings: list[Callable[[], None]] = []


def close_before_fork(file: _Closable) -> None:
    """Close the file before every fork, for as long as the object exists."""
    _files.add(file)


def _before() -> None:
    _reopenings.extend([file.before_fork() for file in list(_files)])


def _after_in_parent() -> None:
    while _reopenings:
        _reopenings.pop()()


if hasattr(os, "register_at_fork"):
    # In the child, the locks start free without any help (`KeyLock`).
    os.register_at_fork(before=_before, after_in_parent=_after_in_parent, after_in_child=_reopenings.clear)
