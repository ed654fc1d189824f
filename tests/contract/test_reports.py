"""Every report contains each finding with its steps and its command, and everything that was not tested."""

from collections.abc import Callable

import pytest

from gemini_clearing_contract.layers import layer_named
from gemini_clearing_contract.report.html import write_html
from gemini_clearing_contract.report.summary import Summary, summarize, write_json
from tests.contract.reporting import REPORTS, absent, write_text
from tests.contract.running import intercepted, run_of


def test_finding_names_operation_and_field(summary: Summary) -> None:
    """The title of a finding contains operation, check and field."""
    titles = [finding.title for finding in summary.findings]

    assert "create_order · schema: required · clearing_id" in titles


def test_finding_has_steps_and_a_command(summary: Summary) -> None:
    """A finding contains the requests, the responses, and the command that reproduces it."""
    finding = next(
        finding
        for finding in summary.findings
        if finding.place == "clearing_id" and finding.operation == "create_order"
    )

    assert '"symbol":"btcusd"' in finding.steps[-1]
    assert "-m gemini_clearing_contract --layers examples --profile quick" in finding.replay


@pytest.mark.parametrize("write", REPORTS)
def test_report_contains_the_finding(write: Callable[[Summary], str], summary: Summary) -> None:
    """Each report contains the operation and the place."""
    text = write(summary)

    assert "clearing_id" in text
    assert "create_order" in text


@pytest.mark.parametrize("write", REPORTS)
def test_stopped_run_never_reports_no_findings(write: Callable[[Summary], str], stopped: Summary) -> None:
    """An incomplete test has not passed: each report names the layer that stopped, why, and the skipped layers."""
    text = write(stopped)

    assert "no findings" not in text.lower()
    assert "It hangs." in text
    assert "the layer sequences stopped before it" in text or write is write_text
    assert 2 == stopped.exit_status


def test_stopped_run_names_its_layers(stopped: Summary) -> None:
    """Result and scope name the incomplete layers."""
    assert "Not tested completely" == stopped.result
    assert "Stopped early: sequences. Skipped: state_machine." == stopped.scope


@pytest.mark.parametrize("write", REPORTS)
def test_absent_server_is_reported(write: Callable[[Summary], str]) -> None:
    """If nothing was tested, each report contains the reason, and no empty tables."""
    summary = summarize(run_of("examples", target=intercepted(absent)), 1)

    assert "Nothing was tested" == summary.result
    assert "no connection" in write(summary)
    assert "What was checked" not in write(summary)


def test_client_is_tested_without_the_server() -> None:
    """The client's layers also run if the server is not reachable."""
    summary = summarize(run_of("examples", "client_decoding", target=intercepted(absent)), 1)

    assert "Complete: client_decoding. Stopped early: examples." == summary.scope


@pytest.mark.parametrize("write", REPORTS)
def test_skipped_layer_is_reported(write: Callable[[Summary], str], green: Summary) -> None:
    """A skipped layer has not passed."""
    text = write(green)

    assert "over_http" in text
    assert "the profile quick does not include it" in text or write is write_text
    assert "No findings" == green.result


def test_run_without_a_case_has_not_passed() -> None:
    """A misspelled case is reported."""
    run = run_of()
    run.only = "unknown case"
    run.run_layer(layer_named("examples"))
    summary = summarize(run, 1)

    assert "Nothing was tested" == summary.result
    assert 2 == summary.exit_status
    assert "it has no case 'unknown case'" == summary.layers[0]["skipped"]


@pytest.mark.parametrize("write", [write_json, write_html, write_text])
def test_run_without_orders_is_marked(write: Callable[[Summary], str]) -> None:
    """Without permission to create orders, the report states the restriction."""
    run = run_of("examples")
    run.may_create_orders = False

    assert "No orders were created" in write(summarize(run, 1)).replace("\n", " ")


def test_exit_status_follows_from_findings(summary: Summary, green: Summary) -> None:
    """A run with findings has exit status 1, one without 0."""
    assert 1 == summary.exit_status
    assert 0 == green.exit_status
