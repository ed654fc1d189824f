"""
An answer as it came over the wire, before anybody has judged it.

What it means is decided in `_classification`, what it says in `_decoding`.
"""

from collections.abc import Mapping

import attrs

__all__ = ["RawResponse"]

_SHOWN = 120


@attrs.frozen(kw_only=True, repr=False)
class RawResponse:
    """The status, the headers (names in lower case) and the body's bytes of one answer."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """The body as UTF-8 text; bytes that are none become the replacement character."""
        return self.content.decode("utf-8", "replace")

    @property
    def excerpt(self) -> str:
        """The first words of the body on one line, for a message to a person."""
        text = " ".join(self.text[: 4 * _SHOWN].split())
        return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"

    def __repr__(self) -> str:
        return f"<RawResponse {self.status}, {len(self.content)} bytes>"
