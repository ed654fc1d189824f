"""Responses to methods that no operation has follow RFC 9110, and every check of schemathesis has its place here."""

import re
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from schemathesis.checks import CHECKS, load_all_checks

from gemini_clearing_contract.wire import WireRequest, WireResponse
from tests.contract.running import Handle, intercepted, run_of

DOCS = Path(__file__).parents[2] / "docs" / "contract.md"
GET, OPTIONS = "create_order/GET", "create_order/OPTIONS"


def findings(method: str, status: int, headers: dict[str, str], body: bytes = b"") -> list[tuple[str, str]]:
    """Return the findings about a server that responds to a method with this response."""

    def respond(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
        return WireResponse(status, headers, body) if request.method == method else handle(request)

    run = run_of("bad_signatures", target=intercepted(respond), only=f"create_order/{method}")
    assert [1] == [result.cases for result in run.results]
    return [(finding.check, finding.actual) for finding in run.ledger.findings.values()]


@pytest.mark.parametrize(
    ("allow", "actual"),
    [(None, "missing"), ("", "missing"), ("GET", "GET"), ("POST, GET", "POST, GET"), ("XPOST", "XPOST")],
)
def test_status_405_lists_post_and_not_the_rejected_method(allow: str | None, actual: str) -> None:
    """Status 405 without a usable `Allow` is a finding."""
    assert [("allowed methods", actual)] == findings("GET", 405, {} if allow is None else {"allow": allow})


@pytest.mark.parametrize("allow", ["POST", "POST, OPTIONS", "OPTIONS,POST"])
def test_status_405_with_post_is_lawful(allow: str) -> None:
    """`Allow` may list further methods, with or without spaces."""
    assert [] == findings("GET", 405, {"allow": allow})


def test_body_of_405_that_claims_to_be_json_is_json() -> None:
    """Half of a JSON document is a finding, although the body of 405 is not documented."""
    headers = {"allow": "POST", "content-type": "application/json"}

    assert ["invalid JSON"] == [check for check, _ in findings("GET", 405, headers, b'{"res')]
    assert [] == findings("GET", 405, {**headers, "content-type": "text/html"}, b"<h1>no</h1>")


@pytest.mark.parametrize(
    ("status", "headers", "is_lawful"),
    [
        (405, {"allow": "POST"}, True),
        (204, {"allow": "OPTIONS, POST"}, True),
        (200, {"access-control-allow-methods": "POST, OPTIONS"}, True),
        (204, {"access-control-allow-methods": "*"}, True),
        (204, {}, False),
        (204, {"allow": "GET"}, False),
        (200, {"access-control-allow-methods": "GET"}, False),
    ],
)
def test_response_to_options(status: int, headers: dict[str, str], is_lawful: bool) -> None:
    """A server may describe its methods to OPTIONS, for a browser; it must name POST."""
    assert is_lawful is (findings("OPTIONS", status, headers) == [])


def test_get_with_options_response_is_not_lawful() -> None:
    """A list of methods instead of 405 is lawful only for OPTIONS."""
    assert findings("GET", 204, {"allow": "POST"})


def test_unknown_path_is_404_for_every_method() -> None:
    """A path that no operation has does not exist for GET either."""

    def respond(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
        response = handle(request)
        return evolve(response, status=405) if request.method == "GET" and response.status == 404 else response

    run = run_of("bad_signatures", target=intercepted(respond), only="/v1/clearing/nothing/unknown to GET")

    assert {"path"} == {finding.place for finding in run.ledger.findings.values() if "route" in finding.check}


def test_every_check_of_schemathesis_is_listed() -> None:
    """The documentation has exactly the checks of the installed schemathesis."""
    load_all_checks()
    section = DOCS.read_text(encoding="utf-8").split("### The checks of schemathesis\n")[1].split("\n## ")[0]

    assert set(CHECKS.get_all_names()) == set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
