"""Every report tells of a finding, with its case and how to see it again, and of what was not judged."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gemini_clearing_contract.layers import layer_named
from gemini_clearing_contract.report.html import write_html
from gemini_clearing_contract.report.summary import Summary, summarize, write_json
from tests.contract.reporting import REPORTS, absent, write_text
from tests.contract.running import behind, run_of


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
    assert "-m gemini_clearing_contract --layers examples --profile quick" in finding.replay


@pytest.mark.parametrize("write", REPORTS)
def test_report_tells_of_the_finding(write: Callable[[Summary], str], summary: Summary) -> None:
    """Operation and place stand in each of them."""
    text = write(summary)

    assert "clearing_id" in text
    assert "create_order" in text


@pytest.mark.parametrize("write", REPORTS)
def test_broken_run_never_says_no_findings(write: Callable[[Summary], str], broken: Summary) -> None:
    """What was not judged has not passed: it is told what broke off, why, and what was not run for it."""
    text = write(broken)

    assert "no findings" not in text.lower()
    assert "It hangs." in text
    assert "the layer sequences broke off before it" in text or write is write_text
    assert 2 == broken.exit_status


def test_broken_run_names_its_layers(broken: Summary) -> None:
    """The verdict and the layers, in words."""
    assert "Not judged to the end" == broken.expected
    assert "Broken off: sequences. Not run: state_machine." == broken.scope


@pytest.mark.parametrize("write", REPORTS)
def test_absent_server_is_told(write: Callable[[Summary], str]) -> None:
    """Where nothing was judged, each report gives the reason and no empty tables."""
    summary = summarize(run_of("examples", target=behind(absent)), 1)

    assert "Nothing was judged" == summary.expected
    assert "Nothing listens there." in write(summary)
    assert "What was checked" not in write(summary)


def test_client_is_judged_without_the_server() -> None:
    """A server that is not there is no reason to leave the client unjudged."""
    summary = summarize(run_of("examples", "client_decoding", target=behind(absent)), 1)

    assert "Judged: client_decoding. Broken off: examples." == summary.scope


@pytest.mark.parametrize("write", REPORTS)
def test_layer_that_is_not_run_is_told(write: Callable[[Summary], str], green: Summary) -> None:
    """Skipped is not passed."""
    text = write(green)

    assert "over_http" in text
    assert "the profile quick leaves it out" in text or write is write_text
    assert "No findings" == green.expected


def test_run_without_a_case_is_no_success() -> None:
    """A misspelt case is told, and is not green."""
    run = run_of()
    run.only = "no such case"
    run.run_layer(layer_named("examples"))
    summary = summarize(run, 1)

    assert "Nothing was judged" == summary.expected
    assert 2 == summary.exit_status
    assert "it has no case 'no such case'" == summary.layers[0]["left_out"]


@pytest.mark.parametrize("write", [write_json, write_html, write_text])
def test_run_without_orders_says_so(write: Callable[[Summary], str]) -> None:
    """Where no orders may be placed, passing says less, and the report tells that it does."""
    run = run_of("examples")
    run.places_orders = False

    assert "No orders were placed" in write(summarize(run, 1)).replace("\n", " ")


def test_exit_status_follows_from_findings(summary: Summary, green: Summary) -> None:
    """Findings are red."""
    assert 1 == summary.exit_status
    assert 0 == green.exit_status
