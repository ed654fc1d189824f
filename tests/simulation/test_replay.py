"""A seed repeats a run exactly, whole or in part."""

import os
import subprocess
import sys
from functools import cache

import pytest

from tests.simulation.run import run_seed
from tests.simulation.shrink import _reduce

SEEDS = range(42, 46)
PROGRAM = f"from tests.simulation.run import run_seed; print(*[run_seed(seed).digest for seed in {list(SEEDS)}])"


# The first run of each seed, with which the tests compare another one.
whole_run = cache(run_seed)


def test_seed_repeats_its_history_in_another_process() -> None:
    """The digest of a history depends only on the seed, not on hashes, memory or time."""
    here = [whole_run(seed).digest for seed in SEEDS]

    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(sys.path)}
    there = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    ).stdout.split()

    assert there == here
    assert len(set(here)) == len(here)


@pytest.mark.parametrize("seed", SEEDS)
def test_run_that_keeps_everything_is_the_whole_run(seed: int) -> None:
    """The names of all intents and faults of a run repeat it."""
    whole = whole_run(seed)

    assert run_seed(seed, whole.happened).digest == whole.digest


def test_run_without_its_faults_is_a_run_without_faults() -> None:
    """Only what is kept happens."""
    whole = whole_run(44)
    intents = [name for name in whole.happened if ":" not in name and "@" not in name]
    quiet = run_seed(44, intents)

    assert whole.faults.total() > 0
    assert (quiet.faults.total(), quiet.violations) == (0, ())


def test_shrinking_leaves_the_names_that_matter() -> None:
    """Names without which the violation remains are dropped, and the others are kept in their order."""
    names = [f"n{number}" for number in range(50)]

    assert _reduce(names, lambda kept: {"n7", "n31", "n32"} <= set(kept)) == ("n7", "n31", "n32")
