"""A run as plain data: what every report is drawn from.  No secret is in it, because findings hold none."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from contract._finding import Finding
from contract._plan import Run

__all__ = ["Summary", "summarise", "write_json"]


@dataclass(frozen=True)
class Summary:
    """What a run did and found."""

    target: str
    profile: str
    seed: int
    seconds: float
    layers: list[dict[str, Any]]
    # Requests by operation and layer: the matrix of the reports.
    requests: dict[str, dict[str, int]]
    keywords: dict[str, Any]
    findings: list[Finding]
    stopped: str | None
    recall: dict[str, Any] | None = None

    @property
    def exit_status(self) -> int:
        """0 without findings, 1 with findings, 2 if the target could not be judged to the end."""
        return 2 if self.stopped else 1 if self.findings else 0

    @property
    def total(self) -> int:
        """How many requests, answers and calls were judged."""
        return sum(sum(counts.values()) for counts in self.requests.values())

    def as_dict(self) -> dict[str, Any]:
        """The summary as JSON has it."""
        return {
            **vars(self),
            "findings": [finding.as_dict() for finding in self.findings],
            "exit_status": self.exit_status,
        }


def summarise(run: Run, seconds: float, recall: dict[str, Any] | None = None) -> Summary:
    """Draw the summary of a run."""
    ledger = run.ledger
    requests: dict[str, dict[str, int]] = {name: {} for name in run.spec.operations}
    for (layer, operation), count in sorted(ledger.requests.items()):
        row = requests.setdefault(operation if operation in run.spec.operations else "(other)", {})
        row[layer] = row.get(layer, 0) + count
    never_satisfied, never_violated = ledger.keywords.missing()
    return Summary(
        target=run.target.name,
        profile=run.profile.name,
        seed=run.seed,
        seconds=round(seconds, 2),
        layers=[_layer(run, result) for result in run.results],
        requests=requests,
        keywords={
            "units": len(ledger.keywords.units),
            "satisfied": len(ledger.keywords.satisfied & ledger.keywords.units),
            "violated": len(ledger.keywords.violated & ledger.keywords.units),
            "by_operation": _by_operation(run),
            "never_satisfied": [" ".join(unit) for unit in never_satisfied],
            "never_violated": [" ".join(unit) for unit in never_violated],
        },
        findings=sorted(ledger.findings.values(), key=lambda finding: finding.key),
        stopped=next((result.stopped for result in run.results if result.stopped), None),
        recall=recall,
    )


def _layer(run: Run, result: Any) -> dict[str, Any]:
    name = result.layer.name
    findings = sum(finding.layer == name for finding in run.ledger.findings.values())
    judged = sum(count for (layer, _), count in run.ledger.requests.items() if layer == name)
    return {
        "name": name, "title": result.layer.title, "seconds": round(result.seconds, 2), "cases": result.cases,
        "judged": judged, "findings": findings, "stopped": result.stopped,
    }  # fmt: skip


def _by_operation(run: Run) -> dict[str, dict[str, int]]:
    keywords = run.ledger.keywords
    table: dict[str, dict[str, int]] = {}
    for unit in keywords.units:
        row = table.setdefault(unit[0], {"units": 0, "satisfied": 0, "violated": 0})
        row["units"] += 1
        row["satisfied"] += unit in keywords.satisfied
        row["violated"] += unit in keywords.violated
    return {name: table[name] for name in run.spec.operations if name in table}


def write_json(summary: Summary) -> str:
    """The whole summary, for programs."""
    return json.dumps(summary.as_dict(), indent=2, ensure_ascii=False) + "\n"
