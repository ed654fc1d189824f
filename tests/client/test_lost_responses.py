"""Lost responses: `resolve()` returns the outcome, and no write is sent a second time."""

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
def inject(inside):
    """Return a function that injects one fault."""

    def add(kind, operation, **details):
        inside.exchange.faults.add(kind, operation, **details)

    return add


def handled(inside, path):
    """Return the number of requests to a path that the exchange has received."""
    return sum(entry.path == path for entry in inside.exchange.log)


@pytest.mark.parametrize(("fault", "outcome"), BOTH)
def test_lost_order_is_resolved(fault, outcome, inside, inject):
    """The list in the window of its submission has the order, or does not have it."""
    desk = inside.desk("initiator")
    desk.create_order(**{**BUY, "price": "1"})
    inject(fault, "create_order")

    with pytest.raises(MaybeExecutedError) as lost:
        desk.create_order(**BUY)
    resolution = desk.resolve(lost.value)

    assert resolution.outcome is outcome
    assert [order.price for order in resolution.evidence] == ([9500] if outcome is Outcome.EXECUTED else [])
    assert handled(inside, "/v1/clearing/new") == 2


def test_lost_order_is_distinguished_from_an_order_that_this_client_placed(inside, inject):
    """Of two orders with the same terms, the one whose response arrived is not the lost one."""
    desk = inside.desk("initiator")
    known = desk.create_order(**BUY)
    inject("reset_after", "create_order")

    with pytest.raises(OutcomeUnknownError) as lost:
        desk.create_order(**BUY)
    resolution = desk.resolve(lost.value)

    assert (resolution.outcome, len(resolution.evidence)) == (Outcome.EXECUTED, 1)
    assert resolution.evidence[0].clearing_id != known.clearing_id


def test_lost_order_among_equals_is_ambiguous(inside, inject):
    """Two orders with the same terms in the same seconds are both evidence, if this client does not know either."""
    desk = inside.desk("initiator")
    inject("reset_after", "create_order")

    with pytest.raises(OutcomeUnknownError) as lost:
        desk.create_order(**BUY)
    inside.desk("initiator").create_order(**BUY)
    resolution = desk.resolve(lost.value)

    assert (resolution.outcome, len(resolution.evidence)) == (Outcome.AMBIGUOUS, 2)


@pytest.mark.parametrize(("fault", "outcome"), BOTH)
def test_lost_broker_order_is_resolved(fault, outcome, inside, inject):
    """The broker's list has the order, or does not have it."""
    broker = inside.desk("broker")
    inject(fault, "create_broker_order")

    with pytest.raises(MaybeExecutedError) as lost:
        broker.create_broker_order(
            **BUY, source_counterparty_id="R485E04Q", target_counterparty_id="OM9VNL1G", expires_in_hrs=1
        )

    assert broker.resolve(lost.value).outcome is outcome


@pytest.mark.parametrize(("fault", "outcome"), BOTH)
def test_lost_cancellation_is_resolved(fault, outcome, inside, inject):
    """The status of the order proves the outcome."""
    desk = inside.desk("initiator")
    placed = desk.create_order(**BUY)
    inject(fault, "cancel_order")

    with pytest.raises(MaybeExecutedError) as lost:
        desk.cancel_order(clearing_id=placed.clearing_id)
    resolution = desk.resolve(lost.value)

    assert resolution.outcome is outcome
    assert resolution.evidence[0].status in (OrderStatus.CANCELED, OrderStatus.AWAIT_TARGET_CONFIRM)


@pytest.mark.parametrize(("fault", "outcome"), BOTH)
def test_lost_confirmation_is_resolved(fault, outcome, inside, inject):
    """The status of the order proves the outcome."""
    initiator, counterparty = inside.desk("initiator"), inside.desk("counterparty")
    placed = initiator.create_order(**BUY, counterparty_id=counterparty.counterparty_id)
    inject(fault, "confirm_order")

    with pytest.raises(MaybeExecutedError) as lost:
        counterparty.confirm_order(clearing_id=placed.clearing_id, **SELL)

    assert counterparty.resolve(lost.value).outcome is outcome


@pytest.mark.parametrize("desk", ["initiator", "counterparty"])
@pytest.mark.parametrize(("fault", "outcome"), BOTH)
def test_lost_confirmation_of_one_desk_of_a_broker_order_is_resolved(desk, fault, outcome, inside, inject):
    """Status and side prove which of the two desks has confirmed."""
    placed = inside.desk("broker").create_broker_order(
        **BUY, source_counterparty_id="R485E04Q", target_counterparty_id="OM9VNL1G", expires_in_hrs=1
    )
    confirming = inside.desk(desk)
    inject(fault, "confirm_order")

    with pytest.raises(MaybeExecutedError) as lost:
        confirming.confirm_order(clearing_id=placed.clearing_id, **(BUY if desk == "initiator" else SELL))

    assert confirming.resolve(lost.value).outcome is outcome


