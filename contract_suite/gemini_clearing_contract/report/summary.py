"""A run as plain data: what every report is drawn from.  No secret is in it, because findings hold none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from ..findings.finding import Finding
from ..findings.root_causes import RootCause, find_root_causes
from ..run.run import LayerResult, Run

__all__ = ["Summary", "count", "summarize", "write_json"]


def count(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


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
    # In the order in which they were first seen; each belongs to one of the causes.
    findings: list[Finding]
    causes: tuple[RootCause, ...]
    stopped: str | None
    # By what the run was narrowed, so that passing says less.
    notes: tuple[str, ...] = ()
    recall: dict[str, Any] | None = None

    @property
    def exit_status(self) -> int:
        """0 without findings, 1 with findings, 2 if it could not be judged to the end, or nothing was judged."""
        return 2 if self.stopped or not self.total else 1 if self.findings else 0

    @property
    def total(self) -> int:
        """How many requests, answers and calls were judged."""
        return sum(sum(counts.values()) for counts in self.requests.values())

    @property
    def expected(self) -> str:
        """What the run came to; `no findings` is said only of a run that was judged to its end."""
        found = f"{count(len(self.findings), 'finding')} from {count(len(self.causes), 'cause')}"
        if not self.total:
            return "Nothing was judged"
        if self.stopped:
            return f"Not judged to the end, {found} so far" if self.findings else "Not judged to the end"
        return found if self.findings else "No findings"

    @property
    def scope(self) -> str:
        """What was judged and what was not, by layer."""
        broken = [layer["name"] for layer in self.layers if layer["stopped"]]
        missing = [layer["name"] for layer in self.layers if layer["left_out"]]
        whole = [layer["name"] for layer in self.layers if not layer["stopped"] and not layer["left_out"]]
        if broken:
            parts = (("Judged", whole), ("Broken off", broken), ("Not run", missing))
            sentences = [f"{what}: {', '.join(names)}." for what, names in parts if names]
        else:
            of = f"{len(whole)} of " if missing else ""
            sentences = [f"{of}{count(len(self.layers), 'layer')}, each to its end."]
            sentences += [f"Not run: {', '.join(missing)}."] if missing else []
        return " ".join([*sentences, *self.notes])

    def as_dict(self) -> dict[str, Any]:
        """The summary as JSON has it: every finding names its cause, and whether it follows from it."""
        cause_of = {one.key: cause.number for cause in self.causes for one in (*cause.sightings, *cause.following)}
        following = {one.key for cause in self.causes for one in cause.following}
        findings = [
            one.as_dict()
            | {"cause": cause_of[one.key], "follows_from": cause_of[one.key] if one.key in following else None}
            for one in self.findings
        ]
        return {
            "verdict": self.expected,
            "scope": self.scope,
            "exit_status": self.exit_status,
            **{field.name: getattr(self, field.name) for field in fields(self)},
            "causes": [cause.as_dict() for cause in self.causes],
            "findings": findings,
        }


def summarize(run: Run, seconds: float, recall: dict[str, Any] | None = None) -> Summary:
    """Draw the summary of a run."""
    ledger = run.ledger
    requests: dict[str, dict[str, int]] = {name: {} for name in run.spec.operations}
    for (layer, operation), number in sorted(ledger.requests.items()):
        row = requests.setdefault(operation if operation in run.spec.operations else "(other)", {})
        row[layer] = row.get(layer, 0) + number
    findings = list(ledger.findings.values())
    return Summary(
        target=run.target.name,
        profile=run.profile.name,
        seed=run.seed,
        seconds=round(seconds, 2),
        layers=[_layer(run, result) for result in run.results],
        requests=requests,
        keywords=_keywords(run),
        findings=findings,
        causes=find_root_causes(findings, ledger.origins),
        stopped=next((ledger.redact(result.stopped) for result in run.results if result.stopped), None),
        notes=tuple(_notes(run)),
        recall=recall,
    )


def _notes(run: Run) -> Iterator[str]:
    if run.only is not None:
        yield f"Of each layer only the case {run.only!r} was run."
    if not run.places_orders:
        yield "No orders were placed (--place-orders allows it): only operations that change nothing were sent."


def _layer(run: Run, result: LayerResult) -> dict[str, Any]:
    name = result.layer.name
    findings = sum(finding.layer == name for finding in run.ledger.findings.values())
    judged = sum(number for (layer, _), number in run.ledger.requests.items() if layer == name)
    stopped = result.stopped and run.ledger.redact(result.stopped)
    return {
        "name": name, "title": result.layer.title, "seconds": round(result.seconds, 2), "cases": result.cases,
        "judged": judged, "findings": findings, "stopped": stopped, "left_out": _left_out(run, result, judged),
    }  # fmt: skip


def _left_out(run: Run, result: LayerResult, judged: int) -> str | None:
    """Why nothing was judged; a layer without a case has not passed."""
    if result.left_out or result.stopped or judged:
        return result.left_out
    return f"it has no case {run.only!r}" if run.only is not None else "it has no case for this target"


def _keywords(run: Run) -> dict[str, Any]:
    keywords = run.ledger.keywords
    never_satisfied, never_violated = keywords.missing()
    table: dict[str, dict[str, int]] = {}
    for unit in keywords.units:
        row = table.setdefault(unit[0], {"units": 0, "satisfied": 0, "violated": 0})
        row["units"] += 1
        row["satisfied"] += unit in keywords.satisfied
        row["violated"] += unit in keywords.violated
    return {
        "units": len(keywords.units),
        "satisfied": len(keywords.satisfied & keywords.units),
        "violated": len(keywords.violated & keywords.units),
        "by_operation": {name: table[name] for name in run.spec.operations if name in table},
        "never_satisfied": [" ".join(unit) for unit in never_satisfied],
        "never_violated": [" ".join(unit) for unit in never_violated],
    }


def write_json(summary: Summary) -> str:
    """The whole summary, for programs."""
    return json.dumps(summary.as_dict(), indent=2, ensure_ascii=False) + "\n"
