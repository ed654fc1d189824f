"""The three lists: what they show, to whom, in which order, and what each filter keeps."""

import pytest

START = 1_767_225_600_000
HOUR_MS = 3_600_000


@pytest.fixture
def three(desks, clock):
    """Three orders of the initiator, a minute apart, each different in what filters look at."""
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
    """Tell only the ids."""
    return [order["clearing_id"] for order in orders]


def test_list_tells_an_order_from_each_side(desks, three):
    """The counterparty sees the opposite side, and who faces it."""
    row = desks.counterparty.orders()[0]

    assert row == {
        "clearing_id": three[0],
        "counterparty_id": "R485E04Q",
        "symbol": "BTCUSD",
        "side": "sell",
        "price": 9500.0,
        "quantity": 2,
        "status": "AwaitTargetConfirm",
        "submission": START,
        "expiration": START + HOUR_MS,
    }


def test_list_is_newest_first_and_limited(desks, three):
    """The newest order comes first; a limit cuts the oldest off."""
    assert ids(desks.initiator.orders()) == three[::-1]
    assert ids(desks.initiator.orders(limit_orders=2)) == [three[2], three[1]]
    assert ids(desks.initiator.orders(limit_orders=10**40)) == three[::-1]


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
def test_list_keeps_what_passes_every_filter(desks, three, filters, kept):
    """Each documented filter, alone and together."""
    assert ids(desks.initiator.orders(**filters)) == [three[index] for index in kept]


def test_list_funded_follows_the_balances(exchange, desks, three):
    """``funded`` keeps the orders that both desks hold the funds for now."""
    exchange.desks.set_balance("counterparty", "BTC", "1.99999999")
    assert three[0] not in ids(desks.initiator.orders(funded=True))

    exchange.desks.set_balance("counterparty", "BTC", "2")
    assert three[0] in ids(desks.initiator.orders(funded=True))


def test_list_funded_keeps_what_was_paid(exchange, desks, three, clock):
    """A settled order was funded, whatever its desks hold since."""
    desks.counterparty.confirm(three[0])
    clock.advance(seconds=30)
    assert desks.initiator.status(three[0]) == "Settled"

    exchange.desks.set_balance("initiator", "USD", 0)

    assert three[0] in ids(desks.initiator.orders(funded=True))


def test_list_shows_and_takes_the_accounts_own_aliases(exchange, desks, three):
    """An alias is shown to the desk that gave it, and may be filtered by."""
    exchange.desks.set_alias("initiator", "counterparty", "friends")

    row = desks.initiator.orders(counterparty="friends")[0]

    assert (row["clearing_id"], row["counterparty_alias"]) == (three[0], "friends")
    assert "counterparty_alias" not in desks.counterparty.orders()[0]


def test_list_refuses_an_unknown_symbol(desks):
    """A symbol that is not cleared here is refused, not an empty list."""
    answer = desks.initiator.send("/v1/clearing/list", symbol="abcdef")

    assert (answer.reason, answer.body["message"]) == ("InvalidSymbol", "Received unsupported symbol 'abcdef'")


def test_list_writes_numbers_with_every_digit(desks):
    """Price and quantity are JSON numbers, plain and exact, however long or small."""
    desks.initiator.place(amount="123456789012345678901234567890", price="0.00000001")

    body = desks.initiator.send("/v1/clearing/list").response.body

    assert b'"price":0.00000001,"quantity":123456789012345678901234567890,' in body


@pytest.fixture
def brokered(desks):
    """An order of the broker for the two desks."""
    answer = desks.broker.send(
        "/v1/clearing/broker/new",
        source_counterparty_id="R485E04Q",
        target_counterparty_id="OM9VNL1G",
        symbol="ethusd",
        amount="175.00",
        price="200",
        side="sell",
        expires_in_hrs=0.5,
    )
    return answer.body["clearing_id"]


def test_broker_list_shows_the_brokers_orders_to_the_broker(desks, brokered, three):
    """A broker sees what it placed, with both desks; nobody else does."""
    rows = desks.broker.send("/v1/clearing/broker/list").body["orders"]

    assert rows == [
        {
            "clearing_id": brokered,
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


def test_list_names_the_broker_to_both_desks(desks, brokered):
    """Source and target find the order in their lists, each with its own side."""
    for desk, side, other in ((desks.initiator, "sell", "OM9VNL1G"), (desks.counterparty, "buy", "R485E04Q")):
        row = desk.orders()[0]
        assert (row["side"], row["counterparty_id"], row["broker_id"]) == (side, other, "WV4V1DGN")


@pytest.mark.parametrize(
    ("filters", "found"), [({"symbol": "ethusd"}, 1), ({"symbol": "btcusd"}, 0), ({"funded": True}, 1)]
)
def test_broker_list_takes_filters(desks, brokered, filters, found):
    """The filters of the list hold for the broker's too."""
    assert len(desks.broker.send("/v1/clearing/broker/list", **filters).body["orders"]) == found


def trades(desk, **filters):
    """List a desk's trades."""
    return desk.send("/v1/clearing/trades", **filters).body["results"]


def test_trades_tell_both_accounts_and_the_last_change(desks, three, clock):
    """A row in camelCase, with strings for money, for either desk."""
    desks.counterparty.confirm(three[0])
    row = trades(desks.counterparty)[0]

    assert row == {
        "sourceAccount": "initiator",
        "targetAccount": "counterparty",
        "pair": "BTCUSD",
        "sourceSide": "buy",
        "price": "9500.00",
        "quantity": "2",
        "clearingId": three[0],
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
def test_trades_take_both_limits_and_both_starts(desks, three, filters, found):
    """Of two limits the smaller holds, of two starts the later; only nanoseconds include their moment."""
    assert len(trades(desks.initiator, **filters)) == found


@pytest.mark.parametrize("limit", [0, 301, -1, "5", 1.5, True, None])
def test_trades_limit_is_from_1_to_300(desks, limit):
    """Other limits are refused."""
    assert desks.initiator.send("/v1/clearing/trades", limit_per_account=limit).reason == "UnsupportedOption"


def test_trades_default_limit_is_100(desks):
    """Without a limit, a hundred trades are answered."""
    for _ in range(101):
        desks.initiator.place()

    assert len(trades(desks.initiator)) == 100
