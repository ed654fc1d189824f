"""The title of a finding names what is wrong, and not only that an order is missing."""

from typing import Any

import pytest

from gemini_clearing_contract.wire import WireRequest, WireResponse, payload_of, render_json
from tests.contract.interceptors import PATHS, body_of
from tests.contract.running import Handle, intercepted, run_of


def without_rows(is_dropped: Any) -> Any:
    """Drop rows of the list of orders by the request, the row and the number of rows."""

    def respond(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
        response = handle(request)
        body = body_of(response)
        if request.path != PATHS["list_orders"] or not isinstance(body.get("orders"), list):
            return response
        sent, rows = payload_of(request), body["orders"]
        body["orders"] = [row for index, row in enumerate(rows) if not is_dropped(sent, row, index)]
        return WireResponse(response.status, response.headers, render_json(body))

    return intercepted(respond)


@pytest.mark.parametrize(
    ("is_dropped", "title"),
    [
        (
            lambda sent, row, index: row["submission"] == sent.get("submission_end"),
            "missing order: submission_end excludes its bound",
        ),
        (
            lambda sent, row, index: row["submission"] == sent.get("submission_start"),
            "missing order: submission_start excludes its bound",
        ),
        (
            lambda sent, row, index: row["expiration"] == sent.get("expiration_end"),
            "missing order: expiration_end excludes its bound",
        ),
        (
            lambda sent, row, index: index + 1 == sent.get("limit_orders"),
            "missing order: fewer rows than the limit",
        ),
        (lambda sent, row, index: "side" in sent and index == 0, "missing order"),
    ],
)
def test_missing_order_is_reported_with_its_cause(is_dropped: Any, title: str) -> None:
    """An exclusive range, a limit of one less and a lost row have titles of their own."""
    run = run_of("sequences", target=without_rows(is_dropped), profile="recall")

    checks = {finding.check for finding in run.ledger.findings.values()}
    assert title in checks
    # If start and end are the same time, the title names both.
    assert [] == [one for one in checks if title.removeprefix("missing order").lstrip(": ").split(" ")[0] not in one]
