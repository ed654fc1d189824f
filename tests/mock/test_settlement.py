"""Money: settlement only when both sides hold the funds, checked every 30 seconds of exchange time."""

from decimal import Decimal

import pytest

from gemini_clearing_mock import Account, Choices, Exchange, demo_config
from gemini_clearing_mock.errors import ControlError


@pytest.fixture
def poor(exchange):
    """An exchange whose two desks hold nothing."""
    for desk in ("initiator", "counterparty", "desk3"):
        for currency in ("BTC", "USD"):
            exchange.desks.set_balance(desk, currency, 0)
    return exchange


@pytest.fixture
def agreed(poor, desks):
    """An order that both desks agreed on and neither can pay: 2 BTC at 9500 USD."""
    order = desks.initiator.place(counterparty_id="OM9VNL1G")
    desks.counterparty.confirm(order)
    return order


def fund(exchange, buyer="19000", seller="2"):
    """Give both desks what the order takes, or else."""
    exchange.desks.set_balance("initiator", "USD", buyer)
    exchange.desks.set_balance("counterparty", "BTC", seller)


def test_unfunded_order_attempts_settlement(desks, agreed, clock):
    """At the first check without funds the order says AttemptSettlement, and still counts as confirmed."""
    clock.advance(seconds=30)

    answer = desks.initiator.send("/v1/clearing/status", clearing_id=agreed).body

    assert (answer["status"], answer["is_confirmed"]) == ("AttemptSettlement", True)


def test_funded_order_settles_at_the_next_check(poor, desks, agreed, clock):
    """Funds that come between two checks count at the second."""
    clock.advance(seconds=100)
    fund(poor)

    clock.advance(ms=19_999)
    assert desks.initiator.status(agreed) == "AttemptSettlement"
    clock.advance(ms=1)
    assert desks.initiator.status(agreed) == "Settled"


def test_funds_that_come_in_the_millisecond_of_a_check_count_at_it(poor, desks, agreed, clock):
    """The first check has found nothing, and the time is still the same."""
    clock.advance(seconds=30)
    assert desks.initiator.status(agreed) == "AttemptSettlement"

    fund(poor)

    assert desks.initiator.status(agreed) == "Settled"


@pytest.mark.parametrize(("buyer", "seller"), [("18999.99", "2"), ("19000", "1.99999999")])
def test_one_sides_funds_are_not_enough(poor, desks, agreed, clock, buyer, seller):
    """As long as one side lacks the smallest part, nothing settles, and the order expires in the end."""
    fund(poor, buyer, seller)

    clock.advance(hours=23)
    assert desks.initiator.status(agreed) == "AttemptSettlement"
    clock.advance(hours=1)
    assert desks.initiator.status(agreed) == "Expired"
    assert poor.desks.balance("initiator", "USD") == Decimal(buyer)


def test_settlement_moves_the_money_once(poor, desks, agreed, clock):
    """The buyer pays amount times price, the seller delivers the amount, to the last digit."""
    fund(poor, "19000.01", "2.00000001")

    clock.advance(hours=2)

    held = {
        (desk, currency): poor.desks.balance(desk, currency)
        for desk in ("initiator", "counterparty")
        for currency in ("BTC", "USD")
    }
    assert held == {
        ("initiator", "BTC"): Decimal(2),
        ("initiator", "USD"): Decimal("0.01"),
        ("counterparty", "BTC"): Decimal("0.00000001"),
        ("counterparty", "USD"): Decimal(19000),
    }


def test_settlement_does_not_round(poor, desks, clock):
    """Sixty digits are moved exactly."""
    amount, price = "123456789012345678901234567890.12345678", "98765432109876543210.01"
    total = "12193263113702179522497805210139780520123869836801.1386983678"
    order = desks.initiator.place(counterparty_id="OM9VNL1G", amount=amount, price=price)
    desks.counterparty.confirm(order, amount=amount, price=price)
    fund(poor, total, amount)

    clock.advance(seconds=30)

    assert poor.desks.balance("counterparty", "USD") == Decimal(total)
    assert poor.desks.balance("initiator", "USD") == 0


def test_funds_that_pay_for_one_order_pay_for_the_older(poor, desks, agreed, clock):
    """Of two orders with the same funds the one placed first settles, the other waits."""
    second = desks.initiator.place(counterparty_id="OM9VNL1G")
    desks.counterparty.confirm(second)
    fund(poor)

    clock.advance(minutes=5)

    assert [desks.initiator.status(order) for order in (agreed, second)] == ["Settled", "AttemptSettlement"]


def test_money_received_pays_for_the_next_order_at_once(poor, desks, agreed, clock):
    """A chain settles in one check: what one order brings, another of the same moment may spend."""
    chained = desks.desk3.place(counterparty_id="R485E04Q")
    desks.initiator.confirm(chained)
    fund(poor)
    poor.desks.set_balance("desk3", "USD", "19000")

    clock.advance(seconds=30)

    assert desks.desk3.status(chained) == "Settled"
    assert poor.desks.balance("desk3", "BTC") == 2


def test_changes_carry_the_moment_at_which_they_were_due(desks, clock):
    """After a long jump of the clock, the last change is dated when it happened."""
    order = desks.initiator.place(counterparty_id="OM9VNL1G")
    confirmed_ms = clock.advance(seconds=1)
    desks.counterparty.confirm(order)

    clock.advance(hours=700)

    row = desks.initiator.send("/v1/clearing/trades").body["results"][0]
    assert (row["status"], row["lastUpdatedMs"]) == ("Settled", confirmed_ms + 30_000)


