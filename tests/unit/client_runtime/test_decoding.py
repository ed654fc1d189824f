"""From bytes to objects: typed, exact, with the place of every fault, and open to what the exchange may add."""

import itertools
import logging
from decimal import Decimal

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
    Timestamp,
    _decoding,
    model,
    wire,
)
from gemini_clearing_runtime._decoding import decode, violation_of
from gemini_clearing_runtime.errors import ArgumentError


class Side(ClosedEnum):
    """A closed vocabulary."""

    BUY = "buy"


class Status(OpenEnum):
    """An open vocabulary."""

    SETTLED = "Settled"


@model
class Row(Model):
    """An item of a list, with a name that is another on the wire."""

    price: Decimal = wire(DecimalNumber())
    clearing_id: str = wire(name="clearingId")
    was_notified: bool | None = wire(name="wasNotified", default=None)


@model
class Answer(Model):
    """A field of every kind."""

    id: str
    side: Side | None = None
    status: Status | None = None
    amount: Decimal | None = wire(DecimalText(pattern="^-?[0-9.eE+-]+$"), default=None)
    price: Decimal | None = wire(DecimalNumber(), default=None)
    hours: int | None = wire(Integer(minimum=1), default=None)
    ok: bool | None = None
    at: Timestamp | None = wire(Time(minimum=0, maximum=253402300799999, text="^[0-9]{1,14}$"), default=None)


@model
class Rows(Model):
    """Lists of items, one of which may be absent."""

    rows: list[Row]
    more: list[Row] | None = None


@model
class Renamed(Model):
    """Nothing is called the same in Python and on the wire, and what may be absent comes first."""

    expires_in_hrs: int | None = wire(Integer(minimum=1), name="expiresInHrs", default=None)
    clearing_id: str = wire(name="clearingId")


_fresh = itertools.count()


def test_decoding_gives_every_kind_its_type():
    """Words are members, money is exact, times are aware."""
    answer = decode(
        Answer,
        b'{"id":"a","side":"buy","status":"Settled","amount":"9500.00","price":2,"hours":24,"ok":true,"at":1641790800020}',
    )

    assert answer == Answer(
        id="a",
        side=Side.BUY,
        status=Status.SETTLED,
        amount=Decimal("9500.00"),
        price=Decimal(2),
        hours=24,
        ok=True,
        at=Timestamp.from_wire(1641790800020),
    )
    assert (type(answer.side), type(answer.status), type(answer.at)) == (Side, Status, Timestamp)
    assert answer.status is Status.SETTLED


@pytest.mark.parametrize(
    "text", ["2", "1E-8", "0.1", "123456789012345678901234567890", "0.123456789012345678901234567890", "1e-400"]
)
def test_decoding_keeps_every_digit_of_a_json_number(text):
    """No number goes by way of binary floating point."""
    price = decode(Answer, f'{{"id":"a","price":{text}}}'.encode()).price

    assert price is not None
    assert price.as_tuple() == Decimal(text).as_tuple()


@pytest.mark.parametrize("text", ["9500.00", "1E-8", "123456789012345678901234567890.1", "-0.5"])
def test_decoding_keeps_every_digit_of_a_text(text):
    """Scale included: `9500.00` stays so."""
    amount = decode(Answer, f'{{"id":"a","amount":"{text}"}}'.encode()).amount

    assert amount is not None
    assert amount.as_tuple() == Decimal(text).as_tuple()


def test_decoding_takes_a_float_without_fraction_for_a_whole_number():
    """To JSON, `24.0` and `24` are one."""
    answer = decode(Answer, b'{"id":"a","hours":24.0,"at":1641790800020.0}')

    assert (repr(answer.hours), answer.at) == ("24", Timestamp.from_wire(1641790800020))


