"""
One HTTP response, before it is classified and decoded.

`_classification` decides what it means, `_decoding` reads its body.
"""

from collections.abc import Mapping

import attrs

__all__ = ["RawResponse"]

_EXCERPT_LENGTH = 120


@attrs.frozen(kw_only=True, repr=False)
class RawResponse:
    """The status, the headers (names in lower case) and the body of one HTTP response."""

    status: int
    headers: Mapping[str, str]
    content: bytes

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
