"""Reconciliation of a new order: the query, and the outcome that the listed orders prove."""

import json
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from gemini_clearing import BrokerOrderList, ListedBrokerOrder, ListedOrder, Side
from gemini_clearing._operations import (
    CREATE_BROKER_ORDER,
    CREATE_ORDER,
    LIST_BROKER_ORDERS,
    LIST_ORDERS,
)
from gemini_clearing_runtime import (
    Outcome,
    Resolution,
    _time,
)
from gemini_clearing_runtime._doubt import Doubt, nonce_time
from gemini_clearing_runtime._reconciliation import Pause, Query, reconcile
from gemini_clearing_runtime.errors import ContractViolatedError
from tests.unit.client_runtime.reconciling import (
    ORDER,
    SENT_AT,
    SENT_S,
    TERMS,
    Clock,
    listed,
    observed,
    orders,
    resolve,
    run,
    timestamp,
    unknown,
)
from tests.unit.client_runtime.scripted import new_context, response

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Return the clock of the test. It has shown SENT_S when the request was sent."""
    clock = Clock()
    monkeypatch.setattr(_time, "monotonic", lambda: clock.now)
    return clock


def violated(*rows: dict[str, Any]) -> ContractViolatedError:
    """Return the error of a query whose response has these rows."""
    raw = response(200, json.dumps({"result": "success", "orders": rows}).encode())
    return ContractViolatedError("x", operation="list_orders", payload="", nonce=1, sent_at=SENT_AT, raw=raw)


def test_new_order_is_searched_in_the_window_of_its_submission(clock):
    """The query has symbol and side as filters, the time since the request was sent, and the same account."""
    clock.now += 60
    query, _ = resolve(clock, CREATE_ORDER, {**TERMS, "account": "desk"}, orders())
    arguments = dict(query.arguments)

    assert query.operation is LIST_ORDERS
    assert arguments.pop("submission_start") == SENT_AT - SECOND
    assert arguments.pop("submission_end") == SENT_AT + 62 * SECOND  # a date is exact to a second
    assert arguments == {"symbol": "btcusd", "side": "buy", "account": "desk"}


@pytest.mark.parametrize("hours", [-3, 3])
def test_wrong_clock_of_this_machine_does_not_move_the_window(clock, monkeypatch, hours):
    """The window follows from the exchange's dates and the monotonic clock."""
    monkeypatch.setattr(_time, "utc_now", lambda: SENT_AT + timedelta(hours=hours))
    context = observed(new_context())
    error = unknown(TERMS, context)
    error.sent_at += timedelta(hours=hours)
    course = run(clock, CREATE_ORDER, Doubt.of(CREATE_ORDER, error), [orders(listed())], context)

    assert course.queries[0].arguments["submission_start"] == SENT_AT - SECOND
    assert course.resolution.outcome is EXECUTED


def test_missing_order_proves_nothing_if_the_clock_of_the_exchange_is_unknown(clock):
    """Without a valid date in any response, it may be outside of the window, even of a wide one."""
    context = new_context()
    context.clock.observe({"date": "yesterday"}, SENT_S, SENT_S)
    course = run(clock, CREATE_ORDER, Doubt.of(CREATE_ORDER, unknown(TERMS, context)), [orders()], context)

    assert course.queries[0].arguments["submission_start"] <= SENT_AT - timedelta(hours=1)
    assert course.resolution == Resolution(AMBIGUOUS)


def test_window_is_wide_if_the_clock_of_the_exchange_has_jumped(clock):
    """The exchange's time of sending is not known any more, and the order has a time before the jump."""
    context = observed(new_context())
    doubt = Doubt.of(CREATE_ORDER, unknown(TERMS, context))
    observed(context, seconds=10, date=SENT_AT + timedelta(minutes=10))
    clock.now += 20
    course = run(clock, CREATE_ORDER, doubt, [orders(listed())], context)

    assert course.queries[0].arguments["submission_start"] <= SENT_AT - timedelta(hours=1)
    assert course.resolution.outcome is EXECUTED


def test_order_is_searched_again_if_the_response_shows_that_the_window_was_wrong(clock):
    """The first response with a date is that of the query itself."""
    context = new_context()
    steps = reconcile(
        context,
        CREATE_ORDER,
        Doubt.of(CREATE_ORDER, unknown(TERMS, context)),
        deadline=clock.now + 60,
        settle_s=2,
        fenced=False,
    )
    next(steps)
    observed(context, date=SENT_AT - timedelta(days=2))

    again = steps.send(orders())

    assert isinstance(again, Query)
    assert again.arguments["submission_start"] < SENT_AT - timedelta(days=2)


