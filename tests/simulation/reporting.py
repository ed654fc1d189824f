"""
Reports as text: totals of all runs, one run's history, and each violation with the command that replays it.
"""

import shlex
from collections import Counter
from dataclasses import dataclass, field

from tests.simulation.fates import FAULTS
from tests.simulation.run import RunReport

__all__ = ["Totals", "failure_text", "replay_command", "run_text"]

_RESOLVED = ("resolved: executed", "resolved: not executed", "resolved: ambiguous")


@dataclass
class Totals:
    """The sums over all runs, and the first run that violated each rule."""

    runs: int = 0
    writes: int = 0
    requests: int = 0
    statements: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    violations: Counter[str] = field(default_factory=Counter)
    ambiguous_without_token: int = 0
    resolved_without_token: int = 0
    first_by_rule: dict[str, RunReport] = field(default_factory=dict)

    def add(self, report: RunReport) -> None:
        """Add one run."""
        self.runs += 1
        self.writes += report.writes
        self.requests += report.requests
        self.statements.update(report.statements)
        self.faults.update(report.faults)
        self.ambiguous_without_token += report.ambiguous_without_token
        self.resolved_without_token += report.resolved_without_token
        for violation in report.violations:
            self.violations[violation.rule] += 1
            first = self.first_by_rule.setdefault(violation.rule, report)
            if report.seed < first.seed:
                self.first_by_rule[violation.rule] = report

    @property
    def resolutions(self) -> int:
        """How many calls were resolved."""
        return sum(self.statements[name] for name in _RESOLVED)

    @property
    def ambiguous_share(self) -> float:
        """The share of the resolutions that is ambiguous."""
        return self.statements["resolved: ambiguous"] / max(1, self.resolutions)

    @property
    def ambiguous_share_with_key(self) -> float:
        """The share without those of OAuth tokens, whose requests can be executed at any later time."""
        return self.ambiguous_without_token / max(1, self.resolved_without_token)

    def text(self, seeds: range, jobs: int, seconds: float) -> str:
        """Return the sums as text."""
        with_key = f"{self.ambiguous_share_with_key:.1%} without OAuth tokens"
        never = sorted({kind.name for kind in FAULTS} - self.faults.keys())
        lines = [
            f"{self.runs:,} runs (seeds {seeds.start} to {seeds.stop - 1}) in {seconds:.0f} s with {jobs} processes",
            f"  writes      {self.writes:>10,}   {self.writes / max(seconds, 0.001):,.0f} per second",
            f"  requests    {self.requests:>10,}",
            f"  faults      {sum(self.faults.values()):>10,}   {_listed(self.faults)}",
            f"  statements  {sum(self.statements.values()):>10,}   {_listed(self.statements)}",
            f"  ambiguous   {self.ambiguous_share:>10.1%}   of {self.resolutions:,} resolutions, {with_key}",
            f"  violations  {sum(self.violations.values()):>10,}   {_listed(self.violations)}",
        ]
        if never:
            lines.append(f"  faults that never happened: {', '.join(never)}")
        return "\n".join(line.rstrip() for line in lines)


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.most_common())


def replay_command(report: RunReport) -> str:
    """Return the command that repeats exactly this run."""
    return f"make simulate SEED={report.seed} KEEP={shlex.quote(' '.join(report.happened))}"


def failure_text(rule: str, report: RunReport) -> str:
    """Return the shortest history that violates a rule, and the command that replays it."""
    title = f"VIOLATION of “{rule}”, seed {report.seed}, digest {report.digest}"
    violations = [f"  {violation}" for violation in report.violations]
    return "\n".join(["", title, *report.history, *violations, f"  Replay: {replay_command(report)}"])


def run_text(report: RunReport) -> str:
    """Return one run's history, its violations and its counts."""
    violations = [f"VIOLATION of {violation}" for violation in report.violations]
    counts = f"{report.writes} writes, {report.requests} requests, {sum(report.faults.values())} faults"
    end = f"Seed {report.seed}: {counts}, {len(report.violations)} violations, digest {report.digest}"
    return "\n".join([*report.history, *violations, end])
