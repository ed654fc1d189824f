"""The shape of a response, beyond its JSON Schema."""

import pytest

from gemini_clearing_contract.oracle.response_shape import schema_problems
from gemini_clearing_contract.wire import parse_json

ROWS = {"type": "object", "properties": {"rows": {"type": "array", "items": {"type": "integer"}}}}
INTEGER = {"type": "object", "properties": {"count": {"type": "integer"}}}
NUMBER = {"type": "object", "properties": {"count": {"type": ["integer", "number"]}}}


@pytest.mark.parametrize("text", [b"1.0", b"10.00", b"1e3", b"0.0", b"-2.0"])
def test_integer_with_a_decimal_point_is_a_finding(text: bytes) -> None:
    """JSON Schema admits 1.0 as an integer, and clients with an integer type do not."""
    [problem] = schema_problems(INTEGER, parse_json(b'{"count": ' + text + b"}"))

    assert ("integer with a decimal point", "count") == (problem.check, problem.place)


@pytest.mark.parametrize("text", [b"1", b"0", b"-2", b"123456789012345678901234567890"])
def test_integer_in_digits_is_valid(text: bytes) -> None:
    """Digits are an integer, whatever their number."""
    assert [] == list(schema_problems(INTEGER, parse_json(b'{"count": ' + text + b"}")))


def test_number_may_have_a_decimal_point() -> None:
    """A field that may be any number may be written as 1.0."""
    assert [] == list(schema_problems(NUMBER, parse_json(b'{"count": 1.0}')))


def test_decimal_point_inside_a_list_is_named_with_its_row() -> None:
    """The place is that of the item."""
    [problem] = schema_problems(ROWS, parse_json(b'{"rows": [1, 2.0]}'))

    assert problem.place == "rows[1]"
