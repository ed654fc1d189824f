"""
Values for each field of a request: a plain one, other valid ones, and invalid ones for every keyword of its schema.

The invalid values follow from the schema. A keyword that is not in `INVALID` raises an error, so that a new rule of the
spec cannot remain untested.
"""

import itertools
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ..spec import SpecOperation

__all__ = [
    "PLAIN_DESKS",
    "UNKNOWN_DESK",
    "UNKNOWN_ORDER_ID",
    "UNKNOWN_SYMBOL",
    "boundary_bodies",
    "invalid_values",
    "nearly_valid_values",
    "plain_body",
    "plain_value",
    "valid_values",
]

# A clearing id, a counterparty id and a trading pair that no exchange has.
UNKNOWN_ORDER_ID, UNKNOWN_DESK, UNKNOWN_SYMBOL = "ZZZZZZZ0", "NO-SUCH-DESK", "nosuchpair"

# By the name of a desk, its id in plain values; for a server with other ids the session replaces them.
PLAIN_DESKS = {"initiator": "R485E04Q", "counterparty": "OM9VNL1G"}
# Plain values by field. Other fields get a value from their schema.
PLAIN: dict[str, Any] = {
    "symbol": "btcusd",
    "amount": "1.25",
    "price": "100.50",
    "side": "buy",
    "clearing_id": UNKNOWN_ORDER_ID,
    "source_counterparty_id": PLAIN_DESKS["initiator"],
    "target_counterparty_id": PLAIN_DESKS["counterparty"],
    "expires_in_hrs": 24,
    "counterparty_id": PLAIN_DESKS["counterparty"],
    "counterparty": PLAIN_DESKS["counterparty"],
    "expiration_start": 0, "expiration_end": 4_102_444_800_000,
    "submission_start": 0, "submission_end": 4_102_444_800_000,
    "funded": False,
    "status": "AwaitTargetConfirm",
    "timestamp": 1_600_000_000_000,
    "timestamp_nanos": 1_600_000_000_000_000_000,
    "account": "primary",
    "limit_orders": 50, "limit_trades": 50, "limit_per_account": 50,
}  # fmt: skip
# Valid values that do not follow from the schema, and that a strict server may reject by mistake.
ALSO_VALID: dict[str, list[Any]] = {
    "symbol": ["BTCUSD", "BtcUsd"],
    "amount": ["1", "0.01", "0001.50", "99.99"],
    "price": ["1", "0.01", "00100.5", "9500.00"],
    "expires_in_hrs": [1, Decimal("24.0"), 720],
    "timestamp": ["1600000000000", "1600000000", 1_600_000_000],
    "limit_per_account": [300],
}
# Values of each JSON type.
OF_TYPE: dict[str, list[Any]] = {
    "string": ["text"], "integer": [7], "number": [Decimal("7.5")], "boolean": [True, False],
    "null": [None], "array": [[]], "object": [{}],
}  # fmt: skip
# Text that a lenient parser accepts as a decimal, but the spec does not.
NOT_DECIMAL = [
    "", "-1", "0", "0.00", "+1", "1.", ".5", "1,000", "1e3", "1E+2", " 1", "1 ", "1\n", "NaN", "Infinity", "0x10",
    "1_0", "١", "１", "1k", "$1",
]  # fmt: skip
NOT_DIGITS = ["", "-1", "1.5", "+1", " 1", "1\n", "1e3", "0x10", "1_0", "now", "2026-01-01", "١", "１", "1s"]
NOT_A_NAME = ["", "btc/usd", "btc-usd", "btc usd", " btcusd", "btcusd\n", "btcüsd"]
NOT_MATCHING = {
    "^[A-Za-z0-9]+$": NOT_A_NAME,
    "^[0-9]+$": NOT_DIGITS,
    r"^[0-9]+(\.[0-9]+)?$": ["", "-1", "+1", "1.", ".5", " 1", "1\n", "1e3", "0x10", "1_0", "now", "NaN", "١", "１"],
}
# Tried one after the other for a text field that is not in `PLAIN`.
TEXT_CANDIDATES = ("text", "1", "BTC", "btcusd", "1.5", "2026-01-01", "a@example.org", "https://example.org")


def plain_value(operation: SpecOperation, name: str) -> Any:
    """
    Return a valid value for a field: a known value, that of a documented request, or a value that fits the schema.

    Raises:
        ValueError: No value is known for the field's pattern.
    """
    if name in PLAIN:
        return PLAIN[name]
    documented = [body[name] for body in operation.request_examples.values() if name in body]
    return documented[0] if documented else _fitting(operation.fields[name], f"{operation.name}.{name}")


def _fitting(schema: dict[str, Any], place: str) -> Any:
    for keyword in ("const", "default"):
        if keyword in schema:
            return schema[keyword]
    if "enum" in schema:
        return schema["enum"][0]
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    if "string" in types:
        pattern, shortest = schema.get("pattern", ""), schema.get("minLength", 0)
        fitting = (text for text in TEXT_CANDIDATES if re.search(pattern, text) and len(text) >= shortest)
        found = next(fitting, None)
        if found is None:
            raise ValueError(f"{place}: no value for the pattern {pattern}. Document a request with this field.")
        return found
    if "integer" in types or "number" in types:
        return max(1, schema.get("minimum", 1), schema.get("exclusiveMinimum", 0) + 1)
    return {"boolean": True, "array": [], "object": {}}.get(types[0])


