"""
Locks on single bytes of a file, between processes.

On Linux these are open file description locks (`F_OFD_SETLK`, fcntl(2)). They belong to the open file, so they exclude
two openings of the same file in one process as well, and closing some other descriptor of the file does not drop them.
Other POSIX systems have the traditional record locks only, which belong to the process.
The kernel drops both kinds when their owner dies, `kill -9` included. A byte may lie beyond the end of the file.
"""

import importlib
import os
import struct
import sys
from importlib.util import find_spec
from typing import Any

__all__ = ["SUPPORTED", "is_locked", "try_lock", "unlock"]

SUPPORTED = find_spec("fcntl") is not None  # not on Windows
# Without the module, `SUPPORTED` is false, and nothing else of this module is used.
fcntl: Any = importlib.import_module("fcntl") if SUPPORTED else None
_LINUX = sys.platform == "linux"


def try_lock(fd: int, byte: int) -> bool:
    """Lock one byte. Return False when another owner has it; raise OSError when the file system has no locks."""
    try:
        if _LINUX:
            fcntl.fcntl(fd, fcntl.F_OFD_SETLK, _flock(fcntl.F_WRLCK, byte))
        else:
            fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
    except (BlockingIOError, PermissionError):  # EAGAIN or EACCES, as POSIX leaves open
        return False
    return True


def unlock(fd: int, byte: int) -> None:
    """Unlock one byte; nothing happens when it was not locked."""
    if _LINUX:
        fcntl.fcntl(fd, fcntl.F_OFD_SETLK, _flock(fcntl.F_UNLCK, byte))
    else:
        fcntl.lockf(fd, fcntl.LOCK_UN, 1, byte)


def is_locked(fd: int, byte: int) -> bool:
    """Return whether another owner has locked the byte."""
    if _LINUX:
        found = fcntl.fcntl(fd, fcntl.F_OFD_GETLK, _flock(fcntl.F_WRLCK, byte))
        return bool(struct.unpack_from("@h", found)[0] != fcntl.F_UNLCK)
    if not try_lock(fd, byte):
        return True
    unlock(fd, byte)
    return False


def _flock(kind: int, byte: int) -> bytes:
    # struct flock of Linux: type, origin, start, length, pid (which must be 0). The padding makes it 32 bytes.
    return struct.pack("@hhqqi4x", kind, os.SEEK_SET, byte, 1, 0)
