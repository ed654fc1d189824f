"""The general rules of answers: any object of any class goes to JSON and back, and no bytes break the reading."""

import copy
import pickle
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import attrs
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gemini_clearing
from gemini_clearing import Model, OrderStatus, Side, Timestamp, _models
from gemini_clearing_runtime import DecimalText
from gemini_clearing_runtime._decoding import decode

MODELS = _models.__all__

times = st.integers(0, 253402300799999)
VALUES: dict[Any, st.SearchStrategy[Any]] = {
    # No surrogates, which UTF-8 cannot write.
    str: st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    bool: st.booleans(),
    Side: st.sampled_from(Side),
    OrderStatus: st.sampled_from(OrderStatus) | st.text("abc", min_size=1).map(OrderStatus),
    Timestamp: times.map(Timestamp.from_wire),
}
numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30) | st.decimals(
    allow_nan=False, allow_infinity=False, places=30
)
classes = st.sampled_from([getattr(gemini_clearing, name) for name in MODELS])


def answers(cls: type[Model]) -> st.SearchStrategy[Model]:
    """Objects of a class, with any value in any field."""
    hints = get_type_hints(cls)
    fields: Any = attrs.fields(cls)  # type: ignore[arg-type]
    return st.builds(cls, **{field.name: _values(field, hints[field.name]) for field in fields})


def _values(field: Any, hint: Any) -> st.SearchStrategy[Any]:
    if get_origin(hint) is UnionType:
        (required,) = (part for part in get_args(hint) if part is not NoneType)
        return st.none() | _values(field, required)
    if get_origin(hint) is list:
        return st.lists(answers(get_args(hint)[0]), max_size=3)
    if hint is Decimal:
        is_text = isinstance(field.metadata["gemini_clearing.scalar"], DecimalText)
        # JSON readers make 0 of the number -0.
        return numbers if is_text else numbers.filter(lambda number: number or not number.is_signed())
    return VALUES[hint]


@given(classes.flatmap(answers))
@settings(deadline=None)
def test_answer_goes_to_json_and_back(answer):
    """Every field is what it was, and the JSON is the same again."""
    again = decode(type(answer), answer.to_json())

    assert again == answer
    assert again.to_json() == answer.to_json()


@given(classes.flatmap(answers))
@settings(deadline=None, max_examples=50)
def test_answer_survives_pickles_and_copies(answer):
    """Between processes, and in memory."""
    assert pickle.loads(pickle.dumps(answer)) == answer  # noqa: S301
    assert copy.deepcopy(answer) == answer


@pytest.mark.parametrize("name", MODELS)
@given(content=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
@settings(deadline=None, max_examples=30)
def test_bytes_that_are_no_answer_are_told_in_one_way(name, content):
    """Whatever comes: an error of the decoder, which the runtime puts into its own words."""
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        decode(getattr(gemini_clearing, name), content)
