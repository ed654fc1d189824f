"""`Exchange.assert_…`: the requests that an exchange got, and the explanation if they are others."""

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from gemini_clearing_mock import Request
from gemini_clearing_mock.errors import ControlError


def test_assertions_pass_for_what_was_called(exchange, desks):
    """Calls are found by operation, number and fields, and nothing else is left."""
    desks.initiator.place(expires_in_hrs=12)
    desks.initiator.send("/v1/clearing/status")
    desks.initiator.send("/v1/clearing/list")
    desks.initiator.send("/v1/clearing/list", submitted_after=1_767_225_600_000)

    exchange.assert_called("create_order", times=1)
    exchange.assert_called_with(
        "create_order", symbol="btcusd", amount=Decimal("2.0"), price="9500.00", expires_in_hrs=12
    )
    exchange.assert_called("get_order")
    exchange.assert_called_with("list_orders", submitted_after=datetime(2026, 1, 1, tzinfo=UTC))
    exchange.assert_not_called("cancel_order")
    exchange.assert_called("list_orders", times=2)
    exchange.assert_nothing_else()


def fails(message):
    """Expect an `AssertionError` with this text."""
    return pytest.raises(AssertionError, match=f"^{re.escape(message)}$")


def test_missing_call_is_explained_by_the_latest_requests(exchange, desks):
    """A missing call is explained by what was called."""
    with fails("cancel_order was not called. The exchange got no request."):
        exchange.assert_called("cancel_order")
    desks.initiator.send("/v1/clearing/status", clearing_id="X")
    exchange.handle(Request("GET", "/favicon.ico", {}))

    latest = (
        "The latest requests:\n  1: get_order(clearing_id=X) → 404 OrderNotFound\n"
        "  2: /favicon.ico() → 404 EndpointNotFound"
    )
    with fails(f"cancel_order was not called. {latest}"):
        exchange.assert_called("cancel_order")
    with fails(f"cancel_order was not called. {latest}"):
        exchange.assert_called_with("cancel_order", clearing_id="X")
    with fails(f"get_order was called 1 times instead of 2. {latest}"):
        exchange.assert_called("get_order", times=2)
    with fails(f"get_order was called 1 times instead of 0. {latest}"):
        exchange.assert_not_called("get_order")


def test_near_miss_names_the_differences_of_the_closest_call(exchange, desks):
    """If no call has the fields, the differences of the closest call are listed."""
    desks.initiator.place(amount="3", price="1")
    desks.initiator.place(amount="2", price="1")
    desks.initiator.place(symbol="ethusd", amount="7", price="1")

    with fails(
        "create_order was called, but not with these fields. In the closest request, number 2 (status 200):\n"
        "  price: expected 9500, sent 1\n  expires_in_hrs: expected 12, not sent"
    ):
        exchange.assert_called_with("create_order", symbol="btcusd", amount=2, price=9500, expires_in_hrs=12)


@pytest.mark.parametrize(
    ("expected", "sent", "is_same"),
    [
        (2, "2.0", True),
        (Decimal("2"), "2", True),
        (2, 2, True),
        (2, "two", False),
        (2, None, False),
        (2, "NaN", False),
        ("2", "2.0", False),
        ("2", 2, False),
        (True, 1, False),
        (1, True, False),
        (True, True, True),
        (Decimal("0.1"), 0.1, True),
        ({"a": 1}, {"a": 1}, True),
    ],
)
def test_fields_are_compared_by_value_for_numbers(exchange, desks, expected, sent, is_same):
    """Numbers are equal to the same number sent as text; strings and booleans must be equal themselves."""
    desks.initiator.send("/v1/clearing/list", field=sent)

    if is_same:
        exchange.assert_called_with("list_orders", field=expected)
    else:
        with pytest.raises(AssertionError):
            exchange.assert_called_with("list_orders", field=expected)


def test_other_requests_are_listed(exchange, desks):
    """Requests without an assertion are listed, at most five of them; after a reset they are forgotten."""
    desks.initiator.place()
    exchange.assert_called("create_order")
    for _ in range(7):
        desks.initiator.send("/v1/clearing/list")

    with pytest.raises(AssertionError) as failure:
        exchange.assert_nothing_else()

    first, *lines = str(failure.value).splitlines()
    assert first == "7 requests are covered by no earlier assertion:"
    assert lines == [f"  {number}: list_orders() → 200" for number in range(2, 7)]
    exchange.reset()
    exchange.assert_nothing_else()


def test_request_that_is_not_json_is_described(exchange, desks):
    """A payload that is not a JSON object has no fields."""
    for payload in (b"no json", b"[1]", b""):
        desks.initiator.send("/v1/clearing/list", payload)

    with pytest.raises(AssertionError, match=r"list_orders\(\) → 400 InvalidJson"):
        exchange.assert_not_called("list_orders")


def test_unknown_operation_is_rejected(exchange):
    """A misspelled operation is an error, so that `assert_not_called` cannot pass by mistake."""
    with pytest.raises(ControlError, match="unknown operation 'creat_order'"):
        exchange.assert_not_called("creat_order")
