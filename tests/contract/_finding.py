"""What the suite found: one fault, its place, its smallest case, and the command that shows it again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Finding", "Problem", "Redactor"]


@dataclass(frozen=True)
class Problem:
    """Something wrong with one answer: the check, the place in the answer, what was expected and what came."""

    check: str
    place: str
    expected: str
    got: str


@dataclass(frozen=True)
class Finding:
    """A problem with where it was found and how to see it again; holds no key, secret or signature."""

    layer: str
    operation: str
    check: str
    place: str
    expected: str
    got: str
    case: tuple[str, ...]
    replay: str

    @property
    def title(self) -> str:
        """Operation, check and place in one line."""
        return f"{self.operation} · {self.check} · {self.place}"

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Two findings with the same key tell of the same fault, in whichever row it shows."""
        return self.layer, self.operation, self.check, re.sub(r"\[\d+\]", "[]", self.place)

    def as_dict(self) -> dict[str, Any]:
        """The finding as plain data."""
        return {**asdict(self), "case": list(self.case)}


class Redactor:
    """Takes what is secret out of a text that people will read."""

    def __init__(self, secrets: Iterable[tuple[str, str]]) -> None:
        # The longest first, so that a key that begins like another is taken out whole.
        self._secrets = sorted(((value, name) for value, name in secrets if value), key=lambda pair: -len(pair[0]))

    def __call__(self, text: str) -> str:
        """The text with each secret replaced by its name in angle brackets."""
        for value, name in self._secrets:
            text = text.replace(value, f"<{name}>")
        return text
