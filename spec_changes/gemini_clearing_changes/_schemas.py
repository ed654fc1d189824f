"""The comparison of two schemas: fields, types, and each other keyword."""

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from gemini_clearing_generator import Spec

from ._change import Change, Place, Weight
from ._rules import ABSENT, weigh_keyword, weigh_type

__all__ = ["Pair", "compare_schemas"]

Schema = Mapping[str, Any]
_STRUCTURE = {"$ref", "type", "format", "properties", "required", "items", "dependentRequired"}


@attrs.frozen
class Pair:
    """The two specs, and where in them a comparison is."""

    before: Spec
    after: Spec
    place: Place
    request: bool
    ignored: frozenset[str] = frozenset()
    """Keywords that are compared elsewhere."""

    def at(self, field: str) -> "Pair":
        """Return the pair for a field of this place."""
        prefix = f"{self.place.field}." if self.place.field else ""
        return attrs.evolve(self, place=attrs.evolve(self.place, field=f"{prefix}{field}"))

    def items(self) -> "Pair":
        """Return the pair for the items of the list at this place."""
        return attrs.evolve(self, place=attrs.evolve(self.place, field=f"{self.place.field or ''}[]"))

    def change(self, finding: tuple[Weight, str], what: str, before: Any, after: Any, component: str | None) -> Change:
        """Return a change at this place."""
        was, now = (None if value is ABSENT else value for value in (before, after))
        return Change(finding[0], self.place, what, finding[1], was, now, component=component)


def compare_schemas(pair: Pair, before: Schema, after: Schema) -> Iterator[Change]:
    """Yield the changes between two schemas, with references followed."""
    old_name, old = pair.before.resolve(before)
    new_name, new = pair.after.resolve(after)
    named = new_name if old_name == new_name else None
    if old_name != new_name and _has_class(old, pair.request) and _has_class(new, pair.request):
        yield pair.change((Weight.MAJOR, "the class has another name"), "schema renamed", old_name, new_name, new_name)
    if found := weigh_type(old, new, request=pair.request):
        was, now = (" | ".join(filter(None, [str(one.get("type")), one.get("format")])) for one in (old, new))
        yield pair.change(found, "type changed", was, now, named)
    for keyword in sorted((old.keys() | new.keys()) - _STRUCTURE - pair.ignored):
        one, other = old.get(keyword, ABSENT), new.get(keyword, ABSENT)
        if one != other:
            finding = weigh_keyword(keyword, one, other, request=pair.request)
            yield pair.change(finding, _verb(f"`{keyword}`", one, other), one, other, named)
    if "items" in old and "items" in new:
        yield from compare_schemas(pair.items(), old["items"], new["items"])
    if "properties" in old or "properties" in new:
        yield from _fields(pair, old, new)
        yield from _dependencies(pair, old, new)


def _has_class(schema: Schema, request: bool) -> bool:
    """Return whether the client has a class for a schema: enums, and the objects of responses."""
    return bool(schema.keys() & {"enum", "x-extensible-enum"}) or (not request and "properties" in schema)


def _verb(what: str, before: Any, after: Any) -> str:
    if before is ABSENT:
        return f"{what} added"
    return f"{what} removed" if after is ABSENT else f"{what} changed"


def _fields(pair: Pair, before: Schema, after: Schema) -> Iterator[Change]:
    old, new = before.get("properties", {}), after.get("properties", {})
    renamed = _renamed(pair, before, after)
    for name, other in renamed.items():
        finding = Weight.MAJOR, f"`{name}` is gone, `{other}` has its meaning"
        yield pair.at(name).change(finding, f"renamed to `{other}`", name, other, None)
    for name in [name for name in old if name not in new and name not in renamed]:
        yield pair.at(name).change((Weight.MAJOR, "code that uses it fails"), "removed", name, None, None)
    for name in [name for name in new if name not in old and name not in renamed.values()]:
        yield pair.at(name).change(_addition(after, name, pair.request), "added", None, name, None)
    for name in [name for name in old if name in new]:
        if found := _obligation(before, after, name, request=pair.request):
            yield pair.at(name).change(found[:2], found[2], None, None, None)
        yield from compare_schemas(pair.at(name), old[name], new[name])


def _addition(schema: Schema, name: str, request: bool) -> tuple[Weight, str]:
    if name not in schema.get("required", ()):
        return Weight.MINOR, "a new argument" if request else "a new attribute"
    return Weight.MAJOR, "every existing call lacks it" if request else "a response without it raises"


def _obligation(before: Schema, after: Schema, name: str, *, request: bool) -> tuple[Weight, str, str] | None:
    """Return the weight of a field that has become required or optional."""
    was, now = (name in schema.get("required", ()) for schema in (before, after))
    if was == now:
        return None
    if now:
        reason = "calls without it fail" if request else "a response without it raises, and the class requires it"
        return Weight.MAJOR, reason, "optional → required"
    if request:
        return Weight.MINOR, "existing calls pass it, and work as before", "required → optional"
    return Weight.MAJOR, "the attribute may be None", "required → optional"


def _renamed(pair: Pair, before: Schema, after: Schema) -> dict[str, str]:
    """Return removed fields with the one added field that has the same schema and place."""
    old, new = before.get("properties", {}), after.get("properties", {})
    gone = [name for name in old if name not in new]
    come = [name for name in new if name not in old]
    if len(gone) != 1 or len(come) != 1:
        return {}
    same = pair.before.resolve(old[gone[0]]) == pair.after.resolve(new[come[0]])
    kept = (gone[0] in before.get("required", ())) == (come[0] in after.get("required", ()))
    return {gone[0]: come[0]} if same and kept else {}


def _dependencies(pair: Pair, before: Schema, after: Schema) -> Iterator[Change]:
    old, new = before.get("dependentRequired", {}), after.get("dependentRequired", {})
    for name in sorted(old.keys() | new.keys()):
        was, now = old.get(name, []), new.get(name, [])
        if was != now:
            more = set(now) - set(was)
            finding = (
                (Weight.MAJOR, "calls without the other fail")
                if more
                else (Weight.MINOR, "calls without the other work")
            )
            yield pair.at(name).change(finding, "fields that it requires changed", was, now, None)
