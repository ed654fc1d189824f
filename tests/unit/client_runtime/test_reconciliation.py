"""Did it happen?  Which question settles it for each of the four writes, and what each answer proves."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import pytest

from gemini_clearing import BrokerOrderList, ListedBrokerOrder, ListedOrder, OrderDetails, OrderList, OrderStatus, Side
from gemini_clearing._operations import (
    CANCEL_ORDER,
    CONFIRM_ORDER,
    CREATE_BROKER_ORDER,
    CREATE_ORDER,
    GET_ORDER,
    LIST_BROKER_ORDERS,
    LIST_ORDERS,
)
from gemini_clearing_runtime import Operation, Outcome, Resolution, Timestamp, _time
from gemini_clearing_runtime._reconciliation import Query, queries
from gemini_clearing_runtime.errors import OrderNotFoundError, OutcomeUnknownError
from tests.unit.client_runtime.scripted import READ, answer

SENT_AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
NOW = Timestamp.from_wire(1_800_000_000_000)
TERMS = {"symbol": "btcusd", "amount": "0.00000001", "price": "9500.00", "side": "buy"}
ORDER: dict[str, Any] = {
    "clearing_id": "A1", "symbol": "BTCUSD", "price": Decimal(9500), "quantity": Decimal("1E-8"),
    "status": OrderStatus.AWAIT_CONFIRM, "submission": NOW, "expiration": NOW,
}  # fmt: skip


def lost(payload: dict[str, Any]) -> OutcomeUnknownError:
    """The error of a call whose answer did not come."""
    return OutcomeUnknownError(
        "lost",
        operation="x",
        payload=json.dumps({"request": "/v1/x", "nonce": 1, **payload}),
        nonce=1,
        sent_at=SENT_AT,
        raw=None,
    )


def asked(operation: Operation[Any], payload: dict[str, Any], reply: Any) -> tuple[Query, Resolution]:
    """Put the question, give the reply (an error is thrown), and return what it proves."""
    asking = queries(operation, lost(payload))
    question = next(asking)
    try:
        if isinstance(reply, Exception):
            asking.throw(reply)
        else:
            asking.send(reply)
    except StopIteration as end:
        resolution: Resolution = end.value
        return question, resolution
    raise AssertionError("one question is enough")


def listed(**changes: Any) -> ListedOrder:
    """A listed order with the terms that were sent, and some changes."""
    return ListedOrder(**{**ORDER, "side": Side.BUY, **changes})


def orders(*listed: ListedOrder) -> OrderList:
    """The answer of the order list."""
    return OrderList(result="success", orders=list(listed))


def test_new_order_is_looked_for_in_the_window_of_its_submission():
    """With symbol and side as filters, ten seconds on either side, and for the same account."""
    question, _ = asked(CREATE_ORDER, {**TERMS, "account": "desk"}, orders())
    arguments = dict(question.arguments)

    assert question.operation is LIST_ORDERS
    assert arguments.pop("submission_start") == SENT_AT - timedelta(seconds=10)
    assert arguments.pop("submission_end") - datetime.now(UTC) > timedelta(seconds=9)
    assert arguments == {"symbol": "btcusd", "side": "buy", "account": "desk"}


@pytest.mark.parametrize(("apart_s", "outcome"), [(10, Outcome.NOT_EXECUTED), (11, Outcome.AMBIGUOUS)])
@pytest.mark.parametrize("sign", [-1, 1])
def test_new_order_is_not_called_absent_where_the_clocks_differ(monkeypatch, apart_s, sign, outcome):
    """An exchange whose clock is too far off keeps the order outside of the window that was asked for."""
    monkeypatch.setattr(_time, "utc_now", lambda: SENT_AT)
    nothing = orders()
    theirs = SENT_AT + timedelta(seconds=sign * apart_s)
    object.__setattr__(nothing, "_raw", answer(date=format_datetime(theirs, usegmt=True)))

    assert asked(CREATE_ORDER, TERMS, nothing)[1] == Resolution(outcome)


def test_new_order_is_called_absent_where_the_exchange_does_not_tell_its_time():
    """A date that cannot be read is none."""
    nothing = orders()
    object.__setattr__(nothing, "_raw", answer(date="yesterday"))

    assert asked(CREATE_ORDER, TERMS, nothing)[1] == Resolution(Outcome.NOT_EXECUTED)


FOUND, ABSENT, AMBIGUOUS = Outcome.EXECUTED, Outcome.NOT_EXECUTED, Outcome.AMBIGUOUS
NEW_ORDERS: list[tuple[dict[str, Any], Iterable[ListedOrder], Outcome]] = [
    ({}, [], ABSENT),
    ({}, [listed()], FOUND),
    ({}, [listed(), listed(clearing_id="A2")], AMBIGUOUS),
    ({}, [listed(symbol="ETHUSD")], ABSENT),
    ({}, [listed(side=Side.SELL)], ABSENT),
    ({}, [listed(price=Decimal("9500.01"))], ABSENT),
    ({}, [listed(quantity=Decimal("1.1E-8"))], ABSENT),
    ({}, [listed(counterparty_id="OM9VNL1G")], FOUND),
    ({"counterparty_id": "OM9VNL1G"}, [listed(counterparty_id="OM9VNL1G")], FOUND),
    ({"counterparty_id": "OM9VNL1G"}, [listed(counterparty_id="Z4929ZDY")], ABSENT),
    ({"counterparty_id": "OM9VNL1G"}, [listed()], FOUND),
]


@pytest.mark.parametrize(("more", "there", "outcome"), NEW_ORDERS)
def test_new_order_is_found_by_all_of_its_terms(more, there, outcome):
    """None that fits: not there; one: found; several: ambiguous, with each as evidence."""
    _, resolution = asked(CREATE_ORDER, {**TERMS, **more}, orders(*there))

    assert resolution == Resolution(outcome, () if outcome is ABSENT else tuple(there))


@pytest.mark.parametrize(("target", "outcome"), [("OM9VNL1G", FOUND), (None, FOUND), ("Z4929ZDY", ABSENT)])
def test_broker_order_is_found_by_terms_and_desks(target, outcome):
    """The broker's own list is asked; a target that it does not tell contradicts nothing."""
    fitting = ListedBrokerOrder(
        **ORDER, source_side=Side.BUY, source_counterparty_id="R485E04Q", target_counterparty_id=target
    )
    sent = {**TERMS, "source_counterparty_id": "R485E04Q", "target_counterparty_id": "OM9VNL1G", "expires_in_hrs": 1}
    question, resolution = asked(CREATE_BROKER_ORDER, sent, BrokerOrderList(result="success", orders=[fitting]))

    assert question.operation is LIST_BROKER_ORDERS
    assert question.arguments.keys() == {"symbol", "submission_start", "submission_end"}
    assert resolution.outcome is outcome


