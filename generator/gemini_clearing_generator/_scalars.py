"""
Which Python type, and which kind of the runtime, stands for a scalar schema.

A keyword that the runtime would not enforce is an error: a constraint must not get lost on the way to the client.
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

# The runtime's kinds, which every file imports; what it does not use is dropped when it is formatted.
RUNTIME_SCALARS = ("DecimalNumber", "DecimalText", "Boolean", "Number", "String", "Time", "Integer", "EnumValue")

# Keywords that say nothing about the values that are allowed; `not` keeps a refusal's words out of a success, and the
# runtime looks for those before it looks at the result.
_SILENT = {"type", "format", "description", "default", "title", "examples", "example", "deprecated", "not", "const"}


class UnsupportedSchemaError(Exception):
    """The schema has no counterpart in the runtime."""


@attrs.frozen
class EnumDeclaration:
    """The words of an enumeration, closed or open."""

    name: str
    members: dict[str, str]
    """The words by the names of the enumeration's members."""
    is_open: bool
    description: str


@attrs.frozen
class ScalarDeclaration:
    """How one scalar schema appears in the client's code."""

    expression: str
    """The expression that makes its kind, such as `String(min_length=1)`."""
    response_type: str
    """The type of a model's field."""
    argument_type: str
    """The type of a method's argument."""
    implied: bool = False
    """Whether the field's annotation alone implies the kind."""
    enum: EnumDeclaration | None = None
    component: str | None = None
    """The component's name in the spec, where it is one without anything beside the reference."""


def declare_scalar(name: str | None, schema: Mapping[str, Any]) -> ScalarDeclaration:
    """
    Return the scalar for a schema; `name` is that of its component.

    Raises:
        UnsupportedSchemaError: a type, a format or a keyword has no counterpart in the runtime.
    """
    types = schema.get("type", ())
    match types if isinstance(types, str) else " or ".join(sorted(types)), schema.get("format"):
        case _ if "enum" in schema or "x-extensible-enum" in schema:
            return _words(name, schema)
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
            return _scalar("Time", schema, keywords, "Timestamp", "When")
        case "integer", None:
            return _scalar("Integer", schema, {"minimum": "minimum", "maximum": "maximum"}, "int", "int")
        case "boolean", None:
            return _scalar("Boolean", schema, {}, "bool", "bool", implied=True)
    raise UnsupportedSchemaError(
        f"type {schema.get('type')!r} with format {schema.get('format')!r} cannot be generated"
    )


def _scalar(
    scalar: str,
    schema: Mapping[str, Any],
    keywords: Mapping[str, str],
    response: str,
    argument: str,
    *,
    implied: bool = False,
) -> ScalarDeclaration:
    _refuse_unknown(schema, keywords.keys())
    given = ", ".join(f"{name}={literal(schema[keyword])}" for keyword, name in keywords.items() if keyword in schema)
    return ScalarDeclaration(f"{scalar}({given})", response, argument, implied=implied)


def _words(name: str | None, schema: Mapping[str, Any]) -> ScalarDeclaration:
    if name is None:
        raise UnsupportedSchemaError("an enumeration needs a name: move it to components.schemas and refer to it")
    _refuse_unknown(schema, {"enum"})
    is_open = "x-extensible-enum" in schema
    words = tuple(schema["x-extensible-enum"] if is_open else schema["enum"])
    if not all(isinstance(word, str) for word in words):
        raise UnsupportedSchemaError("an enumeration can hold nothing but strings")
    members: dict[str, str] = {}
    for word in words:
        member = PythonIdentifier(word, prefix="word_").upper()
        if member in members:
            raise UnsupportedSchemaError(f"{members[member]!r} and {word!r} would have the same name, {member}")
        members[member] = word
    argument = " | ".join([name, "str" if is_open else f"Literal[{', '.join(map(literal, words))}]"])
    enum = EnumDeclaration(name, members, is_open, schema.get("description", f"The words of {name}."))
    return ScalarDeclaration(f"EnumValue({name})", name, argument, implied=True, enum=enum)


def _refuse_unknown(schema: Mapping[str, Any], known: Any) -> None:
    unknown = [keyword for keyword in schema if keyword not in {*_SILENT, *known} and not keyword.startswith("x-")]
    if unknown:
        raise UnsupportedSchemaError(
            f"the client cannot enforce {', '.join(unknown)} here: teach gemini_clearing_runtime._scalars, and _scalars"
        )


def literal(value: Any) -> str:
    """Write a value of the spec as Python source, whatever characters it has."""
    if not isinstance(value, str):
        return repr(value)
    if "\\" in value and value.isprintable() and '"' not in value and not value.endswith("\\"):
        return f'r"{value}"'
    return '"' + repr(value)[1:-1].replace('"', '\\"') + '"'
