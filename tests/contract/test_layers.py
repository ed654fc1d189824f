"""
A correct mock and client cause no finding, with any seed, also over HTTP; `test_determinism.py` has each layer.

By default the layer `over_http` runs some of its cases; `make contract-seeds` runs all of them.
"""

import pytest

from gemini_clearing_contract.layers import bad_signatures, examples, over_http, sequences
from tests.contract.running import EVERY_CASE, run_of, select_scenarios

# Those with every operation, large and exact numbers, each end of an order that needs no days, and long lists.
SCENARIOS = (
    "the named desk confirms",
    "the creator cancels",
    "an order expires",
    "every desk creates orders",
    "money is exact",
    "business rules reject",
    "limits keep the newest",
    "every symbol in every response",
)


def test_over_http_has_no_false_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    """The served mock responds like the embedded one."""
    if not EVERY_CASE:
        # The other layer of `over_http`, about the effects of rejected requests, takes a third of its time.
        monkeypatch.setattr(over_http, "LAYERS", (examples, bad_signatures, sequences))
        select_scenarios(monkeypatch, *SCENARIOS)

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
