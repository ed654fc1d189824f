"""An error of the suite itself is never a finding: it ends the layer, names its place, and gives exit status 3."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from gemini_clearing_contract.cases.corpus import make_corpus
from gemini_clearing_contract.cases.responses import invalid_responses, plain_response, valid_responses
from gemini_clearing_contract.cases.values import plain_body
from gemini_clearing_contract.cli import main
from gemini_clearing_contract.errors import SuiteError
from gemini_clearing_contract.layers import LAYERS, layer_named
from gemini_clearing_contract.layers.tools.random_cases import FoundError, case_function, run_random
from gemini_clearing_contract.layers.tools.recording_client import ClientPair, Recorder
from gemini_clearing_contract.oracle.expected_outcome import expected_outcome
from gemini_clearing_contract.oracle.key_ring import KeyRing
from gemini_clearing_contract.oracle.oracle import Oracle
from gemini_clearing_contract.oracle.times import CallTimes
from gemini_clearing_contract.report.summary import summarize
from gemini_clearing_contract.run.run import Context
from gemini_clearing_contract.run.session import Session
from gemini_clearing_contract.spec import Spec, SpecOperation
from gemini_clearing_contract.wire import Desk, WireRequest, WireResponse, render_json, signed_request
from tests.contract.reporting import REPORTS
from tests.contract.running import run_of

SPEC = Spec()
DESK = Desk("initiator", "account-demo-initiator", "demo-secret", "R485E04Q", frozenset({"Trader"}))
TIMES = CallTimes(Decimal(1_767_225_600_000), Decimal(1_767_225_600_010), 0)
JSON = {"content-type": "application/json"}
SERVER_LAYERS = [layer.name for layer in LAYERS if "server" in layer.tests]


def broken(*args: object, **kwargs: object) -> Any:
    """Fail like a mistake in the suite's code."""
    raise KeyError("clearing_id")


