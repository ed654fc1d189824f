"""
What a request may say: each endpoint's fields, in the order in which they are looked at.

A ``Kind`` is one sort of value with the reason and the message of its refusal; a ``Field`` is a kind under a name.
Written down by hand from the documentation, on purpose without reading ``openapi/clearing.yaml``: a mistake in one
must not hide the same mistake in the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from . import _parsers as parsers
from ._error_reply import ErrorReply, as_sent

__all__ = [
    "AMOUNT",
    "COUNTERPARTY",
    "FIELDS",
    "HOURS",
    "PRICE",
    "SIDE",
    "SYMBOL",
    "Field",
    "FieldTable",
    "Kind",
    "read_fields",
]


@dataclass(frozen=True, slots=True)
class Kind:
    """
    One sort of value.

    ``read`` turns the JSON value into the exchange's own, or raises ``ValueError``.
    ``message`` may name the ``{field}``, the ``{value}`` as it was sent and the ``{symbol}`` of the request.
    """

    read: Callable[[object], Any]
    reason: str
    message: str
    expected: str

    def refusal(
        self, field: str, sent: object, *, symbol: str = "", status: int = 400, expected: str | None = None
    ) -> ErrorReply:
        """Refuse a field's value; ``expected`` says more closely what would have passed."""
        message = self.message.format(field=field, value=as_sent(sent), symbol=symbol)
        return ErrorReply(self.reason, message, status=status, expected=f"{field}: {expected or self.expected}")


SYMBOL = Kind(
    parsers.symbol, "InvalidSymbol", "Received unsupported symbol '{value}'", 'a trading pair such as "btcusd"'
)
AMOUNT = Kind(
    parsers.positive,
    "InvalidQuantity",
    "Invalid quantity for symbol {symbol}: {value}",
    'a decimal above zero, as a JSON string without exponent, such as "100.5"',
)
PRICE = Kind(
    parsers.positive,
    "InvalidPrice",
    "Invalid price for symbol {symbol}: {value}",
    'a decimal above zero, as a JSON string without exponent, such as "9500.00"',
)
SIDE = Kind(parsers.side, "InvalidSide", "Invalid side for symbol {symbol}: '{value}'", '"buy" or "sell"')
CLEARING_ID = Kind(
    parsers.text,
    "GTSTradeIDMustBeString",
    "The Clearing ID must be a string",
    'the id that the exchange gave the order, as a JSON string such as "0OQGOZXW"',
)
COUNTERPARTY = Kind(
    parsers.text,
    "InvalidAccountName",
    "Invalid {field}: '{value}'",
    'the id of a desk, as a JSON string such as "OM9VNL1G"',
)
ACCOUNT = Kind(
    parsers.text, "InvalidAccountName", "Invalid account name: '{value}'", "the name of an account of the group"
)
TIMESTAMP = Kind(
    parsers.timestamp,
    "InvalidTimestampInPayload",
    "Invalid {field}: '{value}'",
    "milliseconds since the epoch, as a whole number or its text, such as 1495127793000",
)
NANOSECONDS = Kind(
    parsers.whole,
    "InvalidTimestampInPayload",
    "Invalid {field}: '{value}'",
    "nanoseconds since the epoch, as a whole number",
)
WHOLE_HOURS = Kind(
    parsers.whole_hours,
    "InvalidTimestampInPayload",
    "Invalid {field}: '{value}'",
    "a whole number of hours, at least 1",
)
HOURS = Kind(parsers.hours, "InvalidTimestampInPayload", "Invalid {field}: '{value}'", "a number of hours above 0")
LIMIT = Kind(parsers.counted, "UnsupportedOption", "Unsupported {field}: '{value}'", "a whole number, at least 1")
TRADE_LIMIT = Kind(
    parsers.trade_limit, "UnsupportedOption", "Unsupported {field}: '{value}'", "a whole number from 1 to 300"
)
STATUS = Kind(parsers.text, "UnsupportedOption", "Unsupported {field}: '{value}'", 'a status such as "Confirmed"')
FLAG = Kind(parsers.flag, "UnsupportedOption", "Unsupported {field}: '{value}'", "true or false")


@dataclass(frozen=True, slots=True)
class Field:
    """A value that a request has under a name."""

    name: str
    kind: Kind
    required: bool = False


@dataclass(frozen=True, slots=True)
class FieldTable:
    """The fields of one endpoint, and which of them come in pairs."""

    fields: tuple[Field, ...]
    together: tuple[tuple[str, str], ...] = ()


def _must(name: str, kind: Kind) -> Field:
    return Field(name, kind, required=True)


_TERMS = (_must("symbol", SYMBOL), _must("amount", AMOUNT), _must("price", PRICE), _must("side", SIDE))
_SPANS = (
    Field("expiration_start", TIMESTAMP),
    Field("expiration_end", TIMESTAMP),
    Field("submission_start", TIMESTAMP),
    Field("submission_end", TIMESTAMP),
    Field("funded", FLAG),
    Field("status", STATUS),
    Field("timestamp", TIMESTAMP),
    Field("limit_orders", LIMIT),
)
_ENDS = (("expiration_start", "expiration_end"), ("submission_start", "submission_end"))
_ACCOUNT = Field("account", ACCOUNT)
_ONE_ORDER = FieldTable((_must("clearing_id", CLEARING_ID), _ACCOUNT))

FIELDS: dict[str, FieldTable] = {
    "/v1/clearing/new": FieldTable(
        (*_TERMS, Field("counterparty_id", COUNTERPARTY), Field("expires_in_hrs", WHOLE_HOURS), _ACCOUNT)
    ),
    "/v1/clearing/status": _ONE_ORDER,
    "/v1/clearing/cancel": _ONE_ORDER,
    "/v1/clearing/confirm": FieldTable((_must("clearing_id", CLEARING_ID), *_TERMS, _ACCOUNT)),
    "/v1/clearing/list": FieldTable(
        (Field("symbol", SYMBOL), Field("counterparty", COUNTERPARTY), Field("side", SIDE), *_SPANS, _ACCOUNT), _ENDS
    ),
    "/v1/clearing/broker/new": FieldTable(
        (
            _must("source_counterparty_id", COUNTERPARTY),
            _must("target_counterparty_id", COUNTERPARTY),
            *_TERMS,
            _must("expires_in_hrs", HOURS),
            _ACCOUNT,
        )
    ),
    "/v1/clearing/broker/list": FieldTable((Field("symbol", SYMBOL), *_SPANS, _ACCOUNT), _ENDS),
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


def read_fields(table: FieldTable, document: Mapping[str, object]) -> dict[str, Any]:
    """Read a request's fields in the order of the table; fields that it does not have are ignored."""
    parameters: dict[str, Any] = {}
    for field in table.fields:
        if field.name in document:
            parameters[field.name] = _read(field, document[field.name], parameters)
        elif field.required:
            raise ErrorReply(
                "MissingOrderField",
                f"Required field '{field.name}' is missing",
                expected=f"{field.name}: {field.kind.expected}",
            )
    for start, end in table.together:
        if (start in parameters) is not (end in parameters):
            given, missing = (start, end) if start in parameters else (end, start)
            raise ErrorReply(
                "ConflictingOptions",
                f"'{given}' needs '{missing}'",
                expected=f"{start} and {end}, or neither",
            )
    return parameters


def _read(field: Field, value: object, parameters: Mapping[str, Any]) -> Any:
    try:
        return field.kind.read(value)
    except ValueError:
        raise field.kind.refusal(field.name, value, symbol=parameters.get("symbol", "")) from None