def test_decoding_finds_fields_under_their_wire_names():
    """Snake case in Python, camel case on the wire, in lists that may be absent too."""
    rows = decode(
        Rows, b'{"rows":[{"price":1,"clearingId":"x","wasNotified":false}],"more":[{"price":2,"clearingId":"y"}]}'
    )

    assert rows == Rows(
        rows=[Row(price=Decimal(1), clearing_id="x", was_notified=False)], more=[Row(price=Decimal(2), clearing_id="y")]
    )


def test_decoding_takes_a_class_whose_every_field_is_renamed():
    """Not one name on the wire is the one in Python."""
    assert decode(Renamed, b'{"clearingId":"x"}') == Renamed(clearing_id="x")


def test_decoding_takes_a_float_without_fraction_under_another_name_too():
    """The way by renamed fields is as lenient."""
    assert repr(decode(Renamed, b'{"clearingId":"x","expiresInHrs":24.0}').expires_in_hrs) == "24"


def test_decoding_leaves_a_type_that_it_does_not_know_to_msgspec():
    """Which then says so itself, and takes nothing for a value."""
    with pytest.raises(NotImplementedError):
        _decoding._value(complex, 1)


FAULTS = [
    (Answer, b"{}", "$", "Object missing required field `id`"),
    (Answer, b'{"id":5}', "$.id", "Expected `str`, got `int`"),
    (Answer, b'{"id":null}', "$.id", "Expected `str`, got `null`"),
    (Answer, b'{"id":"a","ok":null}', "$.ok", "Expected `bool`, got `null`"),
    (Answer, b'{"id":"a","ok":1}', "$.ok", "Expected `bool`, got `int`"),
    (Answer, b'{"id":"a","side":"up"}', "$.side", "Invalid enum value 'up'"),
    (Answer, b'{"id":"a","side":"unknown field"}', "$.side", "Invalid enum value 'unknown field'"),
    (Answer, b'{"id":"a","amount":1}', "$.amount", "Expected `str`, got `int`"),
    (Answer, b'{"id":"a","price":"1"}', "$.price", "Expected `float`, got `str`"),
    (Answer, b'{"id":"a","price":1e400}', "$.price", "Number out of range"),
    (Answer, b'{"id":"a","amount":"1e99999999999999999999"}', "$.amount", "Invalid decimal string"),
    (Answer, b'{"id":"a","hours":0}', "$.hours", "Expected `int` >= 1"),
    (Answer, b'{"id":"a","at":253402300800000}', "$.at", "Expected `int` <= 253402300799999"),
    (Answer, b"[]", "$", "Expected `object`, got `array`"),
    (Rows, b'{"rows":{}}', "$.rows", "Expected `array`, got `object`"),
    (
        Rows,
        b'{"rows":[{"price":1,"clearingId":"x"},{"price":1}]}',
        "$.rows[1]",
        "Object missing required field `clearingId`",
    ),
    (Rows, b'{"rows":[],"more":[{"price":true,"clearingId":"x"}]}', "$.more[0].price", "Expected `float`, got `bool`"),
    (Rows, b'{"rows":[{"price":1,"clearing_id":"x"}]}', "$.rows[0]", "Object missing required field `clearingId`"),
    (Answer, b'{"id":"a","ok":1,"novel":1}', "$.ok", "Expected `bool`, got `int`"),
    (Answer, b'{"id":5,"novel":1}', "$.id", "Expected `str`, got `int`"),
    (Answer, b'{"novel":1,"id":"a","ok":1}', "$.ok", "Expected `bool`, got `int`"),
    (Answer, b'{"id":"a","side":"x - at `y`"}', "$.side", "Invalid enum value 'x - at `y`'"),
]


@pytest.mark.parametrize(("cls", "content", "place", "problem"), FAULTS, ids=lambda part: repr(part)[:40])
def test_decoding_names_the_place_of_a_fault(cls, content, place, problem):
    """The way to the wrong part, in JSON's own names, and what is wrong there."""
    with pytest.raises(msgspec.ValidationError) as wrong:
        decode(cls, content)

    assert violation_of(wrong.value) == (place, problem)


