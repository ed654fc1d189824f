"""The decisions in `openapi/README.md` on differences from a vendor's file: rows with an anchor and patterns."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

import attrs

from ._compare import Difference

__all__ = ["Decision", "decision_of", "read_decisions"]

_ROW = re.compile(r'^\| <a id="decision-([a-z0-9-]+)"></a>[^|]*\| ([^|]+) \|', flags=re.MULTILINE)


@attrs.frozen
class Decision:
    """A decision: its anchor, and the patterns of the differences that it covers."""

    name: str
    patterns: tuple[str, ...]

    def covers(self, difference: Difference) -> bool:
        """Return whether a pattern matches the difference; `*` matches any text."""
        # `[` begins a set in a pattern, and a list in a place.
        return any(fnmatchcase(difference.key, pattern.replace("[", "[[]")) for pattern in self.patterns)


def read_decisions(readme: Path) -> list[Decision]:
    """Return the decisions in a document."""
    rows = _ROW.findall(readme.read_text("utf-8"))
    return [Decision(name, tuple(re.findall(r"`([^`]+)`", patterns))) for name, patterns in rows]


def decision_of(difference: Difference, decisions: Iterable[Decision]) -> Decision | None:
    """Return the first decision that covers a difference."""
    return next((decision for decision in decisions if decision.covers(difference)), None)
