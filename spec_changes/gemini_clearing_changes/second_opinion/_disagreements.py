"""Our changes and Specmatic's findings, matched by operation and field. Texts are in `_lines.py`."""

from collections.abc import Iterator, Mapping, Sequence

import attrs

from gemini_clearing_generator import Spec

from .._change import Change, Place, Weight
from ._output import Finding, NoResult, SpecmaticResult

__all__ = ["Disagreement", "SecondOpinion", "compare_opinions"]

# Specmatic's name for a header, and the parts that are ours for a body.
_HEADER = "REQUEST.PARAMETERS.HEADER"
_PARTS = {"REQUEST": ("request", "request field"), "RESPONSE": ("response", "response field")}


@attrs.frozen
class Disagreement:
    """A major change that Specmatic does not report, or a finding of Specmatic that is not major for us."""

    ours: tuple[Change, ...]
    """The major change, or the smaller changes at the place of the finding."""
    findings: tuple[Finding, ...] = ()
    """The finding; empty if only we report an incompatibility."""
    operation: str = ""
    """The operation of the finding."""


@attrs.frozen
class SecondOpinion:
    """Specmatic's result, or the reason why it gave none, and its disagreements with our changes."""

    result: SpecmaticResult | NoResult
    disagreements: tuple[Disagreement, ...] = ()
    not_compared: int = 0
    """Major changes that Specmatic cannot see, because the Python API or the tests of BASE show them."""


def compare_opinions(
    result: SpecmaticResult | NoResult, changes: Sequence[Change], before: Spec, after: Spec
) -> SecondOpinion:
    """Return where both sides disagree, in both directions."""
    if isinstance(result, NoResult):
        return SecondOpinion(result)
    of_spec = [change for change in changes if change.source == "spec"]
    found = _Found(result.findings, _names(before, after))
    others = sum(change.weight is Weight.MAJOR for change in changes) - sum(map(_is_major, of_spec))
    return SecondOpinion(result, (*_only_ours(of_spec, found), *_only_theirs(of_spec, found)), others)


@attrs.frozen
class _Found:
    """Findings, and the names that the operation of a path has in both specs."""

    findings: tuple[Finding, ...]
    names: Mapping[str, Sequence[str]]

    def is_at(self, finding: Finding, place: Place) -> bool:
        """Return whether a finding is about our place, or about a part of it."""
        is_of_operation = place.operation in self.names.get(finding.path, ())
        is_error = all(status.startswith(("4", "5")) for status in finding.statuses)
        if finding.place.startswith(_HEADER):
            return place.part == "security scheme" or (is_of_operation and place.part == "security")
        if finding.place.startswith("RESPONSE") and is_error:
            return place.part == "error response" or (is_of_operation and place.part == "status")
        if not finding.place:
            is_its_status = place.part == "status" and place.field in finding.statuses
            return is_of_operation and (is_its_status or (place.part is None and not is_error))
        side, _, field = finding.place.partition(".BODY")
        return is_of_operation and place.part in _PARTS.get(side, ()) and _overlap(place.field or "", field.strip("."))

    def is_gone_with(self, finding: Finding, place: Place) -> bool:
        """Return whether a finding says that an operation or its result is gone, and a place is in its bodies."""
        parts = [part for names in _PARTS.values() for part in names]
        is_result = any(status.startswith("2") for status in finding.statuses)
        is_of_operation = place.operation in self.names.get(finding.path, ())
        return not finding.place and is_result and is_of_operation and place.part in parts

    def is_reported(self, place: Place) -> bool:
        """Return whether a finding covers a place."""
        return any(self.is_at(one, place) or self.is_gone_with(one, place) for one in self.findings)


def _names(before: Spec, after: Spec) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for spec in (before, after):
        for path, operation in spec.operations():
            names.setdefault(path, []).append(operation["operationId"])
    return names


def _overlap(ours: str, theirs: str) -> bool:
    """Return whether one field is the other, or contains it. Specmatic does not mark lists."""
    one, other = (field.replace("[]", "").strip(".") for field in (ours, theirs))
    return not one or not other or f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")


def _is_major(change: Change) -> bool:
    return change.weight is Weight.MAJOR


def _places(change: Change) -> tuple[Place, ...]:
    return (change.place, *change.also)


def _only_ours(changes: Sequence[Change], found: _Found) -> Iterator[Disagreement]:
    """Yield each major change with the places at which Specmatic reports nothing."""
    for change in filter(_is_major, changes):
        silent = [place for place in _places(change) if not found.is_reported(place)]
        if silent:
            yield Disagreement((attrs.evolve(change, place=silent[0], also=tuple(silent[1:])),))


def _only_theirs(changes: Sequence[Change], found: _Found) -> Iterator[Disagreement]:
    """Yield each finding that no major change explains, with our smaller changes at its place."""
    for finding in found.findings:
        ours = [change for change in changes if any(found.is_at(finding, place) for place in _places(change))]
        if not any(map(_is_major, ours)):
            operation = " → ".join(dict.fromkeys(found.names.get(finding.path, (finding.path,))))
            yield Disagreement(tuple(ours), (finding,), operation)
