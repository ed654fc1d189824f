"""
The request fields of each endpoint, in the order in which they are checked.

Written by hand from the documentation, deliberately without reading `openapi/clearing.yaml`: the contract suite
compares the two, so a mistake in one cannot hide the same mistake in the other.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from ._error_reply import ErrorReply
from ._field_types import (
    ACCOUNT,
    AMOUNT,
    BOOLEAN,
    CLEARING_ID,
    COUNTERPARTY,
    HOURS,
    LIMIT,
    NANOSECONDS,
    PRICE,
    SIDE,
    STATUS,
    SYMBOL,
    TIMESTAMP,
    TRADE_LIMIT,
    WHOLE_HOURS,
    FieldType,
)

__all__ = ["FIELDS", "Field", "FieldTable", "parse_fields"]


class Field(msgspec.Struct, frozen=True):
    """A request field."""

    name: str
    type: FieldType
    required: bool = False


class FieldTable(msgspec.Struct, frozen=True):
    """The fields of one endpoint, and the pairs of which both or neither must be sent."""

    fields: tuple[Field, ...]
    pairs: tuple[tuple[str, str], ...] = ()


def _required(name: str, type_: FieldType) -> Field:
    return Field(name, type_, required=True)


_TERMS = (
    _required("symbol", SYMBOL),
    _required("amount", AMOUNT),
    _required("price", PRICE),
    _required("side", SIDE),
)
_FILTERS = (
    Field("expiration_start", TIMESTAMP),
    Field("expiration_end", TIMESTAMP),
    Field("submission_start", TIMESTAMP),
    Field("submission_end", TIMESTAMP),
    Field("funded", BOOLEAN),
    Field("status", STATUS),
    Field("timestamp", TIMESTAMP),
    Field("limit_orders", LIMIT),
)
_RANGES = (("expiration_start", "expiration_end"), ("submission_start", "submission_end"))
_ACCOUNT = Field("account", ACCOUNT)
_ONE_ORDER = FieldTable((_required("clearing_id", CLEARING_ID), _ACCOUNT))

FIELDS: dict[str, FieldTable] = {
    "/v1/clearing/new": FieldTable(
        (*_TERMS, Field("counterparty_id", COUNTERPARTY), Field("expires_in_hrs", WHOLE_HOURS), _ACCOUNT)
    ),
    "/v1/clearing/status": _ONE_ORDER,
    "/v1/clearing/cancel": _ONE_ORDER,
    "/v1/clearing/confirm": FieldTable((_required("clearing_id", CLEARING_ID), *_TERMS, _ACCOUNT)),
    "/v1/clearing/list": FieldTable(
        (Field("symbol", SYMBOL), Field("counterparty", COUNTERPARTY), Field("side", SIDE), *_FILTERS, _ACCOUNT),
        _RANGES,
    ),
    "/v1/clearing/broker/new": FieldTable(
        (
            _required("source_counterparty_id", COUNTERPARTY),
            _required("target_counterparty_id", COUNTERPARTY),
            *_TERMS,
            _required("expires_in_hrs", HOURS),
            _ACCOUNT,
        )
    ),
    "/v1/clearing/broker/list": FieldTable((Field("symbol", SYMBOL), *_FILTERS, _ACCOUNT), _RANGES),
    "/v1/clearing/trades": FieldTable(
        (
            Field("timestamp_nanos", NANOSECONDS),
            Field("limit_per_account", TRADE_LIMIT),
            Field("symbol", SYMBOL),
            Field("timestamp", TIMESTAMP),
            Field("limit_trades", LIMIT),
            _ACCOUNT,
        )
    ),
    "/v1/heartbeat": FieldTable((_ACCOUNT,)),
}


def parse_fields(table: FieldTable, document: Mapping[str, object]) -> dict[str, Any]:
    """
    Return the parsed fields of a request; fields that the table does not have are ignored.

    Raises:
        ErrorReply: a field is invalid or missing, or one of a pair is missing.

    """
    parameters: dict[str, Any] = {}
    for field in table.fields:
        if field.name in document:
            parameters[field.name] = _parse(field, document[field.name], parameters)
        elif field.required:
            raise ErrorReply(
                "MissingOrderField",
                f"Required field '{field.name}' is missing",
                expected=f"{field.name}: {field.type.expected}",
            )
    for start, end in table.pairs:
        if (start in parameters) is not (end in parameters):
            given, missing = (start, end) if start in parameters else (end, start)
            raise ErrorReply(
                "ConflictingOptions",
                f"'{given}' needs '{missing}'",
                expected=f"both {start} and {end}, or neither",
            )
    return parameters


def _parse(field: Field, value: object, parameters: Mapping[str, Any]) -> Any:
    try:
        return field.type.parse(value)
    except ValueError:
        raise field.type.error_reply(field.name, value, symbol=parameters.get("symbol", "")) from None
