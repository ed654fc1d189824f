"""
Scalar schemas: the Python type and the runtime scalar for each.

A keyword that the runtime does not enforce is an error, so that the client has every constraint of the spec.
"""

from collections.abc import Mapping
from typing import Any

import attrs
from openapi_python_client.strings import PythonIdentifier

__all__ = [
    "RUNTIME_SCALARS",
    "EnumDeclaration",
    "ScalarDeclaration",
    "UnsupportedSchemaError",
    "declare_scalar",
    "literal",
]

# The scalar classes of the runtime. Every file imports all of them, and ruff removes the unused imports.
RUNTIME_SCALARS = ("Boolean", "DecimalNumber", "DecimalText", "EnumValue", "Integer", "Number", "String", "Time")

# Keywords that do not constrain a value. `not` and `const` distinguish results from error responses: the transform and
# the template data read those.
_NOT_CONSTRAINTS = {"type", "format", "description", "default", "title", "examples", "example", "deprecated"}
_NOT_CONSTRAINTS |= {"not", "const"}


class UnsupportedSchemaError(Exception):
    """The runtime has no scalar for the schema."""


@attrs.frozen
class EnumDeclaration:
    """An enum of the client, closed or open."""

    name: str
    members: dict[str, str]
    """The values by the names of the members."""
    is_open: bool
    description: str


@attrs.frozen
class ScalarDeclaration:
    """A scalar schema as it appears in the client's code."""

    expression: str
    """The expression that creates the runtime scalar, such as `String(min_length=1)`."""
    response_type: str
    """The type of a model's field."""
    argument_type: str
    """The type of a method's argument."""
    implied: bool = False
    """Whether the runtime scalar follows from the type of a field."""
    enum: EnumDeclaration | None = None
    component: str | None = None
    """The name of the component, if the schema is a reference to a component, without other keywords."""


def declare_scalar(name: str | None, schema: Mapping[str, Any]) -> ScalarDeclaration:
    """
    Return the declaration for a schema; `name` is the name of its component.

    Raises:
        UnsupportedSchemaError: the runtime does not support a type, a format or a keyword.
    """
    types = schema.get("type", ())
    match types if isinstance(types, str) else " or ".join(sorted(types)), schema.get("format"):
        case _ if "enum" in schema or "x-extensible-enum" in schema:
            return _enum(name, schema)
        case "string", "decimal":
            return _scalar("DecimalText", schema, {"pattern": "pattern"}, "Decimal", "Money")
        case "string", None:
            keywords = {"minLength": "min_length", "pattern": "pattern"}
            return _scalar("String", schema, keywords, "str", "str", implied=not keywords.keys() & schema.keys())
        case "number", "decimal":
            return _scalar("DecimalNumber", schema, {}, "Decimal", "Money")
        case "number", None:
            return _scalar("Number", schema, {"exclusiveMinimum": "exclusive_minimum"}, "float", "float | Decimal")
        case (("integer" | "integer or string"), "timestamp"):
            keywords = {"minimum": "minimum", "maximum": "maximum", "pattern": "text"}
            return _scalar("Time", schema, keywords, "datetime", "When")
        case "integer", None:
            return _scalar("Integer", schema, {"minimum": "minimum", "maximum": "maximum"}, "int", "int")
        case "boolean", None:
            return _scalar("Boolean", schema, {}, "bool", "bool", implied=True)
    raise UnsupportedSchemaError(f"unsupported type {schema.get('type')!r} with format {schema.get('format')!r}")


def _scalar(
    scalar: str,
    schema: Mapping[str, Any],
    keywords: Mapping[str, str],
    response: str,
    argument: str,
    *,
    implied: bool = False,
) -> ScalarDeclaration:
    _reject_unknown(schema, keywords.keys())
    given = ", ".join(f"{name}={literal(schema[keyword])}" for keyword, name in keywords.items() if keyword in schema)
    return ScalarDeclaration(f"{scalar}({given})", response, argument, implied=implied)


def _enum(name: str | None, schema: Mapping[str, Any]) -> ScalarDeclaration:
    if name is None:
        raise UnsupportedSchemaError("an enum needs a name. Move it to components.schemas, and refer to it")
    _reject_unknown(schema, {"enum"})
    is_open = "x-extensible-enum" in schema
    values = tuple(schema["x-extensible-enum"] if is_open else schema["enum"])
    if not all(isinstance(value, str) for value in values):
        raise UnsupportedSchemaError("an enum value is not a string. Only strings are supported")
    members: dict[str, str] = {}
    for value in values:
        member = PythonIdentifier(value, prefix="value_").upper()
        if member in members:
            raise UnsupportedSchemaError(f"{members[member]!r} and {value!r} get the same name, {member}")
        members[member] = value
    argument = " | ".join([name, "str" if is_open else f"Literal[{', '.join(map(literal, values))}]"])
    enum = EnumDeclaration(name, members, is_open, schema.get("description", f"The values of {name}."))
    return ScalarDeclaration(f"EnumValue({name})", name, argument, implied=True, enum=enum)


def _reject_unknown(schema: Mapping[str, Any], known: Any) -> None:
    known = {*_NOT_CONSTRAINTS, *known}
    unknown = [keyword for keyword in schema if keyword not in known and not keyword.startswith("x-")]
    if unknown:
        raise UnsupportedSchemaError(
            f"unsupported keyword {', '.join(unknown)}. Add it to gemini_clearing_runtime._scalars and to _scalars here"
        )


def literal(value: Any) -> str:
    """Return a value of the spec as Python source; any character is supported."""
    if not isinstance(value, str):
        return repr(value)
    if "\\" in value and value.isprintable() and '"' not in value and not value.endswith("\\"):
        return f'r"{value}"'
    return '"' + repr(value)[1:-1].replace('"', '\\"') + '"'