@pytest.mark.parametrize("content", [b"", b"{", b'{"id":"a"', b"<html>", b'{"id":"a"}x', b'\xef\xbb\xbf{"id":"a"}'])
def test_decoding_tells_what_is_no_json(content):
    """Empty, cut off, something else: the whole answer is wrong."""
    with pytest.raises(msgspec.DecodeError) as wrong:
        decode(Answer, content)

    place, problem = violation_of(wrong.value)
    assert place == "$"
    assert problem.startswith("no JSON: ")


def test_decoding_passes_unknown_fields_over_and_tells_each_once(caplog):
    """A field that the exchange adds breaks nothing, and no second one hides behind the first."""
    new, other = f"new_{next(_fresh)}", f"other_{next(_fresh)}"
    content = (
        f'{{"rows":[{{"price":1,"clearingId":"x","{new}":1}},{{"price":1,"clearingId":"y","{new}":1}}],"{other}":{{}}}}'
    )

    with caplog.at_level(logging.WARNING, "gemini_clearing"):
        first, second = decode(Rows, content.encode()), decode(Rows, content.encode())

    assert first == second == Rows(rows=[Row(price=Decimal(1), clearing_id=name) for name in "xy"])
    told = "The exchange answers with a field that the contract does not list: Rows $"
    assert sorted(caplog.messages) == [f"{told}.{other}", f"{told}.rows[…].{new}"]


@pytest.mark.parametrize(("before", "told"), [(999, 1), (1000, 0)])
def test_decoding_remembers_a_thousand_unknown_fields(before, told, caplog, monkeypatch):
    """A server that makes up names fills neither the memory nor the log."""
    monkeypatch.setattr(_decoding, "_reported", {str(number) for number in range(before)})

    with caplog.at_level(logging.WARNING, "gemini_clearing"):
        decode(Answer, b'{"id":"a","novel":1}')

    assert len(caplog.messages) == told


def test_decoding_takes_an_unknown_word_of_an_open_vocabulary():
    """A new status is a status."""
    status = decode(Answer, b'{"id":"a","status":"Novel"}').status

    assert (status, type(status)) == ("Novel", Status)


def test_model_is_frozen_and_equal_by_its_fields():
    """An answer does not change under one's hands."""
    answer = decode(Answer, b'{"id":"a"}')

    with pytest.raises(AttributeError):
        answer.id = "b"  # type: ignore[misc]
    assert answer == Answer(id="a")


def test_model_is_made_by_names_and_has_no_room_for_more():
    """Fields may come in another order with the next version, and nothing can be noted beside them."""
    with pytest.raises(TypeError):
        Answer("a")  # type: ignore[call-arg]

    assert not hasattr(Answer(id="a"), "__dict__")


def test_model_writes_plain_values():
    """Every digit, no exponent, and texts that are no enumeration's members."""
    written = decode(Answer, b'{"id":"a","amount":"1E-8","side":"buy"}').to_wire()

    assert written == {"id": "a", "amount": "0.00000001", "side": "buy"}
    assert [type(value) for value in written.values()] == [str, str, str]


def test_model_writes_the_wire_names_and_leaves_absent_fields_out():
    """What came is what is written."""
    content = {"price": Decimal("1E-8"), "clearingId": "x"}

    assert decode(Row, b'{"price":1E-8,"clearingId":"x"}').to_wire() == content


def test_model_writes_what_no_digits_can_write_with_its_exponent():
    """An answer must not be able to fill the memory with zeros."""
    assert decode(Answer, b'{"id":"a","amount":"1e999999999"}').to_wire()["amount"] == "1E+999999999"


def test_part_of_an_answer_has_no_raw_answer_of_its_own():
    """Bytes belong to the whole, and whoever asks a part is told so."""
    with pytest.raises(ArgumentError, match=r"This Row has no raw answer: ask the answer that it is a part of\."):
        _ = Row(price=Decimal(1), clearing_id="x").raw
