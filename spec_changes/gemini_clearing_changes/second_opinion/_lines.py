"""The part of the reports that is about the second opinion: as lines of text, as Markdown, and as plain data."""

from typing import Any

from .._change import Change
from ._disagreements import Disagreement, SecondOpinion
from ._output import Finding, NoResult

__all__ = ["as_data", "markdown_lines", "text_lines"]

_SILENT = "Specmatic reports nothing there"


def text_lines(second: SecondOpinion) -> list[str]:
    """Return one line for an agreement or a missing result, and two more for each disagreement."""
    lines = _summary(second)
    for one in second.disagreements:
        who, what, (reason, other) = _row(one)
        lines += [f"  only {who}: {what}", f"      {reason}; {other}"]
    return lines


def markdown_lines(second: SecondOpinion) -> list[str]:
    """Return the summary, and a table of the disagreements."""
    lines = _summary(second)
    if second.disagreements:
        lines += ["", "| incompatible only for | what | evidence of it | the other side |", "|---|---|---|---|"]
    for one in second.disagreements:
        who, what, (reason, other) = _row(one)
        cells = (who, what, reason, other)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return lines


def as_data(second: SecondOpinion) -> dict[str, Any]:
    """Return the result and the disagreements, each with the evidence of both sides."""
    if isinstance(second.result, NoResult):
        return {"name": "Specmatic", "has_result": False, "reason": second.result.reason}
    return {
        "name": "Specmatic",
        "has_result": True,
        "version": second.result.version,
        "backward_compatible": second.result.is_compatible,
        "agrees": not second.disagreements,
        "not_compared": second.not_compared,
        "findings": [finding.as_json() for finding in second.result.findings],
        "disagreements": [
            {
                "incompatible_only_for": _who(one),
                "ours": [change.as_json() for change in one.ours],
                "specmatic": [finding.as_json() for finding in one.findings],
            }
            for one in second.disagreements
        ],
    }


def _summary(second: SecondOpinion) -> list[str]:
    if isinstance(second.result, NoResult):
        return [f"Second opinion, Specmatic: {second.result.reason}."]
    result = "backward compatible" if second.result.is_compatible else "not backward compatible"
    count = len(second.disagreements)
    end = f"; {count} disagreement{'s' if count > 1 else ''}" if count else ", and agrees with each major change"
    if not count and second.result.is_compatible:
        end = ", and agrees: no change of the spec is major"
    lines = [f"Second opinion, Specmatic {second.result.version}: {result}{end}."]
    if second.not_compared:
        text = f"{second.not_compared} major changes of the Python API, or in the tests of BASE"
        lines.append(f"Not compared with Specmatic, which reads only the specs: {text}.")
    return lines


def _who(one: Disagreement) -> str:
    return "Specmatic" if one.findings else "us"


def _row(one: Disagreement) -> tuple[str, str, tuple[str, str]]:
    """Return who reports an incompatibility, the place, the incompatibility, its reason, and the other side's view."""
    if one.findings:
        ours = "; ".join(map(_smaller, one.ours)) or "we have no change there"
        return _who(one), f"{one.operation}, {_place(one.findings[0])}", (one.findings[0].sentence, ours)
    (change,) = one.ours
    places = "; ".join(str(place) for place in (change.place, *change.also))
    return _who(one), f"{places}: {change.what}", (change.reason, _SILENT)


def _place(finding: Finding) -> str:
    return f"`{finding.place}`" if finding.place else f"response {', '.join(finding.statuses)}"


def _smaller(change: Change) -> str:
    return f"for us {change.weight.label}: {change.what}, {change.reason}"
