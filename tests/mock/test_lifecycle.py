"""What becomes of an order: placed, confirmed, settled, canceled, expired."""

import re

import pytest

from gemini_clearing_mock import Exchange

HOUR_MS = 3_600_000
PARTIES = {"source_counterparty_id": "R485E04Q", "target_counterparty_id": "OM9VNL1G"}
TERMS = {"symbol": "btcusd", "amount": "2", "price": "9500.00", "side": "buy"}


@pytest.fixture
def order(desks):
    """A bilateral order that waits for the counterparty."""
    return desks.initiator.place(counterparty_id="OM9VNL1G")


@pytest.fixture
def brokered(desks):
    """A broker's order that waits for both desks."""
    return place_for_two(desks)


def place_for_two(desks, **parameters):
    """Have the broker place an order for initiator and counterparty."""
    answer = desks.broker.send("/v1/clearing/broker/new", **TERMS, **PARTIES, **{"expires_in_hrs": 24} | parameters)
    assert answer.body["result"] == "AwaitSourceTargetConfirm"
    return answer.body["clearing_id"]


def test_new_announces_await_confirm(desks):
    """The answer to a new order calls its first state AwaitConfirm, and repeats the terms."""
    answer = desks.initiator.send("/v1/clearing/new", symbol="BtcUsd", amount="02.50", price="9500.00", side="sell")

    assert answer.body == {
        "result": "AwaitConfirm",
        "clearing_id": answer.body["clearing_id"],
        "symbol": "BTCUSD",
        "price": "9500.00",
        "amount": "2.50",
        "side": "sell",
        "status": "AwaitConfirm",
        "timestamp": "1767225600000",
        "timestampms": 1767225600000,
        "is_confirmed": False,
    }


def test_status_calls_the_first_state_await_target_confirm(desks, order):
    """Asked for, the same order awaits its target."""
    assert desks.counterparty.status(order) == "AwaitTargetConfirm"


def test_confirm_leads_to_settlement_after_thirty_seconds(desks, order, clock):
    """A confirmed order settles at the first check, 30 s later and no millisecond sooner."""
    assert desks.counterparty.confirm(order).body == {"result": "confirmed"}
    assert desks.initiator.status(order) == "Confirmed"

    clock.advance(ms=29_999)
    assert desks.initiator.status(order) == "Confirmed"

    clock.advance(ms=1)
    assert desks.initiator.status(order) == "Settled"


def test_confirm_of_an_open_order_is_anybodys_who_holds_the_id(desks):
    """Without a counterparty a third desk may confirm, and is the counterparty from then on."""
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
def test_confirm_refuses_other_terms_under_200(desks, order, wrong, reason, message):
    """Terms that are not the order's are refused under status 200, and the order still waits."""
    answer = desks.counterparty.confirm(order, **wrong)

    assert answer.status == 200
    assert answer.body == {"result": "error", "reason": reason, "message": message}
    assert desks.initiator.status(order) == "AwaitTargetConfirm"


def test_confirm_compares_numbers_not_texts(desks, order):
    """The same amount and price written otherwise are the same terms."""
    assert desks.counterparty.confirm(order, amount="2.000", price="9500").body == {"result": "confirmed"}


def test_confirm_of_ones_own_order_is_refused(desks, order):
    """The desk that placed the order cannot confirm it."""
    answer = desks.initiator.confirm(order)

    assert (answer.status, answer.reason) == (200, "ConflictingAccountName")


def test_confirm_by_a_third_desk_finds_no_order(desks, order):
    """An order with a named counterparty is nobody else's business."""
    answer = desks.desk3.confirm(order)

    assert (answer.status, answer.reason) == (404, "OrderNotFound")


def test_confirm_a_second_time_finds_no_order(desks, order):
    """A confirmed order awaits nobody's confirmation."""
    desks.counterparty.confirm(order)

    assert desks.counterparty.confirm(order).reason == "OrderNotFound"
    assert desks.initiator.confirm(order).reason == "OrderNotFound"


@pytest.mark.parametrize("who", ["initiator", "counterparty"])
def test_cancel_before_confirmation_ends_the_order(desks, order, who):
    """Either desk may take back an order that nobody has confirmed."""
    assert desks[who].cancel(order).body == {"result": "ok", "details": f"{order} order canceled"}
    assert desks.initiator.status(order) == "Canceled"
    assert desks.counterparty.confirm(order).reason == "OrderNotFound"


def test_cancel_too_late_fails_under_200(desks, order):
    """A confirmed order cannot be taken back."""
    desks.counterparty.confirm(order)

    answer = desks.initiator.cancel(order)

    assert answer.status == 200
    assert answer.body == {"result": "failed", "details": f"Unable to cancel order {order}"}


