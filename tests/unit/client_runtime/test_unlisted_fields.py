"""Fields in responses that the spec does not list: ignored, reported, and no reason for a slow decoder."""

import itertools
from decimal import Decimal

import msgspec
import pytest

from gemini_clearing_runtime import DecimalNumber, Model, _decoding, _drift, model, wire
from gemini_clearing_runtime._decoding import decode

_fresh = itertools.count()


@model
class Row(Model):
    """A row with a renamed field."""

    price: Decimal = wire(DecimalNumber())
    clearing_id: str = wire(name="clearingId")


@model
class OneList(Model):
    """One list."""

    rows: list[Row]


@model
class Named(Model):
    """An object."""

    id: str


@model
class Invented(Named):
    """Another one, for fields that fill its decoder."""


@model
class Skipped(Named):
    """Another one, for one field that its decoder skips."""


@model
class TwoLists(Model):
    """Two lists of the same class."""

    first: list[Row]
    second: list[Row]


def unlisted_reported(cls: type[Model], *contents: str) -> list[list[str]]:
    """Decode responses in turn, and return what each has reported to the hook of a client."""
    reported = []
    for content in contents:
        with _drift.collect_drift() as found:
            decode(cls, content.encode())
        reported.append([text.removeprefix("unknown field in a response: ") for _, text in found])
    return reported


def test_unlisted_field_is_reported_in_every_response_that_has_it():
    """The hook of each client gets it, also of one that is made after the decoder has met the field."""
    new, row = f"new_{next(_fresh)}", '{"price":1,"clearingId":"x"}'
    with_field, without = f'{{"rows":[{row},{row[:-1]},"{new}":1}}]}}', f'{{"rows":[{row}]}}'
    report = f"OneList $.rows[…].{new}. The spec does not list it."

    assert [[report], [report], [], [report]] == unlisted_reported(OneList, with_field, with_field, without, with_field)


def test_unlisted_field_of_each_list_is_reported():
    """A field that is known from one list is also reported in another list of the same class."""
    new = f"new_{next(_fresh)}"
    row = f'{{"price":1,"clearingId":"x","{new}":1}}'
    first, second = f'{{"first":[{row}],"second":[]}}', f'{{"first":[],"second":[{row}]}}'

    places = [[place.split(". The")[0] for place in found] for found in unlisted_reported(TwoLists, first, second)]
    assert [[f"TwoLists $.first[…].{new}"], [f"TwoLists $.second[…].{new}"]] == places


@pytest.mark.parametrize("name", ["", "with space", "ünlisted", 'with \\"', "with \\\\", "\\u0001", "__init__", "rows"])
def test_unlisted_field_may_have_any_name(name):
    """No name of an unlisted field makes a response unreadable, neither the first nor the next one."""
    content = f'{{"id":"a","{name}":{{"deep":[1e999,null,"é"]}}}}'.encode()

    assert decode(Named, content) == decode(Named, content) == Named(id="a")


def test_many_unlisted_fields_are_ignored():
    """A server may invent a new field for each response."""
    for number in range(100):
        assert decode(Invented, f'{{"id":"a","invented_{number}":1}}'.encode()).id == "a"


@pytest.mark.parametrize("value", [b'"\xff"', b"{", b'{"a":1,}'])
def test_unlisted_field_must_be_json(value):
    """An unlisted field that is not JSON in UTF-8 makes a response unreadable, also after the field is known."""
    decode(Skipped, b'{"id":"a","skipped":1}')

    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        decode(Skipped, b'{"id":"a","skipped":%s}' % value)


def test_known_unlisted_field_needs_no_untyped_pass(monkeypatch):
    """From the second response with a new field on, a response is decoded as fast as one without it."""
    content = f'{{"rows":[{{"price":1,"clearingId":"x","new_{next(_fresh)}":1}}]}}'.encode()
    first = decode(OneList, content)
    monkeypatch.delattr(_decoding, "parse")

    assert decode(OneList, content) == first
