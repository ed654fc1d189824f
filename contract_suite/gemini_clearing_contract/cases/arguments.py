"""Strategies for the arguments of the client's methods, made from the request schemas."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from ..spec import SpecOperation

__all__ = ["arguments_for", "as_wire"]

positive = st.decimals(
    min_value=Decimal("1E-20"), max_value=Decimal("1E30"), allow_nan=False, allow_infinity=False
).filter(lambda number: number > 0)
EDGES_OF_MONEY = [
    Decimal("1E-8"), Decimal("1E+5"), Decimal("100"), "0.10", "007.50", 2,
    Decimal("123456789012345678901234567890.123456789"),
]  # fmt: skip
MONEY = (
    positive
    | st.integers(1, 10**40)
    | positive.map(lambda number: format(number, "f"))
    | st.sampled_from(EDGES_OF_MONEY)
)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=12)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DATETIMES = st.integers(10**12, 4 * 10**12).map(lambda ms: EPOCH + timedelta(milliseconds=ms))
TIMES = st.integers(10**12, 4 * 10**12) | DATETIMES


def _argument(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("format") == "timestamp":
        return TIMES
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    if schema.get("format") == "decimal" and types == ["string"]:
        return MONEY
    if "number" in types:
        return st.integers(1, 700) | st.decimals("0.01", "700", places=2)
    if "integer" in types:
        return st.integers(schema.get("minimum", 0), min(schema.get("maximum", 2**53), 2**53))
    if "boolean" in types:
        return st.booleans()
    return st.from_regex(schema["pattern"].replace("$", r"\Z"), fullmatch=True) if "pattern" in schema else TEXT


def arguments_for(operation: SpecOperation) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for every combination of arguments that the spec allows."""
    strategies = {name: _argument(schema) for name, schema in operation.own_fields.items()}
    required = {name: strategy for name, strategy in strategies.items() if name in operation.required}
    optional = {name: strategy for name, strategy in strategies.items() if name not in operation.required}
    return st.fixed_dictionaries(required, optional=optional).map(lambda given: _complete(operation, given))


def _complete(operation: SpecOperation, given: dict[str, Any]) -> dict[str, Any]:
    """Drop each argument that needs another argument, if that is not given."""
    needs = operation.request_schema.get("dependentRequired", {})
    return {name: value for name, value in given.items() if all(need in given for need in needs.get(name, ()))}


def as_wire(value: Any, schema: dict[str, Any]) -> Any:
    """Return the wire value of an argument: a `Decimal` for money, milliseconds for a time."""
    if isinstance(value, datetime):
        return (value - EPOCH) // timedelta(milliseconds=1)
    if schema.get("format") == "decimal":
        return Decimal(value)
    return value
