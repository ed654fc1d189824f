"""The rules of a request schema that a body breaks, with the reason that the spec gives for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jsonschema_rs

from .model import SpecOperation

__all__ = ["Violation", "missing_property", "schema_violations"]


@dataclass(frozen=True)
class Violation:
    """One thing wrong with a request: where, the broken rule, and the reason that fits."""

    place: str
    rule: str
    reason: str


def missing_property(error: jsonschema_rs.ValidationError) -> str:
    """The property that an error of `required` or `dependentRequired` misses; the stubs do not tell of it."""
    return str(getattr(error.kind, "property"))  # noqa: B009


def schema_violations(operation: SpecOperation, body: dict[str, Any]) -> tuple[Violation, ...]:
    """Every rule of the request schema that the body breaks, with the reason that the spec gives to it."""
    return tuple(_schema_fault(operation, error) for error in operation.request_validator.iter_errors(body))


def _schema_fault(operation: SpecOperation, error: Any) -> Violation:
    schema, rule = operation.request_schema, str(error.evaluation_path[-1])
    if error.instance_path:
        name = str(error.instance_path[0])
        return Violation(name, rule, operation.fields[name]["x-reason"])
    name = error.kind.property
    if rule == "dependentRequired":
        return Violation(name, rule, schema["x-dependent-reason"])
    return Violation(name, rule, operation.fields[name].get("x-missing-reason", schema["x-missing-reason"]))
