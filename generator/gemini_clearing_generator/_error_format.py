"""How the API writes its error responses: the values that mark them, and the enum of their reasons."""

from collections.abc import Mapping
from typing import Any

from ._spec import Spec

__all__ = ["enum_values", "error_marks", "reason_enum", "rejection_marks"]


def error_marks(spec: Spec) -> dict[str, dict[str, str]]:
    """Return the fields that mark an error response: those with `const` in the schemas with `x-refusal`."""
    marks: dict[str, dict[str, str]] = {}
    for schema in spec.document["components"]["schemas"].values():
        if cls := schema.get("x-refusal"):
            for name, field in schema.get("properties", {}).items():
                if "const" in field:
                    marks.setdefault(name, {})[field["const"]] = "RejectedError" if cls is True else cls
    return marks


def rejection_marks(spec: Spec, operation: Mapping[str, Any]) -> list[str]:
    """Return the values of the marks that may reject an operation: its own, and those of responses with a reason."""
    own = {refusal["result"] for refusal in operation["x-refusals"] if "result" in refusal}
    classes = {value: cls for values in error_marks(spec).values() for value, cls in values.items()}
    return sorted(own | {value for value, cls in classes.items() if cls == "RejectedError"})


def reason_enum(spec: Spec) -> str | None:
    """Return the name of the enum of the reasons: the type of an error response's reason, if it is an enum."""
    for schema in spec.document["components"]["schemas"].values():
        for name in spec.document["x-error-format"]["reason"] if schema.get("x-refusal") else ():
            component, field = spec.resolve(schema.get("properties", {}).get(name, {}))
            if enum_values(field) is not None:
                return component
    return None


def enum_values(schema: Mapping[str, Any]) -> list[str] | None:
    """Return the values of an enum, open or closed; None for another schema."""
    values: list[str] | None = schema.get("x-extensible-enum", schema.get("enum"))
    return values
