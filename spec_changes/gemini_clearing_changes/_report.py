"""The report of a comparison, as text, JSON or Markdown."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from ._change import Change, Weight, heaviest
from ._version import required_version
from .second_opinion._disagreements import SecondOpinion
from .second_opinion._lines import as_data, markdown_lines, text_lines

__all__ = ["FORMATS", "Comparison"]


@attrs.frozen
class Comparison:
    """The changes since BASE, and the version that they require."""

    base: str
    base_version: str
    declared: str
    changes: list[Change]
    notes: tuple[str, ...] = ()
    """Remarks on what was not compared, or compared in another way."""
    second: SecondOpinion | None = None
    """The second opinion, which changes neither weight nor version; None if the report has no place for it."""

    @property
    def weight(self) -> Weight:
        """The largest weight of all changes."""
        return heaviest(self.changes)

    @property
    def required(self) -> str:
        """The smallest version that the changes allow."""
        return required_version(self.base_version, self.weight)

    def summary(self) -> str:
        """Return one sentence with the weight and the versions."""
        counted = ", ".join(
            f"{len(some)} {weight.label}"
            for weight in sorted(Weight, reverse=True)
            if (some := [change for change in self.changes if change.weight is weight])
        )
        return (
            f"Changes since {self.base} ({self.base_version}): {self.weight.label}"
            f"{f' ({counted})' if counted else ''}. The version must be at least {self.required}; "
            f"{self.declared} is declared."
        )


def _text(comparison: Comparison) -> str:
    lines = [comparison.summary(), *comparison.notes]
    for change in comparison.changes:
        lines.append(f"{change.weight.label:5}  {change.place}: {change.what}{_values(change)}")
        lines.append(f"       {change.reason}{_others(change)}")
    return "\n".join([*lines, *(text_lines(comparison.second) if comparison.second else ())])


def _markdown(comparison: Comparison) -> str:
    lines = [f"**{comparison.summary()}**", "", *comparison.notes]
    if comparison.changes:
        lines += ["", "| weight | where | change | reason |", "|---|---|---|---|"]
    for change in comparison.changes:
        cells = [
            change.weight.label,
            f"{change.place}{_others(change)}",
            f"{change.what}{_values(change)}",
            change.reason,
        ]
        lines.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    return "\n".join([*lines, *(["", *markdown_lines(comparison.second)] if comparison.second else ())])


def _json(comparison: Comparison) -> str:
    report: Mapping[str, Any] = {
        "base": comparison.base,
        "base_version": comparison.base_version,
        "weight": comparison.weight.label,
        "required_version": comparison.required,
        "declared_version": comparison.declared,
        "notes": list(comparison.notes),
        "changes": [change.as_json() for change in comparison.changes],
        "second_opinion": comparison.second and as_data(comparison.second),
    }
    return json.dumps(report, indent=2, default=str)


def _values(change: Change) -> str:
    if change.before is None and change.after is None:
        return ""
    return f" ({_short(change.before)} → {_short(change.after)})"


def _short(value: Any) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= 80 else f"{text[:77]}…"


def _others(change: Change) -> str:
    if not change.also:
        return ""
    shown = "; ".join(map(str, change.also[:3]))
    return f" (also {shown}{f' and {len(change.also) - 3} more' if len(change.also) > 3 else ''})"


FORMATS: Mapping[str, Callable[[Comparison], str]] = {"text": _text, "json": _json, "markdown": _markdown}
