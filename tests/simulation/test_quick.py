"""A quick run of the simulation with fixed seeds. `make simulate` runs thousands."""

from tests.simulation.reporting import Totals, replay_command
from tests.simulation.run import run_seed

SEEDS = range(60)
# Of the resolutions with an API key. Deliberate twins have no other truthful outcome.
MOST_AMBIGUOUS = 0.03


def test_client_makes_no_false_statement() -> None:
    """No fault of network, exchange or clocks makes the client violate a rule, and few resolutions are ambiguous."""
    reports = [run_seed(seed) for seed in SEEDS]
    totals = Totals()
    for report in reports:
        totals.add(report)

    violations = {str(violation): replay_command(report) for report in reports for violation in report.violations}
    assert violations == {}
    # With an API key, ambiguous is the last resort.
    assert totals.ambiguous_share_with_key <= MOST_AMBIGUOUS, totals.text(SEEDS, 1, 1.0)
