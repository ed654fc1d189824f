"""The operations of the generated client: sync and async, in-process and over a socket."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from gemini_clearing import (
    BrokerOrderList,
    CanceledOrder,
    ConfirmedOrder,
    ListedBrokerOrder,
    ListedOrder,
    OrderDetails,
    OrderList,
    OrderStatus,
    PlacedBrokerOrder,
    PlacedOrder,
    Side,
    Trade,
    TradeList,
)
from tests.client.desks import BUY, SELL


def test_bilateral_order_is_placed_read_and_confirmed(desk):
    """One desk places it, both read it, the other confirms it, and both have the trade."""
    initiator, counterparty = desk("initiator"), desk("counterparty")

    placed = initiator.create_order(**BUY, counterparty_id=counterparty.counterparty_id, expires_in_hrs=24)
    assert type(placed) is PlacedOrder
    assert (placed.result, placed.symbol, placed.amount, placed.price, placed.side, placed.is_confirmed) == (
        "AwaitConfirm", "BTCUSD", Decimal(2), Decimal("9500.00"), Side.BUY, False,
    )  # fmt: skip
    seen = counterparty.get_order(clearing_id=placed.clearing_id)
    assert (type(seen), seen.status) == (OrderDetails, OrderStatus.AWAIT_TARGET_CONFIRM)

    confirmed = counterparty.confirm_order(clearing_id=placed.clearing_id, **SELL)
    assert confirmed == ConfirmedOrder(result="confirmed")
    assert initiator.get_order(clearing_id=placed.clearing_id).status is OrderStatus.CONFIRMED

    trades = initiator.list_trades()
    (trade,) = [trade for trade in trades.results if trade.clearing_id == placed.clearing_id]
    assert (type(trades), type(trade)) == (TradeList, Trade)
    assert (trade.source_account, trade.target_account, trade.source_side, trade.has_broker) == (
        "initiator", "counterparty", Side.BUY, False,
    )  # fmt: skip


def test_order_is_listed_with_its_terms_and_times(desk):
    """The list has the side of the account, and aware times."""
    initiator = desk("initiator")
    before = datetime.now(UTC) - timedelta(seconds=1)
    placed = initiator.create_order(**BUY, expires_in_hrs=1)

    orders = initiator.list_orders(
        symbol="BTCUSD",
        side="buy",
        submission_start=before,
        submission_end=before + timedelta(minutes=5),
        limit_orders=50,
    )

    (order,) = [order for order in orders.orders if order.clearing_id == placed.clearing_id]
    assert (type(orders), type(order)) == (OrderList, ListedOrder)
    assert (order.quantity, order.price, order.status, order.counterparty_id) == (2, 9500, "AwaitTargetConfirm", None)
    assert abs(order.expiration - order.submission - timedelta(hours=1)) < timedelta(seconds=1)
    assert order.submission == placed.timestampms


def test_order_is_canceled(desk):
    """The desk that placed it cancels it, and both desks read the new status."""
    initiator = desk("initiator")
    placed = initiator.create_order(**BUY)

    canceled = initiator.cancel_order(clearing_id=placed.clearing_id)

    assert canceled == CanceledOrder(result="ok", details=f"{placed.clearing_id} order canceled")
    assert initiator.get_order(clearing_id=placed.clearing_id).status is OrderStatus.CANCELED


def test_broker_order_is_placed_and_confirmed_by_both_desks(desk):
    """The broker places it, each desk confirms its side, and the broker reads each status."""
    broker, source, target = desk("broker"), desk("initiator"), desk("counterparty")

    placed = broker.create_broker_order(
        **BUY,
        source_counterparty_id=source.counterparty_id,
        target_counterparty_id=target.counterparty_id,
        expires_in_hrs=0.5,
    )
    assert (type(placed), placed.result) == (PlacedBrokerOrder, "AwaitSourceTargetConfirm")
    listed = broker.list_broker_orders(symbol="btcusd")
    (order,) = [order for order in listed.orders if order.clearing_id == placed.clearing_id]
    assert (type(listed), type(order)) == (BrokerOrderList, ListedBrokerOrder)
    assert (order.source_side, order.target_counterparty_id) == (Side.BUY, target.counterparty_id)

    source.confirm_order(clearing_id=placed.clearing_id, **BUY)
    assert broker.get_order(clearing_id=placed.clearing_id).status is OrderStatus.AWAIT_TARGET_CONFIRM
    target.confirm_order(clearing_id=placed.clearing_id, **SELL)
    assert broker.get_order(clearing_id=placed.clearing_id).status is OrderStatus.CONFIRMED
    (trade,) = [trade for trade in source.list_trades().results if trade.clearing_id == placed.clearing_id]
    assert trade.has_broker


def test_confirmed_order_settles(inside):
    """Thirty seconds after both confirmations the trade is settled."""
    initiator, counterparty = inside.desk("initiator"), inside.desk("counterparty")
    placed = initiator.create_order(**BUY)
    counterparty.confirm_order(clearing_id=placed.clearing_id, **SELL)

    inside.exchange.clock.advance(seconds=31)

    assert initiator.get_order(clearing_id=placed.clearing_id).status is OrderStatus.SETTLED
    (trade,) = counterparty.list_trades(limit_trades=1).results
    assert trade.status is OrderStatus.SETTLED
    assert trade.last_updated_ms > trade.created_ms


def test_unconfirmed_order_expires(inside):
    """The order expires after `expires_in_hrs`."""
    initiator = inside.desk("initiator")
    placed = initiator.create_order(**BUY, expires_in_hrs=2)

    inside.exchange.clock.advance(hours=2)

    assert initiator.get_order(clearing_id=placed.clearing_id).status is OrderStatus.EXPIRED


def test_filters_reach_the_exchange(inside):
    """Each filter narrows the list, separately and combined."""
    initiator, counterparty = inside.desk("initiator"), inside.desk("counterparty")
    first = initiator.create_order(**BUY, counterparty_id=counterparty.counterparty_id)
    inside.exchange.clock.advance(minutes=1)
    second = initiator.create_order(**{**SELL, "symbol": "ethusd"}, expires_in_hrs=48)
    initiator.cancel_order(clearing_id=second.clearing_id)

    def ids(**filters):
        return {order.clearing_id for order in initiator.list_orders(**filters).orders}

    one, two = {first.clearing_id}, {second.clearing_id}
    assert ids() == one | two
    assert ids(symbol="ethusd") == two
    assert ids(side=Side.BUY) == one
    assert ids(counterparty=counterparty.counterparty_id) == one
    assert ids(status=OrderStatus.CANCELED) == two
    assert ids(timestamp=first.timestampms) == two
    assert ids(limit_orders=1) == two
    assert ids(submission_start=first.timestampms, submission_end=first.timestampms) == one
    later = first.timestampms + timedelta(hours=30)
    assert ids(expiration_start=later, expiration_end=later + timedelta(days=3)) == two
    assert ids(symbol="ethusd", side="buy") == set()


def test_trades_are_filtered_by_a_time_in_nanoseconds(inside):
    """`timestamp_nanos` is the only filter in nanoseconds; both limits are sent."""
    initiator = inside.desk("initiator")
    placed = [initiator.create_order(**BUY) for _ in range(3)]
    last = placed[-1].to_wire()["timestampms"] * 1_000_000

    assert len(initiator.list_trades(limit_per_account=2).results) == 2
    assert initiator.list_trades(timestamp_nanos=last + 10**12).results == []
