"""Every report tells of a finding, with its case and how to see it again, and none of them tells a secret."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from contract._report.html import write_html
from contract._report.junit import write_junit
from contract._report.summary import Summary, summarise, write_json
from contract._testing import behind, run_of
from contract._wire import WireAnswer


def without_clearing_id(request, handle, exchange):  # type: ignore[no-untyped-def]
    """A server that forgets a required field, and tells a secret in its sentences."""
    answer = handle(request)
    body = json.loads(answer.body)
    body.pop("clearing_id", None)
    if "message" in body:
        body["message"] = f"demo-secret-of-initiator account-demo-initiator {body['message']}"
    return WireAnswer(answer.status, answer.headers, json.dumps(body).encode())


@pytest.fixture(scope="module")
def summary() -> Summary:
    """A run with findings."""
    return summarise(run_of("examples", "adversaries", target=behind(without_clearing_id)), 1.5)


def test_finding_names_operation_and_field(summary: Summary) -> None:
    """A required field that is gone is told by name, with its operation."""
    titles = [finding.title for finding in summary.findings]

    assert "create_order · schema: required · clearing_id" in titles


def test_finding_has_a_case_and_a_command(summary: Summary) -> None:
    """What was sent and what came, and how to see it again."""
    finding = next(
        finding
        for finding in summary.findings
        if finding.place == "clearing_id" and finding.operation == "create_order"
    )

    assert '"symbol":"btcusd"' in finding.case[-1]
    assert "python -m contract --layers examples --seed 0" in finding.replay


@pytest.mark.parametrize("write", [write_json, write_junit, write_html])
def test_report_holds_the_finding_and_no_secret(write, summary: Summary) -> None:  # type: ignore[no-untyped-def]
    """Keys and secrets of the target are named, never shown."""
    text = write(summary)

    assert "clearing_id" in text
    assert "create_order" in text
    assert "demo-secret" not in text
    assert "account-demo-initiator" not in text


def test_junit_counts_failures(summary: Summary) -> None:
    """A CI system sees red."""
    root = ElementTree.fromstring(write_junit(summary).encode())  # noqa: S314 - written just now

    assert sum(int(suite.get("failures", 0)) for suite in root) > 0
    assert {"examples", "adversaries"} == {suite.get("name") for suite in root}


def test_html_report_is_one_file(summary: Summary) -> None:
    """Nothing is fetched from anywhere, and nothing runs."""
    page = write_html(summary)

    assert "<script" not in page
    assert "src=" not in page
    assert "<link" not in page


def test_exit_status_follows_from_findings(summary: Summary) -> None:
    """Findings are red."""
    assert 1 == summary.exit_status


def test_stylesheet_is_beside_the_report() -> None:
    """The page carries its own style."""
    assert (Path(__file__).parent / "_report" / "report.css").exists()
