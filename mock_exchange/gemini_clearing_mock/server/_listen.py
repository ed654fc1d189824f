"""
The sockets of a server: one for each address of its host name.
"""

import errno
import socket

from ..errors import ControlError

__all__ = ["listen"]

_BACKLOG = 2048

# A host name may have an IPv6 address although this machine has no IPv6.
_UNAVAILABLE = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT}

# How often another free port is tried, if the port that is free for one address is taken for the other.
_ATTEMPTS = 10


def listen(host: str, port: int) -> list[socket.socket]:
    """
    Listen on every address of a host name, all on one port: `localhost` is an IPv4 and an IPv6 address.

    Raises:
        ControlError: the host name is empty or unknown, or an address is in use.

    """
    if not host:
        raise ControlError("invalid --host '': it would be every interface. Use 127.0.0.1, or 0.0.0.0 for every one.")
    for attempt in range(_ATTEMPTS):
        try:
            return _listen_on_all(_addresses(host), port)
        except OSError as error:
            is_last = attempt == _ATTEMPTS - 1
            if port == 0 and error.errno == errno.EADDRINUSE and not is_last:
                continue
            # The message of create_server() ends with " (while attempting to bind on address …)".
            cause, _, _ = str(error.strerror or error).partition(" (while ")
            raise ControlError(f"cannot listen on {host}:{port}: {cause}. Choose another --host or --port.") from None
    raise AssertionError("the last attempt returns or raises")


def _addresses(host: str) -> list[tuple[socket.AddressFamily, str]]:
    """Return the addresses of a host, IPv4 first, so that a URL with the port of the first works for most clients."""
    try:
        infos = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:
        cause = error.strerror if isinstance(error, OSError) else "a part of the name is empty or too long"
        raise ControlError(
            f"invalid --host {host!r}: {cause}. Use a name or an address, without scheme, brackets and port."
        ) from None
    return sorted({(info[0], str(info[4][0])) for info in infos}, key=lambda address: address[0] != socket.AF_INET)


def _listen_on_all(addresses: list[tuple[socket.AddressFamily, str]], port: int) -> list[socket.socket]:
    listeners: list[socket.socket] = []
    failure: OSError | None = None
    for family, address in addresses:
        try:
            listeners.append(socket.create_server((address, port), family=family, backlog=_BACKLOG))
        except OSError as error:
            if error.errno not in _UNAVAILABLE:
                _close(listeners)
                raise
            failure = error
        else:
            port = listeners[-1].getsockname()[1]
    if not listeners and failure is not None:
        raise failure
    return listeners


def _close(listeners: list[socket.socket]) -> None:
    for listener in listeners:
        listener.close()
