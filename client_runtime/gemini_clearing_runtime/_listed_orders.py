"""Comparison of listed orders with the terms of a request, also of rows that violate the spec."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import attrs

from ._comparison import is_same
from ._decoding import row_class
from ._model import Model, wire_name
from ._operation import ResolveByList

__all__ = ["matches", "may_match"]


def matches(rule: ResolveByList, sent: Mapping[str, Any], row: Model) -> bool:
    """Return whether a listed order has every term that was sent; a missing term is not a difference."""
    pairs = ((sent[source], getattr(row, field)) for source, field in rule.match.items() if source in sent)
    return all(value is None or is_same(wanted, value) for wanted, value in pairs)


def may_match(rule: ResolveByList, sent: Mapping[str, Any], row: Any) -> bool:
    """Return whether a row that violates the spec could be the order: no readable field is different."""
    if not isinstance(row, dict):
        return True
    wire = _wire_names(rule)
    terms = ((sent[source], row.get(wire[field])) for source, field in rule.match.items() if source in sent)
    return not any(_is_different(wanted, value) for wanted, value in terms)


def _is_different(sent: Any, value: Any) -> bool:
    """Return whether a JSON value differs from the argument. A value of another form is not readable."""
    if (number := _number(sent)) is not None:
        received = _number(value)
        return received is not None and received != number
    return isinstance(value, str) and bool(value.strip()) and not is_same(sent, value)


def _number(value: Any) -> Decimal | None:
    """Return a finite number, which may be text; None for everything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _wire_names(rule: ResolveByList) -> dict[str, str]:
    cls: Any = row_class(rule.operation.response, rule.rows)
    return {field.name: wire_name(field) for field in attrs.fields(cls)}
