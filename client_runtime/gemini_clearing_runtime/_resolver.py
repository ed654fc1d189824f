"""
Name resolution with a deadline.

The operating system's resolver cannot be interrupted, so it runs in a daemon thread, and the caller stops waiting at
the deadline. Simultaneous lookups of one name share a thread, so that a hanging resolver costs one thread only.
"""

import ipaddress
import os
import socket
import threading
from concurrent.futures import Future
from typing import Any

import msgspec

__all__ = ["Address", "look_up"]


class Address(msgspec.Struct, frozen=True):
    """The address of a server, for a socket."""

    family: int
    sockaddr: tuple[Any, ...]


# The key contains the process, because a forked child does not have its parent's threads.
_running: dict[tuple[int, str, int], "Future[list[Address]]"] = {}


def look_up(host: str, port: int) -> "Future[list[Address]]":
    """Return the addresses of a host, in a future that cannot be canceled. It may raise `OSError` or `ValueError`."""
    future: Future[list[Address]] = Future()
    if (literal := _literal(host, port)) is not None:
        future.set_result([literal])
        return future
    key = (os.getpid(), host, port)
    future.set_running_or_notify_cancel()
    if (running := _running.setdefault(key, future)) is future:
        threading.Thread(target=_resolve, args=(key, future), name=f"resolve {host}", daemon=True).start()
    return running


def _literal(host: str, port: int) -> Address | None:
    """Return the address that a host already is; None if it is a name."""
    try:
        version = ipaddress.ip_address(host).version
    except ValueError:
        return None
    return Address(socket.AF_INET if version == 4 else socket.AF_INET6, (host, port))


def _resolve(key: tuple[int, str, int], future: "Future[list[Address]]") -> None:
    _, host, port = key
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [Address(family, sockaddr) for family, _, _, _, sockaddr in found]
    except BaseException as exc:
        _running.pop(key, None)
        future.set_exception(exc)
    else:
        _running.pop(key, None)
        future.set_result(addresses)
