"""What may be given for an argument, how it is written, and what is said to somebody who gives something else."""

import enum
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from gemini_clearing_runtime import (
    Boolean,
    ClosedEnum,
    DecimalNumber,
    DecimalText,
    EnumValue,
    Integer,
    Number,
    OpenEnum,
    String,
    Time,
)


class Side(ClosedEnum):
    """A closed vocabulary."""

    BUY = "buy"
    SELL = "sell"


class Status(OpenEnum):
    """An open vocabulary."""

    SETTLED = "Settled"


class TheirSide(str, enum.Enum):  # noqa: UP042
    """A caller's own enumeration, of the older style, whose `str()` is its name."""

    BUY = "buy"


class Subclass(str):
    """A caller's own kind of string."""

    __slots__ = ()


class Drifting(tzinfo):
    """A time zone that does not know its offset."""

    def utcoffset(self, _moment: datetime | None) -> timedelta | None:
        """Tell nothing."""
        return None

    tzname = dst = utcoffset  # type: ignore[assignment]


def numbered(cases: list[tuple]) -> list[str]:
    """Name cases by kind and number; a value itself may be too long to be printed."""
    return [f"{type(kind).__name__}{number}" for number, (kind, *_) in enumerate(cases)]


AMOUNT = DecimalText(pattern=r"^(0*[1-9][0-9]*(\.[0-9]+)?|0+\.0*[1-9][0-9]*)$")
TIME = Time(minimum=0, maximum=10**14, text="^[0-9]+$")

REFUSED: list[tuple[Any, Any, str]] = [
    (String(), 5, "must be a string, not int 5"),
    (String(), None, "must be a string, not NoneType None"),
    (String(min_length=1), "", "must not be empty"),
    (String(pattern="^[a-z]+$"), "", "must not be empty"),
    (String(pattern="^[a-z]+$"), "BTC", "must match ^[a-z]+$, unlike 'BTC'"),
    (String(pattern="^[a-z]+$"), "btc\n", "must match ^[a-z]+$, unlike 'btc\\n'"),
    (String(), "\ud800", "must be text that UTF-8 can write, unlike '\\ud800'"),
    (AMOUNT, 0.1, "must not be a float, for 0.1 is not exact: give Decimal or str, such as '0.1'"),
    (AMOUNT, float("nan"), "must not be a float, for nan is not exact: give Decimal or str, such as 'nan'"),
    (AMOUNT, True, "must be Decimal, int or str, not bool True"),
    (AMOUNT, b"1", "must be Decimal, int or str, not bytes b'1'"),
    (AMOUNT, "many", "must be a decimal number, not str 'many'"),
    (AMOUNT, "", "must be a decimal number, not str ''"),
    (AMOUNT, "x" * 99, "must be a decimal number, not str '" + "x" * 59 + "…"),
    (AMOUNT, Decimal("NaN"), "must be a finite number, not NaN"),
    (AMOUNT, Decimal("sNaN"), "must be a finite number, not sNaN"),
    (AMOUNT, "-Infinity", "must be a finite number, not -Infinity"),
    (AMOUNT, "1e1000", "must be a number that 1000 digits can write, not str '1e1000'"),
    (AMOUNT, Decimal("0E-99999999"), "must be a number that 1000 digits can write, not Decimal Decimal('0E-99999999')"),
    (AMOUNT, 10**5000, "must be a number that 1000 digits can write, not int of 16610 bits"),
    (AMOUNT, 0, "must be a decimal above zero, not int 0"),
    (AMOUNT, Decimal("-0.5"), "must be a decimal above zero, not Decimal Decimal('-0.5')"),
    (DecimalNumber(), 1.5, "must not be a float, for 1.5 is not exact: give Decimal or str, such as '1.5'"),
    (Number(), "1", "must be a number, not str '1'"),
    (Number(), True, "must be a number, not bool True"),
    (Number(), float("nan"), "must be a finite number, not nan"),
    (Number(), Decimal("NaN"), "must be a finite number, not NaN"),
    (Number(), Decimal("sNaN"), "must be a finite number, not sNaN"),
    (Number(), float("-inf"), "must be a finite number, not -inf"),
    (Number(exclusive_minimum=0), 0, "must be above 0, not int 0"),
    (Number(exclusive_minimum=0), -1.5, "must be above 0, not float -1.5"),
    (Integer(), 24.0, "must be a whole number, not float 24.0"),
    (Integer(), True, "must be a whole number, not bool True"),
    (Integer(), "24", "must be a whole number, not str '24'"),
    (Integer(), "a" * 58, f"must be a whole number, not str '{'a' * 58}'"),
    (Integer(), "a" * 59, f"must be a whole number, not str '{'a' * 59}…"),
    (Integer(minimum=1), 0, "must be 1 or more, not int 0"),
    (Integer(maximum=300), 301, "must be 300 or less, not int 301"),
    (Integer(), 2**63, "must be a whole number of 63 bits, not int 9223372036854775808"),
    (Integer(), 10**5000, "must be a whole number of 63 bits, not int of 16610 bits"),
    (Integer(), 2**199, f"must be a whole number of 63 bits, not int {2**199}"),
    (Integer(), 2**200, "must be a whole number of 63 bits, not int of 201 bits"),
    (Boolean(), 1, "must be True or False, not int 1"),
    (Boolean(), "true", "must be True or False, not str 'true'"),
    (TIME, "1641790800020", "must be an aware datetime or milliseconds since the epoch, not str '1641790800020'"),
    (TIME, 1.5, "must be an aware datetime or milliseconds since the epoch, not float 1.5"),
    (TIME, True, "must be an aware datetime or milliseconds since the epoch, not bool True"),
    (
        TIME,
        date(2026, 1, 1),
        "must be an aware datetime or milliseconds since the epoch, not date datetime.date(2026, 1, 1)",
    ),
    (TIME, -1, "must be 0 or more, not int -1"),
    (TIME, datetime(1969, 12, 31, tzinfo=UTC), "must be 0 or more, not int -86400000"),
    (TIME, 10**15, "must be 100000000000000 or less, not int 1000000000000000"),
    (EnumValue(Side), "up", "must be 'buy' or 'sell', not str 'up'"),
    (EnumValue(Side), "BUY", "must be 'buy' or 'sell', not str 'BUY'"),
    (EnumValue(Side), [], "must be 'buy' or 'sell', not list []"),
    (EnumValue(Status), 5, "must be 'Settled', not int 5"),
]


