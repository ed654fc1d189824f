"""Sample responses made from the response schemas: valid ones, and invalid ones with one violation each."""

import copy
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import jsonschema_rs
from attrs import frozen

from ..findings.text import pointer
from ..spec import SpecOperation
from .values import plain_body

__all__ = [
    "SampleResponse",
    "invalid_responses",
    "plain_response",
    "request_for",
    "success_response",
    "valid_responses",
]

Path = tuple[str | int, ...]


@frozen
class SampleResponse:
    """A body, and the place that it tests."""

    name: str
    path: Path
    body: Any

    @property
    def place(self) -> str:
        """The place as text."""
        return pointer(list(self.path))


PLAIN: dict[str, Any] = {"string": "text", "boolean": True, "integer": 1_767_225_600_123, "number": Decimal("12.50")}
# Values at the edges of a schema, by format and type.
EDGES: dict[str, list[Any]] = {
    "decimal string": [
        "0.00000001",
        "1E-8",
        "123456789012345678901234567890.000000001",
        "100",
        "9500.00",
        "-1",
        "0",
        "1e5",
    ],
    "decimal number": [
        Decimal("1E-8"),
        Decimal("0.1"),
        Decimal("123456789012345678901234567890"),
        Decimal("0.1234567890123456789012345"),
        Decimal("9500.00"),
        Decimal("2"),
        Decimal("1E+30"),
    ],
    "timestamp integer": [0, 1_767_225_600, 1_767_225_600_123, Decimal("1767225600123.0")],
    "timestamp integer string": [0, 1_767_225_600, 1_767_225_600_123, "1767225600123", "1767225600"],
    "boolean": [True, False],
    "string": ["text", "Zürich ✓ 😀", "x" * 300, 'with "quotes"\n'],
}
OF_TYPE: dict[str, list[Any]] = {
    "string": ["text"], "integer": [7], "number": [Decimal("7.5")], "boolean": [True],
    "array": [[]], "object": [{}], "null": [None],
}  # fmt: skip


def _format_and_type(schema: dict[str, Any]) -> str:
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return " ".join([*([schema["format"]] if "format" in schema else []), *sorted(types)])


def plain_response(schema: dict[str, Any]) -> Any:
    """Return a plain value with every property of the schema."""
    if "const" in schema:
        return schema["const"]
    for keyword in ("enum", "x-extensible-enum"):
        if keyword in schema:
            return schema[keyword][0]
    if "properties" in schema:
        # A schema may require a property without describing it.
        parts = {key: {"type": "string"} for key in schema.get("required", ())} | schema["properties"]
        return {name: plain_response(part) for name, part in parts.items()}
    if schema["type"] == "array":
        return [plain_response(schema["items"]), plain_response(schema["items"])]
    key = _format_and_type(schema)
    return EDGES[key][2] if key in EDGES and "format" in schema else PLAIN[key.split()[-1]]


def success_response(operation: SpecOperation, request: dict[str, Any]) -> Any:
    """Return a plain success that repeats a request, as `x-success` and `x-echo` require."""
    body = plain_response(operation.success_schema)
    if isinstance(body, dict):
        body |= {name: values[0] for name, values in operation.success.items()}
        body |= {name: request[ours] for ours, name in operation.echo.items() if ours in request}
        body |= {name: f"{request[ours]} is done" for ours, name in operation.echo_in_text.items() if ours in request}
    return body


def request_for(operation: SpecOperation, body: Any) -> dict[str, Any]:
    """Return a plain request that a response repeats, as far as a request may have the values of the response."""
    request = plain_body(operation)
    if isinstance(body, dict):
        repeated = {ours: body[name] for ours, name in operation.echo.items() if name in body}
        texts = {ours: str(body.get(name, "")).split() for ours, name in operation.echo_in_text.items()}
        repeated |= {ours: words[0] for ours, words in texts.items() if words}
        for name, value in repeated.items():
            schema = operation.fields[name]
            plain = format(Decimal(value), "f") if schema.get("format") == "decimal" else value
            if jsonschema_rs.Draft202012Validator(schema).is_valid(plain):
                request[name] = plain
    return request


def _places(schema: dict[str, Any], path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    yield path, schema
    for name, part in schema.get("properties", {}).items():
        yield from _places(part, (*path, name))
    if schema.get("type") == "array":
        yield from _places(schema["items"], (*path, 1))


def _with(body: Any, path: Path, value: Any) -> Any:
    """Return the body with another value at a place."""
    if not path:
        return value
    changed = copy.deepcopy(body)
    _parent(changed, path)[path[-1]] = value
    return changed


def _without(body: Any, path: Path) -> Any:
    """Return the body without a property."""
    changed = copy.deepcopy(body)
    del _parent(changed, path)[path[-1]]
    return changed


def _parent(body: Any, path: Path) -> Any:
    for part in path[:-1]:
        body = body[part]
    return body


def valid_responses(schema: dict[str, Any], full: Any) -> Iterator[SampleResponse]:
    """Yield variants of a full response that the schema allows: minimal, each field at its edges, and new fields."""
    yield SampleResponse("every field", (), full)
    if "properties" in schema:
        required = {name: full[name] for name in schema.get("required", ()) if name in full}
        yield SampleResponse("only required fields", (), required)
    for path, part in _places(schema):
        if part.get("type") == "array":
            yield SampleResponse("no rows", path, _with(full, path, []))
        elif "properties" in part:
            yield SampleResponse("a new field", path, _with(full, (*path, "aNewField"), {"deep": [1, None]}))
            for name in part["properties"].keys() - set(part.get("required", ())):
                yield SampleResponse("missing", (*path, name), _without(full, (*path, name)))
        else:
            for value in _edges(part):
                yield SampleResponse("edge", path, _with(full, path, value))


def _edges(schema: dict[str, Any]) -> list[Any]:
    if "x-extensible-enum" in schema:
        return [*schema["x-extensible-enum"], "ANewValue"]
    if "enum" in schema:
        return list(schema["enum"])
    if "const" in schema or "not" in schema:
        return []
    return EDGES.get(_format_and_type(schema), EDGES["string"] if schema["type"] == "string" else [])


def invalid_responses(schema: dict[str, Any], full: Any) -> Iterator[SampleResponse]:
    """Yield variants of a full response that the schema forbids: a missing field, and wrong types and values."""
    for path, part in _places(schema):
        for name in part.get("required", ()):
            yield SampleResponse("missing", (*path, name), _without(full, (*path, name)))
        for value in _invalid(part):
            yield SampleResponse("invalid", path, _with(full, path, value))


def _invalid(schema: dict[str, Any]) -> Iterator[Any]:
    yield from _of_wrong_type(set(schema["type"] if isinstance(schema["type"], list) else [schema["type"]]), schema)
    if "enum" in schema:
        yield from ("", "text", schema["enum"][0].upper())
    if "pattern" in schema:
        yield from ("", "12x", " 1", "1\n", "1,5", "NaN")
    if schema.get("minLength"):
        yield ""
    if "minimum" in schema:
        yield schema["minimum"] - 1
    if "maximum" in schema:
        yield schema["maximum"] + 1


def _of_wrong_type(types: set[str], schema: dict[str, Any]) -> Iterator[Any]:
    allowed = types | {"integer"} if "number" in types else types
    for name, values in OF_TYPE.items():
        if name not in allowed:
            yield from values
    # A number is not its text, and the text not the number.
    if "number" in types:
        yield "12.50"
    if types == {"integer"}:
        yield "1767225600123"
    if types == {"string"} and schema.get("format") == "decimal":
        yield Decimal("12.50")
