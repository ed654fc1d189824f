"""Reconciliation: the query for each of the four writes, and the outcome that each response proves."""

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
from gemini_clearing_runtime import (
    Argument,
    DecimalNumber,
    DecimalText,
    Model,
    Operation,
    Outcome,
    Resolution,
    ResolveByList,
    String,
    Time,
    Timestamp,
    _time,
    model,
    wire,
)
from gemini_clearing_runtime._reconciliation import Query, queries
from gemini_clearing_runtime.errors import OrderNotFoundError, OutcomeUnknownError
from tests.unit.client_runtime.scripted import READ, response

SENT_AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
NOW = Timestamp.from_wire(1_800_000_000_000)
TERMS = {"symbol": "btcusd", "amount": "0.00000001", "price": "9500.00", "side": "buy"}
ORDER: dict[str, Any] = {
    "clearing_id": "A1", "symbol": "BTCUSD", "price": Decimal(9500), "quantity": Decimal("1E-8"),
    "status": OrderStatus.AWAIT_CONFIRM, "submission": NOW, "expiration": NOW,
}  # fmt: skip


def unknown(payload: dict[str, Any]) -> OutcomeUnknownError:
    """Return the error of a call that got no response."""
    return OutcomeUnknownError(
        "no response",
        operation="x",
        payload=json.dumps({"request": "/v1/x", "nonce": 1, **payload}),
        nonce=1,
        sent_at=SENT_AT,
        raw=None,
    )


def resolve(operation: Operation[Any], payload: dict[str, Any], reply: Any) -> tuple[Query, Resolution]:
    """Send the reply to the query (an error is thrown), and return query and resolution."""
    steps = queries(operation, unknown(payload))
    query = next(steps)
    try:
        if isinstance(reply, Exception):
            steps.throw(reply)
        else:
            steps.send(reply)
    except StopIteration as end:
        resolution: Resolution = end.value
        return query, resolution
    raise AssertionError("there is one query")


def listed(**changes: Any) -> ListedOrder:
    """Return a listed order with the terms that were sent, and some changes."""
    return ListedOrder(**{**ORDER, "side": Side.BUY, **changes})


def orders(*listed: ListedOrder) -> OrderList:
    """Return the response of the order list."""
    return OrderList(result="success", orders=list(listed))


def test_new_order_is_searched_in_the_window_of_its_submission():
    """The query has symbol and side as filters, ten seconds before and after, and the same account."""
    query, _ = resolve(CREATE_ORDER, {**TERMS, "account": "desk"}, orders())
    arguments = dict(query.arguments)

    assert query.operation is LIST_ORDERS
    assert arguments.pop("submission_start") == SENT_AT - timedelta(seconds=10)
    assert arguments.pop("submission_end") - datetime.now(UTC) > timedelta(seconds=9)
    assert arguments == {"symbol": "btcusd", "side": "buy", "account": "desk"}


@pytest.mark.parametrize(("apart_s", "outcome"), [(10, Outcome.NOT_EXECUTED), (11, Outcome.AMBIGUOUS)])
@pytest.mark.parametrize("sign", [-1, 1])
def test_new_order_is_ambiguous_if_the_clocks_differ(monkeypatch, apart_s, sign, outcome):
    """If the clock of the exchange is too far off, the order is outside of the window."""
    monkeypatch.setattr(_time, "utc_now", lambda: SENT_AT)
    empty = orders()
    theirs = SENT_AT + timedelta(seconds=sign * apart_s)
    object.__setattr__(empty, "_raw", response(date=format_datetime(theirs, usegmt=True)))

    assert resolve(CREATE_ORDER, TERMS, empty)[1] == Resolution(outcome)


def test_new_order_is_not_executed_if_the_response_has_no_valid_date():
    """An invalid date is ignored."""
    empty = orders()
    object.__setattr__(empty, "_raw", response(date="yesterday"))

    assert resolve(CREATE_ORDER, TERMS, empty)[1] == Resolution(Outcome.NOT_EXECUTED)


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
    ({"counterparty_id": "OM9VNL1G"}, [listed(counterparty_id="Z4929ZDY")], NOT_EXECUTED),
    ({"counterparty_id": "OM9VNL1G"}, [listed()], EXECUTED),
]


@pytest.mark.parametrize(("more", "rows", "outcome"), NEW_ORDERS)
def test_new_order_is_recognized_by_all_of_its_terms(more, rows, outcome):
    """No matching order: not executed. One: executed. Several: ambiguous, with all of them as evidence."""
    _, resolution = resolve(CREATE_ORDER, {**TERMS, **more}, orders(*rows))

    assert resolution == Resolution(outcome, () if outcome is NOT_EXECUTED else tuple(rows))


@pytest.mark.parametrize(("target", "outcome"), [("OM9VNL1G", EXECUTED), (None, EXECUTED), ("Z4929ZDY", NOT_EXECUTED)])
def test_broker_order_is_recognized_by_terms_and_desks(target, outcome):
    """The query is the broker's list. A row without a target matches every target."""
    row = ListedBrokerOrder(
        **ORDER, source_side=Side.BUY, source_counterparty_id="R485E04Q", target_counterparty_id=target
    )
    sent = {**TERMS, "source_counterparty_id": "R485E04Q", "target_counterparty_id": "OM9VNL1G", "expires_in_hrs": 1}
    query, resolution = resolve(CREATE_BROKER_ORDER, sent, BrokerOrderList(result="success", orders=[row]))

    assert query.operation is LIST_BROKER_ORDERS
    assert query.arguments.keys() == {"symbol", "submission_start", "submission_end"}
    assert resolution.outcome is outcome


