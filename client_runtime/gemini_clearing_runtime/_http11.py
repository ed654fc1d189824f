"""
HTTP/1.1 on one connection, by h11: one request, its response, and whether another request may follow.

A response belongs to the request before it. Bytes after its end, and bytes that arrive while no request is running,
make the connection unusable.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import h11
import httpx

from . import _time
from ._evidence import report_sending
from ._sockets import left_s
from ._streams import Stream

__all__ = ["Connection", "encoded", "httpx_errors", "next_response", "open_http"]

MOST_HEAD_BYTES = 64 * 1024
# The default of httpx. Routers drop connections that are idle for minutes.
MOST_IDLE_S = 5.0


class Connection:
    """A connection to the exchange. It carries one request at a time."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._http = open_http()
        self._pid = os.getpid()
        self._idle_since = _time.monotonic()

    def is_usable(self) -> bool:
        """Whether a request may be sent: the process is the same, the idle time short, and nothing was received."""
        is_young = _time.monotonic() - self._idle_since < MOST_IDLE_S
        return is_young and self._pid == os.getpid() and self._stream.is_quiet()

    async def send(self, request: httpx.Request, body: bytes, deadline: float) -> None:
        """Report to the request's evidence that it is sent, then write it."""
        with httpx_errors(httpx.WriteTimeout, httpx.WriteError):
            data = encoded(self._http, request.method, request.url.raw_path, request.headers.raw, body)
            left_s(deadline)  # raise before anything is written
            report_sending(request)
            await self._stream.send(data, deadline)

    async def head(self, deadline: float) -> h11.Response:
        """Return status and headers of the response."""
        with httpx_errors(httpx.ReadTimeout, httpx.ReadError):
            return await next_response(self._http, self._stream, deadline)

    async def piece(self, deadline: float) -> bytes:
        """Return the next piece of the response's body, still encoded, or `b""` at its end."""
        with httpx_errors(httpx.ReadTimeout, httpx.ReadError):
            while True:
                event = await _next_event(self._http, self._stream, deadline)
                if isinstance(event, h11.Data) and event.data:
                    return bytes(event.data)
                if isinstance(event, h11.EndOfMessage):
                    return b""

    def prepare_reuse(self) -> bool:
        """Prepare for another request after a complete response. Return whether that is possible."""
        http = self._http
        if http.our_state is not h11.DONE or http.their_state is not h11.DONE or http.trailing_data[0]:
            return False
        http.start_next_cycle()
        self._idle_since = _time.monotonic()
        return True

    def close(self) -> None:
        """Close this process's end."""
        self._stream.close()


def encoded(
    http: h11.Connection, method: str, target: str | bytes, headers: list[tuple[bytes, bytes]], body: bytes = b""
) -> memoryview:
    """Return the bytes of a request as a view: in a traceback with local variables, a view does not show them."""
    head = h11.Request(method=method, target=target, headers=headers)
    events = (head, h11.Data(data=body), h11.EndOfMessage()) if body else (head, h11.EndOfMessage())
    return memoryview(b"".join(http.send(event) or b"" for event in events))


def open_http() -> h11.Connection:
    """Return the HTTP state of a new connection."""
    return h11.Connection(h11.CLIENT, max_incomplete_event_size=MOST_HEAD_BYTES)


async def next_response(http: h11.Connection, stream: Stream, deadline: float) -> h11.Response:
    """Read until a response begins, and ignore interim responses (1xx)."""
    while True:
        event = await _next_event(http, stream, deadline)
        if isinstance(event, h11.Response):
            return event
        if not isinstance(event, h11.InformationalResponse):
            raise h11.RemoteProtocolError("the connection was closed before the response")


async def _next_event(http: h11.Connection, stream: Stream, deadline: float) -> Any:
    while (event := http.next_event()) is h11.NEED_DATA:
        received = await stream.receive(deadline)
        if not received and http.their_state is h11.SEND_RESPONSE:
            raise h11.RemoteProtocolError("the connection was closed before the response")
        http.receive_data(received)
    return event


@contextmanager
def httpx_errors(timeout: type[httpx.TransportError], other: type[httpx.TransportError]) -> Iterator[None]:
    """Replace exceptions of the operating system, of TLS and of h11 with those of httpx."""
    try:
        yield
    except TimeoutError as exc:
        raise timeout(str(exc) or "timed out") from exc
    except h11.RemoteProtocolError as exc:
        raise httpx.RemoteProtocolError(str(exc)) from exc
    except h11.LocalProtocolError as exc:
        raise httpx.LocalProtocolError(str(exc)) from exc
    except (OSError, ValueError) as exc:  # ValueError: an impossible host name
        raise other(str(exc) or type(exc).__name__) from exc