@pytest.mark.parametrize(("kind", "value", "told"), REFUSED, ids=numbered(REFUSED))
def test_kind_refuses_with_a_message_that_tells_value_and_rule(kind, value, told):
    """Every refusal says what is expected and what was given."""
    with pytest.raises(ValueError) as refused:
        kind.serialize(value)

    assert str(refused.value) == told


@pytest.mark.parametrize("moment", [datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=Drifting())])  # noqa: DTZ001
def test_time_refuses_a_moment_without_an_offset(moment):
    """A naive datetime, or one whose zone knows no offset, is ambiguous."""
    with pytest.raises(ValueError, match="must say its time zone"):
        TIME.serialize(moment)


WRITTEN: list[tuple[Any, Any, Any]] = [
    (String(), "btcusd", "btcusd"),
    (String(), Subclass("btcusd"), "btcusd"),
    (String(), Status("Settled"), "Settled"),
    (String(pattern=r"^\$[$]$"), "$$", "$$"),
    (AMOUNT, Decimal("1E-8"), "0.00000001"),
    (AMOUNT, "1e3", "1000"),
    (AMOUNT, 2, "2"),
    (AMOUNT, "9500.00", "9500.00"),
    (
        AMOUNT,
        "123456789012345678901234567890.123456789012345678901234567890",
        "123456789012345678901234567890.123456789012345678901234567890",
    ),
    (DecimalNumber(), "1E-8", Decimal("1E-8")),
    (Number(), 1.5, 1.5),
    (Number(), 24, Decimal(24)),
    (Number(), Decimal("0.1"), Decimal("0.1")),
    (Integer(minimum=1, maximum=300), 300, 300),
    (Integer(), 2**63 - 1, 2**63 - 1),
    (Boolean(), False, False),
    (TIME, 1641790800020, 1641790800020),
    (Time(), -1, -1),
    (TIME, datetime(2022, 1, 10, 5, 0, 0, 20999, tzinfo=UTC), 1641790800020),
    (TIME, datetime(2022, 1, 10, 7, 0, tzinfo=timezone(timedelta(hours=2))), 1641790800000),
    (EnumValue(Side), "sell", "sell"),
    (EnumValue(Side), Side.BUY, "buy"),
    (EnumValue(Side), TheirSide.BUY, "buy"),
    (EnumValue(Status), "Novel", "Novel"),
]


@pytest.mark.parametrize(("kind", "value", "written"), WRITTEN, ids=numbered(WRITTEN))
def test_kind_writes_plain_values_that_any_encoder_takes(kind, value, written):
    """What is written is of JSON's own types, never of a caller's subclass."""
    result = kind.serialize(value)

    assert result == written
    assert type(result) is type(written)


@pytest.mark.parametrize(
    ("kind", "fits", "wrong"),
    [
        (String(min_length=1), [b'"a"'], [b'""', b"5", b"null", b'["a"]']),
        (String(pattern="^a$"), [b'"a"'], [b'"a\\n"', b'"ba"']),
        (AMOUNT, [b'"1"', b'"0.5"'], [b"1", b'"0"', b'"1\\n"', b'"1e5"']),
        (DecimalNumber(), [b"2", b"1E-8", b"123456789012345678901234567890"], [b'"2"', b"true", b"null"]),
        (Number(exclusive_minimum=0), [b"1", b"0.5"], [b"0", b"-1", b'"1"']),
        (Integer(minimum=1, maximum=300), [b"1", b"24.0", b"300"], [b"0", b"301", b"1.5", b'"1"', b"true"]),
        (Boolean(), [b"true", b"false"], [b"1", b'"true"']),
        (TIME, [b"5", b"5.0", b'"5"'], [b"-1", b"0.5", b'"-1"', b'"5\\n"', b"1e15"]),
        (Time(minimum=0), [b"5"], [b'"5"']),
        (EnumValue(Side), [b'"buy"'], [b'"up"', b"1"]),
        (EnumValue(Status), [b'"Settled"', b'"Novel"'], [b"1", b"null"]),
    ],
    ids=lambda part: type(part).__name__,
)
def test_shape_takes_what_the_contract_allows_and_nothing_else(kind, fits, wrong):
    """The wire type of each kind, on JSON texts to both sides of its constraints."""
    decoder = msgspec.json.Decoder(kind.wire_type)

    for text in fits:
        decoder.decode(text)
    for text in wrong:
        with pytest.raises(msgspec.ValidationError):
            decoder.decode(text)
