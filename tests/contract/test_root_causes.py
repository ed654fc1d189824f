"""Findings are grouped by root cause, only by evidence, and each finding belongs to a group."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from gemini_clearing_contract.findings.checks import UNKNOWN_ORDER, VALID_REQUEST_REJECTED
from gemini_clearing_contract.findings.deduplication import FindingTracker
from gemini_clearing_contract.findings.finding import Finding, Key, Problem
from gemini_clearing_contract.findings.root_causes import find_root_causes
from gemini_clearing_contract.layers import layer_named
from gemini_clearing_contract.report.summary import Summary, summarize
from gemini_clearing_contract.run.profiles import PROFILES
from gemini_clearing_contract.run.run import Run
from gemini_clearing_contract.run.runner import run_layers
from gemini_clearing_contract.spec import Spec, load_document
from gemini_clearing_contract.targets.embedded import EmbeddedTarget
from gemini_clearing_contract.targets.mock import embedded_mock
from gemini_clearing_contract.wire import WireRequest, WireResponse
from tests.contract.running import Handle, intercepted, run_of, select_scenarios

Change = Callable[[WireRequest, dict[str, Any]], None]


def mock_with(change: Change, status: int | None = None) -> EmbeddedTarget:
    """Return the embedded mock with changed responses."""

    def intercept(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
        response = handle(request)
        body = json.loads(response.body)
        change(request, body)
        # An unchanged body keeps its bytes, and with them each digit of its numbers.
        content = response.body if body == json.loads(response.body) else json.dumps(body).encode()
        return WireResponse(status or response.status, response.headers, content)

    return intercepted(intercept)


def without_id(request: WireRequest, body: dict[str, Any]) -> None:
    """Remove the id of new broker orders."""
    if request.path.endswith("broker/new"):
        body.pop("clearing_id", None)


def summary_of(change: Change, *layers: str, status: int | None = None) -> Summary:
    """Run layers against a mock with changed responses."""
    return summarize(run_of(*layers, target=mock_with(change, status)), 1)


def titles(summary: Summary) -> list[str]:
    """Return the titles of the root causes."""
    return [cause.title for cause in summary.root_causes]


def test_lost_creation_explains_unknown_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    """An order whose creation returned no id appears in each list; that is one root cause."""
    select_scenarios(monkeypatch, "the broker cancels", "both desks confirm source first", "every desk creates orders")
    summary = summary_of(without_id, "examples", "corpus", "sequences")

    assert ["create_broker_order · schema: required · clearing_id"] == titles(summary)
    assert ("examples", "corpus", "sequences") == summary.root_causes[0].layers
    assert {UNKNOWN_ORDER} == {finding.check for finding in summary.root_causes[0].consequences}


def test_second_fault_is_a_second_root_cause() -> None:
    """A second fault is not reported as a consequence of the first one."""

    def change(request: WireRequest, body: dict[str, Any]) -> None:
        without_id(request, body)
        for row in body.get("orders", []):
            row["price"] = 7

    summary = summary_of(change, "examples", "corpus")

    assert "create_broker_order · schema: required · clearing_id" in titles(summary)
    assert "list_orders · differs from request · orders[].price" in titles(summary)


def test_lost_creation_explains_one_unknown_order() -> None:
    """Of two unknown orders one is explained by the lost creation, and the other is not."""
    tracker = FindingTracker()
    tracker.add(finding("corpus", "create_order", "schema: required"), frozenset())
    tracker.lose_creation()
    tracker.begin_case()
    first, second = (Problem(UNKNOWN_ORDER, "orders[0].clearing_id", "", name) for name in "AB")

    assert ("corpus", "create_order", "schema: required", "price") == tracker.origin(first, frozenset("A"))
    assert None is tracker.origin(second, frozenset("B"))
    assert None is not tracker.origin(first, frozenset("A"))


def test_unreadable_response_explains_its_other_findings() -> None:
    """An undocumented status explains each other finding about the same response."""
    summary = summary_of(lambda request, body: None, "examples", status=201)

    assert ["8 operations · undocumented status · status"] == titles(summary)


def test_finding_about_an_earlier_order_contains_its_creation() -> None:
    """The steps contain the creation of the order, and the whole layer reproduces the finding."""

    def change(request: WireRequest, body: dict[str, Any]) -> None:
        for row in body.get("orders", []):
            row["price"] = 7

    cause = summary_of(change, "corpus").root_causes[0]

    assert cause.example.steps[0].startswith("(earlier) initiator: POST /v1/clearing/new")
    assert "--only" not in cause.example.replay


def with_text_for_booleans(part: Any) -> Any:
    """Return a document in which `is_confirmed` is text."""
    if isinstance(part, list):
        return [with_text_for_booleans(item) for item in part]
    if isinstance(part, dict):
        text = {"is_confirmed": {"type": "string"}} if isinstance(part.get("is_confirmed"), dict) else {}
        return {name: with_text_for_booleans(item) for name, item in part.items()} | text
    return part


def test_field_that_the_client_rejects_is_one_root_cause() -> None:
    """The client rejects the same field in each response, whichever other field is varied."""
    spec = Spec(with_text_for_booleans(load_document()))
    run = Run(spec, embedded_mock(), PROFILES["quick"], 0, float("inf"))
    run_layers(run, [layer_named("client_decoding")])
    causes = [cause for cause in summarize(run, 1).root_causes if cause.example.check == "valid response rejected"]

    assert ["is_confirmed"] == [cause.place for cause in causes]


def finding(
    layer: str, operation: str, check: str = "echo", place: str = "price", steps: tuple[str, ...] = ()
) -> Finding:
    """Return a finding."""
    return Finding(layer, operation, check, place, "1", "2", steps, "python -m gemini_clearing_contract")


def test_same_place_in_several_layers_is_one_root_cause() -> None:
    """The example is the occurrence with the shortest steps."""
    found = [finding("examples", "get_order", steps=("a", "b")), finding("corpus", "get_order", steps=("a",))]
    causes = find_root_causes(found, {})

    assert [("examples", "corpus")] == [cause.layers for cause in causes]
    assert ("a",) == causes[0].example.steps


def test_client_and_server_have_separate_root_causes() -> None:
    """The same check of the client's layers is another root cause."""
    causes = find_root_causes([finding("corpus", "get_order"), finding("client_decoding", "get_order")], {})

    assert [("corpus",), ("client_decoding",)] == [cause.layers for cause in causes]


