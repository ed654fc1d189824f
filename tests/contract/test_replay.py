"""The command of a finding can be pasted into a shell, and reproduces the finding."""

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from gemini_clearing_contract.findings.finding import Key, Problem
from gemini_clearing_contract.findings.redaction import Redactor
from gemini_clearing_contract.layers import layer_named
from gemini_clearing_contract.options import parse_options
from gemini_clearing_contract.oracle.keyword_coverage import KeywordCoverage
from gemini_clearing_contract.run.ledger import Ledger
from gemini_clearing_contract.run.profiles import PROFILES
from gemini_clearing_contract.run.replay import command, shell_options
from gemini_clearing_contract.run.run import Run
from gemini_clearing_contract.run.runner import run_layers
from gemini_clearing_contract.spec import Spec
from gemini_clearing_contract.targets.mock import embedded_mock
from gemini_clearing_contract.wire import WireRequest, WireResponse
from tests.contract.running import Handle, intercepted, run_of, select_scenarios


def faulty(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
    """Return another price in lists, and empty error messages."""
    response = handle(request)
    body = json.loads(response.body)
    for row in body.get("orders", []):
        row["price"] = 7
    if "message" in body:
        body["message"] = ""
    return WireResponse(response.status, response.headers, json.dumps(body).encode())


def reproduced(replay: str) -> set[Key]:
    """Return the findings of a command, run in this process on the same faulty mock."""
    options = parse_options(shlex.split(replay.partition("-m gemini_clearing_contract ")[2]))
    profile = PROFILES[options.profile or "full"]
    run = Run(Spec(), intercepted(faulty), profile, options.seed, float("inf"), only=options.only)
    run_layers(run, [layer_named(name) for name in options.layers])
    return set(run.ledger.findings)


@pytest.mark.parametrize("layer", ["examples", "corpus", "bad_signatures", "sequences", "rejected_requests"])
def test_replay_reproduces_the_finding(layer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the layers before it and the other cases of its layer."""
    select_scenarios(monkeypatch, "the named desk confirms", "the broker cancels", "every desk creates orders")
    findings = list(run_of(layer, target=intercepted(faulty)).ledger.findings.values())
    replays = {finding.replay: finding.key for finding in findings}

    assert replays
    assert {} == {replay: key for replay, key in list(replays.items())[:3] if key not in reproduced(replay)}


def test_options_are_quoted_for_a_shell() -> None:
    """A shell passes spaces, quotes and dollar signs unchanged."""
    given = {"--credentials": Path("my keys.json"), "--only": "it's $HOME", "--spec": None, "--place-orders": True}
    parts = shlex.split(shell_options(given))

    assert ["--credentials", "my keys.json", "--only", "it's $HOME", "--place-orders"] == parts


def test_command_starts_with_this_interpreter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The path of the interpreter is relative to the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "my env" / "bin" / "python"))

    assert "'my env/bin/python' -m gemini_clearing_contract --seed 7" == command("--seed 7")


def test_command_names_another_spec() -> None:
    """The options that select target and spec are part of the command."""
    option = shell_options({"--spec": Path("other spec.yaml")})
    run = Run(Spec(), embedded_mock(), PROFILES["quick"], 3, 0, target_option=option)

    assert run.replay("corpus", "a case").endswith("--only 'a case' --seed 3 --spec 'other spec.yaml'")


def test_shortest_occurrence_of_a_violation_is_kept() -> None:
    """An occurrence with more steps is counted, and nothing is made of its steps."""
    commands: list[str] = []

    def replay(layer: str, case: str) -> str:
        commands.append(case)
        return case

    ledger = Ledger(replay, KeywordCoverage(frozenset()), Redactor([]))
    problem = Problem("check", "place", "expected", "actual")
    for case, steps in (("long", ("a", "b")), ("short", ("abc",)), ("shortest", ("ab",)), ("longer", ("a", "b", "c"))):
        ledger.report("layer", "operation", problem, steps, case)

    [kept] = ledger.findings.values()
    assert (("ab",), "shortest", 4) == (kept.steps, kept.replay, ledger.occurrences[kept.key])
    assert ["long", "short", "shortest"] == commands
