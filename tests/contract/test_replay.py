"""The command of a finding can be pasted into a shell, and shows the finding again."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from gemini_clearing_contract.findings.finding import Key
from gemini_clearing_contract.layers import layer_named
from gemini_clearing_contract.options import parse_options
from gemini_clearing_contract.run.profiles import PROFILES
from gemini_clearing_contract.run.replay import command, shell_options
from gemini_clearing_contract.run.run import Run
from gemini_clearing_contract.run.runner import run_layers
from gemini_clearing_contract.spec import Spec
from gemini_clearing_contract.targets.embedded import EmbeddedTarget
from gemini_clearing_contract.wire import WireRequest, WireResponse
from tests.contract.running import Handle, behind, run_of


def altered(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
    """A mock whose orders cost seven, whose refusals are silent, and which takes every confirmation for a good one."""
    answer = handle(request)
    body = json.loads(answer.body)
    for row in body.get("orders", []):
        row["price"] = 7
    if "message" in body:
        body["message"] = ""
    return WireResponse(answer.status, answer.headers, json.dumps(body).encode())


def found_again(replay: str) -> set[Key]:
    """What the command finds, on the altered mock in this process."""
    options = parse_options(shlex.split(replay.partition("-m gemini_clearing_contract ")[2]))
    profile = PROFILES[options.profile or "full"]
    run = Run(Spec(), behind(altered), profile, options.seed, float("inf"), only=options.only)
    run_layers(run, [layer_named(name) for name in options.layers])
    return set(run.ledger.findings)


@pytest.mark.parametrize("layer", ["examples", "corpus", "bad_signatures", "sequences", "rejected_requests"])
def test_replay_shows_the_finding(layer: str) -> None:
    """Alone, without the layers before it and without the cases around it."""
    findings = list(run_of(layer, target=behind(altered)).ledger.findings.values())
    replays = {finding.replay: finding.key for finding in findings}

    assert replays
    assert {} == {replay: key for replay, key in list(replays.items())[:8] if key not in found_again(replay)}


def test_options_are_quoted_for_a_shell() -> None:
    """Spaces, quotes and dollars arrive as they were."""
    given = {"--credentials": Path("my keys.json"), "--only": "it's $HOME", "--spec": None, "--place-orders": True}
    parts = shlex.split(shell_options(given))

    assert ["--credentials", "my keys.json", "--only", "it's $HOME", "--place-orders"] == parts


def test_command_begins_with_this_interpreter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """From the folder where the environment is, and without that folder's own path."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "my env" / "bin" / "python"))

    assert "'my env/bin/python' -m gemini_clearing_contract --seed 7" == command("--seed 7")


def test_run_of_another_spec_is_shown_again_by_it() -> None:
    """The options that name target and spec are part of the command."""
    option = shell_options({"--spec": Path("other spec.yaml")})
    run = Run(Spec(), EmbeddedTarget(), PROFILES["quick"], 3, 0, target_option=option)

    assert run.replay("corpus", "a case").endswith("--only 'a case' --seed 3 --spec 'other spec.yaml'")
