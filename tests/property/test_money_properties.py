"""The general rules of money: every digit of any exact number arrives, and nothing inexact is taken."""

import re
from decimal import Decimal, localcontext

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_clearing_runtime import Argument, DecimalNumber, DecimalText, Model, Operation
from gemini_clearing_runtime._operation import encode_arguments
from gemini_clearing_runtime.errors import ArgumentError

decimals = st.decimals(allow_nan=False, allow_infinity=False, places=40) | st.builds(
    lambda digits, exponent: Decimal(digits).scaleb(exponent), st.integers(-(10**25), 10**25), st.integers(-500, 500)
)
exact = decimals | st.integers(-(10**60), 10**60)
money = exact | exact.map(str)
inexact = st.floats() | st.booleans() | st.binary(max_size=5) | st.none() | st.lists(st.integers(), max_size=2)
no_numbers = st.sampled_from(["NaN", "sNaN", "Infinity", "-inf", "nan123", "", " ", "1,5", "0x10", "1e", "--1", "1 2"])

PLACE = Operation(
    "place", "/v1/place", Model,
    arguments=(Argument("text", DecimalText()), Argument("number", DecimalNumber())), safe_to_repeat=False,
)  # fmt: skip


class Sent(msgspec.Struct):
    """What is signed, read without a float in between."""

    text: str | None = None
    number: Decimal | None = None


@given(money)
def test_money_as_text_is_the_same_number_without_an_exponent(given_money):
    """Digits, a point, a sign: what any exchange reads; even where the caller's own precision is low."""
    with localcontext() as context:
        context.prec = 3
        text = DecimalText().serialize(given_money)

    assert re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text)
    assert Decimal(text) == Decimal(given_money)


@given(money)
def test_money_arrives_in_the_payload_with_its_last_digit(given_money):
    """As text and as a JSON number, whatever form it was given in."""
    payload = encode_arguments(PLACE, {"text": given_money, "number": given_money})
    sent = msgspec.json.decode(payload, type=Sent)

    assert sent.text is not None
    assert Decimal(sent.text) == sent.number == Decimal(given_money)


@pytest.mark.parametrize("argument", ["text", "number"])
@given(inexact.filter(lambda value: value is not None) | no_numbers)
def test_what_is_not_exact_is_no_money(argument, given_money):
    """Floats, truth values, NaN, Infinity and other words: refused by name."""
    with pytest.raises(ArgumentError, match=f"^place: invalid {argument}: "):
        encode_arguments(PLACE, {argument: given_money})