CANCELED = [
    ("Canceled", FOUND),
    ("AwaitConfirm", ABSENT),
    ("AwaitTargetConfirm", ABSENT),
    ("Confirmed", ABSENT),
    ("Settled", ABSENT),
    ("Expired", ABSENT),
    ("Not Found", AMBIGUOUS),
    ("Novel", AMBIGUOUS),
]


@pytest.mark.parametrize(("status", "outcome"), CANCELED)
def test_cancel_is_settled_by_the_orders_status(status, outcome):
    """A canceled order proves it, any other known status the opposite, an unknown word nothing."""
    details = OrderDetails(status=OrderStatus(status))
    question, resolution = asked(CANCEL_ORDER, {"clearing_id": "A1"}, details)

    assert question == Query(GET_ORDER, {"clearing_id": "A1"})
    assert resolution == Resolution(outcome, (details,))


CONFIRMED = [
    ("Confirmed", "sell", "buy", FOUND),
    ("AttemptSettlement", "sell", "buy", FOUND),
    ("Settled", "sell", "buy", FOUND),
    ("AwaitConfirm", "sell", "buy", ABSENT),
    ("AwaitSourceTargetConfirm", "sell", "buy", ABSENT),
    ("Canceled", "sell", "buy", ABSENT),
    ("Expired", "sell", "buy", AMBIGUOUS),
    ("Novel", "sell", "buy", AMBIGUOUS),
    # The source of a broker order has its side, the target the other; who still has to confirm has not.
    ("AwaitTargetConfirm", "buy", "buy", FOUND),
    ("AwaitTargetConfirm", "sell", "buy", ABSENT),
    ("AwaitSourceConfirm", "sell", "buy", FOUND),
    ("AwaitSourceConfirm", "buy", "buy", ABSENT),
    ("AwaitSourceConfirm", "buy", None, AMBIGUOUS),
]


@pytest.mark.parametrize(("status", "ours", "source", "outcome"), CONFIRMED)
def test_confirmation_is_settled_by_the_orders_status_and_our_side(status, ours, source, outcome):
    """A half-confirmed order was confirmed by the desk that it does not wait for."""
    details = OrderDetails(status=OrderStatus(status), side=source and Side(source))
    _, resolution = asked(CONFIRM_ORDER, {**TERMS, "side": ours, "clearing_id": "A1"}, details)

    assert resolution == Resolution(outcome, (details,))


@pytest.mark.parametrize("operation", [CANCEL_ORDER, CONFIRM_ORDER])
def test_order_that_this_account_may_not_see_was_not_touched_by_it(operation):
    """Whoever has canceled or confirmed an order may ask for it."""
    unseen = OrderNotFoundError(operation="get_order", reason="OrderNotFound", message="No.", raw=answer(404))
    _, resolution = asked(operation, {**TERMS, "clearing_id": "A1"}, unseen)

    assert resolution == Resolution(ABSENT)


def test_question_about_an_order_is_asked_for_the_account_that_was_meant():
    """A master key that acted for an account asks for it too."""
    question, _ = asked(
        CANCEL_ORDER, {"clearing_id": "A1", "account": "desk"}, OrderDetails(status=OrderStatus.CANCELED)
    )

    assert question.arguments == {"clearing_id": "A1", "account": "desk"}


@pytest.mark.parametrize(("safe", "outcome"), [(True, ABSENT), (False, AMBIGUOUS)])
def test_call_without_a_question_is_settled_only_if_it_read(safe, outcome):
    """A read leaves nothing behind; of a write that cannot be asked about, nothing is known."""
    silent = Operation("x", "/v1/x", READ.response, arguments=(), safe_to_repeat=safe)

    with pytest.raises(StopIteration) as end:
        next(queries(silent, lost({})))
    assert end.value.value == Resolution(outcome)
