"""
Opening a connection: name resolution, the host's addresses, the tunnel of a proxy, TLS; one deadline limits it all.

Nothing written here belongs to the request, neither a CONNECT nor a TLS handshake.
"""

import ssl

import h11
import httpx

from . import _time
from ._exchange_text import is_name
from ._http11 import Connection, encoded, httpx_errors, next_response, open_http
from ._route import Proxy, Route
from ._sockets import Sockets, left_s
from ._streams import SocketStream, Stream, TlsStream

__all__ = ["open_connection"]


async def open_connection(route: Route, sockets: Sockets, deadline: float) -> Connection:
    """
    Connect to the exchange.

    Raises:
        httpx.TransportError: no connection was established.
    """
    with httpx_errors(httpx.ConnectTimeout, httpx.ConnectError):
        if route.proxy is None:
            stream = await _connect(route.host, route.port, sockets, deadline)
        else:
            stream = await _connect_through(route.proxy, route, sockets, deadline)
        if route.ssl_context is not None:
            stream = await _start_tls(stream, route.ssl_context, route.host, deadline)
    return Connection(stream)


async def _connect(host: str, port: int, sockets: Sockets, deadline: float) -> Stream:
    """Connect to the first address that accepts; each gets its share of the time that is left."""
    addresses = await sockets.resolve(host, port, deadline)
    if not addresses:
        raise OSError(f"{host} has no address")
    failures: list[OSError] = []
    for tried, address in enumerate(addresses):
        share_s = left_s(deadline) / (len(addresses) - tried)
        try:
            sock = await sockets.connect(address, _time.monotonic() + share_s)
        except OSError as exc:
            failures.append(exc)
        else:
            return SocketStream(sockets, sock)
    if len(failures) == 1 or all(isinstance(failure, TimeoutError) for failure in failures):
        raise failures[-1]
    reasons = zip(addresses, failures, strict=True)
    raise OSError("; ".join(f"{address.sockaddr[0]}: {failure}" for address, failure in reasons))


async def _connect_through(proxy: Proxy, route: Route, sockets: Sockets, deadline: float) -> Stream:
    stream = await _connect(proxy.host, proxy.port, sockets, deadline)
    if proxy.is_tls and route.ssl_context is not None:
        stream = await _start_tls(stream, route.ssl_context, proxy.host, deadline)
    try:
        await _open_tunnel(proxy, route.authority, stream, deadline)
    except BaseException:
        stream.close()
        raise
    return stream


async def _open_tunnel(proxy: Proxy, authority: str, stream: Stream, deadline: float) -> None:
    """Let the proxy connect to the exchange (RFC 9110, section 9.3.6)."""
    http = open_http()
    await stream.send(encoded(http, "CONNECT", authority, _tunnel_headers(proxy, authority)), deadline)
    status, reason = _status_of(await next_response(http, stream, deadline))
    if not 200 <= status < 300:
        raise httpx.ProxyError(f"the proxy {proxy} responded with {status} {reason}".rstrip())
    if http.trailing_data[0]:
        raise httpx.ProxyError(f"the proxy {proxy} sent unexpected bytes after its response")


def _tunnel_headers(proxy: Proxy, authority: str) -> list[tuple[bytes, bytes]]:
    headers = [(b"Host", authority.encode("ascii"))]
    if proxy.authorization is not None:
        headers.append((b"Proxy-Authorization", proxy.authorization))
    return headers


def _status_of(response: h11.Response) -> tuple[int, str]:
    """Return the status and the reason of a response. Only a name is shown: another text may repeat the password."""
    reason = bytes(response.reason).decode("latin-1")
    return response.status_code, reason if is_name(reason) else ""


async def _start_tls(stream: Stream, context: ssl.SSLContext, host: str, deadline: float) -> Stream:
    try:
        secured = TlsStream(stream, context, host)
        await secured.handshake(deadline)
    except BaseException:
        stream.close()
        raise
    return secured
