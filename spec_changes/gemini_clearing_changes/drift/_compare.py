"""The comparison of a vendor's operations and fields with ours. Texts and examples are not compared."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from gemini_clearing_generator import Spec

from ._flatten import aligned, flattened, resolved
from ._vendor import types_of

__all__ = ["Difference", "differences"]

_KEYWORDS = (
    "format", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength",
    "default", "const",
)  # fmt: skip
Fields = dict[str, dict[str, Any]]


@attrs.frozen
class Difference:
    """A part of the API that only the vendor's file has, only our spec has, or both have in another way."""

    kind: str
    """`only there`, `only here` or `different`."""
    place: str
    """Path, part, field and keyword, such as `/v1/clearing/new request price pattern`."""
    there: Any = attrs.field(default=None, eq=False)
    here: Any = attrs.field(default=None, eq=False)

    @property
    def key(self) -> str:
        """The text that the patterns of a decision match."""
        return f"{self.kind}: {self.place}"


def differences(vendor: Mapping[str, Any], ours: Spec) -> list[Difference]:
    """Return each difference once, in the order of the places. Other products in the vendor's file are ignored."""
    there = Spec(Path("UPSTREAM"), vendor)
    items = {path: resolved(there, item)[1] for path, item in vendor["paths"].items()}
    theirs = {path: item["post"] for path, item in items.items() if "post" in item and _is_clearing(path, item)}
    here = dict(ours.operations())
    found = list(_presence(theirs.keys(), here.keys(), ""))
    for path in sorted(theirs.keys() & here.keys()):
        found += _operation(path, there, ours, theirs[path], here[path])
    return sorted(set(found), key=lambda one: (one.place, one.kind))


def _is_clearing(path: str, item: Mapping[str, Any]) -> bool:
    return path.startswith("/v1/clearing/") or "Clearing" in item["post"].get("tags", ())


def _presence(there: Iterable[str], here: Iterable[str], prefix: str) -> Iterator[Difference]:
    was, now = set(there), set(here)
    for name in sorted(was - now):
        yield Difference("only there", f"{prefix}{name}", name)
    for name in sorted(now - was):
        yield Difference("only here", f"{prefix}{name}", None, name)


def _operation(path: str, there: Spec, here: Spec, theirs: Any, ours: Any) -> Iterator[Difference]:
    yield from _value(f"{path} operationId", theirs.get("operationId"), ours.get("operationId"))
    yield from _presence(_scopes(theirs), _scopes(ours), f"{path} scope ")
    yield from _presence(map(str, theirs.get("responses", {})), map(str, ours["responses"]), f"{path} status ")
    yield from _schemas(f"{path} request", _request(there, theirs), _request(here, ours))
    yield from _schemas(f"{path} response", _response(there, theirs), _response(here, ours))


def _scopes(operation: Any) -> set[str]:
    return {scope for one in operation.get("security", ()) for scopes in one.values() for scope in scopes}


def _request(spec: Spec, operation: Any) -> Fields:
    return _fields(spec, _content(resolved(spec, operation.get("requestBody", {}))[1]), "")


def _response(spec: Spec, operation: Any) -> Fields:
    responses = {str(status): one for status, one in operation.get("responses", {}).items()}
    return _fields(spec, _content(resolved(spec, responses.get("200", {}))[1]), "")


def _content(part: Any) -> dict[str, Any]:
    """Return the schema of the JSON in a request or a response; a media type may have parameters."""
    of_type = {name.partition(";")[0].strip(): one for name, one in part.get("content", {}).items()}
    found: dict[str, Any] = of_type.get("application/json", {}).get("schema", {})
    return found


def _fields(spec: Spec, schema: Any, prefix: str, parents: frozenset[str] = frozenset()) -> Fields:
    """
    Return the fields of all branches of a schema, and of its lists, with `required` as a keyword of each field.

    The schemas in `parents` contain this one: a schema that contains itself has no further fields.
    """
    name_of_schema, _ = resolved(spec, schema)
    if name_of_schema in parents:
        return {}
    parents |= {name_of_schema} if name_of_schema else set()
    flat = flattened(spec, schema)
    branches = [one for word in ("oneOf", "anyOf") for one in flat.get(word, ())]
    found: Fields = {}
    for branch in [flat, *branches]:
        for name, declared in branch.get("properties", {}).items():
            field = flattened(spec, declared)
            in_branches = bool(branches) and all(name in one.get("required", ()) for one in branches)
            required = name in flat.get("required", ()) or in_branches
            found.setdefault(f"{prefix}{name}", {**field, "required": required})
            if "items" in field:
                found |= _fields(spec, field["items"], f"{prefix}{name}[].", parents)
    return found


def _schemas(prefix: str, there: Fields, here: Fields) -> Iterator[Difference]:
    yield from _presence(there.keys(), here.keys(), f"{prefix} ")
    for name in sorted(there.keys() & here.keys()):
        theirs, ours = there[name], here[name]
        yield from _field(f"{prefix} {name}", aligned(theirs, ours), aligned(ours, theirs))


def _field(place: str, there: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[Difference]:
    if types_of(there) != types_of(here):
        yield Difference("different", f"{place} type", sorted(types_of(there)), sorted(types_of(here)))
    if there["required"] != here["required"]:
        kind = "only there" if there["required"] else "only here"
        yield Difference(kind, f"{place} required", there["required"], here["required"])
    was, now = (set(one.get("enum", one.get("x-extensible-enum", ()))) for one in (there, here))
    if was and now:
        yield from _presence(was, now, f"{place} enum ")
    elif was or now:
        yield Difference("only there" if was else "only here", f"{place} enum", sorted(was), sorted(now))
    for keyword in _KEYWORDS:
        yield from _value(f"{place} {keyword}", _number(there, keyword), _number(here, keyword))


def _number(schema: Mapping[str, Any], keyword: str) -> Any:
    """Return a keyword in the form of 3.1: in 3.0 an exclusive bound is a flag next to the bound."""
    value = schema.get(keyword)
    bound = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}.get(keyword)
    if isinstance(value, bool) and bound:
        return schema.get(bound) if value else None
    exclusive = {"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"}.get(keyword, "")
    return None if schema.get(exclusive) is True else value


def _value(place: str, there: Any, here: Any) -> Iterator[Difference]:
    if there != here:
        kind = "only here" if there is None else "only there" if here is None else "different"
        yield Difference(kind, place, there, here)
