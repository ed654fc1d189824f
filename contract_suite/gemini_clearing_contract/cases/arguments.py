"""Strategies for what a caller may give to the client's methods, made from the spec's request schemas."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from ..spec import SpecOperation

__all__ = ["arguments_for", "as_wire"]

positive = st.decimals(
    min_value=Decimal("1E-20"), max_value=Decimal("1E30"), allow_nan=False, allow_infinity=False
).filter(lambda d: d > 0)
MONEY = (
    positive
    | st.integers(1, 10**40)
    | positive.map(lambda number: format(number, "f"))
    | st.sampled_from(
        [
            Decimal("1E-8"),
            Decimal("1E+5"),
            Decimal("100"),
            "0.10",
            "007.50",
            2,
            Decimal("123456789012345678901234567890.123456789"),
        ]
    )
)
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=12)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(10**12, 4 * 10**12).map(lambda ms: EPOCH + timedelta(milliseconds=ms))
TIMES = st.integers(10**12, 4 * 10**12) | MOMENTS


def _field(name: str, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("format") == "timestamp":
        return TIMES
    kind = schema["type"]
    if schema.get("format") == "decimal" and kind == "string":
        return MONEY
    if kind == "number":
        return st.integers(1, 700) | st.decimals("0.01", "700", places=2)
    if kind == "integer":
        return st.integers(schema.get("minimum", 0), min(schema.get("maximum", 2**53), 2**53))
    if kind == "boolean":
        return st.booleans()
    return st.from_regex(schema["pattern"].replace("$", r"\Z"), fullmatch=True) if "pattern" in schema else words


def arguments_for(operation: SpecOperation) -> st.SearchStrategy[dict[str, Any]]:
    """Every combination of a method's arguments that the spec allows."""
    required = {
        name: _field(name, schema) for name, schema in operation.own_fields.items() if name in operation.required
    }
    optional = {
        name: _field(name, schema) for name, schema in operation.own_fields.items() if name not in operation.required
    }
    return st.fixed_dictionaries(required, optional=optional).map(lambda given: _with_companions(operation, given))


def _with_companions(operation: SpecOperation, given: dict[str, Any]) -> dict[str, Any]:
    """A field that needs another one is left out where that one is."""
    needs = operation.request_schema.get("dependentRequired", {})
    return {name: value for name, value in given.items() if all(need in given for need in needs.get(name, ()))}


def as_wire(value: Any, schema: dict[str, Any]) -> Any:
    """What must stand on the wire for a value that a caller gave: money to compare exactly, times in milliseconds."""
    if isinstance(value, datetime):
        return (value - EPOCH) // timedelta(milliseconds=1)
    if schema.get("format") == "decimal":
        return Decimal(value)
    return value
