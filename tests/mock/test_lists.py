"""The three lists: their rows, their order, their filters and limits."""

import pytest

START = 1_767_225_600_000
HOUR_MS = 3_600_000


@pytest.fixture
def three_orders(desks, clock):
    """Three orders of the initiator, a minute apart, that differ in every filtered field."""
    terms = [
        {"counterparty_id": "OM9VNL1G", "expires_in_hrs": 1},
        {"counterparty_id": "Z4929ZDY", "symbol": "ethusd", "side": "sell", "expires_in_hrs": 2},
        {"symbol": "btceur", "amount": "10", "price": "2", "expires_in_hrs": 3},
    ]
    placed = []
    for each in terms:
        placed.append(desks.initiator.place(**each))
        clock.advance(minutes=1)
    return placed


def ids(orders):
    """Return the ids of rows."""
    return [order["clearing_id"] for order in orders]


def test_list_describes_order_from_own_side(desks, three_orders):
    """Each desk's list has its own side and the other desk."""
    row = desks.counterparty.orders()[0]

    assert row == {
        "clearing_id": three_orders[0],
        "counterparty_id": "R485E04Q",
        "symbol": "BTCUSD",
        "side": "sell",
        "price": 9500.0,
        "quantity": 2,
        "status": "AwaitTargetConfirm",
        "submission": START,
        "expiration": START + HOUR_MS,
    }


def test_list_is_newest_first_and_limited(desks, three_orders):
    """The newest order comes first, and a limit removes the oldest."""
    assert ids(desks.initiator.orders()) == three_orders[::-1]
    assert ids(desks.initiator.orders(limit_orders=2)) == [three_orders[2], three_orders[1]]
    assert ids(desks.initiator.orders(limit_orders=10**40)) == three_orders[::-1]


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        ({"symbol": "ETHusd"}, [1]),
        ({"side": "buy"}, [2, 0]),
        ({"counterparty": "OM9VNL1G"}, [0]),
        ({"counterparty": "NOBODY00"}, []),
        ({"status": "AwaitTargetConfirm"}, [2, 1, 0]),
        ({"status": "AwaitConfirm"}, [2, 1, 0]),
        ({"status": "Settled"}, []),
        ({"status": "No such word"}, []),
        ({"timestamp": START}, [2, 1]),
        ({"timestamp": START - 1}, [2, 1, 0]),
        ({"timestamp": str(START)}, [2, 1]),
        ({"timestamp": START // 1000}, [2, 1]),
        ({"timestamp": float(START)}, [2, 1]),
        ({"submission_start": START, "submission_end": START + 60_000}, [1, 0]),
        ({"submission_start": START + 1, "submission_end": START + 60_000}, [1]),
        ({"submission_start": START + 60_000, "submission_end": START}, []),
        ({"expiration_start": START + HOUR_MS, "expiration_end": START + HOUR_MS}, [0]),
        ({"expiration_start": START + HOUR_MS + 1, "expiration_end": 10**30}, [2, 1]),
        ({"funded": False}, [2, 1, 0]),
        ({"funded": True}, [1, 0]),
        ({"symbol": "btcusd", "side": "buy", "counterparty": "OM9VNL1G", "limit_orders": 5}, [0]),
        ({"symbol": "btcusd", "side": "sell"}, []),
    ],
)
def test_list_applies_every_filter(desks, three_orders, filters, kept):
    """Each documented filter works by itself and combined."""
    assert ids(desks.initiator.orders(**filters)) == [three_orders[index] for index in kept]


def test_list_funded_uses_current_balances(exchange, desks, three_orders):
    """`funded` selects the orders for which both desks currently have the funds."""
    exchange.desks.set_balance("counterparty", "BTC", "1.99999999")
    assert three_orders[0] not in ids(desks.initiator.orders(funded=True))

    exchange.desks.set_balance("counterparty", "BTC", "2")
    assert three_orders[0] in ids(desks.initiator.orders(funded=True))


def test_list_funded_includes_settled_orders(exchange, desks, three_orders, clock):
    """A settled order counts as funded, regardless of the current balances."""
    desks.counterparty.confirm(three_orders[0])
    clock.advance(seconds=30)
    assert desks.initiator.status(three_orders[0]) == "Settled"

    exchange.desks.set_balance("initiator", "USD", 0)

    assert three_orders[0] in ids(desks.initiator.orders(funded=True))


def test_list_uses_own_aliases(exchange, desks, three_orders):
    """A desk's list shows its own aliases, and filters by them."""
    exchange.desks.set_alias("initiator", "counterparty", "friends")

    row = desks.initiator.orders(counterparty="friends")[0]

    assert (row["clearing_id"], row["counterparty_alias"]) == (three_orders[0], "friends")
    assert "counterparty_alias" not in desks.counterparty.orders()[0]


