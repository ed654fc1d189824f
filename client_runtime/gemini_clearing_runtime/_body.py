"""
Response bodies, decoded and limited in size. Decompression runs in small steps, so a small body that unpacks to
gigabytes needs little memory.

The only content coding is gzip, the one in the client's `Accept-Encoding`.
"""

import zlib
from collections.abc import Iterator

import httpx

__all__ = ["BodyReader", "ResponseTooLargeError"]

_STEP_BYTES = 64 * 1024
# zlib: the largest window, and a gzip header.
_GZIP = zlib.MAX_WBITS | 16


class ResponseTooLargeError(Exception):
    """The response is larger than the client accepts."""


class BodyReader:
    """Collects the body of a response from its pieces. `max_bytes` limits both the received and the decoded size."""

    def __init__(self, response: httpx.Response, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._received = self._decoded = 0
        self._pieces: list[bytes] = []
        self._gzip: _Gzip | None = None
        if response.is_stream_consumed:  # a transport without a network made the response, and httpx decoded it
            self.feed(response.content)
        elif response.headers.get("content-encoding", "").strip().lower() in ("gzip", "x-gzip"):
            self._gzip = _Gzip()

    def feed(self, piece: bytes) -> None:
        """
        Add the next piece, as received.

        Raises:
            ResponseTooLargeError: the body is larger than `max_bytes`.
            httpx.DecodingError: the header declares gzip, and the body is not gzip.
        """
        self._received += len(piece)
        self._check_size(self._received)
        for decoded in (piece,) if self._gzip is None else self._gzip.decode(piece):
            self._decoded += len(decoded)
            self._check_size(self._decoded)
            self._pieces.append(decoded)

    def finish(self) -> bytes:
        """
        Return the whole body.

        Raises:
            httpx.DecodingError: the gzip data is incomplete.
        """
        if self._gzip is not None and self._received and not self._gzip.is_complete:
            raise httpx.DecodingError("the gzip body is incomplete")
        return b"".join(self._pieces)

    def _check_size(self, size: int) -> None:
        if size > self._max_bytes:
            raise ResponseTooLargeError(
                f"the response has more than {self._max_bytes} bytes, the limit set by max_response_bytes"
            )


class _Gzip:
    """A gzip decoder with a small, fixed need of memory."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)

    @property
    def is_complete(self) -> bool:
        """Whether the data so far is complete."""
        return self._member.eof

    def decode(self, data: bytes) -> Iterator[bytes]:
        """Decode the next piece of data, in steps."""
        output_left = True
        while data or output_left:
            if self._member.eof:
                if not data:
                    return
                self._member = zlib.decompressobj(_GZIP)  # RFC 1952: gzip data may have several members
            try:
                decoded = self._member.decompress(data, _STEP_BYTES)
            except zlib.error as exc:
                raise httpx.DecodingError(f"the body is not gzip: {exc}") from exc
            yield decoded
            data = self._member.unused_data or self._member.unconsumed_tail
            # After a full step, zlib may hold back output although it has taken all input.
            output_left = len(decoded) == _STEP_BYTES
