"""
A short way for the usual request and response, as an addition to uvicorn's protocol.

For each request uvicorn creates a scope, an event, a task and two messages, which takes longer than its parser and the
socket together (measured: 45 of 67 µs). A POST to an operation needs none of them: the exchange responds immediately,
and the response is one write. Everything else takes uvicorn's way through ASGI: another method or path, another
version of HTTP, a connection that ends, an unusual header, a response that an injected fault delays or breaks.
"""

from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from ..api._routes import ROUTES
from ..http._asgi import TRANSPORT, AsgiApp
from ..http._headers import join_headers
from ..http._messages import Delivery, Request, Response

__all__ = ["DirectResponses"]

_PATHS = {path.encode(): path for path in ROUTES}

# A longer body takes uvicorn's way, where bodies are limited.
_MAX_BODY_BYTES = 1 << 16

# The headers of a usual response. Their values are valid without a check.
_HEADERS = {"content-type", "date"}

_Protocol: Any = object


class DirectResponses(_Protocol):  # type: ignore[misc]  # the base is uvicorn's protocol, which is imported later
    """To be combined with `HttpToolsProtocol`, before it in the list of bases."""

    app: AsgiApp
    url: bytes
    headers: list[tuple[bytes, bytes]]
    _body: bytearray | None = None  # of the current request, if it takes the short way

    def on_message_begin(self) -> None:
        """Start a request; it needs a scope only if it takes uvicorn's way."""
        self.url, self.headers, self.expect_100_continue = b"", [], False

    def on_headers_complete(self) -> None:
        """Choose the way of the request."""
        if self._is_usual_request():
            self._body = bytearray()
        else:
            self._create_cycle()

    def on_body(self, body: bytes) -> None:
        """Add to the body."""
        if self._body is not None and len(self._body) + len(body) > _MAX_BODY_BYTES:
            self._start_cycle(self.app)
        if self._body is None:
            super().on_body(body)
        else:
            self._body += body

    def on_message_complete(self) -> None:
        """Respond to the request."""
        if self._body is not None:
            request = Request("POST", _PATHS[self.url], join_headers(self.headers), bytes(self._body))
            try:
                response = self.app.handle(request)
            except Exception as error:
                self._start_cycle(AsgiApp(_raising(error)))
            else:
                if _is_usual_response(response) and not self.flow.write_paused:
                    self._body = None
                    head = _head(
                        response.status, tuple(self.server_state.default_headers), tuple(response.headers.items())
                    )
                    self.transport.write(b"%bcontent-length: %d\r\n\r\n%b" % (head, len(response.body), response.body))
                    self.on_response_complete()
                    return
                self._start_cycle(AsgiApp(lambda _: response))
        super().on_message_complete()

    def shutdown(self) -> None:
        """Begin the end of the connection: a request of which a part has arrived may still be completed."""
        if self._body is not None:
            self._start_cycle(self.app)
        super().shutdown()

    def _is_usual_request(self) -> bool:
        parser = self.parser
        return (
            self.url in _PATHS
            and parser.get_method() == b"POST"
            and parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
            and not parser.should_upgrade()
            and not self.expect_100_continue
            and (self.cycle is None or self.cycle.response_complete)
        )

    def _start_cycle(self, app: AsgiApp) -> None:
        """Let an application respond to the current request, in uvicorn's way."""
        body, self._body = self._body, None
        own_app, self.app = self.app, app
        self._create_cycle()
        self.app = own_app
        if body:
            super().on_body(bytes(body))

    def _create_cycle(self) -> None:
        """Let uvicorn create the scope and the cycle of the current request, whose headers have been read."""
        url, headers, expects_continue = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects_continue
        self.headers += headers  # the list is in the scope too
        self.scope["extensions"] = {TRANSPORT: self.transport}  # faults break the connection with it
        super().on_headers_complete()


def _is_usual_response(response: Response) -> bool:
    return response.delivery is Delivery.COMPLETE and not response.delay_ms and response.headers.keys() <= _HEADERS


def _raising(error: Exception) -> Callable[[Request], Response]:
    def handle(_request: Request) -> Response:
        raise error

    return handle


@lru_cache  # the responses of a second have few different ones
def _head(status: int, server_headers: tuple[tuple[bytes, bytes], ...], headers: tuple[tuple[str, str], ...]) -> bytes:
    """Return the head of a response as uvicorn writes it, without its last header, the length of the content."""
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
    lines = [f"HTTP/1.1 {status} {phrase}\r\n".encode()]
    lines += [b"%b: %b\r\n" % header for header in server_headers]
    lines += [f"{name}: {value}\r\n".encode("latin-1") for name, value in headers]
    return b"".join(lines)
