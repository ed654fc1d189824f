"""An answer is lost: the caller learns whether it happened, and nothing is ever sent a second time."""

import pytest

from gemini_clearing import (
    ConnectionFailedError,
    MaintenanceError,
    MaybeExecutedError,
    OrderStatus,
    Outcome,
    OutcomeUnknownError,
    RateLimitError,
)
from tests.client.desks import BUY, SELL

EXECUTED = ["reset_after", "truncated", "html"]
NOT_EXECUTED = ["reset_before"]
BOTH = [*((fault, Outcome.EXECUTED) for fault in EXECUTED), *((fault, Outcome.NOT_EXECUTED) for fault in NOT_EXECUTED)]


@pytest.fixture
def strike(inside):
    """Let one answer get lost."""

    def add(kind, operation, **details):
        inside.exchange.faults.add(kind, operation, **details)

    return add


def handled(inside, path):
    """How many requests to a path the exchange has seen."""
    return sum(entry.path == path for entry in inside.exchange.log)


@pytest.mark.parametrize(("fault", "outcome"), BOTH)
def test_lost_order_is_found_or_not_there(fault, outcome, inside, strike):
    """The list in the window of its submission tells, and shows the order."""
    desk = inside.desk("initiator")
    desk.create_order(**{**BUY, "price": "1"})
    strike(fault, "create_order")

    with pytest.raises(MaybeExecutedError) as lost:
        desk.create_order(**BUY)
    resolution = desk.resolve(lost.value)

    assert resolution.outcome is outcome
    assert [order.price for order in resolution.evidence] == ([9500] if outcome is Outcome.EXECUTED else [])
    assert handled(inside, "/v1/clearing/new") == 2


def test_lost_order_among_equals_is_ambiguous(inside, strike):
    """Two orders with the same terms in the same seconds: both are shown."""
    desk = inside.desk("initiator")
    desk.create_order(**BUY)
    strike("reset_after", "create_order")

    with pytest.raises(OutcomeUnknownError) as lost:
        desk.create_order(**BUY)
    resolution = desk.resolve(lost.value)

    assert (resolution.outcome, len(resolution.evidence)) == (Outcome.AMBIGUOUS, 2)


@pytest.mark.parametrize(("fault", "outcome"), BOTH)
def test_lost_broker_order_is_found_or_not_there(fault, outcome, inside, strike):
    """The broker's own list tells."""
    broker = inside.desk("broker")
    strike(fault, "create_broker_order")

    with pytest.raises(MaybeExecutedError) as lost:
        broker.create_broker_order(
            **BUY, source_counterparty_id="R485E04Q", target_counterparty_id="OM9VNL1G", expires_in_hrs=1
        )

    assert broker.resolve(lost.value).outcome is outcome


@pytest.mark.parametrize(("fault", "outcome"), BOTH)
def test_lost_cancellation_is_found_or_not_there(fault, outcome, inside, strike):
    """The order's status tells."""
    desk = inside.desk("initiator")
    placed = desk.create_order(**BUY)
    strike(fault, "cancel_order")

    with pytest.raises(MaybeExecutedError) as lost:
        desk.cancel_order(clearing_id=placed.clearing_id)
    resolution = desk.resolve(lost.value)

    assert resolution.outcome is outcome
    assert resolution.evidence[0].status in (OrderStatus.CANCELED, OrderStatus.AWAIT_TARGET_CONFIRM)


@pytest.mark.parametrize(("fault", "outcome"), BOTH)
def test_lost_confirmation_is_found_or_not_there(fault, outcome, inside, strike):
    """The order's status tells."""
    initiator, counterparty = inside.desk("initiator"), inside.desk("counterparty")
    placed = initiator.create_order(**BUY, counterparty_id=counterparty.counterparty_id)
    strike(fault, "confirm_order")

    with pytest.raises(MaybeExecutedError) as lost:
        counterparty.confirm_order(clearing_id=placed.clearing_id, **SELL)

    assert counterparty.resolve(lost.value).outcome is outcome


