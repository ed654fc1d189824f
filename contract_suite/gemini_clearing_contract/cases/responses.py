"""
Answers made from the spec's answer schemas: those that it allows, and those that it does not, each wrong in one place.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..findings.text import pointer

__all__ = ["SampleResponse", "invalid_responses", "plain", "valid_responses"]

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class SampleResponse:
    """A body and the place that it is about."""

    name: str
    path: Path
    body: Any

    @property
    def place(self) -> str:
        """The place in words."""
        return pointer(list(self.path))


PLAIN: dict[str, Any] = {"string": "text", "boolean": True, "integer": 1_767_225_600_123, "number": Decimal("12.50")}
# Values at the edges of what a schema allows, by format or type.
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


def _kind(schema: dict[str, Any]) -> str:
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return " ".join([*([schema["format"]] if "format" in schema else []), *sorted(types)])


def plain(schema: dict[str, Any]) -> Any:
    """The plainest value with everything that the schema names."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if "x-extensible-enum" in schema:
        return schema["x-extensible-enum"][0]
    if "properties" in schema:
        # A field may be required and not described.
        parts = {key: {"type": "string"} for key in schema.get("required", ())} | schema["properties"]
        return {name: plain(part) for name, part in parts.items()}
    if schema["type"] == "array":
        return [plain(schema["items"]), plain(schema["items"])]
    kind = _kind(schema)
    return EDGES[kind][2] if kind in EDGES and "format" in schema else PLAIN[kind.split()[-1]]


def _places(schema: dict[str, Any], path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    yield path, schema
    for name, part in schema.get("properties", {}).items():
        yield from _places(part, (*path, name))
    if schema.get("type") == "array":
        yield from _places(schema["items"], (*path, 1))


def _with(body: Any, path: Path, value: Any, *, drop: bool = False) -> Any:
    changed = copy.deepcopy(body)
    node = changed
    for part in path[:-1]:
        node = node[part]
    if not path:
        return value
    if drop:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return changed


def valid_responses(schema: dict[str, Any]) -> Iterator[SampleResponse]:
    """Answers that the schema allows: full, bare, each field at its edges, and what the exchange may add."""
    full = plain(schema)
    yield SampleResponse("everything", (), full)
    yield SampleResponse(
        "the required fields alone", (), {name: full[name] for name in schema.get("required", ()) if name in full}
    )
    for path, part in _places(schema):
        if part.get("type") == "array":
            yield SampleResponse("no rows", path, _with(full, path, []))
        if "properties" in part:
            yield SampleResponse("a new field", path, _with(full, (*path, "aFieldThatIsNew"), {"deep": [1, None]}))
            for name in part["properties"].keys() - set(part.get("required", ())):
                yield SampleResponse("left out", (*path, name), _with(full, (*path, name), None, drop=True))
        else:
            for value in _edges(part):
                yield SampleResponse("edge", path, _with(full, path, value))


def _edges(schema: dict[str, Any]) -> list[Any]:
    if "x-extensible-enum" in schema:
        return [*schema["x-extensible-enum"], "AWordThatIsNew"]
    if "enum" in schema:
        return list(schema["enum"])
    if "const" in schema or "not" in schema or "properties" in schema:
        return []
    return EDGES.get(_kind(schema), EDGES["string"] if schema["type"] == "string" else [])


def invalid_responses(schema: dict[str, Any]) -> Iterator[SampleResponse]:
    """Answers that the schema does not allow: required fields missing, fields of every wrong type and content."""
    full = plain(schema)
    for path, part in _places(schema):
        for name in part.get("required", ()):
            yield SampleResponse("missing", (*path, name), _with(full, (*path, name), None, drop=True))
        for value in _wrong(part):
            # A list of the wrong type stands for itself; an object instead of the whole answer may be a right one.
            if path or not isinstance(value, dict):
                yield SampleResponse("wrong", path, _with(full, path, value))


def _wrong(schema: dict[str, Any]) -> Iterator[Any]:
    kinds = set(schema["type"] if isinstance(schema["type"], list) else [schema["type"]])
    if "number" in kinds:
        kinds.add("integer")
    for kind, values in OF_TYPE.items():
        if kind not in kinds:
            yield from values
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
    # The text of a number is not the number, nor the number its text.
    if kinds & {"number"}:
        yield "12.50"
    if kinds == {"integer"}:
        yield "1767225600123"
    if kinds == {"string"} and schema.get("format") == "decimal":
        yield Decimal("12.50")