def test_unfunded_orders_cost_nothing_while_time_passes(poor, desks, clock):
    """A thousand waiting orders and a jump over 80,000 checks each are done at once, not one check after the other."""
    for _ in range(1000):
        order = desks.initiator.place(counterparty_id="OM9VNL1G", expires_in_hrs=720)
        desks.counterparty.confirm(order)
    clock.advance(hours=719)

    with poor.transactions.begin() as transaction:
        assert len(list(transaction.state.schedule)) <= 2000


@pytest.fixture
def strict(clock, desks_of):
    """Desks of an exchange that wants funds when orders are placed and confirmed."""
    choices = Choices(funds_needed_to_place=True, funds_needed_to_confirm=True)
    return desks_of(Exchange(demo_config(choices), clock=clock))


def test_strict_exchange_refuses_an_order_without_funds(strict):
    """Where the choice is made, an unfunded order is 406 InsufficientFunds, and is not placed."""
    strict.exchange.desks.set_balance("initiator", "USD", "18999")

    answer = strict.initiator.send("/v1/clearing/new", symbol="btcusd", amount="2", price="9500", side="buy")

    assert (answer.status, answer.reason) == (406, "InsufficientFunds")
    assert strict.initiator.orders() == []


def test_strict_exchange_asks_only_desks_that_are_known_for_funds(strict):
    """An order that any desk may take has one so far."""
    assert strict.initiator.place()


def test_strict_exchange_refuses_a_confirmation_without_funds(strict):
    """The confirming desk needs its funds too, and may confirm once it has them."""
    order = strict.initiator.place(counterparty_id="OM9VNL1G")
    strict.exchange.desks.set_balance("counterparty", "BTC", "1")

    assert strict.counterparty.confirm(order).status == 406
    assert strict.initiator.status(order) == "AwaitTargetConfirm"
    strict.exchange.desks.set_balance("counterparty", "BTC", "2")
    assert strict.counterparty.confirm(order).status == 200


def test_strict_exchange_looks_at_both_desks_of_a_broker_order(strict):
    """A broker's order needs the funds of source and target."""
    strict.exchange.desks.set_balance("desk3", "BTC", "1")
    terms = {"symbol": "btcusd", "amount": "2", "price": "1", "side": "buy", "expires_in_hrs": 1}
    parties = {"source_counterparty_id": "R485E04Q", "target_counterparty_id": "Z4929ZDY"}

    assert strict.broker.send("/v1/clearing/broker/new", **terms, **parties).reason == "InsufficientFunds"
    strict.exchange.desks.set_balance("desk3", "BTC", "2")
    assert strict.broker.send("/v1/clearing/broker/new", **terms, **parties).status == 200


def test_settlement_gives_a_currency_that_a_desk_never_had(clock, desks_of):
    """What was received is all there is of it."""
    exchange = Exchange(clock=clock)
    exchange.desks.add_account("newcomer", "NEWCOMER", balances={"USD": "19000"})
    exchange.desks.add_key("newcomer", account="newcomer")
    desks = desks_of(exchange)
    order = desks.newcomer.place(counterparty_id="OM9VNL1G")
    desks.counterparty.confirm(order)
    clock.advance(seconds=30)

    assert desks.newcomer.status(order) == "Settled"
    assert exchange.desks.find("newcomer").balances == {"USD": Decimal(0), "BTC": Decimal(2)}


def test_account_holds_nothing_of_a_currency_that_it_never_had():
    """Not even a fraction of one."""
    assert not Account("DESK0001", "desk", "group").holds("BTC", Decimal("0.1"))


def test_balance_of_a_currency_that_a_desk_never_had_is_nothing(exchange):
    """In capital letters or small ones."""
    assert [exchange.desks.balance("initiator", currency) for currency in ("doge", "DOGE")] == [0, 0]


def test_order_that_nobody_has_confirmed_is_not_checked_for_funds(desks):
    """Who asked for its next check has not looked at its state."""
    clearing_id = desks.initiator.place()

    with (
        desks.exchange.transactions.begin() as transaction,
        pytest.raises(ValueError, match=f"order {clearing_id} is not confirmed"),
    ):
        transaction.state.earliest_settlement_ms(transaction.state.orders[clearing_id])


@pytest.mark.parametrize("amount", [1.5, "NaN", "-1", "much"])
def test_balance_is_exact_and_not_negative(exchange, amount):
    """A float is no money, and neither is what is no number."""
    with pytest.raises(ControlError, match="invalid amount"):
        exchange.desks.set_balance("initiator", "BTC", amount)


def test_account_that_is_not_there_is_told_with_those_that_are(exchange):
    """By name and by counterparty id."""
    with pytest.raises(ControlError, match=r"unknown account 'nobody'. Accounts: initiator \(R485E04Q\), "):
        exchange.desks.set_balance("nobody", "BTC", 1)


def test_strict_exchange_says_which_order_cannot_be_paid(strict):
    """The message names side and symbol."""
    strict.exchange.desks.set_balance("initiator", "USD", 0)

    answer = strict.initiator.send("/v1/clearing/new", symbol="btcusd", amount="2", price="1", side="buy")

    assert answer.body["message"] == "Failed to place buy order for symbol BTCUSD: insufficient funds"
