"""
One run: a seed in, a report out.
"""

import multiprocessing
import random
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from tests.simulation.chance import Chance
from tests.simulation.checks import Violation, check
from tests.simulation.plan import draw_plan
from tests.simulation.shims import simulated
from tests.simulation.world import World

__all__ = ["RunReport", "run_seed", "run_seeds", "simulate"]


@dataclass(frozen=True, slots=True)
class RunReport:
    """The result of a run: counts, digest and violations."""

    seed: int
    writes: int
    requests: int
    statements: Counter[str]
    faults: Counter[str]
    happened: tuple[str, ...]
    digest: str
    violations: tuple[Violation, ...]
    history: tuple[str, ...] = field(default=(), repr=False)


def simulate(seed: int, kept: Collection[str] | None = None) -> World:
    """Run a seed, and return its world at the end."""
    chance = Chance(seed, kept)
    world = World(draw_plan(chance), chance)
    state = random.getstate()
    random.seed(seed)
    try:
        with simulated(world.scheduler):
            world.run()
    finally:
        random.setstate(state)
    return world


def run_seed(seed: int, kept: Collection[str] | None = None, *, with_history: bool = False) -> RunReport:
    """Run a seed and check it. With `kept`, only the intents and faults with these names may happen."""
    world = simulate(seed, kept)
    calls = world.ledger.calls
    faults = [name.rpartition(":")[2] for name in world.chance.happened if ":" in name]
    events = [name.partition("@")[0] for name in world.chance.happened if "@" in name]
    return RunReport(
        seed=seed,
        writes=sum(call.intent.is_write for call in calls),
        requests=sum(len(call.requests) for call in calls),
        statements=Counter(
            [str(call.statement) for call in calls]
            + [f"resolved: {finding.statement}" for call in calls for finding in call.findings]
        ),
        faults=Counter([*faults, *events]),
        happened=tuple(world.chance.happened),
        digest=world.history.digest(),
        violations=tuple(check(world)),
        history=tuple(world.history.lines()) if with_history else (),
    )


def run_seeds(seeds: Iterable[int], jobs: int) -> Iterator[RunReport]:
    """Run many seeds in parallel processes, and yield their reports in the order of the seeds."""
    if jobs <= 1:
        yield from map(run_seed, seeds)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap(run_seed, seeds, chunksize=10)
