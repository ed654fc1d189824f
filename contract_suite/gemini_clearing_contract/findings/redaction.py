"""Remove secrets from text that people will read."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import quote

__all__ = ["Redactor"]


class Redactor:
    """Takes what is secret out of a text that people will read: plain, encoded, or cut off in the middle."""

    def __init__(self, secrets: Iterable[tuple[str, str]]) -> None:
        forms = {form: f"<{name}>" for value, name in secrets if value for form in _forms(value)}
        # The longest first, so that a key that begins like another is taken out whole.
        self._forms = sorted(forms.items(), key=lambda pair: -len(pair[0]))
        self._clean = lru_cache(maxsize=4096)(self._take_out)

    def __call__(self, text: str) -> str:
        """The text with each secret replaced by its name in angle brackets."""
        return self._clean(text)

    def _take_out(self, text: str) -> str:
        for form, name in self._forms:
            text = text.replace(form, name)
        for pattern, name in SIGNED:
            text = pattern.sub(name, text)
        return self._without_stumps(text) if CUT in text else text

    def _without_stumps(self, text: str) -> str:
        """A secret at which a long value was cut off has lost its end, and still is one."""
        for form, name in self._forms:
            for length in range(len(form) - 1, STUMP - 1, -1):
                text = text.replace(form[:length] + CUT, name + CUT)
        return text


# What `shorten` ends a value with, and how much of a secret's beginning is no secret.
CUT = "… ("
STUMP = 6
# A signature is an HMAC-SHA384 in hexadecimal, and no number; a payload is the base64 of a JSON object.
SIGNED = (
    (re.compile(r"(?=\d*[A-Fa-f])(?:[0-9A-Fa-f]{64,}|[0-9A-Fa-f]{16,}(?=… \())"), "<signature>"),
    (re.compile(r"(?:eyJ|ewog|eyAi|e30)[\w+/%-]{13,}=*"), "<payload>"),
)


def _forms(secret: str) -> Iterator[str]:
    """A secret as it may come back: as it is, in URLs, in hexadecimal, and in base64 wherever in it that it stands."""
    content = secret.encode()
    yield secret
    yield quote(secret, safe="")
    yield content.hex()
    for skipped in range(3):
        encoded = b64encode(b"\0" * skipped + content).decode()
        # The characters at both ends hold bits of the neighbours too.
        inner = encoded[(skipped * 8 + 5) // 6 : (skipped + len(content)) * 8 // 6]
        if len(inner) > STUMP:
            yield inner
            yield inner.replace("+", "-").replace("/", "_")
            yield quote(inner, safe="")
