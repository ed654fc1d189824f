"""A correct mock and client cause no finding, with any seed, also over HTTP; `test_determinism.py` has each layer."""

import pytest

from tests.contract.running import run_of


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
