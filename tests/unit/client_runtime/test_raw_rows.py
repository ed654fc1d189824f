"""Rows of a list that violate the spec: each is reported with its bytes, and hides no other."""

import pytest

from gemini_clearing import OrderList
from gemini_clearing_runtime._raw_rows import raw_rows

ORDER = (
    b'{"clearing_id":"A","symbol":"BTCUSD","side":"buy","price":1,"quantity":1,"status":"Confirmed",'
    b'"submission":1641790800020}'
)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (b"7", "Expected `object`, got `int`"),
        (b"null", "Expected `object`, got `null`"),
        (b'["a"]', "Expected `object`, got `array`"),
        (b'"x"', "Expected `object`, got `str`"),
        (b"{}", "Object missing required field `clearing_id`"),
        (ORDER.replace(b'"price":1', b'"price":"ten"'), "Expected `float`, got `str`"),
    ],
)
def test_invalid_row_is_reported_with_its_bytes(row, problem):
    """The rows before and after it are returned."""
    found = raw_rows(OrderList, "orders", b'{"orders":[%s, %s ,%s]}' % (ORDER, row, ORDER))

    assert found is not None
    rows, invalid = found
    assert [one.clearing_id for one in rows] == ["A", "A"]
    assert [(one.content, one.problem) for one in invalid] == [(row, problem)]


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"orders":{}}', b'{"orders":['])
def test_response_without_a_list_has_no_rows(content):
    """Then the whole response violates the spec."""
    assert raw_rows(OrderList, "orders", content) is None
