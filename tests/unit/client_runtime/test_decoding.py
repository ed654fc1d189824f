"""Decoding: typed, exact, with the place of every violation, and tolerant of additions by the exchange."""

import itertools
import logging
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from gemini_clearing_runtime import (
    ClosedEnum,
    DecimalNumber,
    DecimalText,
    Integer,
    Model,
    OpenEnum,
    Time,
    _decoding,
    _drift,
    model,
    wire,
)
from gemini_clearing_runtime._decoding import Violation, decode, violation_of
from gemini_clearing_runtime._timestamps import time_of
from gemini_clearing_runtime.errors import ArgumentError


class Side(ClosedEnum):
    """A closed enum."""

    BUY = "buy"


class Status(OpenEnum):
    """An open enum."""

    SETTLED = "Settled"


@model
class Row(Model):
    """An item of a list, with fields that have another name on the wire."""

    price: Decimal = wire(DecimalNumber())
    clearing_id: str = wire(name="clearingId")
    was_notified: bool | None = wire(name="wasNotified", default=None)


@model
class Everything(Model):
    """A field of every type."""

    id: str
    side: Side | None = None
    status: Status | None = None
    amount: Decimal | None = wire(DecimalText(pattern="^-?[0-9.eE+-]+$"), default=None)
    price: Decimal | None = wire(DecimalNumber(), default=None)
    hours: int | None = wire(Integer(minimum=1), default=None)
    ok: bool | None = None
    at: datetime | None = wire(Time(minimum=0, maximum=253402300799999, text="^[0-9]{1,14}$"), default=None)


@model
class Rows(Model):
    """A list of items, and an optional one."""

    rows: list[Row]
    more: list[Row] | None = None


@model
class Renamed(Model):
    """All fields have another name on the wire, and the optional one is first."""

    expires_in_hrs: int | None = wire(Integer(minimum=1), name="expiresInHrs", default=None)
    clearing_id: str = wire(name="clearingId")


_fresh = itertools.count()


def test_decode_returns_python_types():
    """Enum values are members, money is exact, times are aware."""
    result = decode(
        Everything,
        b'{"id":"a","side":"buy","status":"Settled","amount":"9500.00","price":2,"hours":24,"ok":true,"at":1641790800020}',
    )

    assert result == Everything(
        id="a",
        side=Side.BUY,
        status=Status.SETTLED,
        amount=Decimal("9500.00"),
        price=Decimal(2),
        hours=24,
        ok=True,
        at=time_of(1641790800020),
    )
    assert (type(result.side), type(result.status), type(result.at)) == (Side, Status, datetime)
    assert result.status is Status.SETTLED


@pytest.mark.parametrize(
    "text", ["2", "1E-8", "0.1", "123456789012345678901234567890", "0.123456789012345678901234567890", "1e-400"]
)
def test_decode_keeps_every_digit_of_a_json_number(text):
    """No number is converted to a binary float."""
    price = decode(Everything, f'{{"id":"a","price":{text}}}'.encode()).price

    assert price is not None
    assert price.as_tuple() == Decimal(text).as_tuple()


@pytest.mark.parametrize("text", ["9500.00", "1E-8", "123456789012345678901234567890.1", "-0.5"])
def test_decode_keeps_every_digit_of_a_string(text):
    """The scale is kept: `9500.00` does not become `9500`."""
    amount = decode(Everything, f'{{"id":"a","amount":"{text}"}}'.encode()).amount

    assert amount is not None
    assert amount.as_tuple() == Decimal(text).as_tuple()


def test_decode_accepts_a_float_without_a_fraction_as_an_integer():
    """In JSON, `24.0` and `24` are the same number."""
    result = decode(Everything, b'{"id":"a","hours":24.0,"at":1641790800020.0}')

    assert (repr(result.hours), result.at) == ("24", time_of(1641790800020))


def test_decode_reads_fields_under_their_wire_names():
    """Fields are snake_case in Python and camelCase on the wire, in optional lists too."""
    rows = decode(
        Rows, b'{"rows":[{"price":1,"clearingId":"x","wasNotified":false}],"more":[{"price":2,"clearingId":"y"}]}'
    )

    assert rows == Rows(
        rows=[Row(price=Decimal(1), clearing_id="x", was_notified=False)], more=[Row(price=Decimal(2), clearing_id="y")]
    )


def test_decode_supports_a_class_with_renamed_fields_only():
    """No name on the wire is the one in Python."""
    assert decode(Renamed, b'{"clearingId":"x"}') == Renamed(clearing_id="x")


