"""A quick run of the simulation with fixed seeds. `make simulate` runs thousands."""

import pytest

from tests.simulation.reporting import Totals, replay_command
from tests.simulation.run import run_seed

GROUP = 10
# Of the resolutions with an API key. Deliberate twins have no other truthful outcome.
MOST_AMBIGUOUS = 0.03


@pytest.mark.parametrize("first", range(0, 60, GROUP))
def test_client_makes_no_false_statement(first: int) -> None:
    """No fault of network, exchange or clocks makes the client violate a rule."""
    reports = [run_seed(seed) for seed in range(first, first + GROUP)]

    violations = {str(violation): replay_command(report) for report in reports for violation in report.violations}
    assert violations == {}


def test_few_resolutions_are_ambiguous() -> None:
    """With an API key, ambiguous is the last resort."""
    totals = Totals()
    for seed in range(100, 130):
        totals.add(run_seed(seed))
    text = totals.text(range(100, 130), 1, 1.0)

    assert totals.ambiguous_share_with_key <= MOST_AMBIGUOUS, text
