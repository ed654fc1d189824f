"""
Which keywords of the request schemas a run has seen satisfied and violated.

One unit is a keyword at its place: `create_order /properties/side enum`.  Keywords that name fields count once for
each field: `required: symbol`.  Annotations are no units, because nothing can break them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ..spec import Spec, SpecOperation, missing_property

__all__ = ["KeywordCoverage", "Unit"]

Unit = tuple[str, str, str]
NUMBER, TEXT = frozenset({"number", "integer"}), frozenset({"string"})
# To which kind of value a keyword applies; the others are satisfied without being looked at.
APPLIES = {
    "minimum": NUMBER, "maximum": NUMBER, "exclusiveMinimum": NUMBER, "exclusiveMaximum": NUMBER, "multipleOf": NUMBER,
    "pattern": TEXT, "minLength": TEXT, "maxLength": TEXT,
}  # fmt: skip
ANY_VALUE = frozenset({"type", "enum", "const"})


def _units(operation: SpecOperation) -> Iterator[Unit]:
    schema = operation.request_schema
    for name in schema.get("required", ()):
        yield operation.name, name, "required"
    for name, needs in schema.get("dependentRequired", {}).items():
        for need in needs:
            yield operation.name, f"{name} → {need}", "dependentRequired"
    for name, field_schema in schema["properties"].items():
        for keyword in field_schema:
            if keyword in APPLIES or keyword in ANY_VALUE:
                yield operation.name, name, keyword


@dataclass
class KeywordCoverage:
    """The units of a spec, and those that were satisfied and violated."""

    units: frozenset[Unit]
    satisfied: set[Unit] = field(default_factory=set)
    violated: set[Unit] = field(default_factory=set)
    # Units not yet satisfied, by operation: a long run soon has nothing left to look for.
    _open: dict[str, set[Unit]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for unit in self.units:
            self._open.setdefault(unit[0], set()).add(unit)

    @classmethod
    def of(cls, spec: Spec) -> KeywordCoverage:
        """All units of the spec, none of them covered."""
        return cls(frozenset(unit for operation in spec.operations.values() for unit in _units(operation)))

    def note(self, operation: SpecOperation, body: dict[str, Any]) -> None:
        """Take up one logical body."""
        broken = set(self._broken(operation, body))
        self.violated |= broken
        still_open = self._open.get(operation.name, set())
        reached = {unit for unit in still_open - broken if _reached(unit[1], unit[2], body)}
        self.satisfied |= reached
        still_open -= reached

    def _broken(self, operation: SpecOperation, body: dict[str, Any]) -> Iterator[Unit]:
        for error in operation.request_validator.iter_errors(body):
            keyword = str(error.evaluation_path[-1])
            if keyword == "required":
                yield operation.name, missing_property(error), keyword
            elif keyword == "dependentRequired":
                needs = operation.request_schema["dependentRequired"]
                yield from (
                    (operation.name, f"{name} → {missing_property(error)}", keyword)
                    for name in needs
                    if name in body and missing_property(error) in needs[name]
                )
            else:
                yield operation.name, str(error.instance_path[0]), keyword

    def missing(self) -> tuple[list[Unit], list[Unit]]:
        """The units that were never satisfied, and those that were never violated."""
        return sorted(self.units - self.satisfied), sorted(self.units - self.violated)


def _reached(place: str, keyword: str, body: dict[str, Any]) -> bool:
    if keyword == "required":
        return place in body
    if keyword == "dependentRequired":
        return place.partition(" → ")[0] in body
    if place not in body:
        return False
    kinds = APPLIES.get(keyword)
    return kinds is None or _kind(body[place]) in kinds


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, Decimal | int | float) else "string" if isinstance(value, str) else "other"
