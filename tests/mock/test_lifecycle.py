"""The lifecycle of an order: placed, confirmed, settled, canceled, expired."""

import re

import pytest

from gemini_clearing_mock import Exchange

HOUR_MS = 3_600_000
PARTIES = {"source_counterparty_id": "R485E04Q", "target_counterparty_id": "OM9VNL1G"}
TERMS = {"symbol": "btcusd", "amount": "2", "price": "9500.00", "side": "buy"}


@pytest.fixture
def order(desks):
    """An order of two desks that waits for the counterparty."""
    return desks.initiator.place(counterparty_id="OM9VNL1G")


@pytest.fixture
def brokered(desks):
    """A broker's order that waits for both desks."""
    return place_broker_order(desks)


def place_broker_order(desks, **parameters):
    """Place an order of the broker for initiator and counterparty."""
    response = desks.broker.send("/v1/clearing/broker/new", **TERMS, **PARTIES, **{"expires_in_hrs": 24} | parameters)
    assert response.body["result"] == "AwaitSourceTargetConfirm"
    return response.body["clearing_id"]


def test_create_order_reports_await_confirm(desks):
    """The response of `create_order` reports the status `AwaitConfirm` and the terms."""
    response = desks.initiator.send("/v1/clearing/new", symbol="BtcUsd", amount="02.50", price="9500.00", side="sell")

    assert response.body == {
        "result": "AwaitConfirm",
        "clearing_id": response.body["clearing_id"],
        "symbol": "BTCUSD",
        "price": "9500.00",
        "amount": "2.50",
        "side": "sell",
        "status": "AwaitConfirm",
        "timestamp": "1767225600",
        "timestampms": 1767225600000,
        "is_confirmed": False,
    }


def test_get_order_reports_await_target_confirm(desks, order):
    """`get_order` reports the same state as `AwaitTargetConfirm`."""
    assert desks.counterparty.status(order) == "AwaitTargetConfirm"


def test_confirmed_order_settles_after_thirty_seconds(desks, order, clock):
    """A confirmed order settles exactly 30 s after its confirmation."""
    assert desks.counterparty.confirm(order).body == {"result": "confirmed"}
    assert desks.initiator.status(order) == "Confirmed"

    clock.advance(ms=29_999)
    assert desks.initiator.status(order) == "Confirmed"

    clock.advance(ms=1)
    assert desks.initiator.status(order) == "Settled"


def test_open_order_can_be_confirmed_by_any_desk(desks):
    """An order without counterparty can be confirmed by any desk, which becomes the counterparty."""
    clearing_id = desks.initiator.place()

    assert desks.desk3.status(clearing_id) == "AwaitTargetConfirm"
    assert desks.desk3.confirm(clearing_id).body == {"result": "confirmed"}
    assert desks.initiator.orders()[0]["counterparty_id"] == "Z4929ZDY"
    assert desks.counterparty.send("/v1/clearing/status", clearing_id=clearing_id).reason == "OrderNotFound"


@pytest.mark.parametrize(
    ("wrong", "reason", "message"),
    [
        ({"symbol": "ethusd"}, "InvalidSymbol", "Received unsupported symbol 'ethusd'"),
        ({"amount": "2.00000001"}, "InvalidQuantity", "Invalid quantity for symbol BTCUSD: 2.00000001"),
        ({"price": "9500.01"}, "InvalidPrice", "Invalid price for symbol BTCUSD: 9500.01"),
        ({"side": "buy"}, "InvalidSide", "Invalid side for symbol BTCUSD: 'buy'"),
    ],
)
def test_confirm_rejects_other_terms_with_status_200(desks, order, wrong, reason, message):
    """A confirmation with other terms is rejected with status 200, and the order still waits."""
    response = desks.counterparty.confirm(order, **wrong)

    assert response.status == 200
    assert response.body == {"result": "error", "reason": reason, "message": message}
    assert desks.initiator.status(order) == "AwaitTargetConfirm"


def test_confirm_compares_terms_as_numbers(desks, order):
    """Amount and price are compared as numbers, not as text."""
    assert desks.counterparty.confirm(order, amount="2.000", price="9500").body == {"result": "confirmed"}


def test_confirm_rejects_the_desk_that_placed_the_order(desks, order):
    """The desk that placed an order cannot confirm it."""
    response = desks.initiator.confirm(order)

    assert (response.status, response.reason) == (200, "ConflictingAccountName")


def test_confirm_by_third_desk_is_not_found(desks, order):
    """An order with a counterparty is not found for a third desk."""
    response = desks.desk3.confirm(order)

    assert (response.status, response.reason) == (404, "OrderNotFound")


def test_confirm_twice_is_not_found(desks, order):
    """A confirmed order cannot be confirmed again."""
    desks.counterparty.confirm(order)

    assert desks.counterparty.confirm(order).reason == "OrderNotFound"
    assert desks.initiator.confirm(order).reason == "OrderNotFound"