def test_wrong_errors_are_grouped_by_reason() -> None:
    """The same error with another message is the same root cause; another error is not."""
    errors = ("404 OrderNotFound: A1", "404 OrderNotFound: B2", "400 InvalidSide")
    found = [
        evolve(finding("links", name, VALID_REQUEST_REJECTED, "request"), actual=actual)
        for name, actual in zip("abc", errors, strict=True)
    ]

    assert ["404 OrderNotFound", "400 InvalidSide"] == [cause.place for cause in find_root_causes(found, {})]


def test_consequence_is_explained_in_each_occurrence() -> None:
    """One occurrence without an explanation makes a group a root cause."""
    first, second, third = finding("corpus", "a"), finding("corpus", "b", "filter"), finding("links", "b", "filter")

    assert 1 == len(find_root_causes([first, second, third], {second.key: first.key, third.key: first.key}))
    assert 2 == len(find_root_causes([first, second, third], {second.key: first.key, third.key: None}))


def test_two_errors_in_one_request_follow_from_one_of_them() -> None:
    """If an invalid side gets a wrong response, an invalid side and price in one request is not a second root cause."""
    single, both = finding("corpus", "a", place="side"), finding("fuzzing", "b", place="price, side")

    assert [("corpus",)] == [cause.layers for cause in find_root_causes([both, single], {})]
    assert [("fuzzing",)] == [cause.layers for cause in find_root_causes([both], {})]


def test_cycle_of_explanations_hides_no_finding() -> None:
    """Two findings that explain each other are both root causes."""
    one, other = finding("corpus", "a"), finding("corpus", "b", "filter")

    assert 2 == len(find_root_causes([one, other], {one.key: other.key, other.key: one.key}))


names = st.sampled_from(["a", "b", "c"])
findings = st.lists(st.builds(finding, names, names, names, names), unique_by=lambda one: one.key, max_size=12)


@given(findings, st.data())
def test_every_finding_belongs_to_one_root_cause(given_findings: list[Finding], data: st.DataObject) -> None:
    """Grouping neither drops nor repeats a finding, for any explanations."""
    keys = [one.key for one in given_findings]
    origins: dict[Key, Key | None] = {key: data.draw(st.sampled_from([None, *keys])) for key in keys}

    causes = find_root_causes(given_findings, origins)

    grouped = [one.key for cause in causes for one in (*cause.occurrences, *cause.consequences)]
    assert sorted(keys) == sorted(grouped)