def plain_body(operation: SpecOperation) -> dict[str, Any]:
    """Return the smallest valid request: the required fields with plain values."""
    return {name: plain_value(operation, name) for name in operation.own_fields if name in operation.required}


def valid_values(operation: SpecOperation, name: str) -> Iterator[Any]:
    """Yield values that the field's schema allows, including its boundaries."""
    schema = operation.fields[name]
    if name != "nonce":
        yield plain_value(operation, name)
    yield from ALSO_VALID.get(name, [])
    yield from schema.get("enum", [])
    if "integer" in schema["type"] and "string" in schema["type"]:
        yield str(plain_value(operation, name))
    for keyword in ("minimum", "maximum"):
        if keyword in schema and name != "nonce":
            yield schema[keyword]
    if schema.get("type") == "boolean":
        yield from (True, False)


def invalid_values(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """
    Yield values that violate the field's schema, each with the keyword that it violates.

    Raises:
        ValueError: The schema has a keyword for which no invalid value is known.
    """
    for keyword, rule in schema.items():
        if keyword.startswith("x-") or keyword in ANNOTATIONS:
            continue
        if keyword not in INVALID:
            raise ValueError(f"no invalid value is known for the keyword `{keyword}`. Add one to `INVALID`.")
        for value in INVALID[keyword](rule, schema):
            yield keyword, value


def _invalid_type(rule: Any, schema: dict[str, Any]) -> Iterator[Any]:
    types = {rule} if isinstance(rule, str) else set(rule)
    if "number" in types:
        types.add("integer")
    for name, values in OF_TYPE.items():
        if name not in types:
            yield from values
    # A number is not its text, and the text not the number.
    if "string" not in types:
        yield "1"
    elif not types & {"integer", "number"} and schema.get("format") == "decimal":
        yield from (1, Decimal("1.5"))


def _invalid_pattern(rule: str, schema: dict[str, Any]) -> list[Any]:
    if schema.get("format") == "decimal":
        return NOT_DECIMAL
    # For a new pattern, the texts above that do not match it.
    texts = itertools.chain(*NOT_MATCHING.values())
    return NOT_MATCHING.get(rule) or [text for text in texts if not re.search(rule.replace("$", r"\Z"), text)]


def _invalid_enum(rule: list[Any], schema: dict[str, Any]) -> list[Any]:
    first = str(rule[0])
    return ["", "text", first.upper(), first.capitalize(), f" {first}", f"{first}\n", first[:-1], first[:1]]


def _invalid_const(rule: Any, schema: dict[str, Any]) -> list[Any]:
    return [f"{rule}/", str(rule).upper(), str(rule).removeprefix("/"), f"{rule}?a=1", "/v1/order/new", ""]


ANNOTATIONS = frozenset({"description", "format", "default", "title", "examples", "deprecated"})
INVALID: dict[str, Any] = {
    "type": _invalid_type,
    "pattern": _invalid_pattern,
    "enum": _invalid_enum,
    "const": _invalid_const,
    "minLength": lambda rule, schema: ["x" * (rule - 1)],
    "maxLength": lambda rule, schema: ["x" * (rule + 1)],
    "minimum": lambda rule, schema: [rule - 1, -(10**20)],
    "maximum": lambda rule, schema: [rule + 1, 10**20],
    "exclusiveMinimum": lambda rule, schema: [rule, rule - 1, Decimal("-0.001")],
    "exclusiveMaximum": lambda rule, schema: [rule, rule + 1],
}


def boundary_bodies(operation: SpecOperation) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield named bodies without a nonce that satisfy and violate every keyword of the request, one at a time."""
    body = plain_body(operation)
    yield "only required fields", body
    for name in operation.own_fields:
        yield from _bodies_about(operation, name, body)
    yield "every field", {name: plain_value(operation, name) for name in operation.own_fields if name != "account"}
    yield "an unknown field", {**body, "client_note": "ignored by the server"}


def nearly_valid_values(operation: SpecOperation, name: str) -> Iterator[Any]:
    """Yield values of another type that a lenient server reads as a valid one: a list of one value, or its text."""
    schema, plain = operation.fields[name], plain_value(operation, name)
    yield [plain]
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    if "boolean" in types:
        yield from ("true", "false", "True", "1", 0, 1)
    elif "string" not in types:
        yield str(plain)


def _bodies_about(operation: SpecOperation, name: str, body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    needed = operation.request_schema.get("dependentRequired", {}).get(name, ())
    companions = {need: plain_value(operation, need) for need in needed}
    for index, value in enumerate(valid_values(operation, name)):
        yield f"{name} valid {index}", {**body, **companions, name: value}
    for index, (keyword, value) in enumerate(invalid_values(operation.fields[name])):
        yield f"{name} violates {keyword} {index}", {**body, **companions, name: value}
    for index, value in enumerate(nearly_valid_values(operation, name)):
        yield f"{name} nearly valid {index}", {**body, **companions, name: value}
    if name in operation.required:
        others = {key: value for key, value in body.items() if key != name}
        yield f"{name} missing", others
        yield f"{name} in upper case", {**others, name.upper(): body[name]}
    if companions:
        yield f"{name} without {', '.join(companions)}", {**body, name: plain_value(operation, name)}
