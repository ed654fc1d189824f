"""A correct mock and a correct client cause no finding, in any layer, with any seed, in-process and over HTTP."""

import pytest

from gemini_clearing_contract.layers import LAYERS
from tests.contract.running import run_of


@pytest.mark.parametrize("layer", [layer.name for layer in LAYERS if layer.name != "over_http"])
def test_layer_has_no_false_alarm(layer: str) -> None:
    """A layer has no finding, and checks at least one response."""
    run = run_of(layer)

    assert [] == [finding.title for finding in run.ledger.findings.values() if finding.check != "keyword not covered"]
    assert run.results[0].stopped is None
    assert sum(run.ledger.requests.values()) > 0


def test_over_http_has_no_false_alarm() -> None:
    """The served mock responds like the embedded one."""
    run = run_of("over_http", profile="full")

    assert [] == list(run.ledger.findings.values())
    assert run.results[0].stopped is None


@pytest.mark.parametrize("seed", [1, 2])
def test_random_layers_have_no_false_alarm(seed: int) -> None:
    """The random layers have no finding with another seed."""
    run = run_of("error_precedence", "state_machine", seed=seed)

    assert {} == run.ledger.findings


def test_corpus_covers_every_keyword() -> None:
    """The corpus by itself satisfies and violates every keyword of every request schema."""
    run = run_of("corpus")

    assert ([], []) == run.ledger.keywords.missing()
