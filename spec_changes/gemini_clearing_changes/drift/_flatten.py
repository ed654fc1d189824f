"""One form of a schema where OpenAPI has several for the same meaning: references, `allOf`, null, a single value."""

from typing import Any

from gemini_clearing_generator import Spec

from .._errors import ChangesError

__all__ = ["aligned", "flattened", "resolved"]

Schema = dict[str, Any]


def resolved(spec: Spec, part: Any) -> tuple[str | None, Schema]:
    """
    Follow a reference, and return the name of its target. Vendors' files have unresolved ones, and ones to other files.

    Raises:
        ChangesError: the reference has no target.
    """
    reference = part.get("$ref")
    if reference is not None and not spec.leads_somewhere(reference):
        raise ChangesError(f"{spec.path}: unresolved reference {reference}. Correct it in a copy of the file")
    return spec.resolve(part)


def flattened(spec: Spec, schema: Any, parents: frozenset[str] = frozenset()) -> Schema:
    """
    Return a schema with its parts of `allOf` merged, and `null` as one of its types.

    The schemas in `parents` contain this one: a part that contains itself adds nothing.
    """
    name, found = resolved(spec, schema)
    if name in parents:
        return {}
    parents |= {name} if name else set()
    flat = {key: value for key, value in found.items() if key != "allOf"}
    for part in found.get("allOf", ()):
        flat = _merged(flat, flattened(spec, part, parents))
    for word in ("anyOf", "oneOf"):
        if word in flat:
            flat = _with_branches(flat, word, [flattened(spec, one, parents) for one in flat[word]])
    return flat


def _merged(one: Schema, other: Schema) -> Schema:
    properties = {**other.get("properties", {}), **one.get("properties", {})}
    required = [*one.get("required", ()), *other.get("required", ())]
    return {**other, **one, **({"properties": properties} if properties else {}), "required": required}


def _with_branches(flat: Schema, word: str, branches: list[Schema]) -> Schema:
    """Return a schema in which a single branch, with or without one for null, is part of the schema itself."""
    values = [one for one in branches if one.get("type") != "null"]
    if len(values) != 1:
        return {**flat, word: branches}
    rest = {key: value for key, value in flat.items() if key != word}
    is_nullable = len(values) < len(branches)
    return {**_merged(rest, values[0]), **({"nullable": True} if is_nullable else {})}


def aligned(schema: Schema, other: Schema) -> Schema:
    """Return a schema with its single enum value as `const`, if another schema has that keyword."""
    values = schema.get("enum", ())
    if len(values) != 1 or "const" not in other:
        return schema
    return {**{key: value for key, value in schema.items() if key != "enum"}, "const": values[0]}