def test_lost_confirmation_of_an_order_that_another_desk_confirmed_is_not_executed(inside, inject):
    """This desk cannot read the order any more, because another desk has confirmed it."""
    placed = inside.desk("initiator").create_order(**BUY)
    loser = inside.desk("desk3")
    inject("reset_before", "confirm_order")

    with pytest.raises(OutcomeUnknownError) as lost:
        loser.confirm_order(clearing_id=placed.clearing_id, **SELL)
    inside.desk("counterparty").confirm_order(clearing_id=placed.clearing_id, **SELL)

    assert loser.resolve(lost.value).outcome is Outcome.NOT_EXECUTED


def test_lost_response_to_a_master_key_is_resolved_in_its_account(inside, inject):
    """The account was passed to the client or to the call."""
    master = {"api_key": "master-demo-group", "api_secret": "demo-secret-of-group"}
    by_client, by_call = inside.desk("initiator", **master, account="initiator"), inside.desk("initiator", **master)
    placed = by_client.create_order(**BUY)

    for desk, named in ((by_client, {}), (by_call, {"account": "initiator"})):
        inject("reset_before", "cancel_order")
        with pytest.raises(OutcomeUnknownError) as lost:
            desk.cancel_order(clearing_id=placed.clearing_id, **named)
        assert desk.resolve(lost.value).outcome is Outcome.NOT_EXECUTED


@pytest.mark.parametrize("fault", [*EXECUTED[:2], *NOT_EXECUTED])
def test_lost_response_to_a_read_is_retried(fault, inside, inject, monkeypatch):
    """A read changes nothing, so the caller gets the result of a retry."""
    monkeypatch.setattr("gemini_clearing_runtime._call._FIRST_PAUSE_S", 0.001)
    inject(fault, "list_orders", count=3)

    assert inside.desk("initiator").list_orders().orders == []


@pytest.mark.usefixtures("without_pauses")
def test_write_is_retried_after_a_rate_limit_and_a_query(inside, inject):
    """The exchange's list proves that nothing was executed, so the order is sent again, and placed once."""
    desk = inside.desk("initiator")
    inject("status", "create_order", status=429, retry_after="0")

    desk.create_order(**BUY)

    paths = [entry.path for entry in inside.exchange.log if entry.path.startswith("/v1/")]
    assert paths[0] == paths[-1] == "/v1/clearing/new"
    assert {"/v1/clearing/list"} == set(paths[1:-1])
    assert len(desk.list_orders().orders) == 1


def test_rate_limit_beyond_the_deadline_leaves_a_write_unknown(inside, inject):
    """The query about the write must wait for `Retry-After` too, which is later than the deadline of the call."""
    inject("status", "create_order", status=429, retry_after="60")

    with pytest.raises(OutcomeUnknownError) as unknown:
        inside.desk("initiator", timeout=5).create_order(**BUY)

    assert isinstance(unknown.value.__cause__, RateLimitError)


def test_rate_limit_beyond_the_deadline_of_a_read_is_raised(inside, inject):
    """`Retry-After` is later than the deadline of the call."""
    inject("status", "list_orders", status=429, retry_after="60")

    with pytest.raises(RateLimitError):
        inside.desk("initiator", timeout=5).list_orders()


@pytest.mark.usefixtures("without_pauses")
def test_maintenance_is_a_rejection(inside, inject):
    """503 with the reason `Maintenance` proves that nothing was executed."""
    inject("maintenance", "create_order")

    with pytest.raises(MaintenanceError):
        inside.desk("initiator").create_order(**BUY)


@pytest.mark.parametrize("status", [500, 502, 520, 527])
def test_status_of_a_gateway_leaves_the_outcome_unknown(status, inside, inject):
    """A status of a gateway, documented or not, proves nothing."""
    inject("status", "create_order", status=status)

    with pytest.raises(OutcomeUnknownError, match=f"status {status}"):
        inside.desk("initiator").create_order(**BUY)


def test_timeout_leaves_the_outcome_unknown(inside, inject):
    """The deadline is the timeout of the client."""
    inside.exchange.clock.freeze()  # so that the test does not wait for the deadline
    desk = inside.desk("initiator", timeout=20)
    inject("lost_answer", "create_order")

    with pytest.raises(OutcomeUnknownError, match="ReadTimeout") as lost:
        desk.create_order(**BUY)

    assert desk.resolve(lost.value).outcome is Outcome.EXECUTED


def test_missing_connection_is_not_sent(inside):
    """Without a connection the request was not executed, and there is nothing to resolve."""
    desk = inside.desk("initiator", base_url="http://127.0.0.1:1", transport=None)

    with pytest.raises(ConnectionFailedError, match=r"Nothing was sent\."):
        desk.create_order(**BUY)
