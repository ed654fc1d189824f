"""Remove keys, secrets, signatures and payloads from text that people will read."""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import quote

from .text import CUT

__all__ = ["Redactor"]

# A shorter beginning of a secret is not secret.
SHORTEST_PREFIX = 6
# A signature is an HMAC-SHA384 in hexadecimal that is not a number; a payload is the base64 of a JSON object.
PATTERNS = (
    (re.compile(r"(?=\d*[A-Fa-f])(?:[0-9A-Fa-f]{64,}|[0-9A-Fa-f]{16,}(?=… \())"), "<signature>"),
    (re.compile(r"(?:eyJ|ewog|eyAi|e30)[\w+/%-]{13,}=*"), "<payload>"),
)


class Redactor:
    """Replaces each secret by its name in angle brackets, also if it is encoded or cut off."""

    def __init__(self, secrets: Iterable[tuple[str, str]]) -> None:
        forms = {form: f"<{name}>" for value, name in secrets if value for form in _forms(value)}
        # The longest first, so that a key which is the beginning of another one does not leave its end in the text.
        self._forms = sorted(forms.items(), key=lambda pair: -len(pair[0]))
        self._cached = lru_cache(maxsize=4096)(self._redacted)

    def __call__(self, text: str) -> str:
        """Return the text without secrets."""
        return self._cached(text)

    def _redacted(self, text: str) -> str:
        for form, name in self._forms:
            text = text.replace(form, name)
        for pattern, name in PATTERNS:
            text = pattern.sub(name, text)
        return self._without_prefixes(text) if CUT in text else text

    def _without_prefixes(self, text: str) -> str:
        """Replace secrets that `shorten` has cut off."""
        for form, name in self._forms:
            # Few texts have the beginning of a secret.
            if form[:SHORTEST_PREFIX] not in text:
                continue
            for length in range(len(form) - 1, SHORTEST_PREFIX - 1, -1):
                text = text.replace(form[:length] + CUT, name + CUT)
        return text


def _forms(secret: str) -> Iterator[str]:
    """Yield the secret in plain text, in URLs, in hexadecimal, and in base64 at each of the three offsets."""
    content = secret.encode()
    yield secret
    yield quote(secret, safe="")
    yield content.hex()
    for offset in range(3):
        encoded = b64encode(b"\0" * offset + content).decode()
        # The characters at both ends also encode bits of the neighboring bytes.
        inner = encoded[(offset * 8 + 5) // 6 : (offset + len(content)) * 8 // 6]
        if len(inner) > SHORTEST_PREFIX:
            yield inner
            yield inner.replace("+", "-").replace("/", "_")
            yield quote(inner, safe="")
