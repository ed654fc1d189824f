"""The fields of a schema as a table: type, limits, description, and the reason of an invalid value."""

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["field_table", "resolve"]

Json = Mapping[str, Any]
_LIMITS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "pattern": "matches {}",
    "default": "default {}",
    "const": "always {}",
}


def resolve(spec: Json, node: Json) -> Json:
    """Return a schema or a response with its reference followed; the keys next to `$ref` win."""
    if "$ref" not in node:
        return node
    target: Any = spec
    for part in node["$ref"].removeprefix("#/").split("/"):
        target = target[part]
    return {**resolve(spec, target), **{key: value for key, value in node.items() if key != "$ref"}}


def field_table(spec: Json, fields: Mapping[str, Json], required: set[str]) -> Iterator[str]:
    """Yield the lines of the table; the fields of a list of objects follow it, with the list's name in front."""
    with_reasons = any("x-reason" in resolve(spec, field) for field in fields.values())
    yield "| field | type | description |" + (" invalid |" if with_reasons else "")
    yield "|---|---|---|" + ("---|" if with_reasons else "")
    for name, field, is_required in _rows(spec, fields, required):
        cells = [f"`{name}`{' (required)' if is_required else ''}", _type(field), _description(field)]
        if with_reasons:
            cells.append(f"`{field['x-reason']}`" if "x-reason" in field else "")
        yield "| " + " | ".join(cells) + " |"


def _rows(spec: Json, fields: Mapping[str, Json], required: set[str]) -> Iterator[tuple[str, Json, bool]]:
    for name, declared in fields.items():
        field = resolve(spec, declared)
        yield name, field, name in required
        if field.get("type") == "array":
            item = resolve(spec, field["items"])
            inner = {f"{name}[].{key}": value for key, value in item.get("properties", {}).items()}
            yield from _rows(spec, inner, {f"{name}[].{key}" for key in item.get("required", ())})


def _type(field: Json) -> str:
    types = field.get("type", "any")
    text = " or ".join(types) if isinstance(types, list) else types
    return f"{text} ({field['format']})" if "format" in field else text


def _description(field: Json) -> str:
    text = " ".join(field.get("description", "").split())
    if values := field.get("enum") or field.get("x-extensible-enum"):
        kind = "One of" if "enum" in field else "Known values:"
        text += f" {kind} {', '.join(f'`{value}`' for value in values)}."
    limits = [form.format(_code(field[key])) for key, form in _LIMITS.items() if key in field]
    return f"{text} <br>*{', '.join(limits)}*".strip() if limits else text


def _code(value: object) -> str:
    """Return a value as code; a bar would end the cell of the table."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{text}`".replace("|", "\\|")
