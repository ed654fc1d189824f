"""
A proxy between the suite and a server that records requests, and may change requests and responses.

An interceptor gets a request and a function that forwards it; it returns the response, or None to close the connection.
"""

import http.client
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from attrs import define, field

from gemini_clearing_contract.wire import WireRequest, WireResponse

__all__ = ["Handle", "Interceptor", "Proxy", "forward", "proxy"]

Handle = Callable[[WireRequest], WireResponse]
Interceptor = Callable[[WireRequest, Handle], WireResponse | None]
# Headers of one connection, which are written again for the next one (RFC 9110, section 7.6.1).
HOP_BY_HOP = {"connection", "content-length", "date", "host", "keep-alive", "server", "transfer-encoding"}


@define
class Proxy:
    """A listening proxy, and every request that it has received."""

    url: str = ""
    received: list[WireRequest] = field(factory=list)

    @property
    def paths(self) -> list[str]:
        """The paths of the requests in order."""
        return [request.path for request in self.received]


def forward(request: WireRequest, handle: Handle) -> WireResponse:
    """Change nothing."""
    return handle(request)


@contextmanager
def proxy(upstream: str, interceptor: Interceptor = forward, tls: ssl.SSLContext | None = None) -> Iterator[Proxy]:
    """Start a proxy in front of a server on a free port of this machine, and stop it at the end of the block."""
    started = Proxy()

    class Handler(_Handler):
        upstream_address = urlsplit(upstream).netloc

        def respond(self, request: WireRequest) -> WireResponse | None:
            started.received.append(request)
            return interceptor(request, self.forward)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        started.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}"
        if tls:
            # The handshake belongs to the thread of its connection.
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield started
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    """A connection of the suite, with a connection to the server."""

    protocol_version = "HTTP/1.1"
    # Each small message must be sent immediately.
    disable_nagle_algorithm = True
    # An idle connection must not keep the proxy from stopping.
    timeout = 5
    upstream_address: str

    def setup(self) -> None:
        super().setup()
        self._upstream = http.client.HTTPConnection(self.upstream_address)

    def finish(self) -> None:
        self._upstream.close()
        with suppress(OSError):
            super().finish()

    def handle_one_request(self) -> None:
        """Read a request with any method, and write the response in one piece."""
        try:
            self.raw_requestline = self.rfile.readline(65537)
        except ssl.SSLError:
            # The handshake failed.
            self.raw_requestline = b""
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        response = self.respond(WireRequest(self.command, self.path, tuple(self.headers.items()), body))
        if response is None:
            self.close_connection = True
            return
        lines = [f"HTTP/1.1 {response.status} -", f"content-length: {len(response.body)}"]
        lines += [f"{name}: {value}" for name, value in response.headers.items() if name not in HOP_BY_HOP]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + response.body)

    def respond(self, request: WireRequest) -> WireResponse | None:
        """Return the response, or None to close the connection."""
        raise NotImplementedError

    def forward(self, request: WireRequest) -> WireResponse:
        """Return the server's response."""
        self._upstream.putrequest(request.method, request.path, skip_accept_encoding=True)
        for name, value in request.headers:
            if name.lower() not in HOP_BY_HOP:
                self._upstream.putheader(name, value)
        self._upstream.putheader("Content-Length", str(len(request.body)))
        self._upstream.endheaders(request.body)
        response = self._upstream.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return WireResponse(response.status, headers, response.read())

    def log_message(self, *args: object) -> None:
        """Print nothing."""
