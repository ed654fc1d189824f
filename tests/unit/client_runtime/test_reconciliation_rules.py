"""Reconciliation by the status of an order, and the rules that the operations declare."""

from datetime import datetime
from decimal import Decimal

import pytest

from gemini_clearing import OrderDetails, OrderStatus, Side
from gemini_clearing._operations import (
    CANCEL_ORDER,
    CONFIRM_ORDER,
    GET_ORDER,
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
    Response,
    String,
    Time,
    _time,
    model,
    wire,
)
from gemini_clearing_runtime._doubt import Doubt
from gemini_clearing_runtime._reconciliation import Query
from gemini_clearing_runtime.errors import OrderNotFoundError
from tests.unit.client_runtime.reconciling import TERMS, Clock, observed, resolve, run, unknown
from tests.unit.client_runtime.scripted import READ, new_context, response

EXECUTED, NOT_EXECUTED, AMBIGUOUS = Outcome.EXECUTED, Outcome.NOT_EXECUTED, Outcome.AMBIGUOUS


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Return the clock of the test. It has shown SENT_S when the request was sent."""
    clock = Clock()
    monkeypatch.setattr(_time, "monotonic", lambda: clock.now)
    return clock


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
def test_cancel_is_resolved_by_the_status(clock, status, outcome):
    """`Canceled` proves execution, other known statuses the opposite, an unknown status nothing."""
    details = OrderDetails(status=OrderStatus(status))
    query, resolution = resolve(clock, CANCEL_ORDER, {"clearing_id": "A1"}, details)

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
def test_confirmation_is_resolved_by_status_and_side(clock, status, ours, source, outcome):
    """A broker order with one confirmation was confirmed by the desk that it does not wait for."""
    details = OrderDetails(status=OrderStatus(status), side=source and Side(source))
    _, resolution = resolve(clock, CONFIRM_ORDER, {**TERMS, "side": ours, "clearing_id": "A1"}, details)

    assert resolution == Resolution(outcome, (details,))


SOLD = {**TERMS, "side": "sell", "clearing_id": "A1"}


@pytest.mark.parametrize(
    ("other", "sent", "outcome"),
    [
        ("another attempt", SOLD, NOT_EXECUTED),
        ("another attempt", {**SOLD, "price": "9500"}, NOT_EXECUTED),
        ("another attempt", {**SOLD, "side": "buy"}, EXECUTED),
        ("another attempt", {**SOLD, "clearing_id": "A2"}, EXECUTED),
        ("attempt", SOLD, EXECUTED),
    ],
)
def test_confirmation_that_another_call_has_made_was_not_executed(clock, other, sent, outcome):
    """A desk can confirm an order once. The other side of a broker order is confirmed by another desk."""
    context = observed(new_context())
    doubt = Doubt.of(CONFIRM_ORDER, unknown(SOLD, context))
    context.writes.add_done(CONFIRM_ORDER, sent, other)
    details = OrderDetails(status=OrderStatus.CONFIRMED, side=Side.BUY)
    course = run(clock, CONFIRM_ORDER, doubt, [details], context)

    assert course.resolution == Resolution(outcome, (details,))
    assert course.pauses == []


@pytest.mark.parametrize("operation", [CANCEL_ORDER, CONFIRM_ORDER])
def test_unknown_order_was_neither_canceled_nor_confirmed(clock, operation):
    """An account can read every order that it has canceled or confirmed."""
    not_found = OrderNotFoundError(operation="get_order", reason="OrderNotFound", message="No.", raw=response(404))
    _, resolution = resolve(clock, operation, {**TERMS, "clearing_id": "A1"}, not_found)

    assert resolution == Resolution(NOT_EXECUTED)


def test_query_has_the_account_of_the_write(clock):
    """A master key must name the account in every call."""
    query, _ = resolve(
        clock, CANCEL_ORDER, {"clearing_id": "A1", "account": "desk"}, OrderDetails(status=OrderStatus.CANCELED)
    )

    assert query.arguments == {"clearing_id": "A1", "account": "desk"}


@pytest.mark.parametrize(("safe", "outcome"), [(True, NOT_EXECUTED), (False, AMBIGUOUS)])
def test_operation_without_a_rule_is_resolved_only_if_it_is_a_read(clock, safe, outcome):
    """A read changes nothing. For a write without `resolve` nothing is known."""
    without_rule = Operation("x", "/v1/x", READ.find_response, arguments=(), safe_to_repeat=safe)

    context = new_context()
    course = run(clock, without_rule, Doubt.of(without_rule, unknown({}, context)), [None], context)

    assert (course.resolution, course.queries) == (Resolution(outcome), [])


@model
class Row(Model):
    """A row with a field that has another name on the wire."""

    order_quantity: Decimal = wire(DecimalNumber(), name="orderQuantity")
    order_id: str = wire(name="orderId")
    submitted_at: datetime | None = wire(name="submittedAt", default=None)


@model
class Rows(Response):
    """A list under another name."""

    found_rows: list[Row] = wire(name="foundRows")


SEARCH = Operation(
    "search", "/v1/search", lambda: Rows,
    arguments=(
        Argument("start_ms", Time(), wire="startMs"),
        Argument("end_ms", Time(), wire="endMs"),
        Argument("sub_account", String(), wire="subAccount"),
    ),
    account="sub_account",
    safe_to_repeat=True,
)  # fmt: skip
PLACE = Operation(
    "place",
    "/v1/place",
    lambda: Model,
    arguments=(Argument("amount", DecimalText(), wire="orderAmount"), Argument("owner", String(), wire="account")),
    account="owner",
    safe_to_repeat=False,
    resolve=ResolveByList(
        operation=SEARCH,
        rows="found_rows",
        window=("start_ms", "end_ms"),
        match={"amount": "order_quantity"},
        id=("placed_id", "order_id"),
        submitted="submitted_at",
    ),
)


@pytest.mark.parametrize(("listed_amount", "outcome"), [("2", EXECUTED), ("3", NOT_EXECUTED)])
def test_rules_use_python_names_and_not_wire_names(clock, listed_amount, outcome):
    """Arguments, rows and fields of a rule have Python names, so that a new name on the wire changes nothing."""
    reply = Rows(found_rows=[Row(order_quantity=Decimal(listed_amount), order_id="A1")])

    query, resolution = resolve(clock, PLACE, {"orderAmount": "2", "account": "desk"}, reply)

    assert query.arguments.keys() == {"start_ms", "end_ms", "sub_account"}
    assert query.arguments["sub_account"] == "desk"
    assert resolution.outcome is outcome