@pytest.mark.parametrize("who", ["initiator", "counterparty"])
def test_cancel_before_confirmation(desks, order, who):
    """Either desk can cancel an unconfirmed order."""
    assert desks[who].cancel(order).body == {"result": "ok", "details": f"{order} order canceled"}
    assert desks.initiator.status(order) == "Canceled"
    assert desks.counterparty.confirm(order).reason == "OrderNotFound"


def test_cancel_after_confirmation_fails_with_status_200(desks, order):
    """A confirmed order cannot be canceled."""
    desks.counterparty.confirm(order)

    response = desks.initiator.cancel(order)

    assert response.status == 200
    assert response.body == {"result": "failed", "details": f"Unable to cancel order {order}"}


def test_cancel_by_third_desk_is_not_found(desks, order):
    """An order of other desks and an unknown id get the same response."""
    assert desks.desk3.cancel(order).body == desks.desk3.cancel("NOSUCHID").body | {
        "message": f"Order {order} not found"
    }


def test_cancel_of_open_order_by_third_desk_fails(desks):
    """An open order is visible to a third desk, but cannot be canceled by it."""
    clearing_id = desks.initiator.place()

    assert desks.desk3.cancel(clearing_id).body["result"] == "failed"
    assert desks.initiator.status(clearing_id) == "AwaitTargetConfirm"


def test_order_expires_to_the_millisecond(desks, clock):
    """An order expires exactly at its expiry."""
    order = desks.initiator.place(counterparty_id="OM9VNL1G", expires_in_hrs=1)

    clock.advance(ms=HOUR_MS - 1)
    assert desks.initiator.status(order) == "AwaitTargetConfirm"

    clock.advance(ms=1)
    assert desks.initiator.status(order) == "Expired"
    assert desks.counterparty.confirm(order).reason == "OrderNotFound"


def test_expiry_precedes_settlement_in_the_same_millisecond(desks, clock):
    """An order whose settlement check coincides with its expiry expires."""
    order = desks.initiator.place(counterparty_id="OM9VNL1G", expires_in_hrs=1)
    clock.advance(ms=HOUR_MS - 30_000)
    desks.counterparty.confirm(order)

    clock.advance(seconds=30)

    assert desks.initiator.status(order) == "Expired"


@pytest.mark.parametrize(("first", "then"), [("initiator", "counterparty"), ("counterparty", "initiator")])
def test_broker_order_requires_both_confirmations(desks, brokered, first, then):
    """Source and target confirm a broker order in either sequence, each with its own side."""
    sides = {"initiator": "buy", "counterparty": "sell"}
    waiting_for = {"initiator": "AwaitSourceConfirm", "counterparty": "AwaitTargetConfirm"}

    assert desks[first].confirm(brokered, side=sides[first]).body == {"result": "confirmed"}
    assert desks.broker.status(brokered) == waiting_for[then]
    assert desks[first].confirm(brokered, side=sides[first]).reason == "OrderNotFound"
    assert desks[then].confirm(brokered, side=sides[then]).body == {"result": "confirmed"}
    assert desks.broker.status(brokered) == "Confirmed"


@pytest.mark.parametrize("who", ["broker", "initiator", "counterparty"])
def test_broker_order_can_be_canceled_until_first_confirmation(desks, who):
    """Broker, source and target can cancel a broker order until the first confirmation."""
    assert desks[who].cancel(place_broker_order(desks)).body["result"] == "ok"

    for side, desk in (("buy", desks.initiator), ("sell", desks.counterparty)):
        half_confirmed = place_broker_order(desks)
        desk.confirm(half_confirmed, side=side)
        assert desks[who].cancel(half_confirmed).body["result"] == "failed"


def test_broker_cannot_confirm_its_own_order(desks, brokered):
    """The broker is not a desk of its order, and cannot confirm it."""
    assert desks.broker.confirm(brokered).reason == "ConflictingAccountName"


def test_orders_use_given_ids(clock, desks_of):
    """New orders use the ids that were passed to `Exchange`, also after a reset."""
    exchange = Exchange(clock=clock, ids=iter(["AAAAAAAA", "BBBBBBBB"]))
    desk = desks_of(exchange).initiator

    assert desk.place() == "AAAAAAAA"
    exchange.reset()
    assert desk.place() == "BBBBBBBB"


def test_order_lifetime_minimum_is_a_millisecond(desks, clock):
    """The shortest lifetime of an order is one millisecond."""
    order = place_broker_order(desks, expires_in_hrs=3e-7)
    assert desks.initiator.status(order) == "AwaitSourceTargetConfirm"

    clock.advance(ms=1)
    assert desks.initiator.status(order) == "Expired"


@pytest.mark.parametrize("hours", [2e-7, 720.5])
def test_order_lifetime_out_of_range_is_rejected(exchange, desks, hours):
    """For a lifetime that is too short or too long, the log names both limits."""
    desks.broker.send("/v1/clearing/broker/new", **TERMS, **PARTIES, expires_in_hrs=hours)

    assert exchange.log[-1].expected.endswith("at least a millisecond, at most 720 hours")


def test_clearing_ids_have_documented_form(desks):
    """A clearing id is eight upper-case letters and digits."""
    assert re.fullmatch("[A-Z0-9]{8}", desks.initiator.place())
