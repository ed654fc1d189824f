"""The comparison of two specs: operations, error responses, servers, and the extensions of the document."""

from collections.abc import Iterator, Mapping
from typing import Any

from gemini_clearing_generator import Spec

from ._change import Change, Place, Weight, merged
from ._extensions import DOCUMENT_RULES, OPERATION_RULES, compare_extension
from ._schemas import Pair, compare_schemas
from ._security import compare_schemes, compare_security

__all__ = ["compare_specs"]

Operation = Mapping[str, Any]
_TEXTS = ("summary", "description", "externalDocs", "tags")


def compare_specs(before: Spec, after: Spec) -> list[Change]:
    """Return the changes between two specs, the heaviest first."""
    found = [
        *compare_extension(DOCUMENT_RULES, Place(), before.document, after.document),
        *compare_schemes(before.document, after.document),
        *_servers(before.document, after.document),
        *_texts(Place(), before.document, after.document, ("info", "tags")),
        *_error_responses(before, after),
        *_operations(before, after),
    ]
    return merged(found) or _rest(before, after)


def _rest(before: Spec, after: Spec) -> list[Change]:
    """Return one patch for a document that differs only where the client does not depend on it."""
    if before.document == after.document:
        return []
    return [Change(Weight.PATCH, Place(), "other parts changed", "no code of the client depends on them")]


def _texts(place: Place, before: Any, after: Any, keys: tuple[str, ...]) -> Iterator[Change]:
    for key in keys:
        if before.get(key) != after.get(key):
            yield Change(
                Weight.PATCH, place, f"`{key}` changed", "only documentation changes", before.get(key), after.get(key)
            )


def _servers(before: Any, after: Any) -> Iterator[Change]:
    was, now = (
        {one.get("x-environment"): one["url"] for one in document.get("servers", [])} for document in (before, after)
    )
    for name in [*was, *(name for name in now if name not in was)]:
        place = Place(None, "environment", str(name))
        if name not in now:
            yield Change(Weight.MAJOR, place, "removed", "`environment` rejects the name", was[name])
        elif name not in was:
            yield Change(Weight.MINOR, place, "added", "a new value of `environment`", None, now[name])
        elif was[name] != now[name]:
            yield Change(Weight.MAJOR, place, "address changed", "calls go to another host", was[name], now[name])


def _error_responses(before: Spec, after: Spec) -> Iterator[Change]:
    """Compare the schemas with `x-refusal`: how the client recognizes an error response, and its class."""
    old, new = ({name: one for name, one in _schemas(spec).items() if one.get("x-refusal")} for spec in (before, after))
    for name in sorted(old.keys() | new.keys()):
        place = Place(None, "error response", name)
        if name not in new or name not in old:
            reason = "responses raise another error"
            yield Change(Weight.MAJOR, place, "added" if name in new else "removed", reason)
        else:
            pair = Pair(before, after, place, request=False)
            yield from compare_schemas(pair, _schemas(before)[name], _schemas(after)[name])


def _schemas(spec: Spec) -> Mapping[str, Any]:
    found: Mapping[str, Any] = spec.document.get("components", {}).get("schemas", {})
    return found


def _operations(before: Spec, after: Spec) -> Iterator[Change]:
    old, new = dict(before.operations()), dict(after.operations())
    moved = {one["operationId"]: path for path, one in new.items() if path not in old}
    for path, operation in old.items():
        name = operation["operationId"]
        target = path if path in new else moved.pop(name, None)
        if target is None:
            yield Change(Weight.MAJOR, Place(name), "removed", "both clients lose the method", path)
            continue
        if target != path:
            reason = "requests go to another path, which proxies, test doubles and journals name"
            yield Change(Weight.MAJOR, Place(name), "path changed", reason, path, target)
        yield from _operation(before, after, operation, new[target])
    for name, path in moved.items():
        yield Change(Weight.MINOR, Place(name), "added", "both clients get a method", None, path)


def _operation(before: Spec, after: Spec, old: Operation, new: Operation) -> Iterator[Change]:
    name = new["operationId"]
    if old["operationId"] != name:
        what = f"renamed to `{name}`"
        yield Change(
            Weight.MAJOR, Place(old["operationId"]), what, "the method has another name", old["operationId"], name
        )
    yield from compare_extension(OPERATION_RULES, Place(name), old, new)
    yield from _texts(Place(name), old, new, _TEXTS)
    yield from compare_security(Place(name), old.get("security", []), new.get("security", []))
    bodies = [one["requestBody"]["content"]["application/json"] for one in (old, new)]
    request = Pair(before, after, Place(name, "request field"), request=True)
    yield from compare_schemas(request, bodies[0]["schema"], bodies[1]["schema"])
    yield from _texts(Place(name, "request"), bodies[0], bodies[1], ("examples",))
    yield from _responses(before, after, old, new)


def _responses(before: Spec, after: Spec, old: Operation, new: Operation) -> Iterator[Change]:
    name = new["operationId"]
    place = Place(name, "response field")
    successes = before.successes(old), after.successes(new)
    for (was_name, was), (now_name, now) in zip(*successes, strict=False):
        if was_name != now_name:
            yield Change(
                Weight.MAJOR,
                Place(name, "response"),
                "schema renamed",
                "the class has another name",
                was_name,
                now_name,
            )
        yield from compare_schemas(Pair(before, after, place, request=False), was, now)
    was, now = old["responses"], new["responses"]
    for status in sorted(was.keys() ^ now.keys()):
        what = "added" if status in now else "removed"
        yield Change(
            Weight.MINOR, Place(name, "status", status), what, "the client treats every error status the same way"
        )
    for status in sorted(was.keys() & now.keys()):
        pair = before.resolve(was[status])[1], after.resolve(now[status])[1]
        media = [one.get("content", {}).get("application/json", {}) for one in pair]
        yield from _texts(Place(name, "status", status), pair[0], pair[1], ("description", "links", "headers"))
        yield from _texts(Place(name, "status", status), media[0], media[1], ("examples",))
