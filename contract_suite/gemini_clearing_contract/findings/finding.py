"""A finding: the violation, its place, the shortest steps to it, and the command that reproduces it."""

import re
from typing import Any

import attrs

__all__ = ["Finding", "Key", "Problem"]

# Layer, operation, check and place.
Key = tuple[str, str, str, str]


@attrs.frozen
class Problem:
    """A violation in one response: the check, the place, the expected value and the actual one."""

    check: str
    place: str
    expected: str
    actual: str


@attrs.frozen
class Finding:
    """A problem with the layer and the steps that found it; contains no key, secret or signature."""

    layer: str
    operation: str
    check: str
    place: str
    expected: str
    actual: str
    steps: tuple[str, ...]
    replay: str

    @property
    def title(self) -> str:
        """Operation, check and place in one line."""
        return f"{self.operation} · {self.check} · {self.place}"

    @property
    def key(self) -> Key:
        """The identity of the violation; the index of a row is not part of it."""
        return self.layer, self.operation, self.check, re.sub(r"\[\d+\]", "[]", self.place)

    @property
    def size(self) -> tuple[int, int]:
        """The length of the steps: of two findings with the same key the shorter one is kept."""
        return len(self.steps), sum(map(len, self.steps))

    def describe(self, follows_from: str | None = None) -> str:
        """Return the finding as text, with the title of its root cause if it is a consequence."""
        lines = [self.title, f"expected {self.expected}", f"actual {self.actual}"]
        lines += [f"follows from {follows_from}"] if follows_from else []
        return "\n".join([*lines, "", *self.steps, "", self.replay])

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as plain data."""
        return {**attrs.asdict(self), "steps": list(self.steps)}
