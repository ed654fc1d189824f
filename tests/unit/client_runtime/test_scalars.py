"""Scalars: the values that an argument accepts, their JSON, the error messages, and the types of responses."""

import enum
import re
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
    _scalars,
)


class Side(ClosedEnum):
    """A closed enum."""

    BUY = "buy"
    SELL = "sell"


class Status(OpenEnum):
    """An open enum."""

    SETTLED = "Settled"


class TheirSide(str, enum.Enum):  # noqa: UP042  (as a user may write it)
    """A caller's own enum in the older style, in which `str()` returns the name."""

    BUY = "buy"


class Subclass(str):
    """A caller's own subclass of `str`."""

    __slots__ = ()


class Undefined(tzinfo):
    """A time zone without an offset."""

    def utcoffset(self, _moment: datetime | None) -> timedelta | None:
        """Return no offset."""
        return None

    tzname = dst = utcoffset  # type: ignore[assignment]  # a class that is wrong on purpose


def numbered(cases: list[tuple]) -> list[str]:
    """Return names for cases: class and number, because a value may be too long to print."""
    return [f"{type(scalar).__name__}{number}" for number, (scalar, *_) in enumerate(cases)]


AMOUNT = DecimalText(pattern=r"^(0*[1-9][0-9]*(\.[0-9]+)?|0+\.0*[1-9][0-9]*)$")
TIME = Time(minimum=0, maximum=10**14, text="^[0-9]+$")

INVALID: list[tuple[Any, Any, str]] = [
    (String(), 5, "int 5. Pass a string"),
    (String(), None, "NoneType None. Pass a string"),
    (String(min_length=1), "", "''. Pass at least 1 character"),
    (String(min_length=3), "ab", "'ab'. Pass at least 3 characters"),
    (String(pattern="^[a-z]+$"), "", "''. It must match ^[a-z]+$"),
    (String(pattern="^[a-z]+$"), "BTC", "'BTC'. It must match ^[a-z]+$"),
    (String(pattern="^[a-z]+$"), "btc\n", "'btc\\n'. It must match ^[a-z]+$"),
    (String(), "\ud800", "'\\ud800'. Pass text that UTF-8 can encode"),
    (AMOUNT, 0.1, "float 0.1 is not exact. Pass a Decimal or a string, for example '0.1'"),
    (AMOUNT, True, "bool True. Pass a Decimal, an int or a string"),
    (AMOUNT, b"1", "bytes. Pass a Decimal, an int or a string"),
    (AMOUNT, "many", "str 'many'. Pass a decimal number"),
    (AMOUNT, "", "str ''. Pass a decimal number"),
    (AMOUNT, "x" * 99, "a text of 99 characters. Pass a decimal number"),
    (AMOUNT, Decimal("NaN"), "NaN. Pass a finite number"),
    (AMOUNT, Decimal("sNaN"), "sNaN. Pass a finite number"),
    (AMOUNT, "-Infinity", "-Infinity. Pass a finite number"),
    (AMOUNT, float("nan"), "nan. Pass a finite number"),
    (AMOUNT, float("inf"), "inf. Pass a finite number"),
    (AMOUNT, "1e1000", "str '1e1000'. Pass at most 1000 digits"),
    (AMOUNT, Decimal("0E-99999999"), "Decimal 0E-99999999. Pass at most 1000 digits"),
    (AMOUNT, 10**5000, "int of 16610 bits. Pass at most 1000 digits"),
    (AMOUNT, 0, "int 0. Pass a decimal greater than zero"),
    (AMOUNT, Decimal("-0.5"), "Decimal -0.5. Pass a decimal greater than zero"),
    (DecimalText(pattern="^[0-9]$"), "10", "str '10'. It must match ^[0-9]$"),
    (DecimalNumber(), 1.5, "float 1.5 is not exact. Pass a Decimal or a string, for example '1.5'"),
    (Number(), "1", "str '1'. Pass a number"),
    (Number(), True, "bool True. Pass a number"),
    (Number(), float("nan"), "nan. Pass a finite number"),
    (Number(), Decimal("NaN"), "NaN. Pass a finite number"),
    (Number(), Decimal("sNaN"), "sNaN. Pass a finite number"),
    (Number(), float("-inf"), "-inf. Pass a finite number"),
    (Number(exclusive_minimum=0), 0, "int 0. Pass a number greater than 0"),
    (Number(exclusive_minimum=0), -1.5, "float -1.5. Pass a number greater than 0"),
    (Integer(), 24.0, "float 24.0. Pass an int"),
    (Integer(), True, "bool True. Pass an int"),
    (Integer(), "24", "str '24'. Pass an int"),
    (Integer(), "a" * 15, f"str '{'a' * 15}'. Pass an int"),
    (Integer(), "a1" * 8, "a text of 16 characters. Pass an int"),
    (Integer(minimum=1), 0, "int 0. The minimum is 1"),
    (Integer(maximum=300), 301, "int 301. The maximum is 300"),
    (Integer(), 2**63, "int 9223372036854775808. Pass at most 63 bits"),
    (Integer(), 10**5000, "int of 16610 bits. Pass at most 63 bits"),
    (Integer(), 2**64 - 1, f"int {2**64 - 1}. Pass at most 63 bits"),
    (Integer(), 2**199, "int of 200 bits. Pass at most 63 bits"),
    (Integer(), 2**200, "int of 201 bits. Pass at most 63 bits"),
    (Boolean(), 1, "int 1. Pass True or False"),
    (Boolean(), "true", "str 'true'. Pass True or False"),
    (TIME, "1641790800020", "str '1641790800020'. Pass an aware datetime, or milliseconds since the epoch"),
    (TIME, 1.5, "float 1.5. Pass an aware datetime, or milliseconds since the epoch"),
    (TIME, True, "bool True. Pass an aware datetime, or milliseconds since the epoch"),
    (
        TIME,
        date(2026, 1, 1),
        "date 2026-01-01. Pass an aware datetime, or milliseconds since the epoch",
    ),
    (TIME, -1, "int -1. The minimum is 0"),
    (TIME, datetime(1969, 12, 31, tzinfo=UTC), "int -86400000. The minimum is 0"),
    (TIME, 10**15, "int 1000000000000000. The maximum is 100000000000000"),
    (TIME, 2**64, "int of 65 bits. The maximum is 100000000000000"),
    (EnumValue(Side), "up", "str 'up'. Valid values: 'buy', 'sell'"),
    (EnumValue(Side), "BUY", "str 'BUY'. Valid values: 'buy', 'sell'"),
    (EnumValue(Side), [], "list. Valid values: 'buy', 'sell'"),
    (EnumValue(Status), 5, "int 5. Valid values: 'Settled'"),
]


