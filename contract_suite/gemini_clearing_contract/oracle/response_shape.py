"""
The shape of an answer: status, headers, JSON, schema, and that it says nothing undocumented.

Whether its values are true is judged in `echo.py`; whether it is the right answer in `judge.py`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any

import jsonschema_rs

from ..findings.finding import Problem
from ..findings.text import pointer, shorten
from ..spec import SpecOperation, missing_property
from ..wire import NO_BODY, WireResponse, read_body

__all__ = ["schema_problems", "shape_problems"]

# JSON is in UTF-8, whether that is said or not.
JSON_MEDIA_TYPE = re.compile(r"application/json *(; *charset=\"?utf-8\"?)?", re.IGNORECASE)


def shape_problems(operation: SpecOperation | None, answer: WireResponse) -> Iterator[Problem]:
    """Everything wrong with the answer's shape."""
    if answer.status >= 500:
        yield Problem(
            "no server error", "status", "below 500", f"{answer.status} {shorten(answer.body.decode('latin-1'))}"
        )
        return
    if answer.status == 405 or operation is None:
        return
    schema = operation.response_schema(answer.status)
    if schema is None:
        yield Problem("documented status", "status", f"one of {sorted(operation.response_schemas)}", str(answer.status))
        return
    media_type = answer.headers.get("content-type", "")
    if not JSON_MEDIA_TYPE.fullmatch(media_type):
        yield Problem("content type", "header content-type", "application/json", media_type or "none")
    body = read_body(answer)
    if body is NO_BODY:
        yield Problem("JSON", "body", "a JSON document", shorten(answer.body.decode("latin-1")))
        return
    for name in _repeated_names(answer.body):
        yield Problem("each name once", name, "one value", "several: which of them counts depends on the reader")
    yield from schema_problems(schema, body)


@lru_cache(maxsize=8)
def _repeated_names(content: bytes) -> tuple[str, ...]:
    repeated: dict[str, None] = {}

    def note(pairs: list[tuple[str, Any]]) -> None:
        if len({name for name, _ in pairs}) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            repeated.update((name, None) for name, count in counts.items() if count > 1)

    json.loads(content, object_pairs_hook=note)
    return tuple(repeated)


def schema_problems(schema: dict[str, Any], body: Any) -> Iterator[Problem]:
    """Every rule of the schema that the body breaks, and every word in it that is not documented."""
    branch = _branch(schema, body)
    broken = False
    for error in _validator(branch).iter_errors(body):
        broken = True
        rule = str(error.evaluation_path[-1])
        place = pointer([*error.instance_path, *([missing_property(error)] if rule == "required" else [])])
        yield Problem(f"schema: {rule}", place, _rule_text(branch, error), shorten(error.instance))
    if not broken:
        yield from _undocumented(branch, body, [])


_validators: dict[int, tuple[dict[str, Any], jsonschema_rs.Validator]] = {}


def _validator(schema: dict[str, Any]) -> jsonschema_rs.Validator:
    """One compiled validator for each schema object; the schema is kept, so that its id stays its own."""
    if id(schema) not in _validators:
        _validators[id(schema)] = (schema, jsonschema_rs.Draft202012Validator(schema))
    return _validators[id(schema)][1]


def _branch(schema: dict[str, Any], body: Any) -> dict[str, Any]:
    """The branch of a `oneOf` that the body is closest to: errors in it name a place, those of `oneOf` do not."""
    if "oneOf" not in schema:
        return schema
    branches: list[dict[str, Any]] = schema["oneOf"]
    result = body.get("result") if isinstance(body, dict) else None
    marked = [branch for branch in branches if branch["properties"]["result"].get("const") == result]
    return (marked or [branch for branch in branches if not branch.get("x-refusal")])[0]


def _rule_text(schema: dict[str, Any], error: Any) -> str:
    node: Any = schema
    for part in error.schema_path:
        node = node[int(part) if isinstance(node, list) else part]
    return shorten(f"{error.evaluation_path[-1]} {node}")


def _undocumented(schema: dict[str, Any], value: Any, path: list[str | int]) -> Iterator[Problem]:
    """What the exchange may add breaks no client, and passes no judge silently."""
    words = schema.get("x-extensible-enum")
    if words is not None and value not in words:
        yield Problem("documented word", pointer(path), "a word of x-extensible-enum", shorten(value))
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        for name, item in value.items():
            if name in properties:
                yield from _undocumented(properties[name], item, [*path, name])
            else:
                yield Problem("documented field", pointer([*path, name]), "no such field", shorten(item))
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _undocumented(schema.get("items", {}), item, [*path, index])
    if schema.get("format") == "decimal" and not _is_plain(value):
        yield Problem("plain decimal", pointer(path), "digits without an exponent", shorten(value))


def _is_plain(value: Any) -> bool:
    """Text is written out; so is a number of ordinary size: 1E+2 for 100 is a formatting accident."""
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        return not (isinstance(exponent, int) and exponent > 0 and abs(value) < 10**21)
    return "e" not in str(value).lower()
