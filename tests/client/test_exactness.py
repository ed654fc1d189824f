"""Exactness: every digit of an amount or a price is signed, and every digit of a response is decoded."""

import json
from decimal import Decimal

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemini_clearing import ArgumentError, GeminiClearing, MaybeExecutedError
from gemini_clearing_mock import Exchange
from tests.client.desks import BUY, SELL

AMOUNTS = [
    ("1E-8", "0.00000001"),
    (Decimal("1E-8"), "0.00000001"),
    ("123456789012345678901234567890", "123456789012345678901234567890"),
    (Decimal("0.123456789012345678901234567890"), "0.123456789012345678901234567890"),
    (2, "2"),
    ("2.00", "2.00"),
    (Decimal("1E+3"), "1000"),
]


@pytest.mark.parametrize(("given", "signed"), AMOUNTS)
def test_amount_and_price_are_the_same_everywhere(given, signed, inside, sent):
    """The payload, the response, the status, the list (a JSON number) and the trade have the same value."""
    desk = inside.desk("initiator", wrap=sent)
    placed = desk.create_order(**{**BUY, "amount": given, "price": given})

    payload = json.loads(sent.payloads[0])
    assert (payload["amount"], payload["price"]) == (signed, signed)
    (order,), (trade,) = desk.list_orders().orders, desk.list_trades().results
    status = desk.get_order(clearing_id=placed.clearing_id)
    money = {
        placed.amount, placed.price, status.amount, status.price,
        order.quantity, order.price, trade.quantity, trade.price,
    }  # fmt: skip
    assert money == {Decimal(signed)}


def test_json_number_without_fraction_is_an_exact_decimal(inside):
    """The JSON number `2` is `Decimal("2")`, not `2.0`."""
    desk = inside.desk("initiator")
    desk.create_order(**BUY)
    orders = desk.list_orders()

    assert b'"quantity":2' in orders.raw.content.replace(b" ", b"")
    assert str(orders.orders[0].quantity) == "2"


@pytest.mark.parametrize("amount", [0.1, float("nan"), True, "NaN", Decimal("Infinity"), "", "many", 0, "-1", None])
def test_invalid_money_is_not_sent(amount, inside, sent):
    """The error has the name of the argument, and nothing is sent."""
    desk = inside.desk("initiator", wrap=sent)

    with pytest.raises(ArgumentError, match=r"^create_order: (invalid|missing) amount"):
        desk.create_order(**{**BUY, "amount": amount})
    assert sent.payloads == []


@given(st.decimals(min_value=0, allow_nan=False, allow_infinity=False, places=30).filter(bool))
@settings(max_examples=40)
def test_any_decimal_is_listed_unchanged(amount):
    """Any amount is the same as an argument, in the payload, at the exchange, and in the list."""
    exchange = Exchange()
    account = exchange.account("initiator")
    with GeminiClearing(
        api_key=account.api_key,
        api_secret=account.api_secret,
        base_url="http://127.0.0.1",
        transport=exchange.transport(),
    ) as desk:
        desk.create_order(symbol="btcusd", amount=amount, price=1, side="buy")
        (order,) = desk.list_orders().orders

    assert order.quantity == amount


def test_confirmation_compares_terms_by_value(inside):
    """2, 2.00 and `Decimal("2")` are the same amount."""
    initiator, counterparty = inside.desk("initiator"), inside.desk("counterparty")
    placed = initiator.create_order(**BUY)

    terms = {**SELL, "symbol": "BTCUSD", "amount": Decimal("2.00"), "price": 9500}

    assert counterparty.confirm_order(clearing_id=placed.clearing_id, **terms).result == "confirmed"


SYMBOLS = ["", "btc usd", "btc-usd", "btcusd\n", "btc\u0661", 5, None]


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_invalid_symbol_is_not_sent(symbol, inside, sent):
    """Empty, with a space or a line break, not a string, or missing."""
    desk = inside.desk("initiator", wrap=sent)

    with pytest.raises(ArgumentError, match=r"^create_order: (invalid|missing) symbol"):
        desk.create_order(**{**BUY, "symbol": symbol})
    assert sent.payloads == []


@pytest.mark.parametrize("side", ["up", "Buy", "", None, 1])
def test_invalid_side_is_not_sent(side, inside, sent):
    """The enum is closed, and the message lists its values."""
    desk = inside.desk("initiator", wrap=sent)

    with pytest.raises(ArgumentError, match=r"^create_order: (invalid|missing) side"):
        desk.create_order(**{**BUY, "side": side})
    assert sent.payloads == []


def test_range_with_one_end_is_not_sent(inside, sent):
    """The exchange accepts a start only with an end, and the reverse."""
    desk = inside.desk("initiator", wrap=sent)

    with pytest.raises(
        ArgumentError, match=r"^list_orders: submission_start without submission_end. Pass both or neither"
    ):
        desk.list_orders(submission_start=1)
    with pytest.raises(
        ArgumentError, match=r"^list_broker_orders: expiration_end without expiration_start. Pass both or neither"
    ):
        desk.list_broker_orders(expiration_end=1)
    assert sent.payloads == []


BODIES = [
    b"",
    b"<html>Sorry</html>",
    b'{"clearing_id":"A1',
    b'{"clearing_id":5}',
    b"\xff\xfe",
]


@pytest.mark.parametrize("status", [200, 520])
@pytest.mark.parametrize("body", BODIES)
def test_invalid_response_is_kept(body, status):
    """The error has the response, and the advice to resolve the outcome."""
    transport = httpx.MockTransport(lambda request: httpx.Response(status, content=body))

    with (
        GeminiClearing(api_key="account-demo-odd", api_secret="demo", transport=transport) as desk,
        pytest.raises(MaybeExecutedError, match=r"call resolve\(\)") as odd,
    ):
        desk.create_order(**BUY)

    assert odd.value.raw is not None
    assert (odd.value.raw.status, odd.value.raw.content) == (status, body)
    assert json.loads(odd.value.payload)["amount"] == "2"
