"""Findings are folded under what they come from, on evidence alone, and none of them is lost on the way."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gemini_clearing_contract.findings.deduplication import FindingTracker
from gemini_clearing_contract.findings.finding import Finding, Key, Problem
from gemini_clearing_contract.findings.root_causes import RootCause, find_root_causes
from gemini_clearing_contract.layers import layer_named
from gemini_clearing_contract.report.summary import Summary, summarize
from gemini_clearing_contract.run.profiles import PROFILES
from gemini_clearing_contract.run.run import Run
from gemini_clearing_contract.run.runner import run_layers
from gemini_clearing_contract.spec import Spec, load_document
from gemini_clearing_contract.targets.embedded import EmbeddedTarget
from gemini_clearing_contract.wire import WireRequest, WireResponse
from tests.contract.running import Handle, behind, run_of

Change = Callable[[WireRequest, dict[str, Any]], None]


def answering(change: Change, status: int | None = None) -> EmbeddedTarget:
    """The embedded mock with changed answers."""

    def way(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
        answer = handle(request)
        body = json.loads(answer.body)
        change(request, body)
        return WireResponse(status or answer.status, answer.headers, json.dumps(body).encode())

    return behind(way)


def without_id(request: WireRequest, body: dict[str, Any]) -> None:
    """New broker orders get no id."""
    if request.path.endswith("broker/new"):
        body.pop("clearing_id", None)


def causes_of(change: Change, *layers: str, status: int | None = None) -> Summary:
    """A run against a mock that answers with this change."""
    return summarize(run_of(*layers, target=answering(change, status)), 1)


def titles(summary: Summary) -> list[str]:
    """What the reader is told."""
    return [cause.title for cause in summary.causes]


def test_lost_order_explains_the_rows_that_nobody_placed() -> None:
    """An order whose placing gave no id turns up in every list; that is one fault and not many."""
    summary = causes_of(without_id, "examples", "corpus", "sequences")

    assert ["create_broker_order · schema: required · clearing_id"] == titles(summary)
    assert ("examples", "corpus", "sequences") == summary.causes[0].layers
    assert {"no invented order"} == {finding.check for finding in summary.causes[0].following}


def test_second_fault_stands_by_itself() -> None:
    """A fault beside another is told beside it, and not as its consequence."""

    def change(request: WireRequest, body: dict[str, Any]) -> None:
        without_id(request, body)
        for row in body.get("orders", []):
            row["price"] = 7

    summary = causes_of(change, "examples", "corpus")

    assert "create_broker_order · schema: required · clearing_id" in titles(summary)
    assert "list_orders · echo · orders[].price" in titles(summary)


def test_lost_order_explains_one_row_and_no_more() -> None:
    """Of two rows that nobody placed one is the order that was lost; the other stands by itself."""
    trail = FindingTracker()
    trail.note(finding("corpus", "create_order", "schema: required"), frozenset())
    trail.lose()
    trail.begin_case()
    first, second = (Problem("no invented order", "orders[0].clearing_id", "", name) for name in "AB")

    assert ("corpus", "create_order", "schema: required", "price") == trail.origin(first, frozenset("A"))
    assert None is trail.origin(second, frozenset("B"))
    assert None is not trail.origin(first, frozenset("A"))


def test_unreadable_answer_explains_the_rest_of_it() -> None:
    """After a status that no document tells of nothing else about the answer means anything."""
    summary = causes_of(lambda request, body: None, "examples", status=201)

    assert ["8 operations · documented status · status"] == titles(summary)


def test_later_case_is_told_with_the_step_that_placed_the_order() -> None:
    """A case about an earlier order holds its placing, and is shown again by the whole layer."""

    def change(request: WireRequest, body: dict[str, Any]) -> None:
        for row in body.get("orders", []):
            row["price"] = 7

    cause = causes_of(change, "corpus").causes[0]

    assert cause.told_by.case[0].startswith("(earlier) initiator: POST /v1/clearing/new")
    assert "--only" not in cause.told_by.replay


def with_text_for_booleans(part: Any) -> Any:
    """A document in which an order's `is_confirmed` is text."""
    if isinstance(part, list):
        return [with_text_for_booleans(item) for item in part]
    if isinstance(part, dict):
        text = {"is_confirmed": {"type": "string"}} if isinstance(part.get("is_confirmed"), dict) else {}
        return {name: with_text_for_booleans(item) for name, item in part.items()} | text
    return part


