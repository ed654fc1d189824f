"""Outcomes that nothing proves are ambiguous, with a reason; pages of a proxy do not set the exchange's clock."""

import contextlib
from datetime import timedelta

import httpx
import pytest

from gemini_clearing import ContractViolatedError, MaybeExecutedError, Outcome, OutcomeUnknownError
from tests.client.desks import BUY, SELL

HEALTH_PAGE = {"status": "UP"}


class _Proxy(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Responds to one path by itself, with a body of JSON and a date that is two hours late."""

    def __init__(self, inner, path, body):
        self.inner, self.path, self.body = inner, path, body

    def handle_request(self, request):
        if request.url.path == self.path:
            return self._page()
        return self.inner.handle_request(request)

    async def handle_async_request(self, request):
        if request.url.path == self.path:
            return self._page()
        return await self.inner.handle_async_request(request)

    def _page(self):
        return httpx.Response(200, json=self.body, headers={"date": "Fri, 20 Nov 2026 10:00:00 GMT"})


def _lost(desk, inside, operation, **arguments):
    """Call a write whose response is lost, and return its error."""
    inside.exchange.faults.add("reset_after", operation=operation)
    with pytest.raises(MaybeExecutedError) as lost:
        getattr(desk, operation)(**arguments)
    return lost.value


def _resolved(desk, inside, error, **options):
    """Resolve an error, and check that an ambiguous outcome has a reason."""
    result = desk.client.resolve(error, **{"settle": 0.05, **options})
    resolution = inside._runner.run(result) if inside.is_async else result
    assert bool(resolution.reason) is (resolution.outcome is Outcome.AMBIGUOUS)
    return resolution


def test_equal_orders_of_two_clients_are_ambiguous(inside):
    """Both orders are evidence, and the reason has their number."""
    desk, other = inside.desk("initiator"), inside.desk("initiator")
    error = _lost(desk, inside, "create_order", **BUY)
    other.create_order(**BUY)
    resolution = _resolved(desk, inside, error)

    assert (resolution.outcome, len(resolution.evidence)) == (Outcome.AMBIGUOUS, 2)
    assert resolution.reason == "2 orders have the terms of the request"


def test_order_of_an_equal_call_in_doubt_is_ambiguous(inside):
    """One order proves nothing about two lost calls with the same terms."""
    desk = inside.desk("initiator")
    first = _lost(desk, inside, "create_order", **BUY)
    inside.exchange.faults.add("reset_before", operation="create_order")
    with pytest.raises(MaybeExecutedError):
        desk.create_order(**BUY)
    resolution = _resolved(desk, inside, first)

    assert resolution.outcome is Outcome.AMBIGUOUS
    assert resolution.reason == "the order may belong to another call with the same terms and an unknown outcome"


def test_missing_order_is_ambiguous_without_time_to_repeat_the_query(inside):
    """The list may lag behind the book."""
    desk = inside.desk("initiator")
    inside.exchange.faults.add("reset_before", operation="create_order")
    with pytest.raises(MaybeExecutedError) as lost:
        desk.create_order(**BUY)
    resolution = _resolved(desk, inside, lost.value, settle=5, timeout=0.2)

    assert resolution.outcome is Outcome.AMBIGUOUS
    assert "too little time was left to repeat the query" in resolution.reason


def test_unlisted_status_is_ambiguous(inside):
    """The reason has the status that the spec does not list."""
    body = {"status": "UP"}
    desk = inside.desk("initiator", wrap=lambda inner: _Proxy(inner, "/v1/clearing/status", body))
    placed = desk.create_order(**BUY)
    body["clearing_id"] = placed.clearing_id
    error = _lost(desk, inside, "cancel_order", clearing_id=placed.clearing_id)
    resolution = _resolved(desk, inside, error, timeout=0.2)

    assert resolution.outcome is Outcome.AMBIGUOUS
    assert resolution.reason == "the order's status is UP, which does not prove either"


@pytest.mark.usefixtures("without_pauses")
def test_health_page_is_no_order(inside):
    """It reaches a caller neither as an order with an unlisted status, nor as the evidence of an outcome."""
    desk = inside.desk("initiator", wrap=lambda inner: _Proxy(inner, "/v1/clearing/status", HEALTH_PAGE))
    placed = desk.create_order(**BUY)
    error = _lost(desk, inside, "cancel_order", clearing_id=placed.clearing_id)

    with pytest.raises(OutcomeUnknownError, match="nothing shows that the exchange wrote the response"):
        desk.get_order(clearing_id=placed.clearing_id)
    with pytest.raises(OutcomeUnknownError, match="nothing shows that the exchange wrote the response"):
        _resolved(desk, inside, error, timeout=0.2)


@pytest.mark.usefixtures("without_pauses")
@pytest.mark.parametrize("status", ["UP", "Confirmed"])
def test_page_that_repeats_no_argument_does_not_set_the_clock(inside, status):
    """A response to a read may come from a proxy, whose clock is another one."""
    desk = inside.desk("initiator", wrap=lambda inner: _Proxy(inner, "/v1/clearing/status", {"status": status}))
    error = _lost(desk, inside, "create_order", **BUY)
    with contextlib.suppress(OutcomeUnknownError):
        desk.get_order(clearing_id="A1")

    assert not desk.client._context.clock.is_known
    assert _resolved(desk, inside, error).outcome is Outcome.EXECUTED


@pytest.mark.parametrize(
    ("body", "is_known"),
    [
        ({"result": "success", "orders": [{"clearing_id": "A1", "quantity": None}]}, True),
        ({"result": "success", "orders": None}, False),
        ({"orders": {"status": "UP"}}, False),
        (HEALTH_PAGE, False),
    ],
)
def test_list_with_an_unreadable_row_shows_the_time(inside, body, is_known):
    """Only the exchange writes a list of orders, also if the client cannot read one of them."""
    desk = inside.desk("initiator", wrap=lambda inner: _Proxy(inner, "/v1/clearing/list", body))
    with pytest.raises(ContractViolatedError):
        desk.list_orders()

    assert desk.client._context.clock.is_known is is_known


def test_old_order_is_ambiguous_if_only_this_machine_shows_the_time_of_sending(inside):
    """An equal order from half an hour before is found in the wide window, and may be another process's."""
    desk, other = inside.desk("initiator"), inside.desk("initiator")
    facts = _lost(desk, inside, "create_order", **BUY).to_dict()
    facts["exchange_time"] = None
    recent, late = (OutcomeUnknownError.from_dict(facts) for _ in range(2))
    late.sent_at += timedelta(minutes=30)

    assert _resolved(other, inside, recent).outcome is Outcome.EXECUTED
    inside.exchange.clock.advance(minutes=30)
    resolution = _resolved(inside.desk("initiator"), inside, late)
    assert (resolution.outcome, len(resolution.evidence)) == (Outcome.AMBIGUOUS, 1)
    assert "the order may be older than the request" in resolution.reason


@pytest.mark.usefixtures("without_pauses")
def test_error_after_a_query_has_the_reason(inside):
    """A write that was rejected, and whose query proves nothing, states why."""
    body = {"status": "UP"}
    desk = inside.desk("initiator", wrap=lambda inner: _Proxy(inner, "/v1/clearing/status", body))
    placed = desk.create_order(**BUY)
    body["clearing_id"] = placed.clearing_id
    inside.exchange.faults.add("maintenance", operation="cancel_order")
    with pytest.raises(OutcomeUnknownError, match=r"ambiguous \(the order's status is UP, which does not prove either"):
        desk.cancel_order(clearing_id=placed.clearing_id)


@pytest.mark.parametrize("who", ["another process", "this call"])
def test_cancellation_states_nothing_about_its_cause(inside, who):
    """The order is canceled. Whether by this call or by another process, its status does not show."""
    desk, other = inside.desk("initiator"), inside.desk("initiator")
    placed = desk.create_order(**BUY)
    if who == "another process":
        inside.exchange.faults.add("reset_before", operation="cancel_order")
        with pytest.raises(MaybeExecutedError) as lost:
            desk.cancel_order(clearing_id=placed.clearing_id)
        other.cancel_order(clearing_id=placed.clearing_id)
        error = lost.value
    else:
        error = _lost(desk, inside, "cancel_order", clearing_id=placed.clearing_id)
    resolution = desk.resolve(error)

    assert resolution.outcome is Outcome.EXECUTED
    assert resolution.evidence[0].clearing_id == placed.clearing_id
    assert resolution.reason == (
        "the order's status is Canceled, which does not show whether this call or another one is the cause"
    )


def test_confirmation_states_nothing_about_its_cause(inside):
    """The order is confirmed: by this call or by another process of the desk."""
    desk, other = inside.desk("counterparty"), inside.desk("counterparty")
    placed = inside.desk("initiator").create_order(**BUY, counterparty_id=desk.counterparty_id)
    inside.exchange.faults.add("reset_before", operation="confirm_order")
    with pytest.raises(MaybeExecutedError) as lost:
        desk.confirm_order(clearing_id=placed.clearing_id, **SELL)
    other.confirm_order(clearing_id=placed.clearing_id, **SELL)
    resolution = desk.resolve(lost.value)

    assert resolution.outcome is Outcome.EXECUTED
    assert "does not show whether this call or another one is the cause" in resolution.reason


def test_effect_of_a_known_call_is_not_that_of_the_one_in_doubt(inside):
    """If another call has the exchange's response that it has canceled the order, the reason states that."""
    desk = inside.desk("initiator")
    placed = desk.create_order(**BUY)
    inside.exchange.faults.add("reset_before", operation="cancel_order")
    with pytest.raises(MaybeExecutedError) as lost:
        desk.cancel_order(clearing_id=placed.clearing_id)
    desk.cancel_order(clearing_id=placed.clearing_id)
    resolution = desk.resolve(lost.value)

    assert resolution.outcome is Outcome.NOT_EXECUTED
    assert "another call has the exchange's response that it is the cause" in resolution.reason


def test_missing_cancellation_is_described_by_the_status(inside):
    """The reason of an ambiguous cancellation is about its order, and not about a search for orders."""
    desk = inside.desk("initiator", auth="demo-token-of-initiator")
    placed = desk.create_order(**BUY)
    inside.exchange.faults.add("reset_before", operation="cancel_order")
    with pytest.raises(MaybeExecutedError) as lost:
        desk.cancel_order(clearing_id=placed.clearing_id)
    resolution = _resolved(desk, inside, lost.value, timeout=0.5)

    assert resolution.outcome is Outcome.AMBIGUOUS
    assert resolution.reason == (
        "the order's status is AwaitTargetConfirm, but no nonce rules out that the request arrives later"
    )


@pytest.mark.parametrize("fate", ["expired", "canceled"])
def test_final_status_proves_the_outcome_with_a_token(inside, fate):
    """An order that never changes again cannot be confirmed by a request that arrives late."""
    desk, other = inside.desk("initiator", auth="demo-token-of-initiator"), inside.desk("counterparty")
    placed = other.create_order(**BUY, counterparty_id=desk.counterparty_id, expires_in_hrs=1)
    inside.exchange.faults.add("reset_before", operation="confirm_order")
    with pytest.raises(MaybeExecutedError) as lost:
        desk.confirm_order(clearing_id=placed.clearing_id, **SELL)
    if fate == "canceled":
        other.cancel_order(clearing_id=placed.clearing_id)
    else:
        inside.exchange.clock.advance(hours=2)
    resolution = _resolved(desk, inside, lost.value)

    assert resolution.outcome is (Outcome.NOT_EXECUTED if fate == "canceled" else Outcome.AMBIGUOUS)
    assert fate == "canceled" or resolution.reason == "the order's status is Expired, which does not prove either"
