"""
What the client needs of the spec beyond what OpenAPI demands: names, roles, refusals, repetition, resolution.

That the document is sound OpenAPI is seen to in `_spec`; what can be generated of a schema in `_scalars`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ._spec import Place, Spec

__all__ = ["check_resolve", "check_spec"]

_OF_OPERATIONS = {
    "summary": "it heads the method's docstring",
    "requestBody": "it holds the method's arguments",
    "x-roles": "it says who may call",
    "x-safe-to-repeat": "it says whether a lost call may be repeated",
    "x-refusals": "it lists what the call may be refused for, and may be empty",
}


def check_spec(spec: Spec) -> None:
    """Raise `GeneratorError` for the first thing that is missing, or that leads nowhere."""
    for number, server in enumerate(spec.document.get("servers", ())):
        if "x-environment" not in server:
            raise spec.error(("servers", number), "x-environment is missing: it names the server in the client")
    for path, operation in spec.operations():
        place = ("paths", path, "post")
        for key, reason in _OF_OPERATIONS.items():
            if key not in operation:
                raise spec.error(place, f"{key} is missing: {reason}")
        if "properties" not in _schema(spec, operation["requestBody"]):
            raise spec.error((*place, "requestBody"), "must hold application/json with the properties of an object")
        for number, refusal in enumerate(operation["x-refusals"]):
            if not {"reason", "result"} & refusal.keys() or "when" not in refusal:
                raise spec.error((*place, "x-refusals", number), "needs reason (or result) and when")


def check_resolve(spec: Spec) -> None:
    """Raise `GeneratorError` for the first write whose question (`x-resolve`) cannot be asked."""
    operations = dict(spec.operations())
    reads = {o["operationId"]: o for o in operations.values() if o["x-safe-to-repeat"]}
    for path, operation in operations.items():
        if resolve := operation.get("x-resolve"):
            _check_query(spec, ("paths", path, "post", "x-resolve"), operation, reads.get(resolve.get("query")))


def _check_query(spec: Spec, place: Place, operation: Mapping[str, Any], read: Mapping[str, Any] | None) -> None:
    """Hold the question that resolves a write against the fields of both."""
    resolve = operation["x-resolve"]
    if read is None:
        raise spec.error((*place, "query"), "must name an operation that is safe to repeat")
    ours = _request_fields(spec, operation)
    asked = _request_fields(spec, read)
    theirs = set(_listed_fields(spec, read)) if "window" in resolve else asked
    for mine, other in resolve.get("match", {}).items():
        if mine not in ours or other not in theirs:
            raise spec.error((*place, "match", mine), f"{mine} or {other} is no field to match")
    for name in resolve.get("window", ()):
        if name not in asked:
            raise spec.error((*place, "window"), f"{name} is no argument of {resolve['query']}")


def _schema(spec: Spec, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a body's JSON; empty where there is none."""
    return spec.resolve(body.get("content", {}).get("application/json", {}).get("schema", {}))[1]


def _request_fields(spec: Spec, operation: Mapping[str, Any]) -> set[str]:
    return set(_schema(spec, operation["requestBody"])["properties"])


def _listed_fields(spec: Spec, read: Mapping[str, Any]) -> Iterator[str]:
    """Yield the fields of what a read lists."""
    for field in _schema(spec, read["responses"].get("200", {})).get("properties", {}).values():
        _, resolved = spec.resolve(field)
        if resolved.get("type") == "array":
            yield from spec.resolve(resolved["items"])[1]["properties"]
