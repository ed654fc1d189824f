"""The rules of a request schema that a body violates, with the reason that the spec gives for each."""

from operator import attrgetter
from typing import Any

import jsonschema_rs
from attrs import frozen

from .model import SpecOperation

__all__ = ["Violation", "missing_property", "schema_violations"]


@frozen
class Violation:
    """A rule that a request violates: the place in the request, the rule, and the reason of the error response."""

    place: str
    rule: str
    reason: str


def missing_property(error: jsonschema_rs.ValidationError) -> str:
    """Return the property that an error of `required` or `dependentRequired` misses."""
    # `error.kind.property` would not pass mypy: the type stubs of jsonschema_rs 0.60 do not declare the attribute.
    return str(attrgetter("property")(error.kind))


def schema_violations(operation: SpecOperation, body: dict[str, Any]) -> tuple[Violation, ...]:
    """Return every rule of the request schema that a body violates."""
    return tuple(_violation(operation, error) for error in operation.request_validator.iter_errors(body))


def _violation(operation: SpecOperation, error: Any) -> Violation:
    schema, rule = operation.request_schema, str(error.evaluation_path[-1])
    if error.instance_path:
        name = str(error.instance_path[0])
        return Violation(name, rule, operation.fields[name]["x-reason"])
    name = missing_property(error)
    if rule == "dependentRequired":
        return Violation(name, rule, schema["x-dependent-reason"])
    return Violation(name, rule, operation.fields[name].get("x-missing-reason", schema["x-missing-reason"]))
