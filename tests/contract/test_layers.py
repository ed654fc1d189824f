"""The good mock and the good client raise no finding, in any layer, with any seed, through either door."""

from __future__ import annotations

import pytest

from gemini_clearing_contract.layers import LAYERS
from tests.contract.running import run_of


@pytest.mark.parametrize("layer", [layer.name for layer in LAYERS if layer.name != "over_http"])
def test_layer_is_silent_on_what_is_right(layer: str) -> None:
    """No finding, and something was looked at."""
    run = run_of(layer)

    assert [] == [finding.title for finding in run.ledger.findings.values() if finding.check != "keyword coverage"]
    assert run.results[0].stopped is None
    assert sum(run.ledger.requests.values()) > 0


def test_over_http_is_silent_on_what_is_right() -> None:
    """The mock as a process of its own answers as it does in-process."""
    run = run_of("over_http", profile="full")

    assert [] == list(run.ledger.findings.values())
    assert run.results[0].stopped is None


@pytest.mark.parametrize("seed", [1, 2])
def test_random_layers_raise_no_false_alarm(seed: int) -> None:
    """Chance finds nothing where nothing is wrong."""
    run = run_of("error_precedence", "state_machine", seed=seed)

    assert {} == run.ledger.findings


def test_corpus_covers_every_keyword() -> None:
    """Every rule of every request schema is satisfied and violated by the corpus alone."""
    run = run_of("corpus")

    assert ([], []) == run.ledger.keywords.missing()
