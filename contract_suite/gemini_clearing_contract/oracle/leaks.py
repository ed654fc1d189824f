"""
Secrets in error responses: API secrets, access tokens, and the API keys of other callers.

Successful responses need no check: each of their fields has a known value.
"""

import re
from collections.abc import Iterator

from ..findings.finding import Problem
from ..wire import WireResponse
from .expected_outcome import ExpectedOutcome
from .key_ring import KeyRing

__all__ = ["Leaks"]


class Leaks:
    """Finds the secrets of a run in responses; a response may name the API key of the request."""

    def __init__(self, ring: KeyRing) -> None:
        self._names: dict[str, str] = {}
        for desk in ring.by_key.values():
            self._names |= {
                desk.api_secret: f"the API secret of {desk.title}",
                desk.api_key: f"the API key of {desk.title}",
            }
        self._names |= {token.token: f"the access token {token.name}" for token in ring.tokens.values()}
        longest_first = sorted(map(re.escape, filter(None, self._names)), key=len, reverse=True)
        # A longer text that begins like a secret is not one.
        self._pattern = re.compile(rf"(?<![\w-])(?:{'|'.join(longest_first) or '(?!)'})(?![\w-])")

    def problems(self, expected: ExpectedOutcome, response: WireResponse) -> Iterator[Problem]:
        """Yield the secrets in an error response."""
        own = expected.desk.api_key if expected.desk else None
        # Some programs write a slash in JSON as `\\/`.
        parts = {"body": response.body.decode("utf-8", "replace").replace("\\/", "/")}
        parts |= {f"header {name}": value for name, value in response.headers.items()}
        for place, text in parts.items():
            for secret in sorted(set(self._pattern.findall(text)) - {own}):
                yield Problem("secret in response", place, "no secret of a caller", self._names[secret])
