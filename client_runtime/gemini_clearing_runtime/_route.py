"""The route to the exchange: its host, the trusted certificates, and the proxy."""

import ipaddress
import ssl

import msgspec

__all__ = ["Proxy", "Route", "is_loopback"]


class Proxy(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP proxy that opens tunnels (CONNECT). `str` shows its address without user and password."""

    host: str
    port: int
    is_tls: bool = False
    """Whether the connection to the proxy uses TLS."""
    authorization: bytes | None = None
    """The value of `Proxy-Authorization`."""

    def __repr__(self) -> str:  # without the password
        return f"<Proxy {self}>"

    def __str__(self) -> str:
        return f"{'https' if self.is_tls else 'http'}://{_bracketed(self.host)}:{self.port}"


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """The route to the exchange."""

    host: str
    port: int
    ssl_context: ssl.SSLContext | None
    """None for plain HTTP, which is for loopback addresses only."""
    proxy: Proxy | None = None
    """None for a direct connection. The same `ssl_context` verifies a proxy that uses TLS."""

    @property
    def authority(self) -> str:
        """Host and port, in the form that CONNECT needs."""
        return f"{_bracketed(self.host)}:{self.port}"


def is_loopback(host: str) -> bool:
    """Whether a host is this machine. Requests to it never use a proxy."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):  # RFC 6761, section 6.3
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
