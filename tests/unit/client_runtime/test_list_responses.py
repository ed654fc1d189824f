"""A response that is a JSON list: its rows are decoded like those of a list inside an object."""

import logging
from datetime import datetime
from decimal import Decimal

import msgspec
import pytest

from gemini_clearing_runtime import DecimalText, ListModel, Model, Time, model, wire
from gemini_clearing_runtime._decoding import NotASuccessError, Violation, decode, violation_of
from gemini_clearing_runtime._drift import collect_drift
from gemini_clearing_runtime._operation import ErrorFormat
from gemini_clearing_runtime._timestamps import time_of
from gemini_clearing_runtime.errors import RejectedError


@model
class Balance(Model):
    """A row with a renamed field."""

    currency: str
    amount: Decimal = wire(DecimalText(), name="totalAmount")
    updated: datetime | None = wire(Time(), default=None)


@model
class BalanceList(ListModel):
    """A list of balances."""

    items: list[Balance]


ROWS = b'[{"currency":"BTC","totalAmount":"1.50"},{"currency":"USD","totalAmount":"2","updated":1767225600123}]'


def test_rows_become_objects():
    """`items` has one object for each row, with exact values."""
    result = decode(BalanceList, ROWS)

    assert [("BTC", Decimal("1.50")), ("USD", Decimal(2))] == [(row.currency, row.amount) for row in result.items]
    assert [None, time_of(1767225600123)] == [row.updated for row in result.items]


def test_empty_list_has_no_items():
    """An empty list is valid."""
    assert [] == decode(BalanceList, b"[]").items


def test_to_wire_returns_the_list():
    """`to_wire` and `to_json` return a list with the wire names."""
    result = decode(BalanceList, ROWS)

    assert [
        {"currency": "BTC", "totalAmount": "1.50"},
        {"currency": "USD", "totalAmount": "2", "updated": 1767225600123},
    ] == (result.to_wire())
    assert ROWS == result.to_json()


@pytest.mark.parametrize(
    ("content", "place", "problem"),
    [
        (
            b'[{"currency":"BTC","totalAmount":"1"},{"currency":"BTC","totalAmount":1}]',
            "$[1].totalAmount",
            "Expected `str`",
        ),
        (b'[{"currency":"BTC"}]', "$[0]", "missing required field `totalAmount`"),
        (b"{}", "$", "Expected `array`"),
        (b"null", "$", "Expected `array`"),
    ],
)
def test_violation_names_the_row(content, place, problem):
    """A violation has the index of the row in its place."""
    with pytest.raises(msgspec.ValidationError) as caught:
        decode(BalanceList, content)

    violation = violation_of(caught.value)
    assert Violation(place, violation.problem) == violation
    assert problem in violation.problem


def test_unlisted_field_of_a_row_is_reported(caplog):
    """A new field is ignored and logged once, with the place that all rows share."""
    content = b'[{"currency":"BTC","totalAmount":"1","new":1},{"currency":"USD","totalAmount":"2","new":2}]'

    with caplog.at_level(logging.WARNING, "gemini_clearing"):
        rows = decode(BalanceList, content).items

    assert 2 == len(rows)
    assert ["unknown field in a response: BalanceList $[…].new. The spec does not list it."] == caplog.messages


def test_unlisted_field_of_a_row_is_reported_in_every_list_that_has_it():
    """A later list has it in another row, or not at all."""
    row = '{"currency":"BTC","totalAmount":"1"}'
    lists = [f'[{row},{row[:-1]},"later":1}}]', f'[{row[:-1]},"later":1}},{row}]', f"[{row}]", "[]"]
    counts = []
    for content in lists:
        with collect_drift() as found:
            decode(BalanceList, content.encode())
        counts.append(len(found))

    assert [1, 1, 0, 0] == counts


def test_error_response_is_not_a_list():
    """A marked error response with status 200 is an error, as for every operation."""
    errors = ErrorFormat(marks={"result": {"error": RejectedError}})

    with pytest.raises(NotASuccessError):
        decode(BalanceList, b'{"result":"error","reason":"InvalidNonce"}', errors)
