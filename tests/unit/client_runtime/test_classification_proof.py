"""Classification of the generated operations' responses: success is a listed value and a field that agrees."""

import json
from typing import Any

import pytest

from gemini_clearing._operations import (
    CANCEL_ORDER,
    CONFIRM_ORDER,
    CREATE_BROKER_ORDER,
    CREATE_ORDER,
    GET_ORDER,
    LIST_BROKER_ORDERS,
    LIST_ORDERS,
    LIST_TRADES,
    OPERATIONS,
)
from gemini_clearing_runtime import Model, Operation, RawResponse
from gemini_clearing_runtime._classification import UntrustedResponse, classify
from gemini_clearing_runtime._decoding import Violation
from gemini_clearing_runtime.errors import CancelFailedError, OrderNotFoundError, RejectedError

TERMS = {"symbol": "GUSDETH", "amount": "1.00", "price": "9500.00", "side": "buy"}
OF_A = {"clearing_id": "A", **TERMS}
PLACED = {"clearing_id": "Z", "result": "AwaitConfirm", **TERMS}


def reply(body: Any, status: int = 200) -> RawResponse:
    """Return a JSON response; of an object, without the fields that are None."""
    is_object = isinstance(body, dict)
    present = {name: value for name, value in body.items() if value is not None} if is_object else body
    return RawResponse(status=status, headers={}, content=json.dumps(present).encode())


SUCCESS: list[tuple[Operation[Any], dict[str, Any]]] = [
    (CREATE_ORDER, PLACED),
    (CREATE_ORDER, {**PLACED, "result": "AwaitTargetConfirm"}),
    (CREATE_ORDER, {**PLACED, "result": None, "status": "AwaitTargetConfirm"}),
    (CREATE_BROKER_ORDER, {"clearing_id": "Z", "result": "AwaitSourceTargetConfirm"}),
    (CANCEL_ORDER, {"result": "ok", "details": "A has been canceled"}),
    (CANCEL_ORDER, {"result": "ok", "details": "Canceled order 'A'."}),
    (CONFIRM_ORDER, {"result": "confirmed"}),
    (GET_ORDER, {"clearing_id": "A", "result": "ok", "status": "Confirmed"}),
    (GET_ORDER, {"result": "ok", "status": "Confirmed"}),
]


@pytest.mark.parametrize(("operation", "body"), SUCCESS)
def test_listed_value_with_an_agreeing_field_is_success(operation, body):
    """The documented responses are results. A field that the response does not repeat contradicts nothing."""
    assert isinstance(classify(operation, OF_A, reply(body)), Model)


UNLISTED: list[tuple[Operation[Any], dict[str, Any], str]] = [
    (CONFIRM_ORDER, {"result": "rejected"}, "result is 'rejected'"),
    (CONFIRM_ORDER, {"result": "Confirmed"}, "result is 'Confirmed'"),
    (CONFIRM_ORDER, {"result": "confirmed "}, "result is 'confirmed '"),
    (CONFIRM_ORDER, {"result": "ok"}, "result is 'ok'"),
    (CONFIRM_ORDER, {"result": ""}, "result is ''"),
    (CANCEL_ORDER, {"result": "Failed", "details": "A failed"}, "result is 'Failed'"),
    (CANCEL_ORDER, {"result": "pending", "details": "A pending"}, "result is 'pending'"),
    (CREATE_ORDER, {**PLACED, "result": "rejected"}, "result is 'rejected'"),
    (CREATE_ORDER, {**PLACED, "result": "Canceled"}, "result is 'Canceled'"),
    (CREATE_ORDER, {**PLACED, "status": "Canceled"}, "status is 'Canceled'"),
    (CREATE_ORDER, {**PLACED, "result": None, "status": "NewStatus"}, "status is 'NewStatus'"),
    (CREATE_BROKER_ORDER, {"clearing_id": "Z", "result": "AwaitConfirm"}, "result is 'AwaitConfirm'"),
]


@pytest.mark.parametrize(("operation", "body", "what"), UNLISTED)
def test_unlisted_word_of_success_proves_nothing(operation, body, what):
    """A write with such a response has an unknown outcome, and the drift hook gets the value."""
    problem = f"{what}, which the spec does not list as success of {operation.name}"

    assert classify(operation, OF_A, reply(body)) == UntrustedResponse(problem, drift=problem)


def test_response_without_any_word_of_success_proves_nothing():
    """An id does not prove that the order was placed."""
    classified = classify(CREATE_ORDER, TERMS, reply({**PLACED, "result": None}))

    assert classified == UntrustedResponse("no field says success: result, status are missing")


def test_every_write_lists_its_words_of_success():
    """No write passes without one."""
    assert all(operation.success for operation in OPERATIONS.values() if not operation.safe_to_repeat)


OF_ANOTHER = [
    ({"symbol": "BTCUSD"}, "$.symbol", "BTCUSD does not repeat the request, which has GUSDETH"),
    ({"amount": "1.01"}, "$.amount", "1.01 does not repeat the request, which has 1.00"),
    ({"amount": "100"}, "$.amount", "100 does not repeat the request, which has 1.00"),
    ({"price": "9500.01"}, "$.price", "9500.01 does not repeat the request, which has 9500.00"),
    ({"price": "950"}, "$.price", "950 does not repeat the request, which has 9500.00"),
    ({"side": "sell"}, "$.side", "sell does not repeat the request, which has buy"),
]


