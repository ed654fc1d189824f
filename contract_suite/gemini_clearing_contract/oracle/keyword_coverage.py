"""
Keyword coverage: the keywords of the request schemas that a run has satisfied and violated.

A unit is a keyword at its place: `create_order side enum`. Keywords that name fields count once for each field:
`create_order symbol required`. Annotations are not units, because no value can violate them.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from attrs import define, field

from ..spec import Spec, SpecOperation, missing_property

__all__ = ["KeywordCoverage", "Unit"]

Unit = tuple[str, str, str]
NUMBER, TEXT = frozenset({"number", "integer"}), frozenset({"string"})
# The types that a keyword applies to; a value of another type satisfies it.
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


@define
class KeywordCoverage:
    """The units of a spec: all, satisfied, and violated."""

    units: frozenset[Unit]
    satisfied: set[Unit] = field(factory=set)
    violated: set[Unit] = field(factory=set)
    # By operation, the units that are not satisfied yet; a long run soon has nothing left to check.
    _open: dict[str, set[Unit]] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        for unit in self.units:
            self._open.setdefault(unit[0], set()).add(unit)

    @classmethod
    def of(cls, spec: Spec) -> "KeywordCoverage":
        """Return the units of the spec, without coverage."""
        return cls(frozenset(unit for operation in spec.operations.values() for unit in _units(operation)))

    def add(self, operation: SpecOperation, body: dict[str, Any]) -> None:
        """Add the coverage of one request body."""
        violated = set(self._violated_by(operation, body))
        self.violated |= violated
        still_open = self._open.get(operation.name, set())
        reached = {unit for unit in still_open - violated if _is_reached(unit[1], unit[2], body)}
        self.satisfied |= reached
        still_open -= reached

    def _violated_by(self, operation: SpecOperation, body: dict[str, Any]) -> Iterator[Unit]:
        for error in operation.request_validator.iter_errors(body):
            keyword = str(error.evaluation_path[-1])
            if keyword == "required":
                yield operation.name, missing_property(error), keyword
            elif keyword == "dependentRequired":
                missing, needs = missing_property(error), operation.request_schema["dependentRequired"]
                names = (name for name in needs if name in body and missing in needs[name])
                yield from ((operation.name, f"{name} → {missing}", keyword) for name in names)
            else:
                yield operation.name, str(error.instance_path[0]), keyword

    def missing(self) -> tuple[list[Unit], list[Unit]]:
        """Return the units that were never satisfied, and the units that were never violated."""
        return sorted(self.units - self.satisfied), sorted(self.units - self.violated)


def _is_reached(place: str, keyword: str, body: dict[str, Any]) -> bool:
    if keyword == "required":
        return place in body
    if keyword == "dependentRequired":
        return place.partition(" → ")[0] in body
    if place not in body:
        return False
    types = APPLIES.get(keyword)
    return types is None or _json_type(body[place]) in types


def _json_type(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, Decimal | int | float) else "string" if isinstance(value, str) else "other"
