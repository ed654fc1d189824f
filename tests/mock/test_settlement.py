"""Settlement: only when both desks have the funds, checked every 30 seconds of exchange time."""

from decimal import Decimal

import pytest

from gemini_clearing_mock import Account, Choices, Exchange, demo_config
from gemini_clearing_mock.errors import ControlError


@pytest.fixture
def unfunded(exchange):
    """An exchange whose two desks have no funds."""
    for desk in ("initiator", "counterparty", "desk3"):
        for currency in ("BTC", "USD"):
            exchange.desks.set_balance(desk, currency, 0)
    return exchange


@pytest.fixture
def confirmed(unfunded, desks):
    """A confirmed order that neither desk can pay: 2 BTC at 9500 USD."""
    order = desks.initiator.place(counterparty_id="OM9VNL1G")
    desks.counterparty.confirm(order)
    return order


def fund(exchange, buyer="19000", seller="2"):
    """Set the balances of both desks, by default to what the order needs."""
    exchange.desks.set_balance("initiator", "USD", buyer)
    exchange.desks.set_balance("counterparty", "BTC", seller)


def test_unfunded_order_attempts_settlement(desks, confirmed, clock):
    """Without funds at the first check, the order is in AttemptSettlement, and still confirmed."""
    clock.advance(seconds=30)

    response = desks.initiator.send("/v1/clearing/status", clearing_id=confirmed).body

    assert (response["status"], response["is_confirmed"]) == ("AttemptSettlement", True)


def test_deposit_settles_at_the_next_check(unfunded, desks, confirmed, clock):
    """A deposit between two checks counts at the second."""
    clock.advance(seconds=100)
    fund(unfunded)

    clock.advance(ms=19_999)
    assert desks.initiator.status(confirmed) == "AttemptSettlement"
    clock.advance(ms=1)
    assert desks.initiator.status(confirmed) == "Settled"


def test_deposit_in_the_millisecond_of_a_check_counts(unfunded, desks, confirmed, clock):
    """A deposit in the millisecond of a failed check settles the order immediately."""
    clock.advance(seconds=30)
    assert desks.initiator.status(confirmed) == "AttemptSettlement"

    fund(unfunded)

    assert desks.initiator.status(confirmed) == "Settled"


@pytest.mark.parametrize(("buyer", "seller"), [("18999.99", "2"), ("19000", "1.99999999")])
def test_settlement_requires_funds_of_both_desks(unfunded, desks, confirmed, clock, buyer, seller):
    """If one desk lacks the smallest amount, the order does not settle, and finally expires."""
    fund(unfunded, buyer, seller)

    clock.advance(hours=23)
    assert desks.initiator.status(confirmed) == "AttemptSettlement"
    clock.advance(hours=1)
    assert desks.initiator.status(confirmed) == "Expired"
    assert unfunded.desks.balance("initiator", "USD") == Decimal(buyer)


def test_settlement_changes_balances_once(unfunded, desks, confirmed, clock):
    """The buyer pays amount times price, the seller delivers the amount, exactly once."""
    fund(unfunded, "19000.01", "2.00000001")

    clock.advance(hours=2)

    held = {
        (desk, currency): unfunded.desks.balance(desk, currency)
        for desk in ("initiator", "counterparty")
        for currency in ("BTC", "USD")
    }
    assert held == {
        ("initiator", "BTC"): Decimal(2),
        ("initiator", "USD"): Decimal("0.01"),
        ("counterparty", "BTC"): Decimal("0.00000001"),
        ("counterparty", "USD"): Decimal(19000),
    }


def test_settlement_does_not_round(unfunded, desks, clock):
    """Numbers with sixty digits are settled exactly."""
    amount, price = "123456789012345678901234567890.12345678", "98765432109876543210.01"
    total = "12193263113702179522497805210139780520123869836801.1386983678"
    order = desks.initiator.place(counterparty_id="OM9VNL1G", amount=amount, price=price)
    desks.counterparty.confirm(order, amount=amount, price=price)
    fund(unfunded, total, amount)

    clock.advance(seconds=30)

    assert unfunded.desks.balance("counterparty", "USD") == Decimal(total)
    assert unfunded.desks.balance("initiator", "USD") == 0


def test_older_order_settles_first(unfunded, desks, confirmed, clock):
    """If the funds suffice for one of two orders, the older one settles."""
    second = desks.initiator.place(counterparty_id="OM9VNL1G")
    desks.counterparty.confirm(second)
    fund(unfunded)

    clock.advance(minutes=5)

    assert [desks.initiator.status(order) for order in (confirmed, second)] == ["Settled", "AttemptSettlement"]


def test_received_funds_count_in_the_same_millisecond(unfunded, desks, confirmed, clock):
    """Funds from one settlement count for the next one in the same millisecond."""
    chained = desks.desk3.place(counterparty_id="R485E04Q")
    desks.initiator.confirm(chained)
    fund(unfunded)
    unfunded.desks.set_balance("desk3", "USD", "19000")

    clock.advance(seconds=30)

    assert desks.desk3.status(chained) == "Settled"
    assert unfunded.desks.balance("desk3", "BTC") == 2


def test_events_have_the_time_at_which_they_were_due(desks, clock):
    """After a long advance of the clock, an event has the time at which it was due."""
    order = desks.initiator.place(counterparty_id="OM9VNL1G")
    confirmed_ms = clock.advance(seconds=1)
    desks.counterparty.confirm(order)

    clock.advance(hours=700)

    row = desks.initiator.send("/v1/clearing/trades").body["results"][0]
    assert (row["status"], row["lastUpdatedMs"]) == ("Settled", confirmed_ms + 30_000)


