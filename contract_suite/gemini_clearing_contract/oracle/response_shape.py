"""
The shape of a response: status, headers, JSON, schema, and no undocumented fields or values.

Whether its values are right is checked in `response_values.py`, whether it is an allowed response in `oracle.py`.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any

import jsonschema_rs

from ..findings.checks import INVALID_JSON, SERVER_ERROR, UNDOCUMENTED_STATUS
from ..findings.finding import Problem
from ..findings.text import pointer, shorten
from ..spec import SpecOperation, missing_property
from ..wire import NO_BODY, WireResponse, encoding_of, read_body

__all__ = ["SCHEMA", "schema_problems", "shape_problems"]

# The beginning of the name of each check that a schema violation fails.
SCHEMA = "schema: "
# JSON is in UTF-8, with or without a `charset` (RFC 8259).
JSON_MEDIA_TYPE = re.compile(r"application/json *(; *charset=\"?utf-8\"?)?", re.IGNORECASE)


def shape_problems(operation: SpecOperation, response: WireResponse) -> Iterator[Problem]:
    """Yield everything that is wrong with the shape of a response."""
    text = shorten(response.body.decode("latin-1"))
    if response.status >= 500:
        yield Problem(SERVER_ERROR, "status", "below 500", f"{response.status} {text}")
        return
    if response.status == 405:
        return
    schema = operation.response_schema(response.status)
    if schema is None:
        expected = f"one of {sorted(operation.response_schemas)}"
        yield Problem(UNDOCUMENTED_STATUS, "status", expected, str(response.status))
        return
    media_type = response.headers.get("content-type", "")
    if not JSON_MEDIA_TYPE.fullmatch(media_type):
        yield Problem("content type", "header content-type", "application/json", media_type or "missing")
    body = read_body(response)
    if body is NO_BODY:
        yield Problem(INVALID_JSON, "body", "a JSON document", text)
        return
    encoding = encoding_of(response.body)
    if encoding != "utf-8":
        actual = "UTF-8 with a byte order mark" if encoding == "utf-8-sig" else encoding.upper()
        yield Problem("wrong encoding", "body", "UTF-8 without a byte order mark (RFC 8259)", actual)
    for name in _repeated_names(response.body):
        yield Problem("duplicate JSON name", name, "one value", "several; parsers use different ones")
    yield from schema_problems(schema, body)


@lru_cache(maxsize=8)
def _repeated_names(content: bytes) -> tuple[str, ...]:
    repeated: dict[str, None] = {}

    def note(pairs: list[tuple[str, Any]]) -> None:
        if len({name for name, _ in pairs}) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            repeated.update((name, None) for name, count in counts.items() if count > 1)

    # Numbers are not read: int() and float() reject numbers that `parse_json` accepts.
    json.loads(content, object_pairs_hook=note, parse_int=str, parse_float=str)
    return tuple(repeated)


def schema_problems(schema: dict[str, Any], body: Any) -> Iterator[Problem]:
    """Yield each violation of the schema, and each undocumented field and enum value."""
    branch = _branch(schema, body)
    is_valid = True
    for error in _validator(branch).iter_errors(body):
        is_valid = False
        rule = str(error.evaluation_path[-1])
        place = pointer([*error.instance_path, *([missing_property(error)] if rule == "required" else [])])
        yield Problem(f"{SCHEMA}{rule}", place, _rule_text(branch, error), shorten(error.instance))
    if is_valid:
        problems: list[Problem] = []
        _add_undocumented(problems, branch, body)
        yield from problems


# The schema is stored too, so that its id is not used again.
_validators: dict[int, tuple[dict[str, Any], jsonschema_rs.Validator]] = {}


def _validator(schema: dict[str, Any]) -> jsonschema_rs.Validator:
    """Return the compiled validator of a schema object."""
    if id(schema) not in _validators:
        _validators[id(schema)] = (schema, jsonschema_rs.Draft202012Validator(schema))
    return _validators[id(schema)][1]


def _branch(schema: dict[str, Any], body: Any) -> dict[str, Any]:
    """Return the branch of a `oneOf` by the body's `result`: errors of `oneOf` itself have no place."""
    if "oneOf" not in schema:
        return schema
    branches: list[dict[str, Any]] = schema["oneOf"]
    result = body.get("result") if isinstance(body, dict) else None
    marked = [branch for branch in branches if _marker(branch) == result]
    return (marked or [branch for branch in branches if not branch.get("x-refusal")])[0]


def _marker(branch: dict[str, Any]) -> Any:
    """Return the `result` that marks an error response."""
    return branch.get("properties", {}).get("result", {}).get("const", NO_BODY)


def _rule_text(schema: dict[str, Any], error: Any) -> str:
    node: Any = schema
    for part in error.schema_path:
        node = node[int(part) if isinstance(node, list) else part]
    return shorten(f"{error.evaluation_path[-1]} {node}")


def _add_undocumented(problems: list[Problem], schema: dict[str, Any], value: Any, *path: str | int) -> None:
    """
    Add new fields and enum values; the exchange may add them, and the suite reports them.

    Not a generator: for each value of a response, a nested one takes twice as long.
    """
    known = schema.get("x-extensible-enum")
    if known is not None and value not in known:
        problems.append(
            Problem("undocumented enum value", pointer(path), "a value of x-extensible-enum", shorten(value))
        )
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        for name, item in value.items():
            if name in properties:
                _add_undocumented(problems, properties[name], item, *path, name)
            else:
                problems.append(Problem("undocumented field", pointer((*path, name)), "no such field", shorten(item)))
    if isinstance(value, list):
        for index, item in enumerate(value):
            _add_undocumented(problems, schema.get("items", {}), item, *path, index)
    if isinstance(value, Decimal | str):
        problems.extend(_notation_problems(schema, value, path))


def _notation_problems(schema: dict[str, Any], value: Decimal | str, path: tuple[str | int, ...]) -> list[Problem]:
    """Return what is wrong with the notation of a number."""
    types = schema.get("type", "")
    if "integer" in types and "number" not in types and isinstance(value, Decimal) and value.as_tuple().exponent != 0:
        # JSON Schema admits 1.0 as an integer; a client with an integer type does not.
        return [Problem("integer with a decimal point", pointer(path), "digits", shorten(value))]
    if schema.get("format") == "decimal" and not _is_plain(value):
        return [Problem("decimal with exponent", pointer(path), "digits without an exponent", shorten(value))]
    return []


def _is_plain(value: Any) -> bool:
    """Whether text has no exponent; a number may have one if it is very large (1E+2 for 100 is a formatting error)."""
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        return not (isinstance(exponent, int) and exponent > 0 and abs(value) < 10**21)
    return "e" not in str(value).lower()
