"""Forms of responses that the published file allows and the examples do not show, with both clients."""

from datetime import UTC, datetime

import pytest

from gemini_clearing import OrderStatus
from tests.client.test_hooks import Replacing

TRADE = {
    "pair": "BTCUSD",
    "sourceSide": "buy",
    "price": "9500.00",
    "quantity": "2",
    "clearingId": "A0521QDV",
    "status": "Settled",
    "createdMs": 1662481306139,
    "lastUpdatedMs": 1662481561668,
}
CHANGED = datetime(2022, 9, 6, 16, 26, 1, 668000, UTC)


@pytest.mark.parametrize("time", [1662481561668, "1662481561668"])
def test_times_of_trades_may_be_text(inside, time):
    """A time of a trade is read from a number and from text, and written as it was received."""
    body = {"results": [{**TRADE, "lastUpdatedMs": time, "expirationTimeMs": time}]}
    desk = inside.desk("initiator", lambda transport: Replacing(transport, body))

    (trade,) = desk.list_trades().results

    assert (trade.last_updated_ms, trade.expiration_time_ms) == (CHANGED, CHANGED)
    assert trade.to_wire()["lastUpdatedMs"] == time


def test_trade_needs_only_what_is_booked(inside):
    """The names of the accounts, the expiration and the two flags may be missing."""
    desk = inside.desk("initiator", lambda transport: Replacing(transport, {"results": [TRADE]}))

    (trade,) = desk.list_trades().results

    assert trade.status == OrderStatus.SETTLED
    assert (trade.source_account, trade.target_account, trade.expiration_time_ms) == (None, None, None)
    assert (trade.has_broker, trade.was_notified) == (None, None)


@pytest.mark.parametrize("method", ["list_orders", "list_broker_orders"])
def test_list_needs_no_result(inside, method):
    """A list without the word of success is a list all the same."""
    desk = inside.desk("initiator", lambda transport: Replacing(transport, {"orders": []}))

    response = getattr(desk, method)()

    assert (response.result, response.orders) == (None, [])


@pytest.mark.parametrize(
    ("timestamp", "read"),
    [
        ("1662481561", CHANGED.replace(microsecond=0)),
        (1662481561, CHANGED.replace(microsecond=0)),
        ("1662481561668", CHANGED),
    ],
)
def test_timestamp_is_in_seconds_or_milliseconds(inside, timestamp, read):
    """The size of a number shows its unit, so `timestamp` is read in both."""
    body = {"result": "ok", "status": "Confirmed", "clearing_id": "A0521QDV", "timestamp": timestamp}
    desk = inside.desk("initiator", lambda transport: Replacing(transport, body))

    order = desk.get_order(clearing_id="A0521QDV")

    assert order.timestamp == read
    assert order.to_wire()["timestamp"] == timestamp


def test_mock_sends_whole_seconds_and_milliseconds(inside):
    """`timestamp` of the mock is the second of `timestampms`, as in the published pairs."""
    placed = inside.desk("initiator").create_order(symbol="btcusd", amount="1", price="9500", side="buy")

    wire = placed.to_wire()
    assert wire["timestamp"] == str(wire["timestampms"] // 1000)
