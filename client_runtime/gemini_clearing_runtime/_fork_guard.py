"""
A lock that keeps a process from forking while a client imports modules.

Python has a lock for each module that is being imported. If another thread forks meanwhile, that lock is never released
in the child, and the child waits forever when it imports the same module.
"""

import os
import threading

__all__ = ["FORK_GUARD"]

FORK_GUARD = threading.RLock()
"""Hold it while you import a module later than at the start of a program."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=FORK_GUARD.acquire, after_in_parent=FORK_GUARD.release, after_in_child=FORK_GUARD.release
    )
