"""
The layers in-process: no finding about the correct mock and client, and the same requests in each run with a seed.

One run serves both rules. By default it has fewer random cases, and some of the scenarios of the layer `sequences`;
`make contract-seeds` runs the profile of the quick check.
"""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from attrs import frozen
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

from gemini_clearing_contract.layers import LAYERS
from gemini_clearing_contract.layers.tools.recording_client import Recorder
from gemini_clearing_contract.wire import KEY_HEADER, PAYLOAD_HEADER, WireRequest, decode_base64
from tests.contract.running import EVERY_CASE, intercepted, run_of, select_scenarios

ROOT = Path(__file__).resolve().parents[2]
IN_PROCESS = [layer.name for layer in LAYERS if layer.name != "over_http"]
# The client's query after a lost response contains the time of the loss.
TIMES = {"client_outcomes": {"submission_start", "submission_end"}}
# Every operation, desks, filters and symbols in the order of some collection; all scenarios take twice as long.
SCENARIOS = (
    "the named desk confirms",
    "both desks confirm source first",
    "orders between two desks expire",
    "business rules reject",
    "confirmed orders settle",
    "every filter at its boundaries",
    "every pair of filters",
    "texts that no order has",
    "fields of other operations",
)


def described(request: WireRequest, layer: str) -> str:
    """Return method, path, key, and the payload without nonce and time."""
    try:
        body = json.loads(decode_base64(request.header(PAYLOAD_HEADER) or ""))
        payload: object = {key: value for key, value in body.items() if key not in {"nonce", *TIMES.get(layer, ())}}
    except (ValueError, AttributeError):
        payload = request.header(PAYLOAD_HEADER)
    return f"{request.method} {request.path} {request.header(KEY_HEADER)} {payload}"


@frozen
class Result:
    """The requests of a layer, its own and those of the client, and its report."""

    sent: int
    digest: str
    checked: int
    stopped: str | None
    findings: tuple[str, ...]


def result_of(layer: str, seed: int, profile: str = "quick") -> Result:
    """Run a layer, and return its result; the digest depends on the order of the requests."""
    sent: list[str] = []
    exchange = Recorder.exchange

    def recording(recorder, request):  # type: ignore[no-untyped-def]  # a replacement of the test
        response = exchange(recorder, request)
        sent.append(described(recorder.requests[-1], layer))
        return response

    def intercept(request, handle, exchange):  # type: ignore[no-untyped-def]  # a replacement of the test
        sent.append(described(request, layer))
        return handle(request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Recorder, "exchange", recording)
        run = run_of(layer, target=intercepted(intercept), seed=seed, profile=profile)
    findings = (finding.title for finding in run.ledger.findings.values() if finding.check != "keyword not covered")
    digest = hashlib.sha256("\n".join(sent).encode()).hexdigest()
    return Result(len(sent), digest, run.ledger.requests.total(), run.results[0].stopped, tuple(findings))


def results(seed: int) -> dict[str, Result]:
    """Return the result of each layer."""
    with pytest.MonkeyPatch.context() as patch:
        if EVERY_CASE:
            return {layer: result_of(layer, seed) for layer in IN_PROCESS}
        select_scenarios(patch, *SCENARIOS)
        return {layer: result_of(layer, seed, "recall") for layer in IN_PROCESS}


def test_layers_have_no_false_alarm_and_repeat_their_requests() -> None:
    """Each layer checks responses without a finding, and sends the same in a process with other modules and hashes."""
    script = "from tests.contract.test_determinism import results; print(results(7))"
    # Sets and dictionaries have another order than in this process, whose hashes are random or a chosen number.
    environment = {**os.environ, "PYTHONHASHSEED": "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"}
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as other:
        own = results(7)
        printed, _ = other.communicate(timeout=600)

    assert {} == {layer: one for layer, one in own.items() if one.findings or one.stopped or not one.checked}
    assert f"{own}\n" == printed


def test_another_seed_sends_other_requests() -> None:
    """The seed determines the random requests."""
    assert result_of("state_machine", 1).digest != result_of("state_machine", 2).digest


def test_constants_of_loaded_modules_are_no_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cases of a seed do not depend on the modules that are loaded, which hypothesis takes constants from."""
    before = result_of("client_bytes", 1)
    monkeypatch.setattr(providers, "is_local_module_file", lambda path: "gemini_clearing" in path)
    monkeypatch.setattr(providers, "_seen_modules", set())
    monkeypatch.setattr(providers, "_sys_modules_len", None)
    monkeypatch.setattr(providers, "_local_constants", Constants())

    assert before == result_of("client_bytes", 1)
