"""How arguments become the JSON that is signed: in the spec's order, absent ones left out, what is missing told."""

import attrs
import pytest

from gemini_clearing_runtime import Argument, Boolean, Integer, Model, Operation, String
from gemini_clearing_runtime._operation import ResolveByList, ResolveByStatus, encode_arguments
from gemini_clearing_runtime.errors import ArgumentError

SEARCH = Operation(
    "search",
    "/v1/search",
    Model,
    arguments=(
        Argument("word", String(), required=True),
        Argument("begin_at", Integer(), needs="end", wire="beginAt"),
        Argument("end", Integer(), needs="begin_at"),
        Argument("open", Boolean()),
    ),
    safe_to_repeat=True,
)

WRITTEN = [
    ({"word": "x"}, b'{"word":"x"}'),
    ({"word": "x", "open": None, "end": None}, b'{"word":"x"}'),
    ({"open": False, "end": 2, "begin_at": 1, "word": ""}, b'{"word":"","beginAt":1,"end":2,"open":false}'),
    ({"word": '\u00fc\n"\\', "stray": 1}, '{"word":"ü\\n\\"\\\\"}'.encode()),
]


@pytest.mark.parametrize(("arguments", "written"), WRITTEN)
def test_arguments_are_written_under_their_wire_names_in_the_order_of_the_spec(arguments, written):
    """None is absent, False and the empty text are not."""
    assert encode_arguments(SEARCH, arguments) == written


REFUSED = [
    ({}, "search: word is required."),
    ({"word": None}, "search: word is required."),
    ({"word": 5}, "search: word must be a string, not int 5."),
    ({"word": "x", "begin_at": 1}, "search: begin_at needs end beside it."),
    ({"word": "x", "end": 1}, "search: end needs begin_at beside it."),
    ({"word": "x", "end": 1, "begin_at": None}, "search: end needs begin_at beside it."),
]


@pytest.mark.parametrize(("arguments", "told"), REFUSED)
def test_argument_that_is_missing_or_wrong_is_told_by_its_name(arguments, told):
    """In the caller's names, with the operation in front and no foreign cause behind."""
    with pytest.raises(ArgumentError) as refused:
        encode_arguments(SEARCH, arguments)

    assert str(refused.value) == told
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("declaration", "by_place"),
    [
        (Operation, ["name", "path", "response"]),
        (Argument, ["name", "scalar"]),
        (ResolveByStatus, []),
        (ResolveByList, []),
    ],
)
def test_declarations_are_read_by_names(declaration, by_place):
    """The generated client says of every truth value and every name what it is."""
    assert by_place == [field.name for field in attrs.fields(declaration) if not field.kw_only]