def test_list_rejects_unknown_symbol(desks):
    """An unknown symbol is rejected instead of returning an empty list."""
    response = desks.initiator.send("/v1/clearing/list", symbol="abcdef")

    assert (response.reason, response.body["message"]) == ("InvalidSymbol", "Received unsupported symbol 'abcdef'")


def test_list_numbers_have_every_digit(desks):
    """Price and quantity are exact JSON numbers without exponent."""
    desks.initiator.place(amount="123456789012345678901234567890", price="0.00000001")

    body = desks.initiator.send("/v1/clearing/list").raw.body

    assert b'"price":0.00000001,"quantity":123456789012345678901234567890,' in body


@pytest.fixture
def broker_order(desks):
    """An order of the broker for the two desks."""
    response = desks.broker.send(
        "/v1/clearing/broker/new",
        source_counterparty_id="R485E04Q",
        target_counterparty_id="OM9VNL1G",
        symbol="ethusd",
        amount="175.00",
        price="200",
        side="sell",
        expires_in_hrs=0.5,
    )
    return response.body["clearing_id"]


def test_broker_list_contains_only_own_orders(desks, broker_order, three_orders):
    """The broker list contains only the orders that the account placed as broker."""
    rows = desks.broker.send("/v1/clearing/broker/list").body["orders"]

    assert rows == [
        {
            "clearing_id": broker_order,
            "source_counterparty_id": "R485E04Q",
            "target_counterparty_id": "OM9VNL1G",
            "symbol": "ETHUSD",
            "source_side": "sell",
            "price": 200,
            "quantity": 175.0,
            "status": "AwaitSourceTargetConfirm",
            "submission": rows[0]["submission"],
            "expiration": rows[0]["submission"] + HOUR_MS // 2,
        }
    ]
    assert desks.initiator.send("/v1/clearing/broker/list").body["orders"] == []
    assert desks.broker.orders() == []


def test_list_names_broker_for_both_desks(desks, broker_order):
    """Source and target list a broker order with its broker, each with its own side."""
    for desk, side, other in ((desks.initiator, "sell", "OM9VNL1G"), (desks.counterparty, "buy", "R485E04Q")):
        row = desk.orders()[0]
        assert (row["side"], row["counterparty_id"], row["broker_id"]) == (side, other, "WV4V1DGN")


@pytest.mark.parametrize(
    ("filters", "found"), [({"symbol": "ethusd"}, 1), ({"symbol": "btcusd"}, 0), ({"funded": True}, 1)]
)
def test_broker_list_applies_filters(desks, broker_order, filters, found):
    """The broker list has the same filters."""
    assert len(desks.broker.send("/v1/clearing/broker/list", **filters).body["orders"]) == found


def trades(desk, **filters):
    """Return a desk's list of trades."""
    return desk.send("/v1/clearing/trades", **filters).body["results"]


def test_trades_have_both_accounts_and_update_time(desks, three_orders, clock):
    """A trade row has camelCase names and strings for money, for either desk."""
    desks.counterparty.confirm(three_orders[0])
    row = trades(desks.counterparty)[0]

    assert row == {
        "sourceAccount": "initiator",
        "targetAccount": "counterparty",
        "pair": "BTCUSD",
        "sourceSide": "buy",
        "price": "9500.00",
        "quantity": "2",
        "clearingId": three_orders[0],
        "status": "Confirmed",
        "expirationTimeMs": START + HOUR_MS,
        "createdMs": START,
        "lastUpdatedMs": START + 180_000,
        "hasBroker": False,
        "wasNotified": True,
    }


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, 3),
        ({"limit_trades": 2}, 2),
        ({"limit_per_account": 1, "limit_trades": 2}, 1),
        ({"limit_per_account": 300}, 3),
        ({"symbol": "btceur"}, 1),
        ({"timestamp": START}, 2),
        ({"timestamp_nanos": START * 1_000_000}, 3),
        ({"timestamp_nanos": START * 1_000_000 + 1}, 2),
        ({"timestamp_nanos": START * 1_000_000, "timestamp": START + 60_000}, 1),
    ],
)
def test_trades_apply_stricter_limit_and_later_start(desks, three_orders, filters, found):
    """The smaller of two limits and the later of two start times apply; only `timestamp_nanos` is inclusive."""
    assert len(trades(desks.initiator, **filters)) == found


@pytest.mark.parametrize("limit", [0, 301, -1, "5", 1.5, True, None])
def test_trades_limit_is_from_1_to_300(desks, limit):
    """A limit below 1 or above 300 is rejected."""
    assert desks.initiator.send("/v1/clearing/trades", limit_per_account=limit).reason == "UnsupportedOption"


def test_trades_default_limit_is_100(desks):
    """Without a limit, at most 100 trades are returned."""
    for _ in range(101):
        desks.initiator.place()

    assert len(trades(desks.initiator)) == 100
