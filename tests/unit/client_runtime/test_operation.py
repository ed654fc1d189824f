"""Encoding of arguments: wire names, the order of the spec, no absent ones, and clear errors."""

import inspect

import pytest

from gemini_clearing_runtime import Argument, Boolean, Integer, Model, Operation, String
from gemini_clearing_runtime._operation import ErrorFormat, ResolveByList, ResolveByStatus, encode, serialize_arguments
from gemini_clearing_runtime.errors import ArgumentError

SEARCH = Operation(
    "search",
    "/v1/search",
    lambda: Model,
    arguments=(
        Argument("word", String(), required=True),
        Argument("begin_at", Integer(), needs="end", wire="beginAt"),
        Argument("end", Integer(), needs="begin_at"),
        Argument("open", Boolean()),
    ),
    safe_to_repeat=True,
)

VALID = [
    ({"word": "x"}, b'{"word":"x"}'),
    ({"word": "x", "open": None, "end": None}, b'{"word":"x"}'),
    ({"open": False, "end": 2, "begin_at": 1, "word": ""}, b'{"word":"","beginAt":1,"end":2,"open":false}'),
    ({"word": '\u00fc\n"\\', "unknown": 1}, '{"word":"ü\\n\\"\\\\"}'.encode()),
]


@pytest.mark.parametrize(("arguments", "json"), VALID)
def test_arguments_are_encoded_under_their_wire_names_in_the_order_of_the_spec(arguments, json):
    """An argument that is None is omitted; False and the empty string are sent."""
    assert encode(SEARCH, serialize_arguments(SEARCH, arguments)) == json


def test_serialized_arguments_have_python_names():
    """Echo and reconciliation compare them with fields of a response, which have Python names, too."""
    arguments = {"word": "x", "begin_at": 1, "end": 2, "open": None}

    assert serialize_arguments(SEARCH, arguments) == {"word": "x", "begin_at": 1, "end": 2}


INVALID = [
    ({}, "search: missing word. It is required."),
    ({"word": None}, "search: missing word. It is required."),
    ({"word": 5}, "search: invalid word: int 5. Pass a string."),
    ({"word": "x", "begin_at": 1}, "search: begin_at without end. Pass both or neither."),
    ({"word": "x", "end": 1}, "search: end without begin_at. Pass both or neither."),
    ({"word": "x", "end": 1, "begin_at": None}, "search: end without begin_at. Pass both or neither."),
]


@pytest.mark.parametrize(("arguments", "message"), INVALID)
def test_missing_or_invalid_argument_is_rejected_by_its_name(arguments, message):
    """The message has the operation and the Python name; the error has no foreign cause."""
    with pytest.raises(ArgumentError) as rejected:
        serialize_arguments(SEARCH, arguments)

    assert str(rejected.value) == message
    assert rejected.value.__cause__ is None


@pytest.mark.parametrize(
    ("declaration", "positional"),
    [
        (Operation, ["name", "path", "find_response"]),
        (Argument, ["name", "scalar"]),
        (ResolveByStatus, []),
        (ResolveByList, []),
        (ErrorFormat, []),
    ],
)
def test_declarations_take_keyword_arguments(declaration, positional):
    """Generated code names every argument whose meaning does not follow from its place."""
    parameters = inspect.signature(declaration).parameters.values()

    assert positional == [one.name for one in parameters if one.kind is not inspect.Parameter.KEYWORD_ONLY]