def test_cancel_by_a_stranger_tells_nothing(desks, order):
    """Whoever may not see an order cannot find out that there is one."""
    assert desks.desk3.cancel(order).body == desks.desk3.cancel("NOSUCHID").body | {
        "message": f"Order {order} not found"
    }


def test_cancel_of_an_open_order_by_a_stranger_fails(desks):
    """Who holds the id of an open order may see it, and not cancel it."""
    clearing_id = desks.initiator.place()

    assert desks.desk3.cancel(clearing_id).body["result"] == "failed"
    assert desks.initiator.status(clearing_id) == "AwaitTargetConfirm"


def test_expiry_comes_to_the_millisecond(desks, clock):
    """An order lives until the millisecond before its expiry."""
    order = desks.initiator.place(counterparty_id="OM9VNL1G", expires_in_hrs=1)

    clock.advance(ms=HOUR_MS - 1)
    assert desks.initiator.status(order) == "AwaitTargetConfirm"

    clock.advance(ms=1)
    assert desks.initiator.status(order) == "Expired"
    assert desks.counterparty.confirm(order).reason == "OrderNotFound"


def test_expiry_beats_a_settlement_check_of_the_same_moment(desks, clock):
    """An order whose first check would fall on its expiry expires."""
    order = desks.initiator.place(counterparty_id="OM9VNL1G", expires_in_hrs=1)
    clock.advance(ms=HOUR_MS - 30_000)
    desks.counterparty.confirm(order)

    clock.advance(seconds=30)

    assert desks.initiator.status(order) == "Expired"


@pytest.mark.parametrize(("first", "then"), [("initiator", "counterparty"), ("counterparty", "initiator")])
def test_broker_order_needs_both_confirmations_in_either_order(desks, brokered, first, then):
    """Source and target confirm in either order, each with its own side."""
    sides = {"initiator": "buy", "counterparty": "sell"}
    waiting_for = {"initiator": "AwaitSourceConfirm", "counterparty": "AwaitTargetConfirm"}

    assert desks[first].confirm(brokered, side=sides[first]).body == {"result": "confirmed"}
    assert desks.broker.status(brokered) == waiting_for[then]
    assert desks[first].confirm(brokered, side=sides[first]).reason == "OrderNotFound"
    assert desks[then].confirm(brokered, side=sides[then]).body == {"result": "confirmed"}
    assert desks.broker.status(brokered) == "Confirmed"


@pytest.mark.parametrize("who", ["broker", "initiator", "counterparty"])
def test_broker_order_is_cancelable_until_one_confirms(desks, who):
    """Broker, source and target may cancel while both have yet to confirm, and not afterwards."""
    assert desks[who].cancel(place_for_two(desks)).body["result"] == "ok"

    for side, desk in (("buy", desks.initiator), ("sell", desks.counterparty)):
        half_confirmed = place_for_two(desks)
        desk.confirm(half_confirmed, side=side)
        assert desks[who].cancel(half_confirmed).body["result"] == "failed"


def test_broker_cannot_confirm_its_own_order(desks, brokered):
    """The broker is no desk of its order."""
    assert desks.broker.confirm(brokered).reason == "ConflictingAccountName"


def test_orders_have_the_ids_that_were_given(clock, desks_of):
    """A test that compares whole answers gives out its own; after a reset they go on."""
    exchange = Exchange(clock=clock, ids=iter(["AAAAAAAA", "BBBBBBBB"]))
    desk = desks_of(exchange).initiator

    assert desk.place() == "AAAAAAAA"
    exchange.reset()
    assert desk.place() == "BBBBBBBB"


def test_order_may_live_for_a_millisecond(desks, clock):
    """The shortest time that the clock knows."""
    order = place_for_two(desks, expires_in_hrs=3e-7)
    assert desks.initiator.status(order) == "AwaitSourceTargetConfirm"

    clock.advance(ms=1)
    assert desks.initiator.status(order) == "Expired"


@pytest.mark.parametrize("hours", [2e-7, 720.5])
def test_order_that_lives_too_short_or_too_long_is_refused(exchange, desks, hours):
    """The log names both bounds."""
    desks.broker.send("/v1/clearing/broker/new", **TERMS, **PARTIES, expires_in_hrs=hours)

    assert exchange.log[-1].expected.endswith("at least a millisecond, at most 720 hours")


def test_clearing_ids_look_as_the_exchange_gives_them(desks):
    """Eight upper-case letters and digits."""
    assert re.fullmatch("[A-Z0-9]{8}", desks.initiator.place())
