"""
A proxy between the suite and a server, for the tests: it takes down what passes, and may alter it in both directions.

A way of altering takes a request and what hands a request on; it gives the answer, or None to hang up.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from gemini_clearing_contract.wire import WireRequest, WireResponse

__all__ = ["Handle", "Proxy", "Way", "forward", "proxy"]

Handle = Callable[[WireRequest], WireResponse]
Way = Callable[[WireRequest, Handle], WireResponse | None]
# What belongs to one connection, and is written anew for the next.
HOP_BY_HOP = {"connection", "content-length", "date", "host", "keep-alive", "server", "transfer-encoding"}


@dataclass
class Proxy:
    """A proxy that listens, and every request that has reached it, as it came."""

    url: str = ""
    seen: list[WireRequest] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        """Where the requests went, in order."""
        return [request.path for request in self.seen]


def forward(request: WireRequest, handle: Handle) -> WireResponse:
    """Alter nothing."""
    return handle(request)


@contextmanager
def proxy(upstream: str, way: Way = forward) -> Iterator[Proxy]:
    """A proxy in front of a server, on a free port of this machine; it ends with the block."""
    found = Proxy()

    class Handler(_Handler):
        server_address = urlsplit(upstream).netloc

        def answer(self, request: WireRequest) -> WireResponse | None:
            found.seen.append(request)
            return way(request, self.hand_on)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    """One connection from the suite, with one to the server behind it."""

    protocol_version = "HTTP/1.1"
    # Small messages in both directions: each must leave at once.
    disable_nagle_algorithm = True
    # An idle connection must not keep the proxy from ending.
    timeout = 5
    server_address: str

    def setup(self) -> None:
        super().setup()
        self._behind = http.client.HTTPConnection(self.server_address)

    def finish(self) -> None:
        self._behind.close()
        with suppress(OSError):
            super().finish()

    def handle_one_request(self) -> None:
        """Read a request of any method, and write the answer in one piece."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = self.answer(WireRequest(self.command, self.path, tuple(self.headers.items()), body))
        if answer is None:
            self.close_connection = True
            return
        lines = [f"HTTP/1.1 {answer.status} -", f"content-length: {len(answer.body)}"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items() if name not in HOP_BY_HOP]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + answer.body)

    def answer(self, request: WireRequest) -> WireResponse | None:
        """What to answer; None to hang up."""
        raise NotImplementedError

    def hand_on(self, request: WireRequest) -> WireResponse:
        """The answer of the server behind."""
        self._behind.putrequest(request.method, request.path, skip_accept_encoding=True)
        for name, value in request.headers:
            if name.lower() not in HOP_BY_HOP:
                self._behind.putheader(name, value)
        self._behind.putheader("Content-Length", str(len(request.body)))
        self._behind.endheaders(request.body)
        response = self._behind.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return WireResponse(response.status, headers, response.read())

    def log_message(self, *args: object) -> None:
        """Say nothing."""