def test_unfunded_orders_are_not_checked_again_without_deposits(unfunded, desks, clock):
    """A thousand unfunded orders and an advance over 80,000 checks leave at most two tasks per order."""
    for _ in range(1000):
        order = desks.initiator.place(counterparty_id="OM9VNL1G", expires_in_hrs=720)
        desks.counterparty.confirm(order)
    clock.advance(hours=719)

    with unfunded.transactions.begin() as transaction:
        assert len(list(transaction.state.schedule)) <= 2000


@pytest.fixture
def strict(clock, desks_of):
    """The desks of an exchange that requires funds when orders are placed and confirmed."""
    choices = Choices(funds_needed_to_place=True, funds_needed_to_confirm=True)
    return desks_of(Exchange(demo_config(choices), clock=clock))


def test_funds_needed_to_place_rejects_unfunded_order(strict):
    """With `funds_needed_to_place`, an unfunded order is rejected with 406 InsufficientFunds."""
    strict.exchange.desks.set_balance("initiator", "USD", "18999")

    response = strict.initiator.send("/v1/clearing/new", symbol="btcusd", amount="2", price="9500", side="buy")

    assert (response.status, response.reason) == (406, "InsufficientFunds")
    assert strict.initiator.orders() == []


def test_funds_needed_to_place_checks_only_the_source_of_an_open_order(strict):
    """An open order has no target yet whose funds could be checked."""
    assert strict.initiator.place()


def test_funds_needed_to_confirm_rejects_unfunded_confirmation(strict):
    """With `funds_needed_to_confirm`, the confirming desk needs its funds."""
    order = strict.initiator.place(counterparty_id="OM9VNL1G")
    strict.exchange.desks.set_balance("counterparty", "BTC", "1")

    assert strict.counterparty.confirm(order).status == 406
    assert strict.initiator.status(order) == "AwaitTargetConfirm"
    strict.exchange.desks.set_balance("counterparty", "BTC", "2")
    assert strict.counterparty.confirm(order).status == 200


def test_funds_needed_to_place_checks_both_desks_of_a_broker_order(strict):
    """A broker order requires the funds of source and target."""
    strict.exchange.desks.set_balance("desk3", "BTC", "1")
    terms = {"symbol": "btcusd", "amount": "2", "price": "1", "side": "buy", "expires_in_hrs": 1}
    parties = {"source_counterparty_id": "R485E04Q", "target_counterparty_id": "Z4929ZDY"}

    assert strict.broker.send("/v1/clearing/broker/new", **terms, **parties).reason == "InsufficientFunds"
    strict.exchange.desks.set_balance("desk3", "BTC", "2")
    assert strict.broker.send("/v1/clearing/broker/new", **terms, **parties).status == 200


def test_settlement_adds_a_new_currency(clock, desks_of):
    """A desk can receive a currency in which it had no balance."""
    exchange = Exchange(clock=clock)
    exchange.desks.add_account("newcomer", "NEWCOMER", balances={"USD": "19000"})
    exchange.desks.add_key("newcomer", account="newcomer")
    desks = desks_of(exchange)
    order = desks.newcomer.place(counterparty_id="OM9VNL1G")
    desks.counterparty.confirm(order)
    clock.advance(seconds=30)

    assert desks.newcomer.status(order) == "Settled"
    assert exchange.desks.find("newcomer").balances == {"USD": Decimal(0), "BTC": Decimal(2)}


def test_account_without_balance_holds_nothing():
    """An account holds nothing of a currency without balance."""
    assert not Account("DESK0001", "desk", "group").holds("BTC", Decimal("0.1"))


def test_balance_defaults_to_zero(exchange):
    """A missing balance is zero, and currencies are case-insensitive."""
    assert [exchange.desks.balance("initiator", currency) for currency in ("doge", "DOGE")] == [0, 0]


def test_unconfirmed_order_has_no_settlement_check(desks):
    """The time of the next settlement check exists only for a confirmed order."""
    clearing_id = desks.initiator.place()

    with (
        desks.exchange.transactions.begin() as transaction,
        pytest.raises(ValueError, match=f"order {clearing_id} is not confirmed"),
    ):
        transaction.state.earliest_settlement_ms(transaction.state.orders[clearing_id])


@pytest.mark.parametrize("amount", [1.5, "NaN", "-1", "much"])
def test_set_balance_rejects_inexact_and_negative_amounts(exchange, amount):
    """A balance must be exact, finite and not negative."""
    with pytest.raises(ControlError, match="invalid amount"):
        exchange.desks.set_balance("initiator", "BTC", amount)


def test_unknown_account_error_lists_accounts(exchange):
    """The error for an unknown account lists the known ones with their ids."""
    with pytest.raises(ControlError, match=r"unknown account 'nobody'. Accounts: initiator \(R485E04Q\), "):
        exchange.desks.set_balance("nobody", "BTC", 1)


def test_insufficient_funds_message_names_side_and_symbol(strict):
    """The message names the side and the symbol."""
    strict.exchange.desks.set_balance("initiator", "USD", 0)

    response = strict.initiator.send("/v1/clearing/new", symbol="btcusd", amount="2", price="1", side="buy")

    assert response.body["message"] == "Failed to place buy order for symbol BTCUSD: insufficient funds"