EXECUTED, NOT_EXECUTED, AMBIGUOUS = Outcome.EXECUTED, Outcome.NOT_EXECUTED, Outcome.AMBIGUOUS
NEW_ORDERS: list[tuple[dict[str, Any], Iterable[ListedOrder], Outcome]] = [
    ({}, [], NOT_EXECUTED),
    ({}, [listed()], EXECUTED),
    ({}, [listed(), listed(clearing_id="A2")], AMBIGUOUS),
    ({}, [listed(symbol="ETHUSD")], NOT_EXECUTED),
    ({}, [listed(side=Side.SELL)], NOT_EXECUTED),
    ({}, [listed(price=Decimal("9500.01"))], NOT_EXECUTED),
    ({}, [listed(quantity=Decimal("1.1E-8"))], NOT_EXECUTED),
    ({}, [listed(counterparty_id="OM9VNL1G")], EXECUTED),
    ({"counterparty_id": "OM9VNL1G"}, [listed(counterparty_id="OM9VNL1G")], EXECUTED),
    ({"counterparty_id": "om9vnl1g"}, [listed(counterparty_id="OM9VNL1G")], EXECUTED),
    ({"counterparty_id": "OM9VNL1G"}, [listed(counterparty_id="Z4929ZDY")], NOT_EXECUTED),
    ({"counterparty_id": "OM9VNL1G"}, [listed()], EXECUTED),
]


@pytest.mark.parametrize(("more", "rows", "outcome"), NEW_ORDERS)
def test_new_order_is_recognized_by_all_of_its_terms(clock, more, rows, outcome):
    """No matching order: not executed. One: executed. Several: ambiguous, with all of them as evidence."""
    _, resolution = resolve(clock, CREATE_ORDER, {**TERMS, **more}, orders(*rows))

    assert resolution == Resolution(outcome, () if outcome is NOT_EXECUTED else tuple(rows))


@pytest.mark.parametrize(("target", "outcome"), [("OM9VNL1G", EXECUTED), (None, EXECUTED), ("Z4929ZDY", NOT_EXECUTED)])
def test_broker_order_is_recognized_by_terms_and_desks(clock, target, outcome):
    """The query is the broker's list. A row without a target matches every target."""
    row = ListedBrokerOrder(
        **ORDER, source_side=Side.BUY, source_counterparty_id="R485E04Q", target_counterparty_id=target
    )
    sent = {**TERMS, "source_counterparty_id": "R485E04Q", "target_counterparty_id": "OM9VNL1G", "expires_in_hrs": 1}
    query, resolution = resolve(clock, CREATE_BROKER_ORDER, sent, BrokerOrderList(result="success", orders=[row]))

    assert query.operation is LIST_BROKER_ORDERS
    assert query.arguments.keys() == {"symbol", "submission_start", "submission_end"}
    assert resolution.outcome is outcome


def test_missing_order_is_searched_for_two_seconds(clock):
    """A list may lag behind the exchange's book, so one list without the order does not prove anything."""
    context = observed(new_context())
    doubt = Doubt.of(CREATE_ORDER, unknown(TERMS, context))

    missing = run(clock, CREATE_ORDER, doubt, [orders()], context)
    late = run(clock, CREATE_ORDER, doubt, [orders(), orders(listed())], context)

    assert (missing.resolution, missing.pauses) == (Resolution(NOT_EXECUTED), [0.5, 1.0, 0.5])
    assert (late.resolution, late.pauses) == (Resolution(EXECUTED, (listed(),)), [0.5])


@pytest.mark.parametrize("timeout_s", [0, 1, 1.9])
def test_missing_order_is_ambiguous_if_the_time_ends_before(clock, timeout_s):
    """The deadline does not turn *not known* into *not executed*."""
    assert resolve(clock, CREATE_ORDER, TERMS, orders(), timeout_s=timeout_s)[1] == Resolution(AMBIGUOUS)


@pytest.mark.parametrize(("seconds", "outcome"), [(-2, NOT_EXECUTED), (-0.9, EXECUTED), (1.9, EXECUTED)])
def test_order_that_was_submitted_at_another_time_is_another_one(clock, seconds, outcome):
    """An equal order from before the request does not prove that the request was executed."""
    row = listed(submission=timestamp(seconds))

    assert resolve(clock, CREATE_ORDER, TERMS, orders(row))[1].outcome is outcome


def test_order_of_another_call_is_another_one(clock):
    """The client remembers which of its calls has placed an order."""
    context = observed(new_context())
    context.writes.add_order("A1", "another attempt")
    doubt = Doubt.of(CREATE_ORDER, unknown(TERMS, context))

    assert run(clock, CREATE_ORDER, doubt, [orders(listed())], context).resolution == Resolution(NOT_EXECUTED)
    both = run(clock, CREATE_ORDER, doubt, [orders(listed(), listed(clearing_id="A2"))], context)
    assert both.resolution == Resolution(EXECUTED, (listed(clearing_id="A2"),))
    assert context.writes.was_found_for_another(CREATE_ORDER, TERMS, "A2", "another attempt")


