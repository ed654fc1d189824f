"""What all layers of a run found and did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from ..findings.finding import Finding, Key, Problem
from ..findings.redaction import Redactor
from ..oracle.keyword_coverage import KeywordCoverage

__all__ = ["Ledger"]


@dataclass
class Ledger:
    """What all layers of a run found and did."""

    replay: Callable[[str, str], str]
    keywords: KeywordCoverage
    findings: dict[Key, Finding] = field(default_factory=dict)
    # From which other finding each one follows; None once it was seen to stand by itself.
    origins: dict[Key, Key | None] = field(default_factory=dict)
    seen: Counter[Key] = field(default_factory=Counter)
    requests: Counter[tuple[str, str]] = field(default_factory=Counter)
    redact: Redactor = field(default_factory=lambda: Redactor(()))

    def report(
        self,
        layer: str,
        operation: str,
        problem: Problem,
        case: tuple[str, ...],
        only: str,
        origin: Key | None = None,
    ) -> Finding:
        """Take up a problem; of several cases of the same fault the smallest is kept."""
        clean = self.redact
        finding = Finding(
            layer,
            operation,
            problem.check,
            clean(problem.place),
            clean(problem.expected),
            clean(problem.got),
            tuple(map(clean, case)),
            self.replay(layer, only),
        )
        self.seen[finding.key] += 1
        if origin is None or self.origins.get(finding.key, origin) is None:
            self.origins[finding.key] = None
        elif origin != finding.key:
            self.origins[finding.key] = origin
        known = self.findings.get(finding.key)
        if known is None or finding.size < known.size:
            self.findings[finding.key] = finding
        return finding