CANCELED = [
    ("Canceled", EXECUTED),
    ("AwaitConfirm", NOT_EXECUTED),
    ("AwaitTargetConfirm", NOT_EXECUTED),
    ("Confirmed", NOT_EXECUTED),
    ("Settled", NOT_EXECUTED),
    ("Expired", NOT_EXECUTED),
    ("Not Found", AMBIGUOUS),
    ("New", AMBIGUOUS),
]


@pytest.mark.parametrize(("status", "outcome"), CANCELED)
def test_cancel_is_resolved_by_the_status(status, outcome):
    """`Canceled` proves execution, other known statuses the opposite, an unknown status nothing."""
    details = OrderDetails(status=OrderStatus(status))
    query, resolution = resolve(CANCEL_ORDER, {"clearing_id": "A1"}, details)

    assert query == Query(GET_ORDER, {"clearing_id": "A1"})
    assert resolution == Resolution(outcome, (details,))


CONFIRMED = [
    ("Confirmed", "sell", "buy", EXECUTED),
    ("AttemptSettlement", "sell", "buy", EXECUTED),
    ("Settled", "sell", "buy", EXECUTED),
    ("AwaitConfirm", "sell", "buy", NOT_EXECUTED),
    ("AwaitSourceTargetConfirm", "sell", "buy", NOT_EXECUTED),
    ("Canceled", "sell", "buy", NOT_EXECUTED),
    ("Expired", "sell", "buy", AMBIGUOUS),
    ("New", "sell", "buy", AMBIGUOUS),
    # The response has the side of the source. The desk that the order still waits for has not confirmed.
    ("AwaitTargetConfirm", "buy", "buy", EXECUTED),
    ("AwaitTargetConfirm", "sell", "buy", NOT_EXECUTED),
    ("AwaitSourceConfirm", "sell", "buy", EXECUTED),
    ("AwaitSourceConfirm", "buy", "buy", NOT_EXECUTED),
    ("AwaitSourceConfirm", "buy", None, AMBIGUOUS),
]


@pytest.mark.parametrize(("status", "ours", "source", "outcome"), CONFIRMED)
def test_confirmation_is_resolved_by_status_and_side(status, ours, source, outcome):
    """A broker order with one confirmation was confirmed by the desk that it does not wait for."""
    details = OrderDetails(status=OrderStatus(status), side=source and Side(source))
    _, resolution = resolve(CONFIRM_ORDER, {**TERMS, "side": ours, "clearing_id": "A1"}, details)

    assert resolution == Resolution(outcome, (details,))


@pytest.mark.parametrize("operation", [CANCEL_ORDER, CONFIRM_ORDER])
def test_unknown_order_was_neither_canceled_nor_confirmed(operation):
    """An account can read every order that it has canceled or confirmed."""
    not_found = OrderNotFoundError(operation="get_order", reason="OrderNotFound", message="No.", raw=response(404))
    _, resolution = resolve(operation, {**TERMS, "clearing_id": "A1"}, not_found)

    assert resolution == Resolution(NOT_EXECUTED)


def test_query_has_the_account_of_the_write():
    """A master key must name the account in every call."""
    query, _ = resolve(
        CANCEL_ORDER, {"clearing_id": "A1", "account": "desk"}, OrderDetails(status=OrderStatus.CANCELED)
    )

    assert query.arguments == {"clearing_id": "A1", "account": "desk"}


@pytest.mark.parametrize(("safe", "outcome"), [(True, NOT_EXECUTED), (False, AMBIGUOUS)])
def test_operation_without_a_rule_is_resolved_only_if_it_is_a_read(safe, outcome):
    """A read changes nothing. For a write without `resolve` nothing is known."""
    without_rule = Operation("x", "/v1/x", READ.response, arguments=(), safe_to_repeat=safe)

    with pytest.raises(StopIteration) as end:
        next(queries(without_rule, unknown({})))
    assert end.value.value == Resolution(outcome)


@pytest.mark.parametrize(("listed_amount", "outcome"), [("2", EXECUTED), ("3", NOT_EXECUTED)])
def test_rules_use_python_names_and_not_wire_names(listed_amount, outcome):
    """Arguments, rows and fields of a rule have Python names, so that a new name on the wire changes nothing."""

    @model
    class Row(Model):
        """A row with a field that has another name on the wire."""

        order_quantity: Decimal = wire(DecimalNumber(), name="orderQuantity")

    @model
    class Rows(Model):
        """A list under another name."""

        found_rows: list[Row] = wire(name="foundRows")

    search = Operation(
        "search", "/v1/search", Rows,
        arguments=(
            Argument("start_ms", Time(), wire="startMs"),
            Argument("end_ms", Time(), wire="endMs"),
            Argument("sub_account", String(), wire="subAccount"),
        ),
        account="sub_account",
        safe_to_repeat=True,
    )  # fmt: skip
    place = Operation(
        "place",
        "/v1/place",
        Model,
        arguments=(Argument("amount", DecimalText(), wire="orderAmount"), Argument("owner", String(), wire="account")),
        account="owner",
        safe_to_repeat=False,
        resolve=ResolveByList(
            operation=search, rows="found_rows", window=("start_ms", "end_ms"), match={"amount": "order_quantity"}
        ),
    )
    reply = Rows(found_rows=[Row(order_quantity=Decimal(listed_amount))])

    query, resolution = resolve(place, {"orderAmount": "2", "account": "desk"}, reply)

    assert query.arguments.keys() == {"start_ms", "end_ms", "sub_account"}
    assert query.arguments["sub_account"] == "desk"
    assert resolution.outcome is outcome
