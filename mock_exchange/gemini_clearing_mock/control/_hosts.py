"""
Whether a request to the controls comes from a page of another site.

A page in the developer's browser can send requests to a server on loopback. Two headers show that, because a page
cannot set them: `Origin`, and `Host`. `Origin` is not enough: after DNS rebinding, the page's own host name has
the address of the server, and then both headers have that name (https://en.wikipedia.org/wiki/DNS_rebinding).
"""

import ipaddress
import re
from collections.abc import Collection

from ..errors import ControlError

__all__ = ["check_host_names", "is_allowed_host", "is_loopback", "is_same_origin"]

_NAME = re.compile(r"[A-Za-z0-9._-]*[A-Za-z0-9_-]")
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^:\[\]]+))(?::[0-9]*)?")


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is that of this machine's loopback interface."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_host_names(names: Collection[str]) -> None:
    """
    Check that the `Host` header can have each name.

    Raises:
        ControlError: it cannot, so no request would be allowed.

    """
    for name in names:
        if not _NAME.fullmatch(name) and not _is_address(name):
            raise ControlError(
                f"invalid host name {name!r}. Use a name or an address, without scheme, brackets, port and final dot."
            )


def is_allowed_host(header: str | None, allowed: Collection[str]) -> bool:
    """
    Return whether the `Host` header has a loopback name, or one of the allowed names.

    A request without the header is allowed, because every browser sends it.
    """
    if header is None:
        return True
    host = _host(header)
    return is_loopback(host) or host in {name.lower() for name in allowed}


def is_same_origin(origin: str | None, host: str | None) -> bool:
    """Return whether `Origin` is the server's own, or missing, as in requests that no page has sent."""
    return origin is None or origin in {f"http://{host}", f"https://{host}"}


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _host(header: str) -> str:
    """Return the host of a `Host` header, without port, brackets and final dot; empty for a malformed header."""
    match = _HOST.fullmatch(header)
    return (match[1] or match[2]).lower().removesuffix(".") if match else ""