@pytest.mark.parametrize("layer", SERVER_LAYERS)
def test_error_in_the_oracle_is_a_suite_error(layer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No layer reports an error of the suite as a finding, also not from within hypothesis and schemathesis."""
    check = Oracle.check
    calls = []

    def fails_later(*args: Any) -> Any:
        calls.append(args)
        return check(*args) if len(calls) < 5 else broken()

    monkeypatch.setattr(Oracle, "check", fails_later)
    summary = summarize(run_of(layer), 1)

    assert [] == summary.findings
    assert "KeyError: 'clearing_id'" in str(summary.suite_error)
    assert 3 == summary.exit_status


@pytest.mark.parametrize("layer", ["client_bytes", "client_decoding", "client_outcomes"])
def test_error_in_the_transport_is_a_suite_error(layer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client does not catch an error of the transport that the suite gives it."""
    monkeypatch.setattr("gemini_clearing_contract.layers.tools.recording_client.WireRequest", broken)
    summary = summarize(run_of(layer), 1)

    assert [] == summary.findings
    assert "KeyError: 'clearing_id'" in str(summary.suite_error)


@pytest.mark.parametrize("is_async", [False, True])
def test_error_in_a_response_function_is_a_suite_error(is_async: bool) -> None:
    """Neither client catches an error of the function that chooses the response."""
    pair = ClientPair(DESK, Recorder(broken))
    try:
        with pytest.raises(SuiteError, match="KeyError: 'clearing_id'"):
            pair.call(SPEC.probe.name, plain_body(SPEC.probe), is_async=is_async)
    finally:
        pair.close()


def random_test(function: Callable[[int], None]) -> Callable[[], object]:
    """Return a hypothesis test like those of the layers."""
    settings = hypothesis.settings(database=None, max_examples=20, suppress_health_check=list(hypothesis.HealthCheck))
    return settings(given(number=st.integers())(function))


def test_error_that_does_not_recur_is_a_suite_error() -> None:
    """hypothesis reports an error that occurs only once as flaky; it is an error of the suite all the same."""
    calls: list[int] = []

    def fails_once(number: int) -> None:
        calls.append(number)
        if len(calls) == 3:
            broken()

    with pytest.raises(SuiteError, match="KeyError"):
        run_random(random_test(fails_once))
    calls.clear()
    with pytest.raises(SuiteError, match="KeyError"):
        run_random(random_test(case_function(fails_once)))


def test_finding_that_does_not_recur_is_no_suite_error() -> None:
    """A server may respond differently to the same request."""
    calls: list[int] = []

    def finds_once(number: int) -> None:
        calls.append(number)
        if len(calls) == 3:
            raise FoundError

    run_random(random_test(case_function(finds_once)))

    assert len(calls) > 3


@pytest.mark.parametrize("write", REPORTS)
def test_suite_error_is_in_every_report(write: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The report names the error and its place, and never reports `No findings`."""
    monkeypatch.setattr(Session, "sender", broken)
    summary = summarize(run_of("examples"), 1)
    text = write(summary)

    assert "KeyError" in text
    assert "layers/examples.py" in str(summary.suite_error)
    assert "no findings" not in text.lower()


def test_suite_error_has_priority(monkeypatch: pytest.MonkeyPatch) -> None:
    """The later layers still run after an error of the suite, and the exit status is 3 also with findings."""
    monkeypatch.setattr("gemini_clearing_contract.layers.examples.schema_problems", broken)
    run = run_of("examples", "corpus")
    summary = evolve(summarize(run, 1), stopped="The run was interrupted.")

    assert run.results[1].stopped is None
    assert run.results[1].cases > 0
    assert (3, "The suite failed") == (summary.exit_status, summary.result)


@pytest.mark.parametrize("function", ["cli.run_layers", "report.files.write_html", "cli.load_document"])
def test_command_reports_its_own_error(
    function: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error outside of the layers is one line and exit status 3."""
    monkeypatch.setattr(f"gemini_clearing_contract.{function}", broken)

    assert 3 == main(["--layers", "examples", "--profile", "quick", "--report-dir", str(tmp_path)])
    assert "The suite failed: KeyError: 'clearing_id'" in capsys.readouterr().out


def test_unknown_exception_of_a_layer_names_its_place() -> None:
    """The message contains the innermost line in the suite."""

    def look_up(context: Context) -> None:
        context.spec.status_of("UnknownReason")

    result = run_of().run_layer(evolve(layer_named("examples"), load=lambda: look_up))

    assert result.is_suite_error
    assert "spec/model.py, line" in str(result.stopped)
    assert "in status_of" in str(result.stopped)


def check(oracle: Oracle, ring: KeyRing, request: WireRequest, status: int, content: bytes, spec: Spec = SPEC) -> None:
    """Check one response; the test fails if the oracle raises an error."""
    expected = expected_outcome(spec, ring, request)
    oracle.check(expected, WireResponse(status, JSON, content), TIMES)
    ring.spend(expected.desk, expected.spends_nonce)


def request_of(operation: SpecOperation, fields: dict[str, Any], nonce: int) -> WireRequest:
    """Return a correctly signed request."""
    body = {"request": operation.path, "nonce": nonce, **fields}
    return signed_request(DESK, operation.path, render_json(body))


def new_oracle(spec: Spec = SPEC) -> tuple[Oracle, KeyRing]:
    """Return an oracle with one desk."""
    ring = KeyRing((DESK,), lambda: Decimal(0))
    return Oracle(spec, ring), ring


def loosened(node: Any) -> Any:
    """Return a copy of a schema, or of a document, that requires no field and allows any text."""
    if isinstance(node, list):
        return [loosened(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {key: loosened(value) for key, value in node.items() if key not in {"required", "pattern", "format"}}


@pytest.mark.parametrize("name", SPEC.operations)
def test_oracle_checks_any_response_of_an_operation(name: str) -> None:
    """Valid and invalid responses to a valid request cause no error of the oracle after any earlier responses."""
    operation, (oracle, ring) = SPEC.operations[name], new_oracle()
    full = plain_response(operation.success_schema)
    samples = (
        *valid_responses(operation.success_schema, full),
        *invalid_responses(operation.success_schema, full),
    )
    for creator in (one for one in SPEC.operations.values() if one.creates_order):
        body = {**plain_response(creator.success_schema), "clearing_id": plain_body(SPEC.probe)["clearing_id"]}
        check(oracle, ring, request_of(creator, plain_body(creator), 1), 200, render_json(body))

    for number, sample in enumerate(samples, start=2):
        for status in (200, 400):
            check(oracle, ring, request_of(operation, plain_body(operation), number), status, render_json(sample.body))


@pytest.mark.parametrize("name", SPEC.operations)
def test_oracle_checks_any_accepted_request(name: str) -> None:
    """A success in response to an invalid request causes no error of the oracle."""
    operation, (oracle, ring) = SPEC.operations[name], new_oracle()
    content = render_json(plain_response(operation.success_schema))
    cases = [case.body() for case in make_corpus(SPEC) if case.operation == name]

    for number, fields in enumerate(cases, start=1):
        check(oracle, ring, request_of(operation, fields, number), 200, content)


LOOSE = Spec(loosened(SPEC.document))


@pytest.mark.parametrize("name", LOOSE.operations)
def test_oracle_checks_what_a_changed_spec_allows(name: str) -> None:
    """A spec that no longer requires a field, or allows any text in it, causes no error of the oracle."""
    operation, (oracle, ring) = LOOSE.operations[name], new_oracle(LOOSE)
    request, response = plain_body(SPEC.operations[name]), plain_response(SPEC.operations[name].success_schema)
    bodies = [request, *({**request, field: "any text"} for field in request)]
    bodies += [{key: value for key, value in request.items() if key != field} for field in request]
    responses = [response, {"orders": [{}], "results": [{}]}]
    responses += [{key: value for key, value in response.items() if key != field} for field in response]
    samples = [(fields, response) for fields in bodies] + [(request, body) for body in responses]

    for number, (fields, body) in enumerate(samples, start=1):
        check(oracle, ring, request_of(operation, fields, number), 200, render_json(body), LOOSE)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(
        st.sampled_from(["result", "reason", "message", "details", "clearing_id", "orders", "results", "status", "x"]),
        values, max_size=4,
    ),
    max_leaves=8,
)  # fmt: skip


@given(
    operation=st.sampled_from(list(SPEC.operations.values())),
    status=st.sampled_from([200, 400, 403, 404, 405, 406, 500]),
    content=json_values.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=20),
)
@hypothesis.settings(max_examples=300)
def test_oracle_checks_any_json(operation: SpecOperation, status: int, content: bytes) -> None:
    """Arbitrary bytes and JSON cause no error of the oracle."""
    oracle, ring = new_oracle()
    check(oracle, ring, request_of(operation, plain_body(operation), 1), status, content)