def test_decode_accepts_a_float_without_a_fraction_in_a_renamed_field():
    """Renamed fields have the same rules."""
    assert repr(decode(Renamed, b'{"clearingId":"x","expiresInHrs":24.0}').expires_in_hrs) == "24"


VIOLATIONS = [
    (Everything, b"{}", "$", "Object missing required field `id`"),
    (Everything, b'{"id":5}', "$.id", "Expected `str`, got `int`"),
    (Everything, b'{"id":null}', "$.id", "Expected `str`, got `null`"),
    (Everything, b'{"id":"a","ok":null}', "$.ok", "Expected `bool`, got `null`"),
    (Everything, b'{"id":"a","ok":1}', "$.ok", "Expected `bool`, got `int`"),
    (Everything, b'{"id":"a","side":"up"}', "$.side", "Invalid enum value 'up'"),
    (Everything, b'{"id":"a","side":"unknown field"}', "$.side", "Invalid enum value 'unknown field'"),
    (Everything, b'{"id":"a","amount":1}', "$.amount", "Expected `str`, got `int`"),
    (Everything, b'{"id":"a","price":"1"}', "$.price", "Expected `float`, got `str`"),
    (Everything, b'{"id":"a","price":1e400}', "$.price", "Expected `float` <= 1.7976931348623157e+308"),
    (Everything, b'{"id":"a","amount":"1e99999999999999999999"}', "$.amount", "Invalid decimal string"),
    (Everything, b'{"id":"a","hours":0}', "$.hours", "Expected `int` >= 1"),
    (Everything, b'{"id":"a","at":253402300800000}', "$.at", "Expected `int` <= 253402300799999"),
    (Everything, b"[]", "$", "Expected `object`, got `array`"),
    (Rows, b'{"rows":{}}', "$.rows", "Expected `array`, got `object`"),
    (
        Rows,
        b'{"rows":[{"price":1,"clearingId":"x"},{"price":1}]}',
        "$.rows[1]",
        "Object missing required field `clearingId`",
    ),
    (Rows, b'{"rows":[],"more":[{"price":true,"clearingId":"x"}]}', "$.more[0].price", "Expected `float`, got `bool`"),
    (Rows, b'{"rows":[{"price":1,"clearing_id":"x"}]}', "$.rows[0]", "Object missing required field `clearingId`"),
    (Everything, b'{"id":"a","ok":1,"novel":1}', "$.ok", "Expected `bool`, got `int`"),
    (Everything, b'{"id":5,"novel":1}', "$.id", "Expected `str`, got `int`"),
    (Everything, b'{"novel":1,"id":"a","ok":1}', "$.ok", "Expected `bool`, got `int`"),
    (Everything, b'{"id":"a","side":"x - at `y`"}', "$.side", "Invalid enum value 'x - at `y`'"),
]


@pytest.mark.parametrize(("cls", "content", "place", "problem"), VIOLATIONS, ids=lambda part: repr(part)[:40])
def test_violation_has_place_and_problem(cls, content, place, problem):
    """The place is a path in the JSON names, and the problem says what is wrong there."""
    with pytest.raises(msgspec.ValidationError) as wrong:
        decode(cls, content)

    assert violation_of(wrong.value) == Violation(place, problem)


@pytest.mark.parametrize("content", [b"", b"{", b'{"id":"a"', b"<html>", b'{"id":"a"}x', b'\xef\xbb\xbf{"id":"a"}'])
def test_bytes_that_are_not_json_violate_the_spec_as_a_whole(content):
    """Empty, truncated, or something else: the place is the whole response."""
    with pytest.raises(msgspec.DecodeError) as wrong:
        decode(Everything, content)

    violation = violation_of(wrong.value)
    assert violation.place == "$"
    assert violation.problem.startswith("not JSON: ")


def test_unlisted_fields_are_ignored_and_reported_once(caplog):
    """A field that the exchange adds breaks nothing, and does not hide another one."""
    new, other = f"new_{next(_fresh)}", f"other_{next(_fresh)}"
    content = (
        f'{{"rows":[{{"price":1,"clearingId":"x","{new}":1}},{{"price":1,"clearingId":"y","{new}":1}}],"{other}":{{}}}}'
    )

    with caplog.at_level(logging.WARNING, "gemini_clearing"):
        first, second = decode(Rows, content.encode()), decode(Rows, content.encode())

    assert first == second == Rows(rows=[Row(price=Decimal(1), clearing_id=name) for name in "xy"])
    places = [f"Rows $.{other}", f"Rows $.rows[…].{new}"]
    assert sorted(caplog.messages) == [
        f"unknown field in a response: {place}. The spec does not list it." for place in places
    ]


