"""
The requirements of the generator for the proof of an outcome: `x-success`, `x-echo`, `x-inconclusive-reasons` and
`x-passing-reasons`.

A mistake in them does not break the client. It would make the client report the wrong outcome of a write.
"""

from collections.abc import Mapping
from typing import Any

from ._error_format import enum_values, error_marks, reason_enum
from ._spec import Place, Spec
from ._spec_checks import arguments_of, check_fields, fields_of

__all__ = ["check_evidence"]


def check_evidence(spec: Spec) -> None:
    """Raise `GeneratorError` for the first proof that is missing, or that no response can give."""
    _check_reasons(spec)
    for path, operation in spec.operations():
        place = ("paths", path, "post")
        if not operation["x-safe-to-repeat"] and not operation.get("x-success"):
            raise spec.error(place, "missing `x-success`: it lists the values that prove that the write was executed")
        _check_success(spec, (*place, "x-success"), operation)
        _check_echo(spec, (*place, "x-echo"), operation)


def _check_reasons(spec: Spec) -> None:
    name = reason_enum(spec)
    known = enum_values(spec.document["components"]["schemas"][name]) if name else None
    for place in ("x-inconclusive-reasons", "x-passing-reasons"):
        for number, reason in enumerate(spec.document.get(place, [])):
            if known is None or reason not in known:
                raise spec.error((place, number), f"unknown reason {reason}. Add it to the enum first")


def _check_success(spec: Spec, place: Place, operation: Mapping[str, Any]) -> None:
    properties = spec.successes(operation)[0][1].get("properties", {})
    marks = {value for values in error_marks(spec).values() for value in values}
    for name, values in operation.get("x-success", {}).items():
        if name not in properties:
            raise spec.error((*place, name), f"unknown field {name} of the response")
        if not isinstance(values, list):
            raise spec.error((*place, name), f"not a list: {values!r}. List the values that mean success")
        if not values:
            raise spec.error((*place, name), "no values. List the values that mean success")
        known = enum_values(spec.resolve(properties[name])[1])
        for number, value in enumerate(values):
            if value in marks:
                raise spec.error((*place, name, number), f"{value} marks an error response, so it cannot mean success")
            if known is not None and value not in known:
                raise spec.error((*place, name, number), f"unknown value {value}. Add it to the enum first")


def _check_echo(spec: Spec, place: Place, operation: Mapping[str, Any]) -> None:
    pairs = {}
    for name, field in operation.get("x-echo", {}).items():
        if not isinstance(field, str) and (not isinstance(field, dict) or field.keys() != {"in"}):
            raise spec.error((*place, name), "unsupported value. It must be a field, or `{in: <field with the text>}`")
        pairs[name] = field if isinstance(field, str) else field["in"]
    check_fields(spec, place, pairs, arguments_of(spec, operation), fields_of(spec, operation))
