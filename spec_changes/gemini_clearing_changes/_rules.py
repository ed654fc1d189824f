"""
The weight of each changed keyword of a schema.

What was accepted or returned, and is rejected or raises now, is major. What is newly possible is minor. The generated
client validates requests and responses by the spec, so a narrower schema is major in both directions.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ._change import Weight

__all__ = ["ABSENT", "TEXTS", "Finding", "python_type", "weigh_keyword", "weigh_type"]

ABSENT = object()
"""The value of a keyword that a schema does not have."""

Finding = tuple[Weight, str]
"""A weight and its reason."""

TEXTS = frozenset({"description", "title", "summary", "example", "examples", "externalDocs", "$comment", "deprecated"})
_LOWER = {"minimum", "exclusiveMinimum", "minLength", "minItems"}
_UPPER = {"maximum", "exclusiveMaximum", "maxLength", "maxItems"}
_REASONS = {"x-reason", "x-missing-reason", "x-dependent-reason"}
_NARROWER: Finding = (Weight.MAJOR, "values that were accepted are rejected")
_WIDER: Finding = (Weight.MINOR, "more values are accepted")
_RULES: dict[str, Callable[[Any, Any, bool], Finding]] = {
    "pattern": lambda before, after, request: _WIDER if after is ABSENT else _NARROWER,
    "const": lambda before, after, request: _WIDER if after is ABSENT else _NARROWER,
    "not": lambda before, after, request: _WIDER if after is ABSENT else _NARROWER,
    "x-refusal": lambda before, after, request: (Weight.MAJOR, "the response raises another error"),
    "x-injected": lambda before, after, request: (Weight.MAJOR, "the signer adds the field, or callers pass it"),
    "x-account": lambda before, after, request: (Weight.MAJOR, "another argument selects the account"),
}


def weigh_keyword(keyword: str, before: Any, after: Any, *, request: bool) -> Finding:
    """Return the weight of a changed keyword, other than the type and the fields of objects."""
    if keyword in TEXTS:
        return Weight.PATCH, "only documentation changes"
    if keyword in _REASONS:
        return Weight.MINOR, "the exchange chooses what it sends; documentation and contract suite follow"
    if keyword in _LOWER | _UPPER:
        return _bound(before, after, lower=keyword in _LOWER)
    if keyword == "default":
        return _default(before, after)
    if keyword in {"enum", "x-extensible-enum"}:
        return _enum(before, after, request=request, extensible=keyword != "enum")
    if keyword in _RULES:
        return _RULES[keyword](before, after, request)
    return Weight.MAJOR, f"no rule for `{keyword}`: review it"


def _bound(before: Any, after: Any, *, lower: bool) -> Finding:
    if before is ABSENT or after is ABSENT:
        return _NARROWER if before is ABSENT else _WIDER
    return _NARROWER if (after > before) == lower else _WIDER


def _default(before: Any, after: Any) -> Finding:
    if before is ABSENT or after is ABSENT:
        return Weight.MINOR, "the exchange's default is documented, or no longer"
    return Weight.MAJOR, "a call that omits the field has another effect"


def _enum(before: Any, after: Any, *, request: bool, extensible: bool) -> Finding:
    if before is ABSENT:
        return (Weight.MINOR, "the known values get names") if extensible and request else _NARROWER
    if after is ABSENT:
        return _WIDER if request else (Weight.MAJOR, "the attribute is no longer an enum")
    if set(before) - set(after):
        return Weight.MAJOR, "members of the enum are gone"
    if set(after) - set(before) and not (request or extensible):
        return Weight.MAJOR, "code that handles every member of the closed enum meets a new one"
    if set(after) - set(before):
        return Weight.MINOR, "the enum gets members"
    return Weight.PATCH, "only the order of the values changes"


def types_of(schema: Mapping[str, Any]) -> frozenset[str]:
    """Return the JSON types that a schema accepts; empty if it accepts all."""
    declared = schema.get("type", [])
    return frozenset([declared] if isinstance(declared, str) else declared)


def python_type(schema: Mapping[str, Any]) -> str:
    """Return the Python type that the generator chooses for a schema, as far as the comparison needs it."""
    if schema.keys() & {"enum", "x-extensible-enum"}:
        return "enum"
    named = {"decimal": "Decimal", "timestamp": "datetime"}
    return named.get(schema.get("format", ""), "") or " | ".join(sorted(types_of(schema)))


def weigh_type(before: Mapping[str, Any], after: Mapping[str, Any], *, request: bool) -> Finding | None:
    """Return the weight of a change of type or format; None if both are equal."""
    if types_of(before) == types_of(after) and before.get("format") == after.get("format"):
        return None
    if before.get("format") != after.get("format") or not types_of(before) or not types_of(after):
        return Weight.MAJOR, "the Python type is another"
    if not _includes(types_of(after), types_of(before)):
        return _NARROWER
    if request or python_type(before) == python_type(after):
        return _WIDER
    return Weight.MAJOR, "the Python type is another"


def _includes(wider: frozenset[str], narrower: frozenset[str]) -> bool:
    """Return whether each type is included; an integer is a number."""
    return all(one in wider or (one == "integer" and "number" in wider) for one in narrower)
