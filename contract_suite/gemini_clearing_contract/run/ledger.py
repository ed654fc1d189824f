"""The findings of all layers of a run, and the number of requests that they checked."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from attrs import define, evolve, field

from ..findings.finding import Finding, Key, Problem
from ..findings.redaction import Redactor
from ..oracle.keyword_coverage import KeywordCoverage
from .delivery import Line

__all__ = ["Ledger"]

# The attributes that a layer adds to. The line and the keywords belong to requests to the target.
CONTENTS = ("findings", "origins", "occurrences", "requests", "reasons")


@define
class Ledger:
    """The findings and the counts of a run."""

    # Returns the command that reproduces a finding of a layer, for one case or for all.
    replay: Callable[[str, str], str]
    keywords: KeywordCoverage
    redact: Redactor
    findings: dict[Key, Finding] = field(factory=dict)
    # The finding that explains another one; None once it occurred without an explanation.
    origins: dict[Key, Key | None] = field(factory=dict)
    occurrences: Counter[Key] = field(factory=Counter)
    # By layer and operation.
    requests: Counter[tuple[str, str]] = field(factory=Counter)
    # The reasons of the error responses that were received.
    reasons: set[str] = field(factory=set)
    line: Line = field(factory=Line)

    def report(
        self,
        layer: str,
        operation: str,
        problem: Problem,
        steps: tuple[str, ...],
        case: str,
        origin: Key | None = None,
    ) -> Finding:
        """
        Add a problem; of several occurrences of the same violation the one with the shortest steps is kept.

        Returns:
            The finding; without steps and command if it is not kept because it has more steps.
        """
        clean = self.redact
        place, expected, actual = clean(problem.place), clean(problem.expected), clean(problem.actual)
        finding = Finding(layer, operation, problem.check, place, expected, actual, (), "")
        key = finding.key
        self.occurrences[key] += 1
        self._add_origin(key, origin)
        known = self.findings.get(key)
        # A broken server causes thousands of occurrences with hundreds of steps each.
        if known is None or len(steps) <= len(known.steps):
            finding = evolve(finding, steps=tuple(map(clean, steps)), replay=self.replay(layer, case))
            if known is None or finding.size < known.size:
                self.findings[key] = finding
        return finding

    def _add_origin(self, key: Key, origin: Key | None) -> None:
        if origin is None or self.origins.get(key, origin) is None:
            self.origins[key] = None
        elif origin != key:
            self.origins[key] = origin

    def contents(self) -> dict[str, Any]:
        """Return the findings and the counts, for another process."""
        return {name: getattr(self, name) for name in CONTENTS}

    def add(self, contents: dict[str, Any]) -> None:
        """Add the findings and the counts of layers that this run has not run; a finding belongs to one layer."""
        for name, part in contents.items():
            getattr(self, name).update(part)

    def count(self, layer: str) -> int:
        """Return the number of findings of a layer."""
        return sum(finding.layer == layer for finding in self.findings.values())