@pytest.mark.parametrize(("changed", "place", "problem"), OF_ANOTHER)
def test_created_order_with_other_terms_is_another_order(changed, place, problem):
    """The id may belong to an order that the request of another client placed."""
    assert classify(CREATE_ORDER, TERMS, reply({**PLACED, **changed})) == Violation(place, problem)


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": "1"},
        {"amount": "1.0"},
        {"amount": "1.000"},
        {"price": "9500"},
        {"price": "9500.0000"},
        {"symbol": "gusdeth"},
        {"symbol": None},
        {"amount": None, "price": None, "side": None},
    ],
)
def test_other_spelling_of_a_term_agrees(changed):
    """Numbers are compared as numbers, symbols in either case. A field that is missing does not contradict."""
    assert isinstance(classify(CREATE_ORDER, TERMS, reply({**PLACED, **changed})), Model)


@pytest.mark.parametrize("other", ["B", "AB", "A1", "BA"])
def test_status_of_another_order_violates_the_spec(other):
    """A response about B proves nothing about A."""
    classified = classify(GET_ORDER, {"clearing_id": "A"}, reply({"clearing_id": other, "status": "Confirmed"}))

    assert classified == Violation("$.clearing_id", f"{other} does not repeat the request, which has A")


FOREIGN_READS: list[tuple[Operation[Any], dict[str, str], Any]] = [
    (GET_ORDER, {"clearing_id": "A"}, {"status": "UP"}),
    (GET_ORDER, {"clearing_id": "A"}, {"status": "ok", "result": "ok"}),
    (GET_ORDER, {"clearing_id": "A"}, {"status": "login_required", "message": "Sign in."}),
    (GET_ORDER, {"clearing_id": "A"}, {"status": "UP", "timestamp": "1495127793"}),
    (GET_ORDER, {"clearing_id": "A"}, {}),
    (GET_ORDER, {"clearing_id": "A"}, []),
    (LIST_ORDERS, {}, {}),
    (LIST_ORDERS, {}, {"status": "UP"}),
    (LIST_ORDERS, {}, {"result": "ok", "message": "Sign in."}),
    (LIST_BROKER_ORDERS, {}, {}),
    (LIST_TRADES, {}, {}),
    (LIST_TRADES, {}, {"status": "UP"}),
    (LIST_TRADES, {}, {"results": {"status": "UP"}}),
]


@pytest.mark.parametrize(("operation", "sent", "body"), FOREIGN_READS)
def test_page_that_anything_can_write_is_no_response_to_a_read(operation, sent, body):
    """The JSON of a health page or of a login page is not an order with an unlisted status, and not an empty list."""
    assert isinstance(classify(operation, sent, reply(body)), UntrustedResponse | Violation)


@pytest.mark.parametrize(
    "body",
    [
        {"result": "ok", "status": "Confirmed"},
        {"status": "NewStatus", "clearing_id": "A"},
        {"status": "NewStatus", "side": "buy"},
    ],
)
def test_response_to_a_read_needs_one_sign_of_the_exchange(body):
    """It repeats an argument, or has a value that the spec lists. The documentation's own example repeats nothing."""
    assert isinstance(classify(GET_ORDER, {"clearing_id": "A"}, reply(body)), Model)


ABOUT_ANOTHER = [
    "B has been canceled",
    "AB has been canceled",
    "A1 has been canceled",
    "1-A has been canceled",
    "",
    "-",
]


@pytest.mark.parametrize("details", ABOUT_ANOTHER)
def test_cancellation_of_another_order_violates_the_spec(details):
    """The text must name the order; an id that only contains that of the order names another one."""
    classified = classify(CANCEL_ORDER, {"clearing_id": "A"}, reply({"result": "ok", "details": details}))

    assert classified == Violation("$.details", f"{details!r} does not name A")


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("details", ["B cannot be canceled", "AB cannot be canceled", None])
def test_failed_cancellation_of_another_order_is_no_rejection(details, status):
    """A `failed` with the id of another order, or without an id, proves nothing about this order."""
    classified = classify(CANCEL_ORDER, {"clearing_id": "A"}, reply({"result": "failed", "details": details}, status))

    assert classified == Violation("$.details", f"{details!r} does not name A")


@pytest.mark.parametrize("status", [200, 400])
def test_rejected_cancellation_of_this_order_is_a_rejection(status):
    """`failed` with the order's id, and the API's error body, which names no order."""
    failed = classify(CANCEL_ORDER, {"clearing_id": "A"}, reply({"result": "failed", "details": "A failed"}, status))
    error = {"result": "error", "reason": "OrderNotFound", "message": "No."}

    assert type(failed) is CancelFailedError
    assert type(classify(CANCEL_ORDER, {"clearing_id": "A"}, reply(error, status))) is OrderNotFoundError


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation.name)
@pytest.mark.parametrize("status", [200, 400])
def test_only_a_cancellation_can_be_failed(operation, status):
    """`failed` is a documented response to a cancellation; elsewhere it may be the page of a proxy."""
    classified = classify(operation, OF_A, reply({"result": "failed", "details": "A failed"}, status))

    assert isinstance(classified, RejectedError) == (operation is CANCEL_ORDER)
    assert isinstance(classified, RejectedError | UntrustedResponse)
