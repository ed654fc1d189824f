"""General rules of response objects: JSON and pickles restore them, and invalid bytes raise one kind of error."""

import copy
import pickle
from datetime import datetime
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gemini_clearing
from gemini_clearing import Model, OrderStatus, Side, _models
from gemini_clearing_runtime import DecimalText
from gemini_clearing_runtime._decoding import decode
from gemini_clearing_runtime._model import fields_of
from gemini_clearing_runtime._timestamps import time_of

MODELS = _models.__all__

times = st.integers(0, 253402300799999)
VALUES: dict[Any, st.SearchStrategy[Any]] = {
    # No surrogates, which UTF-8 cannot encode.
    str: st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    bool: st.booleans(),
    Side: st.sampled_from(Side),
    OrderStatus: st.sampled_from(OrderStatus) | st.text("abc", min_size=1).map(OrderStatus),
    datetime: times.map(time_of),
}
numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30) | st.decimals(
    allow_nan=False, allow_infinity=False, places=30
)
classes = st.sampled_from([getattr(gemini_clearing, name) for name in MODELS])


def response_objects(cls: type[Model]) -> st.SearchStrategy[Model]:
    """Generate objects of a class, with any value in any field."""
    hints = get_type_hints(cls)
    return st.builds(cls, **{field.name: _values(field, hints[field.name]) for field in fields_of(cls)})


def _values(field: Any, hint: Any) -> st.SearchStrategy[Any]:
    if get_origin(hint) is UnionType:
        (required,) = (part for part in get_args(hint) if part is not NoneType)
        return st.none() | _values(field, required)
    if get_origin(hint) is list:
        return st.lists(response_objects(get_args(hint)[0]), max_size=3)
    if hint is Decimal:
        is_text = isinstance(field.metadata["gemini_clearing.scalar"], DecimalText)
        # JSON parsers read the number -0 as 0.
        return numbers if is_text else numbers.filter(lambda number: number or not number.is_signed())
    return VALUES[hint]


@given(classes.flatmap(response_objects))
def test_object_is_restored_from_its_json(response):
    """Every field is the same, and the JSON is the same again."""
    again = decode(type(response), response.to_json())

    assert again == response
    assert again.to_json() == response.to_json()


@given(classes.flatmap(response_objects))
@settings(max_examples=50)
def test_object_can_be_pickled_and_copied(response):
    """Pickles, copies and deep copies are equal to the object."""
    assert pickle.loads(pickle.dumps(response)) == response  # noqa: S301  (the test's own bytes)
    assert copy.deepcopy(response) == response


@pytest.mark.parametrize("name", MODELS)
@given(content=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
@settings(max_examples=30)
def test_invalid_bytes_raise_a_decoding_error(name, content):
    """Any bytes raise an error of the decoder, for which the runtime has its own error."""
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        decode(getattr(gemini_clearing, name), content)