def test_order_that_a_query_found_for_another_call_may_be_of_either(clock):
    """Only the response to a write proves whose order it is; a query that knew less may have been wrong."""
    context = observed(new_context())
    context.writes.add_found(CREATE_ORDER, TERMS, "A1", "another attempt")
    doubt = Doubt.of(CREATE_ORDER, unknown(TERMS, context))

    resolution = run(clock, CREATE_ORDER, doubt, [orders(listed())], context).resolution

    assert (resolution.outcome, resolution.evidence) == (AMBIGUOUS, (listed(),))
    assert "found the order for another call" in resolution.reason


def test_late_response_does_not_prove_what_happened_after_its_query(clock):
    """The settle time must pass until the query is sent, not until its response is received."""
    context = observed(new_context())
    doubt = Doubt.of(CREATE_ORDER, unknown(TERMS, context))
    steps = reconcile(context, CREATE_ORDER, doubt, deadline=clock.now + 60, settle_s=2, fenced=True)
    next(steps)
    steps.send(orders())
    clock.now += 0.5
    steps.send(None)
    clock.now += 1.6  # until the response to the second query

    assert isinstance(steps.send(orders()), Pause)


ROW = {"clearing_id": "A1", "symbol": "BTCUSD", "side": "buy", "price": "9500.00", "quantity": None}


@pytest.mark.parametrize(
    ("row", "outcome"),
    [
        (ROW, AMBIGUOUS),
        ({}, AMBIGUOUS),
        ({**ROW, "price": None}, AMBIGUOUS),
        ({**ROW, "price": "9500", "quantity": "1e-8"}, AMBIGUOUS),
        ({**ROW, "price": "9,500.00"}, AMBIGUOUS),
        ({**ROW, "price": True}, AMBIGUOUS),
        ({**ROW, "price": "NaN"}, AMBIGUOUS),
        ({**ROW, "symbol": 5, "side": ""}, AMBIGUOUS),
        ({**ROW, "price": "9500.01"}, NOT_EXECUTED),
        ({**ROW, "price": 9500.01}, NOT_EXECUTED),
        ({**ROW, "symbol": "ETHUSD"}, NOT_EXECUTED),
        ({**ROW, "side": "sell"}, NOT_EXECUTED),
    ],
)
def test_row_that_violates_the_spec_may_be_the_order(clock, row, outcome):
    """It is compared as far as it can be read."""
    assert resolve(clock, CREATE_ORDER, TERMS, violated(row))[1].outcome is outcome


@pytest.mark.parametrize(("rows", "outcome"), [([], NOT_EXECUTED), ([listed()], EXECUTED)])
def test_row_that_is_readable_later_decides(clock, rows, outcome):
    """The query is repeated, because the next response may be in order."""
    assert resolve(clock, CREATE_ORDER, TERMS, violated(ROW), violated(ROW), orders(*rows))[1].outcome is outcome


@pytest.mark.parametrize(
    ("window_s", "nonce", "fenced", "outcome", "at_least_s"),
    [
        (0.0, 1, False, NOT_EXECUTED, 2),
        (60.0, f"{SENT_AT.timestamp():.3f}", False, NOT_EXECUTED, 30),
        (60.0, f"{SENT_AT.timestamp():.3f}", True, NOT_EXECUTED, 2),
        (None, 1, False, AMBIGUOUS, 2),
    ],
)
def test_missing_order_proves_nothing_while_the_request_could_still_arrive(
    clock, window_s, nonce, fenced, outcome, at_least_s
):
    """An ordered nonce is too old immediately, a time-based one after its window. OAuth does not have nonces."""
    context = observed(new_context(nonce_window_s=window_s))
    doubt = Doubt.of(CREATE_ORDER, unknown(TERMS, context, nonce))
    course = run(clock, CREATE_ORDER, doubt, [orders()], context, timeout_s=120, fenced=fenced)

    assert course.resolution.outcome is outcome
    assert sum(course.pauses) >= at_least_s


def test_missing_order_of_another_key_is_ambiguous(clock):
    """A nonce of this key does not rule out a request of the other key, but an order that is found is proof."""
    context = observed(new_context())
    error = unknown(TERMS, context)
    error.key = "another key"
    doubt = Doubt.of(CREATE_ORDER, error)

    assert run(clock, CREATE_ORDER, doubt, [orders()], context).resolution.outcome is AMBIGUOUS
    assert run(clock, CREATE_ORDER, doubt, [orders(listed())], context).resolution.outcome is EXECUTED


@pytest.mark.parametrize(
    ("nonce", "time"),
    [(1, None), (None, None), ("1795872768.5", 1795872768.5), ("17", 17.0), ("abc", None), ("1.2.3", None)],
)
def test_nonce_states_a_time_if_it_is_text(nonce, time):
    """Nonces that increase are integers, and time-based ones are seconds since the epoch as text."""
    assert nonce_time(nonce) == time
