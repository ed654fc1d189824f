"""Reconciliation where another call could have had the same effect."""

import msgspec
import pytest

from gemini_clearing import OrderDetails, OrderStatus, Side
from gemini_clearing._operations import CANCEL_ORDER, CONFIRM_ORDER, CREATE_ORDER
from gemini_clearing_runtime import Outcome, Resolution, _time
from gemini_clearing_runtime._doubt import Doubt
from gemini_clearing_runtime._reconciliation import Pause, reconcile
from tests.unit.client_runtime.reconciling import TERMS, Clock, listed, observed, orders, run, unknown
from tests.unit.client_runtime.scripted import new_context

EXECUTED, NOT_EXECUTED, AMBIGUOUS = Outcome.EXECUTED, Outcome.NOT_EXECUTED, Outcome.AMBIGUOUS
SOLD = {**TERMS, "side": "sell", "clearing_id": "A1"}


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Return the clock of the test. It has shown SENT_S when the request was sent."""
    clock = Clock()
    monkeypatch.setattr(_time, "monotonic", lambda: clock.now)
    return clock


def test_order_may_be_that_of_an_equal_call_in_doubt(clock):
    """It is ambiguous as long as the other call is in doubt."""
    context = observed(new_context())
    error = unknown(TERMS, context)
    doubt = Doubt.of(CREATE_ORDER, error)
    context.writes.add_doubt("twin", CREATE_ORDER, doubt.sent)

    assert run(clock, CREATE_ORDER, doubt, [orders(listed())], context).resolution == Resolution(AMBIGUOUS, (listed(),))
    context.writes.remove("twin")
    assert run(clock, CREATE_ORDER, doubt, [orders(listed())], context).resolution.outcome is EXECUTED


@pytest.mark.parametrize(
    ("other", "outcome"),
    [
        ({"symbol": "BTCUSD", "price": "9500", "expires_in_hrs": 1}, AMBIGUOUS),
        ({"counterparty_id": "OM9VNL1G"}, AMBIGUOUS),
        ({"price": "9501"}, EXECUTED),
    ],
)
def test_calls_are_equal_if_their_orders_look_equal(clock, other, outcome):
    """A list shows neither the expiry in hours nor how symbol and price were written."""
    context = observed(new_context())
    doubt = Doubt.of(CREATE_ORDER, unknown(TERMS, context))
    context.writes.add_doubt("twin", CREATE_ORDER, {**TERMS, **other})

    assert run(clock, CREATE_ORDER, doubt, [orders(listed())], context).resolution.outcome is outcome


def test_order_may_be_that_of_an_equal_call_in_progress(clock):
    """Its response may show whose order it is, so the query is repeated."""
    context = observed(new_context())
    doubt = Doubt.of(CREATE_ORDER, unknown(TERMS, context))
    context.writes.begin("twin", CREATE_ORDER, doubt.sent)
    steps = reconcile(context, CREATE_ORDER, doubt, deadline=clock.now + 60, settle_s=2, fenced=True)
    next(steps)

    assert isinstance(steps.send(orders(listed())), Pause)
    context.writes.add_order("A1", "twin")
    steps.send(None)
    clock.now += 2
    steps.send(orders(listed()))
    steps.send(None)
    with pytest.raises(StopIteration) as end:
        steps.send(orders(listed()))
    assert end.value.value == Resolution(NOT_EXECUTED)


@pytest.mark.parametrize("register", ["add_doubt", "begin"])
@pytest.mark.parametrize(
    ("operation", "status"), [(CONFIRM_ORDER, OrderStatus.CONFIRMED), (CANCEL_ORDER, OrderStatus.CANCELED)]
)
def test_effect_may_be_that_of_an_equal_call_with_an_unknown_outcome(clock, register, operation, status):
    """The status is the same, whichever of the two was executed; that the other one was not tells them apart."""
    context = observed(new_context())
    doubt = Doubt.of(operation, unknown(SOLD, context))
    getattr(context.writes, register)("twin", operation, doubt.sent)
    details = OrderDetails(status=status, side=Side.BUY)

    ambiguous = run(clock, operation, doubt, [details], context).resolution
    assert (ambiguous.outcome, ambiguous.evidence) == (AMBIGUOUS, (details,))
    assert "another call with the same effect has an unknown outcome" in ambiguous.reason
    context.writes.remove("twin")
    assert run(clock, operation, doubt, [details], context).resolution.outcome is EXECUTED


def test_effect_that_a_query_found_for_another_call_may_be_of_either(clock):
    """Two equal cancellations: the status proves one of them, and the first query may have named the wrong one."""
    context = observed(new_context())
    details = OrderDetails(status=OrderStatus.CANCELED)
    first = Doubt.of(CANCEL_ORDER, unknown({"clearing_id": "A1"}, context))
    second = msgspec.structs.replace(first, id="another attempt")

    assert run(clock, CANCEL_ORDER, first, [details], context).resolution.outcome is EXECUTED
    assert run(clock, CANCEL_ORDER, first, [details], context).resolution.outcome is EXECUTED
    assert run(clock, CANCEL_ORDER, second, [details], context).resolution.outcome is AMBIGUOUS
