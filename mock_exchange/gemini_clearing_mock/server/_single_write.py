"""
The head and the body of a response in one write, as an addition to uvicorn's protocol.

uvicorn writes them separately, and uvloop sends each write immediately: two system calls and two packets, for which the
client wakes up twice.
"""

from typing import Any

__all__ = ["SingleWrite"]

_Protocol: Any = object


class SingleWrite(_Protocol):  # type: ignore[misc]  # the base is uvicorn's protocol, which is imported later
    """To be combined with `HttpToolsProtocol`, before it in the list of bases."""

    def on_headers_complete(self) -> None:
        """Hold the head of the response to this request back until its body."""
        before = self.cycle
        super().on_headers_complete()
        # uvicorn writes no body in response to HEAD.
        if self.cycle is not before and self.cycle.scope["method"] != "HEAD":
            self.cycle.transport = _ResponseTransport(self.cycle)


class _ResponseTransport:
    """The transport of one response: it delegates everything but `write` and `close`."""

    __slots__ = ("_cycle", "_head", "_transport")

    def __init__(self, cycle: Any) -> None:
        self._cycle = cycle
        self._transport = cycle.transport
        self._head: bytes | None = None

    def write(self, data: bytes) -> None:
        """Write the data; the first data of the response is its head, which waits for the next ones."""
        if not self._cycle.response_started:  # 100 Continue
            self._transport.write(data)
        elif self._head is None:
            self._head = data
        else:
            self._transport.write(self._head + data)
            self._head = b""

    def close(self) -> None:
        """Write a head that still waits, and close the connection."""
        if self._head:
            self.write(b"")
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
