"""
Values for each field of a request: plain ones, others that are right too, and wrong ones for every keyword.

The wrong ones follow from the field's schema, keyword by keyword; a keyword without a line here is an error, so that
a new rule in the spec cannot go untested.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ..spec import SpecOperation

__all__ = ["NO_ORDER", "boundary_bodies", "invalid_values", "plain_body", "valid_values"]

# What no exchange has: an id of the right form, an id of a desk, a pair.
NO_ORDER, NOBODY, NO_SYMBOL = "ZZZZZZZ0", "NO-SUCH-DESK", "nosuchpair"

PLAIN: dict[str, Any] = {
    "symbol": "btcusd",
    "amount": "1.25",
    "price": "100.50",
    "side": "buy",
    "clearing_id": NO_ORDER,
    "source_counterparty_id": "R485E04Q",
    "target_counterparty_id": "OM9VNL1G",
    "expires_in_hrs": 24,
    "counterparty_id": "OM9VNL1G",
    "counterparty": "OM9VNL1G",
    "expiration_start": 0, "expiration_end": 4_102_444_800_000,
    "submission_start": 0, "submission_end": 4_102_444_800_000,
    "funded": False,
    "status": "AwaitTargetConfirm",
    "timestamp": 1_600_000_000_000,
    "timestamp_nanos": 1_600_000_000_000_000_000,
    "account": "primary",
    "limit_orders": 50, "limit_trades": 50, "limit_per_account": 50,
}  # fmt: skip
# Right values that a careless server refuses, besides those that follow from the schema.
ALSO_RIGHT: dict[str, list[Any]] = {
    "symbol": ["BTCUSD", "BtcUsd"],
    "amount": ["1", "0.01", "0001.50", "99.99"],
    "price": ["1", "0.01", "00100.5", "9500.00"],
    "expires_in_hrs": [1, Decimal("24.0"), 720],
    "timestamp": ["1600000000000", "1600000000", 1_600_000_000],
    "limit_per_account": [300],
}
# One value of each JSON type.
OF_TYPE: dict[str, list[Any]] = {
    "string": ["text"], "integer": [7], "number": [Decimal("7.5")], "boolean": [True, False],
    "null": [None], "array": [[]], "object": [{}],
}  # fmt: skip
# Text that looks like a decimal to a lenient reader, and is none by the spec.
NO_DECIMALS = [
    "",
    "-1",
    "0",
    "0.00",
    "+1",
    "1.",
    ".5",
    "1,000",
    "1e3",
    "1E+2",
    " 1",
    "1 ",
    "1\n",
    "NaN",
    "Infinity",
    "0x10",
    "1_0",
    "١",
]
NO_DIGITS = ["", "-1", "1.5", "+1", " 1", "1\n", "1e3", "0x10", "1_0", "now", "2026-01-01", "١"]
NO_NAMES = ["", "btc/usd", "btc-usd", "btc usd", " btcusd", "btcusd\n", "btcüsd"]
WRONG_TEXT = {
    "^[A-Za-z0-9]+$": NO_NAMES,
    "^[0-9]+$": NO_DIGITS,
    r"^[0-9]+(\.[0-9]+)?$": ["", "-1", "+1", "1.", ".5", " 1", "1\n", "1e3", "0x10", "1_0", "now", "NaN", "١"],
}


def plain_body(operation: SpecOperation) -> dict[str, Any]:
    """The smallest request without fault: the required fields, each with a plain value."""
    return {name: PLAIN[name] for name in operation.own_fields if name in operation.required}


def valid_values(name: str, schema: dict[str, Any]) -> Iterator[Any]:
    """Values that the field's schema allows, the boundaries among them."""
    if name in PLAIN:
        yield PLAIN[name]
    yield from ALSO_RIGHT.get(name, [])
    yield from schema.get("enum", [])
    if "integer" in schema["type"] and "string" in schema["type"] and name in PLAIN:
        yield str(PLAIN[name])
    for keyword in ("minimum", "maximum"):
        if keyword in schema and name != "nonce":
            yield schema[keyword]
    if schema.get("type") == "boolean":
        yield from (True, False)


def invalid_values(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Values that break the field's schema, with the keyword that each is made for."""
    for keyword, rule in schema.items():
        if not keyword.startswith("x-") and keyword not in ANNOTATIONS:
            for value in WRONG[keyword](rule, schema):
                yield keyword, value


def _wrong_type(rule: Any, schema: dict[str, Any]) -> Iterator[Any]:
    kinds = {rule} if isinstance(rule, str) else set(rule)
    if "number" in kinds:
        kinds.add("integer")
    for kind, values in OF_TYPE.items():
        if kind not in kinds:
            yield from values
    # A number's text is not the number, and the number not its text.
    if "string" not in kinds:
        yield "1"
    elif not kinds & {"integer", "number"} and schema.get("format") == "decimal":
        yield from (1, Decimal("1.5"))


def _wrong_pattern(rule: str, schema: dict[str, Any]) -> list[Any]:
    if schema.get("format") == "decimal":
        return NO_DECIMALS
    # For a pattern that is new here, whatever breaks it of what breaks the others.
    broken = (text for text in itertools.chain(*WRONG_TEXT.values()) if not re.search(rule.replace("$", r"\Z"), text))
    return WRONG_TEXT.get(rule) or list(broken)


def _wrong_enum(rule: list[Any], schema: dict[str, Any]) -> list[Any]:
    first = str(rule[0])
    return ["", "text", first.upper(), first.capitalize(), f" {first}", f"{first}\n", first[:-1]]


def _wrong_const(rule: Any, schema: dict[str, Any]) -> list[Any]:
    return [f"{rule}/", str(rule).upper(), str(rule).removeprefix("/"), f"{rule}?a=1", "/v1/order/new", ""]


ANNOTATIONS = frozenset({"description", "format", "default", "title", "examples", "deprecated"})
WRONG: dict[str, Any] = {
    "type": _wrong_type,
    "pattern": _wrong_pattern,
    "enum": _wrong_enum,
    "const": _wrong_const,
    "minLength": lambda rule, schema: ["x" * (rule - 1)],
    "maxLength": lambda rule, schema: ["x" * (rule + 1)],
    "minimum": lambda rule, schema: [rule - 1, -(10**20)],
    "maximum": lambda rule, schema: [rule + 1, 10**20],
    "exclusiveMinimum": lambda rule, schema: [rule, rule - 1, Decimal("-0.001")],
    "exclusiveMaximum": lambda rule, schema: [rule, rule + 1],
}


def boundary_bodies(operation: SpecOperation) -> Iterator[tuple[str, dict[str, Any]]]:
    """Named bodies that satisfy and violate every keyword of the request, one at a time; no nonce in them."""
    body = plain_body(operation)
    yield "the required fields alone", body
    for name, schema in operation.own_fields.items():
        companions = {need: PLAIN[need] for need in operation.request_schema.get("dependentRequired", {}).get(name, ())}
        for index, value in enumerate(valid_values(name, schema)):
            yield f"{name} right {index}", {**body, **companions, name: value}
        for index, (keyword, value) in enumerate(invalid_values(schema)):
            yield f"{name} breaks {keyword} {index}", {**body, **companions, name: value}
        if name in operation.required:
            yield f"{name} left out", {key: value for key, value in body.items() if key != name}
        if companions:
            yield f"{name} alone", {**body, name: PLAIN[name]}
    yield "every field", {name: PLAIN[name] for name in operation.own_fields if name != "account"}
    yield "an unknown field", {**body, "client_note": "kept out of the way"}
