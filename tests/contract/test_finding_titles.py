"""The title of a finding names what is wrong, and not only that an order is missing."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from gemini_clearing_contract.layers.scenarios import lists
from gemini_clearing_contract.oracle.times import SECONDS_BELOW
from gemini_clearing_contract.report.summary import summarize
from gemini_clearing_contract.wire import Desk, WireRequest, WireResponse, payload_of, render_json, signed_request
from tests.contract.interceptors import PATHS, body_of
from tests.contract.running import Handle, intercepted, run_of

BOUNDARIES = "every filter at its boundaries"


@pytest.fixture(autouse=True)
def _lists_of_one_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the lists of one desk only: each finding occurs there, and the other desks would triple the time."""
    monkeypatch.setattr(lists, "NEEDED", ("initiator",))


def without_rows(is_dropped: Any) -> Any:
    """Drop rows of the lists of orders and trades by the request, the row and the number of rows."""

    def respond(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
        response = handle(request)
        body = body_of(response)
        name = {PATHS["list_orders"]: "orders", PATHS["list_trades"]: "results"}.get(request.path, "")
        if not isinstance(body.get(name), list):
            return response
        sent, rows = payload_of(request), body[name]
        body[name] = [row for index, row in enumerate(rows) if not is_dropped(sent, row, index)]
        return WireResponse(response.status, response.headers, render_json(body))

    return intercepted(respond)


@pytest.mark.parametrize(
    ("is_dropped", "title"),
    [
        (
            lambda sent, row, index: row.get("submission", 0) == sent.get("submission_end"),
            "missing order: submission_end excludes its bound",
        ),
        (
            lambda sent, row, index: row.get("submission", 0) == sent.get("submission_start"),
            "missing order: submission_start excludes its bound",
        ),
        (
            lambda sent, row, index: row.get("expiration", 0) == sent.get("expiration_end"),
            "missing order: expiration_end excludes its bound",
        ),
        (
            lambda sent, row, index: index + 1 == sent.get("limit_orders"),
            "missing order: fewer rows than the limit",
        ),
        (
            lambda sent, row, index: sent.get("timestamp_nanos") == row.get("lastUpdatedMs", 0) * 1_000_000,
            "missing order: timestamp_nanos excludes its bound",
        ),
        (lambda sent, row, index: "side" in sent and row.get("side") == "sell", "missing order: not listed with side"),
        (lambda sent, row, index: index == 0, "missing order"),
    ],
)
def test_missing_order_is_reported_with_its_cause(is_dropped: Any, title: str) -> None:
    """An exclusive range, a limit of one less, a filter that loses orders and a lost row have different titles."""
    scenario = "limits keep the newest" if "limit" in title else BOUNDARIES

    run = run_of("sequences", target=without_rows(is_dropped), only=scenario)

    checks = {finding.check for finding in run.ledger.findings.values()}
    assert title in checks
    # If start and end are the same time, the title names both.
    assert [] == [one for one in checks if title.removeprefix("missing order").lstrip(": ").split(" ")[0] not in one]


def changed(change: Callable[[dict[str, Any], str], object], *operations: str) -> Any:
    """Change the JSON of every response of these operations, or of all; the function gets the operation."""

    def respond(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
        response = handle(request)
        body = body_of(response)
        name = next((one for one, path in PATHS.items() if path == request.path), "")
        if body.get("result") in {"error", "failed"} or (operations and name not in operations):
            return response
        for part in (body, *body.get("orders", ()), *body.get("results", ())):
            change(part, name)
        return WireResponse(response.status, response.headers, render_json(body))

    return intercepted(respond)


def titles_of(target: Any, scenario: str) -> list[str]:
    """Return the titles of the root causes in one scenario, in their order."""
    run = run_of("sequences", target=target, only=scenario)
    assert run.ledger.requests
    return [re.sub(r"\[\d+\]", "[]", cause.title) for cause in summarize(run, 1.0).root_causes]


def settle_early(part: dict[str, Any], operation: str) -> None:
    """Report a confirmed order as settled."""
    if part.get("status") == "Confirmed":
        part["status"] = "Settled"


def shift(milliseconds: int, *names: str) -> Callable[[dict[str, Any], str], None]:
    """Return a change that shifts times."""

    def change(part: dict[str, Any], operation: str) -> None:
        for name in names:
            if name in part:
                shifted = int(part[name]) + milliseconds
                part[name] = str(shifted) if isinstance(part[name], str) else shifted

    return change


@pytest.mark.parametrize("wrong", ["list_orders", "list_trades", "get_order"])
def test_contradicting_status_names_the_operation_that_others_contradict(wrong: str) -> None:
    """An order that one operation lists as settled too early is one root cause, which names that operation."""
    [title] = titles_of(changed(settle_early, wrong), "the named desk confirms")

    assert title.startswith(f"2 operations · differs from earlier response: status of {wrong}")


def without_update(part: dict[str, Any], operation: str) -> None:
    """Report the time of creation as that of the last update."""
    if "createdMs" in part:
        part["lastUpdatedMs"] = part["createdMs"]


CREATED = ("timestampms", "timestamp", "submission", "createdMs")
EXPIRES = ("expiration", "expirationTimeMs")


@pytest.mark.parametrize(
    ("target", "titles"),
    [
        (
            changed(shift(-1000, *CREATED, *EXPIRES, "lastUpdatedMs")),
            ["4 operations · implausible time: submission · timestampms"],
        ),
        (changed(shift(-1000, *CREATED)), ["4 operations · implausible time: submission · timestampms"]),
        (
            changed(shift(-1000, *EXPIRES)),
            [
                "2 operations · wrong expiration · orders[].expiration",
                "list_trades · wrong expiration · results[].expirationTimeMs",
            ],
        ),
        (
            changed(shift(3_600_000, *EXPIRES), "list_orders"),
            ["list_orders · wrong expiration · orders[].expiration"],
        ),
        (
            changed(shift(-1000, *CREATED), "create_order"),
            ["create_order · implausible time: submission · timestampms"],
        ),
        (
            changed(shift(-1000, *CREATED), "list_trades"),
            ["list_trades · differs from earlier response: submission of list_orders · results[].createdMs"],
        ),
        (
            changed(shift(1000, "lastUpdatedMs")),
            ["list_trades · implausible time: update · results[].lastUpdatedMs"],
        ),
        (changed(shift(-1000, "lastUpdatedMs")), ["list_trades · update before creation · results[].lastUpdatedMs"]),
        (
            changed(without_update),
            ["list_trades · update time before last change · results[].lastUpdatedMs"],
        ),
    ],
)
def test_wrong_time_is_reported_as_what_is_wrong(target: Any, titles: list[str]) -> None:
    """A time of creation, of expiration and of the last update each have their own title, and blame no other time."""
    assert titles == titles_of(target, BOUNDARIES)


def test_row_at_the_bound_is_not_an_ignored_filter() -> None:
    """A filter that includes the time that it should exclude filters all other rows."""

    def earlier(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
        sent = payload_of(request)
        time = sent.get("timestamp")
        if request.path != PATHS["list_orders"] or not isinstance(time, Decimal) or time < SECONDS_BELOW:
            return handle(request)
        desk = next(one for one in exchange.accounts if one.api_key == request.header("X-GEMINI-APIKEY"))
        given = Desk(desk.name, desk.api_key, desk.api_secret, desk.counterparty_id, frozenset())
        return handle(signed_request(given, request.path, render_json({**sent, "timestamp": time - 1})))

    assert titles_of(intercepted(earlier), BOUNDARIES) == [
        "list_orders · order outside the filter: timestamp includes its bound · orders[]"
    ]
