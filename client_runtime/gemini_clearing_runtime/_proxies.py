"""
The proxy of a client: the option `proxy`, otherwise the variable `HTTPS_PROXY` or `ALL_PROXY`, unless `NO_PROXY` lists
the host.

Only variables that apply are validated. Messages never contain a password.
"""

import base64
import ipaddress
import os
import re
from urllib.parse import unquote, urlsplit

from ._route import Proxy, is_loopback
from .errors import ArgumentError

__all__ = ["choose_proxy"]

_DEFAULT_PORTS = {"http": 80, "https": 443}
_WITH_PORT = re.compile(r"(?P<host>\[[^]]+\]|[^]:[]+):(?P<port>[0-9]+)")
_DOMAIN = re.compile(r"[\w.*-]+")


def choose_proxy(option: str | None, *, scheme: str, host: str, port: int) -> Proxy | None:
    """
    Return the proxy for an exchange; None for a direct connection. Loopback addresses never have a proxy.

    Raises:
        ArgumentError: the option, or a variable that applies, is not valid.
    """
    proxy = None if option is None else _read("proxy", option)
    if is_loopback(host):
        return None
    if proxy is None and (found := _variable(f"{scheme}_proxy", "all_proxy")) and not _is_excepted(host, port):
        proxy = _read(*found)
    return proxy


def _variable(*names: str) -> tuple[str, str] | None:
    """Return the first variable that is set and not empty, and its value. Lower case takes precedence, as in curl."""
    for variable in (spelling for name in names for spelling in (name, name.upper())):
        if value := os.environ.get(variable, "").strip():
            return variable, value
    return None


def _read(name: str, value: object) -> Proxy:
    if not isinstance(value, str):
        raise ArgumentError(f"{name} must be a URL, not {type(value).__name__}.")
    try:
        return _proxy(value)
    except ValueError as exc:
        problem = exc.args[0]
    raise ArgumentError(f"{name} {_masked(value)!r} {problem}. Use a URL such as http://proxy.example:3128.")


def _proxy(value: str) -> Proxy:
    """Parse a URL; the default scheme is http, as in curl. The text of a `ValueError` does not repeat the value."""
    if not value.isprintable() or " " in value:
        raise ValueError("contains white space or control characters")
    try:
        url = urlsplit(value if "://" in value else f"http://{value}")
        host, port = url.hostname, url.port
    except ValueError:  # its text may contain the password
        raise ValueError("is not a URL") from None
    if url.scheme not in _DEFAULT_PORTS:
        raise ValueError("has a scheme other than http and https")
    if not host:
        raise ValueError("has no host")
    if port == 0:
        raise ValueError("has the port 0")
    identity = None
    if url.username is not None:
        identity = f"{unquote(url.username)}:{unquote(url.password or '')}".encode()
    return Proxy(
        host=host,
        port=port or _DEFAULT_PORTS[url.scheme],
        is_tls=url.scheme == "https",
        authorization=None if identity is None else b"Basic " + base64.b64encode(identity),
    )


def _masked(value: str) -> str:
    """Hide a possible user and password: everything before the last `@`, and a port that is not a number."""
    scheme, separator, rest = value.partition("://")
    if not separator:
        scheme, rest = "", value
    _, at, place = rest.rpartition("@")
    host, colon, port = place.partition(":")
    if colon and not host.startswith("[") and not port.rstrip("/").isdecimal():
        place = f"{host}:…"
    return f"{scheme}{separator}{'…@' if at else ''}{place}"


def _is_excepted(host: str, port: int) -> bool:
    """Whether `NO_PROXY` lists the host, a parent domain, its network, or everything (`*`)."""
    variable, value = _variable("no_proxy") or ("", "")
    return any(_matches(variable, entry, host, port) for entry in re.split(r"[\s,]+", value) if entry)


def _matches(variable: str, entry: str, host: str, port: int) -> bool:
    place = entry.lower().rpartition("://")[2]
    if parsed := _WITH_PORT.fullmatch(place):
        place = parsed["host"]
        if int(parsed["port"]) != port:
            return False
    place, host = place.strip("[]"), host.lower().rstrip(".")
    try:
        network = ipaddress.ip_network(place, strict=False)
    except ValueError:
        if not _DOMAIN.fullmatch(place):
            raise ArgumentError(
                f"{variable}: {entry!r} is not a host. Use hosts, domains or networks, separated by commas."
            ) from None
        domain = place.removeprefix("*").strip(".")
        return place == "*" or (domain != "" and f".{host}".endswith(f".{domain}"))
    try:
        return ipaddress.ip_address(host) in network
    except ValueError:
        return False