@pytest.mark.parametrize("desk", ["initiator", "counterparty"])
@pytest.mark.parametrize(("fault", "outcome"), BOTH)
def test_lost_half_of_a_broker_orders_confirmations_is_found_or_not_there(desk, fault, outcome, inside, strike):
    """Either desk learns whether it is the one that has confirmed."""
    placed = inside.desk("broker").create_broker_order(
        **BUY, source_counterparty_id="R485E04Q", target_counterparty_id="OM9VNL1G", expires_in_hrs=1
    )
    confirming = inside.desk(desk)
    strike(fault, "confirm_order")

    with pytest.raises(MaybeExecutedError) as lost:
        confirming.confirm_order(clearing_id=placed.clearing_id, **(BUY if desk == "initiator" else SELL))

    assert confirming.resolve(lost.value).outcome is outcome


def test_lost_confirmation_of_an_order_that_somebody_else_took_is_not_there(inside, strike):
    """An open order was confirmed by another desk: this one may not even see it any more."""
    placed = inside.desk("initiator").create_order(**BUY)
    loser = inside.desk("desk3")
    strike("reset_before", "confirm_order")

    with pytest.raises(OutcomeUnknownError) as lost:
        loser.confirm_order(clearing_id=placed.clearing_id, **SELL)
    inside.desk("counterparty").confirm_order(clearing_id=placed.clearing_id, **SELL)

    assert loser.resolve(lost.value).outcome is Outcome.NOT_EXECUTED


def test_lost_answer_under_a_master_key_is_asked_for_in_its_account(inside, strike):
    """Whether the account was named at the client or at the call."""
    master = {"api_key": "master-demo-group", "api_secret": "demo-secret-of-group"}
    by_client, by_call = inside.desk("initiator", **master, account="initiator"), inside.desk("initiator", **master)
    placed = by_client.create_order(**BUY)

    for desk, named in ((by_client, {}), (by_call, {"account": "initiator"})):
        strike("reset_before", "cancel_order")
        with pytest.raises(OutcomeUnknownError) as lost:
            desk.cancel_order(clearing_id=placed.clearing_id, **named)
        assert desk.resolve(lost.value).outcome is Outcome.NOT_EXECUTED


@pytest.mark.parametrize("fault", [*EXECUTED[:2], *NOT_EXECUTED])
def test_lost_answer_of_a_read_is_asked_for_again(fault, inside, strike, monkeypatch):
    """A read costs nothing, so the caller never hears of it."""
    monkeypatch.setattr("gemini_clearing_runtime._call._FIRST_PAUSE_S", 0.001)
    strike(fault, "list_orders", count=3)

    assert inside.desk("initiator").list_orders().orders == []


def test_refusal_of_the_rate_is_waited_out_even_for_an_order(inside, strike):
    """429 proves that nothing was done; the order is there once."""
    desk = inside.desk("initiator")
    strike("status", "create_order", status=429, retry_after="0")

    desk.create_order(**BUY)

    assert len(desk.list_orders().orders) == 1


def test_refusal_of_the_rate_that_lasts_longer_than_the_call_is_told(inside, strike):
    """What the exchange asks for does not fit the deadline."""
    strike("status", "create_order", status=429, retry_after="60")

    with pytest.raises(RateLimitError):
        inside.desk("initiator", timeout=5).create_order(**BUY)


def test_maintenance_is_a_refusal(inside, strike):
    """503 with the exchange's own word for it; nothing was done."""
    strike("maintenance", "create_order")

    with pytest.raises(MaintenanceError):
        inside.desk("initiator").create_order(**BUY)


@pytest.mark.parametrize("status", [500, 502, 520, 527])
def test_status_of_a_gateway_leaves_the_outcome_unknown(status, inside, strike):
    """Documented or not, it proves nothing."""
    strike("status", "create_order", status=status)

    with pytest.raises(OutcomeUnknownError, match=f"status {status}"):
        inside.desk("initiator").create_order(**BUY)


def test_answer_that_does_not_come_in_time_leaves_the_outcome_unknown(inside, strike):
    """The deadline is the client's."""
    inside.exchange.clock.freeze()  # so that the time until the deadline passes without being waited for
    desk = inside.desk("initiator", timeout=20)
    strike("lost_answer", "create_order")

    with pytest.raises(OutcomeUnknownError, match="ReadTimeout") as lost:
        desk.create_order(**BUY)

    assert desk.resolve(lost.value).outcome is Outcome.EXECUTED


def test_exchange_that_does_not_listen_gets_nothing(inside):
    """No connection: it did not happen, and there is nothing to resolve."""
    desk = inside.desk("initiator", base_url="http://127.0.0.1:1", transport=None)

    with pytest.raises(ConnectionFailedError, match=r"Nothing was sent\."):
        desk.create_order(**BUY)