def test_field_that_the_client_refuses_is_told_once() -> None:
    """Whatever else was varied in the answer, the client stumbles over the same field each time."""
    spec = Spec(with_text_for_booleans(load_document()))
    run = Run(spec, EmbeddedTarget(), PROFILES["quick"], 0, float("inf"))
    run_layers(run, [layer_named("client_decoding")])
    causes = [cause for cause in summarize(run, 1).causes if cause.told_by.check == "an answer that the spec allows"]

    assert ["is_confirmed"] == [cause.place for cause in causes]


def finding(
    layer: str, operation: str, check: str = "echo", place: str = "price", case: tuple[str, ...] = ()
) -> Finding:
    """A finding to be folded."""
    return Finding(layer, operation, check, place, "1", "2", case, "python -m gemini_clearing_contract")


def test_same_place_in_several_layers_is_one_cause() -> None:
    """What five layers see is one thing, told with the smallest case."""
    seen = [finding("examples", "get_order", case=("a", "b")), finding("corpus", "get_order", case=("a",))]
    causes = find_root_causes(seen, {})

    assert [("examples", "corpus")] == [cause.layers for cause in causes]
    assert ("a",) == causes[0].told_by.case


def test_client_and_server_are_told_apart() -> None:
    """The client's fault is told in the words of the client's layers."""
    causes = find_root_causes([finding("corpus", "get_order"), finding("client_decoding", "get_order")], {})

    assert [("corpus",), ("client_decoding",)] == [cause.layers for cause in causes]


def test_wrong_refusals_are_told_apart_by_what_was_refused() -> None:
    """The same refusal with another sentence is the same; another refusal is another cause."""
    check, gots = (
        "a valid request is not refused",
        ("404 OrderNotFound: A1", "404 OrderNotFound: B2", "400 InvalidSide"),
    )
    refused = [
        replace(finding("links", name, check, "request"), got=got) for name, got in zip("abc", gots, strict=True)
    ]

    assert ["404 OrderNotFound", "400 InvalidSide"] == [cause.place for cause in find_root_causes(refused, {})]


def test_cause_follows_only_if_every_sighting_does() -> None:
    """A single sighting without evidence makes it a cause of its own."""
    first, second, third = finding("corpus", "a"), finding("corpus", "b", "filter"), finding("links", "b", "filter")

    assert 1 == len(find_root_causes([first, second, third], {second.key: first.key, third.key: first.key}))
    assert 2 == len(find_root_causes([first, second, third], {second.key: first.key, third.key: None}))


def test_request_with_two_faults_follows_from_the_one_that_fails_alone() -> None:
    """Where a bad side is refused wrongly, a bad side beside a bad price is no second cause."""
    alone, both = finding("corpus", "a", place="side"), finding("fuzzing", "b", place="price, side")

    assert [("corpus",)] == [cause.layers for cause in find_root_causes([both, alone], {})]
    assert [("fuzzing",)] == [cause.layers for cause in find_root_causes([both], {})]


def test_ring_of_causes_hides_none() -> None:
    """Two findings that each follow from the other stay both in sight."""
    one, other = finding("corpus", "a"), finding("corpus", "b", "filter")

    assert 2 == len(find_root_causes([one, other], {one.key: other.key, other.key: one.key}))


words = st.sampled_from(["a", "b", "c"])
findings = st.lists(st.builds(finding, words, words, words, words), unique_by=lambda one: one.key, max_size=12)


@given(findings, st.data())
def test_every_finding_belongs_to_one_cause(given_findings: list[Finding], data: st.DataObject) -> None:
    """Whatever follows from whatever: folding loses nothing, and tells nothing twice."""
    keys = [one.key for one in given_findings]
    origins: dict[Key, Key | None] = {key: data.draw(st.sampled_from([None, *keys])) for key in keys}

    causes: tuple[RootCause, ...] = find_root_causes(given_findings, origins)

    told = [one.key for cause in causes for one in (*cause.sightings, *cause.following)]
    assert sorted(keys) == sorted(told)
