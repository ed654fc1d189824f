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

from gemini_clearing_auth._secrets import repeats_secret, shown

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
    del option  # a traceback with local variables shows this frame
    if proxy is None and not is_loopback(host):
        variable = _variable(f"{scheme}_proxy", "all_proxy")
        if variable is not None and not _is_excepted(host, port):
            proxy = _read(variable, os.environ[variable].strip())
    if isinstance(proxy, ArgumentError):
        raise proxy
    return None if is_loopback(host) else proxy


def _variable(*names: str) -> str | None:
    """Return the name of the first variable that is set and not empty. Lower case takes precedence, as in curl."""
    spellings = (spelling for name in names for spelling in (name, name.upper()))
    return next((one for one in spellings if os.environ.get(one, "").strip()), None)


def _read(name: str, value: object) -> Proxy | ArgumentError:
    """Return the proxy, or the error: raised here, its traceback would show the value."""
    if not isinstance(value, str) or repeats_secret(value):
        return ArgumentError(f"invalid {name}: {shown(value)}. Use a URL such as http://proxy.example:3128.")
    try:
        return _proxy(value)
    except ValueError as exc:
        problem = exc.args[0]
    return ArgumentError(f"{name} {_masked(value)!r} {problem}. Use a URL such as http://proxy.example:3128.")


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
    """Hide what may be secret: all before the last `@`, a port that is not a number, path, query and fragment."""
    scheme, separator, rest = value.partition("://")
    if not separator:
        scheme, rest = "", value
    _, at, place = rest.rpartition("@")
    place = re.sub(r"(?<=[/?#]).+", "…", place, count=1)
    host, colon, port = place.partition(":")
    if colon and not host.startswith("[") and not port.rstrip("/").isdecimal():
        place = f"{host}:…"
    if shown(host) != repr(host):
        place = "…"
    return f"{scheme}{separator}{'…@' if at else ''}{place}"


def _is_excepted(host: str, port: int) -> bool:
    """
    Whether `NO_PROXY` lists the host, a parent domain, its network, or everything (`*`).

    Raises:
        ArgumentError: an entry is not a host.
    """
    if (variable := _variable("no_proxy")) is None:
        return False
    found = [_matches(entry, host, port) for entry in _entries(variable)]
    if None in found:
        raise ArgumentError(
            f"{variable}: {_masked_entry(_entries(variable)[found.index(None)])!r} is not a host. "
            "Use hosts, domains or networks, separated by commas."
        )
    return True in found


def _entries(variable: str) -> list[str]:
    return [entry for entry in re.split(r"[\s,]+", os.environ[variable]) if entry]


def _matches(entry: str, host: str, port: int) -> bool | None:
    """Return whether an entry of `NO_PROXY` lists a host; None if the entry is not a host itself."""
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
            return None
        domain = place.removeprefix("*").strip(".")
        return place == "*" or (domain != "" and f".{host}".endswith(f".{domain}"))
    try:
        return ipaddress.ip_address(host) in network
    except ValueError:
        return False


def _masked_entry(entry: str) -> str:
    """Hide what may be a password: the part before an `@`, if it has a colon, and a query string."""
    place = re.sub(r"[^/]*:.*@", "…@", entry.partition("?")[0].rpartition("://")[2])
    return f"{place}?…" if "?" in entry else place