@pytest.mark.parametrize(("before", "reported"), [(999, 1), (1000, 0)])
def test_decoding_reports_at_most_a_thousand_unlisted_fields(before, reported, caplog, monkeypatch):
    """A server that invents fields fills neither the memory nor the log."""
    monkeypatch.setattr(_drift, "_reported", {str(number) for number in range(before)})

    with caplog.at_level(logging.WARNING, "gemini_clearing"):
        decode(Everything, b'{"id":"a","novel":1}')

    assert len(caplog.messages) == reported


def test_decode_keeps_an_unknown_value_of_an_open_enum():
    """A new status is a status too."""
    status = decode(Everything, b'{"id":"a","status":"Novel"}').status

    assert (status, type(status)) == ("Novel", Status)


def test_model_is_frozen_and_compares_its_fields():
    """A response object cannot be changed."""
    result = decode(Everything, b'{"id":"a"}')

    with pytest.raises(AttributeError):
        result.id = "b"  # type: ignore[misc]  # the mistake is the case
    assert result == Everything(id="a")


def test_model_takes_keyword_arguments_only_and_has_no_dict():
    """The next version may have another order of fields, and a misspelled attribute cannot be set."""
    with pytest.raises(TypeError):
        Everything("a")  # type: ignore[call-arg]  # the mistake is the case

    assert not hasattr(Everything(id="a"), "__dict__")


def test_to_wire_returns_plain_values():
    """Money has every digit and no exponent, and enum values are plain strings."""
    written = decode(Everything, b'{"id":"a","amount":"1E-8","side":"buy"}').to_wire()

    assert written == {"id": "a", "amount": "0.00000001", "side": "buy"}
    assert [type(value) for value in written.values()] == [str, str, str]


def test_to_wire_uses_wire_names_and_leaves_out_absent_fields():
    """The result has the received names and values."""
    content = {"price": Decimal("1E-8"), "clearingId": "x"}

    assert decode(Row, b'{"price":1E-8,"clearingId":"x"}').to_wire() == content


def test_to_wire_keeps_a_huge_exponent():
    """A response must not be able to fill the memory with zeros."""
    assert decode(Everything, b'{"id":"a","amount":"1e999999999"}').to_wire()["amount"] == "1E+999999999"


def test_part_of_a_response_has_no_raw_response():
    """Only the top-level response has the bytes."""
    with pytest.raises(
        ArgumentError, match=r"^this Row is a part of a response\. Only the top-level response has `raw`\.$"
    ):
        _ = Row(price=Decimal(1), clearing_id="x").raw


@pytest.mark.parametrize("listed", [b'{"id":"a","price":%s}', b'{"id":"a","price":%s,"unlisted":1}'])
@pytest.mark.parametrize("number", [b"1e400", b"-1e400", b"1" + b"0" * 400])
def test_number_out_of_range_violates_the_spec_with_unlisted_fields_too(listed, number):
    """A number that no float can hold is rejected on both paths of the decoder."""
    with pytest.raises(msgspec.ValidationError):
        decode(Everything, listed % number)


def test_response_is_parsed_twice(monkeypatch):
    """One pass validates and one makes the values; only the first response with an unlisted field takes a third."""
    passes: list[str] = []

    class Counted:
        """A decoder of `msgspec` that counts its calls."""

        def __init__(self, *arguments: Any, **options: Any) -> None:
            self._decoder = decoder(*arguments, **options)

        def decode(self, content: bytes) -> Any:
            """Count, and decode."""
            passes.append("parsed")
            return self._decoder.decode(content)

    @model
    class Fresh(Model):
        """A class that no decoder was made for yet."""

        rows: list[Row]

    decoder = msgspec.json.Decoder
    monkeypatch.setattr(msgspec.json, "Decoder", Counted)
    monkeypatch.setattr(_decoding, "parse", Counted(float_hook=Decimal).decode)
    monkeypatch.setitem(globals(), "Fresh", Fresh)

    def count(content: bytes) -> int:
        passes.clear()
        decode(Fresh, content)
        return len(passes)

    listed, unlisted = b'{"rows":[{"price":1,"clearingId":"x"}]}', b'{"rows":[],"unlisted":1}'
    assert [count(content) for content in (listed, unlisted, unlisted, listed)] == [2, 3, 2, 2]
