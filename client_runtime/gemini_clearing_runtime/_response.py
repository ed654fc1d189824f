"""
One HTTP response, before it is classified and decoded.

`_classification` decides what it means, `_decoding` reads its body.
"""

import codecs
from collections.abc import Mapping
from email.message import Message

import msgspec

__all__ = ["RawResponse"]

_EXCERPT_LENGTH = 120


class RawResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The status, the headers (names in lower case) and the body of one HTTP response."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def json(self) -> bytes:
        """The body as UTF-8, without a byte order mark: RFC 8259, section 8.1, lets a parser ignore one."""
        return self.content.removeprefix(codecs.BOM_UTF8)

    @property
    def transcoded(self) -> bytes:
        """The body as UTF-8, whichever encoding its byte order mark or its content type names; else from Latin-1."""
        if self.content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            encoding = "utf-16"
        else:
            content_type = Message()
            content_type["content-type"] = self.headers.get("content-type", "")
            encoding = content_type.get_content_charset("latin-1")
        try:
            return self.content.decode(encoding, "replace").encode()
        except LookupError:
            return self.content.decode("latin-1").encode()

    @property
    def text(self) -> str:
        """The body as UTF-8 text; invalid bytes become the replacement character."""
        return self.content.decode("utf-8", "replace")

    @property
    def excerpt(self) -> str:
        """The start of the body on one line, for error messages."""
        text = " ".join(self.text[: 4 * _EXCERPT_LENGTH].split())
        return text if len(text) <= _EXCERPT_LENGTH else text[:_EXCERPT_LENGTH] + "…"

    def __repr__(self) -> str:
        return f"<RawResponse {self.status}, {len(self.content)} bytes>"
