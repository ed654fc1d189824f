"""A request and a response as bytes and headers."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from .encoding import parse_json

__all__ = ["NO_BODY", "PAYLOAD_HEADER", "PAYLOAD_MEDIA_TYPE", "WireRequest", "WireResponse", "read_body"]

PAYLOAD_HEADER = "X-GEMINI-PAYLOAD"
PAYLOAD_MEDIA_TYPE = "application/json+base64"
NO_BODY: Any = object()


@dataclass(frozen=True)
class WireRequest:
    """A request as it leaves; header names as they are written."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """A header's value, whatever the case of its name; None if it is not there."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True)
class WireResponse:
    """An answer as it came; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def read_body(answer: WireResponse) -> Any:
    """The answer's JSON, to be read and not changed; `NO_BODY` where it is none."""
    return _parsed(answer.body)


# Several judges read the same answer in turn.
@lru_cache(maxsize=8)
def _parsed(content: bytes) -> Any:
    try:
        return parse_json(content)
    except (ValueError, ArithmeticError):
        return NO_BODY
