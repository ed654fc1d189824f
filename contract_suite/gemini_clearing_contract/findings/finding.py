"""What the suite found: one fault, its place, its smallest case, and the command that shows it again."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Finding", "Key", "Problem"]

# Layer, operation, check and place.
Key = tuple[str, str, str, str]


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
    def key(self) -> Key:
        """Two findings with the same key tell of the same fault, in whichever row it shows."""
        return self.layer, self.operation, self.check, re.sub(r"\[\d+\]", "[]", self.place)

    @property
    def size(self) -> tuple[int, int]:
        """How much there is to read in the case: the smallest is kept."""
        return len(self.case), sum(map(len, self.case))

    def as_dict(self) -> dict[str, Any]:
        """The finding as plain data."""
        return {**asdict(self), "case": list(self.case)}