@pytest.mark.parametrize(("scalar", "value", "message"), INVALID, ids=numbered(INVALID))
def test_serialize_rejects_an_invalid_value(scalar, value, message):
    """The message says what is wrong with the value, then what to pass."""
    with pytest.raises(ValueError) as rejected:
        scalar.serialize(value)

    assert str(rejected.value) == message


@pytest.mark.parametrize("moment", [datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=Undefined())])  # noqa: DTZ001  (the missing time zone is the case)
def test_time_rejects_a_datetime_without_an_offset(moment):
    """A naive datetime, or a time zone without an offset, is ambiguous."""
    with pytest.raises(ValueError, match=r"has no time zone\. Pass an aware datetime, such as one with tzinfo=UTC$"):
        TIME.serialize(moment)


VALID: list[tuple[Any, Any, Any]] = [
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
    (EnumValue(Status), "New", "New"),
]


@pytest.mark.parametrize(("scalar", "value", "json"), VALID, ids=numbered(VALID))
def test_serialize_returns_plain_values(scalar, value, json):
    """The result has a type that the JSON encoder supports, never a caller's subclass."""
    result = scalar.serialize(value)

    assert result == json
    assert type(result) is type(json)


@pytest.mark.parametrize(
    ("scalar", "valid", "invalid"),
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
        (EnumValue(Status), [b'"Settled"', b'"New"'], [b"1", b"null"]),
    ],
    ids=lambda part: type(part).__name__,
)
def test_wire_type_accepts_what_the_spec_allows_and_nothing_else(scalar, valid, invalid):
    """Each wire type is tested on both sides of its constraints."""
    decoder = msgspec.json.Decoder(scalar.wire_type)

    for text in valid:
        decoder.decode(text)
    for text in invalid:
        with pytest.raises(msgspec.ValidationError):
            decoder.decode(text)


def test_pattern_is_compiled_once(monkeypatch):
    """A pattern is compiled for its first value; arguments and responses share it."""
    compiled: list[str] = []
    _scalars._compiled.cache_clear()
    original = re.compile

    def compile_and_record(pattern: str) -> "re.Pattern[str]":
        compiled.append(pattern)
        return original(pattern)

    monkeypatch.setattr(re, "compile", compile_and_record)

    for value in ("ab", "cd"):
        String(pattern="^[a-z]{2}$").serialize(value)
    msgspec.json.Decoder(String(pattern="^[a-z]{2}$").wire_type)

    assert compiled == [r"^[a-z]{2}\Z"]
