"""General rules of money: every digit of an exact number is sent, and inexact values are rejected."""

import re
from decimal import Decimal, localcontext

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_clearing_runtime import Argument, DecimalNumber, DecimalText, Model, Operation
from gemini_clearing_runtime._operation import encode, serialize_arguments
from gemini_clearing_runtime.errors import ArgumentError

decimals = st.decimals(allow_nan=False, allow_infinity=False, places=40) | st.builds(
    lambda digits, exponent: Decimal(digits).scaleb(exponent), st.integers(-(10**25), 10**25), st.integers(-500, 500)
)
exact = decimals | st.integers(-(10**60), 10**60)
money = exact | exact.map(str)
inexact = st.floats() | st.booleans() | st.binary(max_size=5) | st.none() | st.lists(st.integers(), max_size=2)
no_numbers = st.sampled_from(["NaN", "sNaN", "Infinity", "-inf", "nan123", "", " ", "1,5", "0x10", "1e", "--1", "1 2"])

PLACE = Operation(
    "place", "/v1/place", lambda: Model,
    arguments=(Argument("text", DecimalText()), Argument("number", DecimalNumber())), safe_to_repeat=False,
)  # fmt: skip


class Sent(msgspec.Struct):
    """The signed JSON, parsed without floats."""

    text: str | None = None
    number: Decimal | None = None


@given(money)
def test_money_as_text_is_the_same_number_without_an_exponent(given_money):
    """The text has digits, a point and a sign only, also if the caller's context has a low precision."""
    with localcontext() as context:
        context.prec = 3
        text = DecimalText().serialize(given_money)

    assert re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text)
    assert Decimal(text) == Decimal(given_money)


@given(money)
def test_money_is_in_the_payload_with_every_digit(given_money):
    """As a string and as a JSON number, for every form of the argument."""
    payload = encode(PLACE, serialize_arguments(PLACE, {"text": given_money, "number": given_money}))
    sent = msgspec.json.decode(payload, type=Sent)

    assert sent.text is not None
    assert Decimal(sent.text) == sent.number == Decimal(given_money)


@pytest.mark.parametrize("argument", ["text", "number"])
@given(inexact.filter(lambda value: value is not None) | no_numbers)
def test_inexact_money_is_rejected(argument, given_money):
    """Floats, booleans, NaN, Infinity and other text are rejected with the name of the argument."""
    with pytest.raises(ArgumentError, match=f"^place: invalid {argument}: "):
        encode(PLACE, serialize_arguments(PLACE, {argument: given_money}))
