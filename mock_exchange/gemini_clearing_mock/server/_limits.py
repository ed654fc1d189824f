"""
The limits of a connection, in bytes and in time, as an addition to uvicorn's protocol, which has no such limits.

A request has to be complete a limited time after its connection was opened, or after its first byte, so connections
that send nothing or little end. Everything except the body (request line, headers, framing) is limited in bytes.
"""

import asyncio
from typing import Any

__all__ = ["MAX_HEADER_BYTES", "REQUEST_TIMEOUT_S", "ConnectionLimits"]

# As in h11 and in most servers; a request of the exchange has about 1 KiB.
MAX_HEADER_BYTES = 1 << 16

# A snapshot of 64 MiB takes less than a second on loopback.
REQUEST_TIMEOUT_S = 60.0

_BODY = b'{"result":"error","reason":"RequestHeaderFieldsTooLarge","message":"The request headers are too large"}'
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/json\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%b" % (len(_BODY), _BODY)
)

_Protocol: Any = object


class ConnectionLimits(_Protocol):  # type: ignore[misc]  # the base is uvicorn's protocol, which is imported later
    """To be combined with `HttpToolsProtocol`, before it in the list of bases."""

    _other_bytes = 0  # received since the last complete request, without its body
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Start the time of the first request."""
        super().connection_made(transport)
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the time."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse the data, and end the connection if the headers are too large."""
        self._other_bytes += len(data)
        super().data_received(data)
        # The usual request arrives as a whole, and needs no timer.
        if self._other_bytes and self._timer is None and not self.transport.is_closing():
            self._start_timer()
        if self._other_bytes > MAX_HEADER_BYTES and not self.transport.is_closing():
            is_responding = self.cycle is not None and not self.cycle.response_complete
            if not is_responding:
                self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_body(self, body: bytes) -> None:
        """Exclude the body from the limit."""
        self._other_bytes -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Stop the time: the request is complete."""
        self._other_bytes = 0
        self._stop_timer()
        super().on_message_complete()

    def _start_timer(self) -> None:
        self._timer = self.loop.call_later(REQUEST_TIMEOUT_S, self.transport.close)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
