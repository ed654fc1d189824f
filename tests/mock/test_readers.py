"""What a value may be: where numbers begin and end, and how a value is quoted in a message."""

from decimal import Decimal

import pytest

from gemini_clearing_mock.api._error_reply import ErrorReply, as_sent
from gemini_clearing_mock.api._parsers import parse_hours, parse_integer, parse_timestamp_ms, parse_trade_limit


@pytest.mark.parametrize("value", [0, Decimal(0), Decimal("24.0"), Decimal("9" * 30)])
def test_whole_takes_any_number_without_a_fraction(value):
    """JSON knows no difference between 24 and 24.0."""
    assert parse_integer(value) == value


@pytest.mark.parametrize("value", [-1, Decimal(-1), Decimal("0.5"), Decimal(10) ** 30, True, "1"])
def test_whole_refuses_what_is_none(value):
    """Neither a fraction, nor below zero, nor beyond what anybody counts."""
    with pytest.raises(ValueError):
        parse_integer(value)


@pytest.mark.parametrize("value", [0, Decimal(0), -1, True, "1"])
def test_hours_are_above_zero(value):
    """An order that expires at once is none."""
    with pytest.raises(ValueError):
        parse_hours(value)


@pytest.mark.parametrize(("value", "taken"), [(1, True), (300, True), (0, False), (301, False)])
def test_trade_limit_is_from_one_to_three_hundred(value, taken):
    """The documentation's own bounds."""
    if taken:
        assert parse_trade_limit(value) == value
    else:
        with pytest.raises(ValueError):
            parse_trade_limit(value)


@pytest.mark.parametrize(
    ("value", "moment_ms"), [(99_999_999_999, 99_999_999_999_000), (100_000_000_000, 100_000_000_000)]
)
def test_timestamp_below_a_bound_is_in_seconds(value, moment_ms):
    """A number that would be a moment in 1973 as milliseconds is meant as seconds."""
    assert parse_timestamp_ms(value) == moment_ms


def test_timestamp_beyond_any_clock_is_cut_off():
    """It stays cheap to compare."""
    assert parse_timestamp_ms("9" * 40) == 10**18


@pytest.mark.parametrize(
    ("value", "quoted"),
    [("a" * 100, "a" * 100), ("a" * 101, "a" * 99 + "…"), (Decimal("1.50"), "1.50"), (None, "null")],
)
def test_value_is_quoted_in_a_hundred_characters(value, quoted):
    """Text without quotes, everything else as JSON."""
    assert quoted == as_sent(value)


def test_refusal_shows_what_it_is():
    """Whoever meets one in a traceback can tell it."""
    assert str(ErrorReply("InvalidPrice", "No.")) == "400 InvalidPrice: No."
