"""A server must send what proves a success: a listed value, and the repeated request."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from gemini_clearing_contract.oracle.evidence import echo_problems, repeats, success_value_problems
from gemini_clearing_contract.spec import Spec
from gemini_clearing_contract.wire import WireRequest, WireResponse
from tests.contract.running import Handle, intercepted, run_of

SPEC = Spec()
ORDER = {"symbol": "btcusd", "amount": "1.50", "price": "9500.00", "side": "buy"}
REPEATED = {"symbol": "BTCUSD", "amount": "1.5", "price": "9500", "side": "buy"}


def changing(path: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """Return the embedded mock, which changes its successes on a path."""

    def intercept(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
        response = handle(request)
        if request.path != path or response.status != 200:
            return response
        return WireResponse(200, response.headers, json.dumps(change(json.loads(response.body))).encode())

    return intercepted(intercept)


@pytest.mark.parametrize(
    ("path", "change", "check", "place"),
    [
        ("/v1/clearing/confirm", lambda body: {**body, "result": "done"}, "undocumented result", "result"),
        ("/v1/clearing/cancel", lambda body: {**body, "result": "Failed"}, "undocumented result", "result"),
        ("/v1/clearing/new", lambda body: {**body, "status": "Accepted"}, "undocumented result", "status"),
        ("/v1/clearing/new", lambda body: {**body, "amount": "77"}, "differs from request", "amount"),
        ("/v1/clearing/new", lambda body: {**body, "side": "sell"}, "differs from request", "side"),
        (
            "/v1/clearing/status",
            lambda body: {**body, "clearing_id": "ABCDEFGH"},
            "differs from request",
            "clearing_id",
        ),
        ("/v1/clearing/cancel", lambda body: {**body, "details": "Done"}, "differs from request", "details"),
    ],
)
def test_server_that_proves_nothing_is_found(path: str, change: Any, check: str, place: str) -> None:
    """A client cannot use a success without a listed value, or a success that repeats another request."""
    scenario = "the creator cancels" if path == "/v1/clearing/cancel" else "the named desk confirms"

    run = run_of("sequences", target=changing(path, change), only=scenario)

    assert (check, place) in {(finding.check, finding.place) for finding in run.ledger.findings.values()}


def test_success_without_any_listed_field_is_found() -> None:
    """A success has at least one of the fields of `x-success`, although the schema requires none of them."""
    operation = SPEC.operations["create_order"]

    (problem,) = success_value_problems(operation, {"clearing_id": "A"})

    assert ("no value that means success", "result, status") == (problem.check, problem.place)
    assert [] == list(success_value_problems(operation, {"clearing_id": "A", "status": "AwaitConfirm"}))


def test_read_needs_no_value_of_success() -> None:
    """A read changes nothing; a value that it has must be a documented one."""
    operation = SPEC.operations["get_order"]

    assert [] == list(success_value_problems(operation, {"status": "Settled"}))
    assert ["result"] == [one.place for one in success_value_problems(operation, {"result": "done"})]


def test_repeated_request_may_be_written_differently() -> None:
    """Amounts are equal as numbers, and symbols in either case."""
    operation = SPEC.operations["create_order"]

    assert [] == list(echo_problems(operation, ORDER, REPEATED))
    assert [] == list(echo_problems(operation, ORDER, {"clearing_id": "A"}))
    for name, other in {"symbol": "ETHUSD", "amount": "1.51", "price": "9500.01", "side": "sell"}.items():
        assert [name] == [one.place for one in echo_problems(operation, ORDER, {**REPEATED, name: other})]


@pytest.mark.parametrize(
    ("sent", "received", "same"),
    [("1", "1.0", True), ("1", "1e0", True), ("a", "A", True), ("1", "2", False), ("A", "B", False), (None, "", False)],
)
def test_repeats_compares_numbers_and_letters(sent: Any, received: Any, same: bool) -> None:
    """Numbers are compared as numbers, and text without regard to case."""
    assert repeats(sent, received) is same
