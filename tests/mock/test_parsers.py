"""The parsers of request values, and the quoting of values in messages."""

from decimal import Decimal

import pytest

from gemini_clearing_mock.api._error_reply import ErrorReply, as_sent
from gemini_clearing_mock.api._parsers import parse_hours, parse_integer, parse_timestamp_ms, parse_trade_limit


@pytest.mark.parametrize("value", [0, Decimal(0), Decimal("24.0"), Decimal("9" * 30)])
def test_parse_integer_accepts_numbers_without_fraction(value):
    """24.0 is an integer, because JSON does not distinguish it from 24."""
    assert parse_integer(value) == value


@pytest.mark.parametrize("value", [-1, Decimal(-1), Decimal("0.5"), Decimal(10) ** 30, True, "1"])
def test_parse_integer_rejects_other_values(value):
    """Fractions, negative numbers, huge numbers, booleans and strings are not integers."""
    with pytest.raises(ValueError):
        parse_integer(value)


@pytest.mark.parametrize("value", [0, Decimal(0), -1, True, "1"])
def test_parse_hours_requires_positive_number(value):
    """Hours must be a number above zero."""
    with pytest.raises(ValueError):
        parse_hours(value)


@pytest.mark.parametrize(("value", "taken"), [(1, True), (300, True), (0, False), (301, False)])
def test_parse_trade_limit_accepts_1_to_300(value, taken):
    """The limit of a list of trades is an integer from 1 to 300, as documented."""
    if taken:
        assert parse_trade_limit(value) == value
    else:
        with pytest.raises(ValueError):
            parse_trade_limit(value)


@pytest.mark.parametrize(
    ("value", "moment_ms"), [(99_999_999_999, 99_999_999_999_000), (100_000_000_000, 100_000_000_000)]
)
def test_parse_timestamp_below_limit_is_in_seconds(value, moment_ms):
    """A number that would be a time before 1973 in milliseconds is in seconds."""
    assert parse_timestamp_ms(value) == moment_ms


def test_parse_timestamp_is_limited():
    """A huge timestamp is replaced by a maximum that is fast to compare."""
    assert parse_timestamp_ms("9" * 40) == 10**18


@pytest.mark.parametrize(
    ("value", "quoted"),
    [("a" * 100, "a" * 100), ("a" * 101, "a" * 99 + "…"), (Decimal("1.50"), "1.50"), (None, "null")],
)
def test_as_sent_quotes_at_most_100_characters(value, quoted):
    """A string is quoted unchanged, another value as JSON, at most 100 characters."""
    assert quoted == as_sent(value)


def test_error_reply_has_readable_text():
    """The text of an `ErrorReply` has status, reason and message."""
    assert str(ErrorReply("InvalidPrice", "No.")) == "400 InvalidPrice: No."
