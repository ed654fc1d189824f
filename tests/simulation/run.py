"""
One run: a seed in, a report out.
"""

import logging
import multiprocessing
import random
import tempfile
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.simulation.chance import Chance
from tests.simulation.checks import Violation, check
from tests.simulation.ledger import Statement, current_call
from tests.simulation.plan import OAUTH, draw_plan
from tests.simulation.shims import simulated
from tests.simulation.world import World

__all__ = ["RunReport", "run_seed", "run_seeds", "simulate"]

# A file system in memory, where there is one: nothing of a run is kept.
_MEMORY = Path("/dev/shm")  # noqa: S108  (the files get random names)


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
    ambiguous_without_token: int
    resolved_without_token: int
    """Resolutions with a key. With an OAuth token nothing limits how late a request can be executed."""
    history: tuple[str, ...] = field(default=(), repr=False)


def simulate(seed: int, kept: Collection[str] | None = None) -> World:
    """Run a seed, and return its world at the end."""
    chance = Chance(seed, kept)
    state = random.getstate()
    random.seed(seed)
    try:
        with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
            world = World(draw_plan(chance), chance, Path(folder))
            with simulated(world.scheduler, world.network), _captured_log():
                world.run()
            world.read_journals()
    finally:
        random.setstate(state)
    return world


class _CallLog(logging.Handler):
    """Adds what the client logs to its call in the ledger."""

    def emit(self, record: logging.LogRecord) -> None:
        """Add one line."""
        if (call := current_call.get(None)) is not None:
            call.log.append(record.getMessage())


@contextmanager
def _captured_log() -> Iterator[None]:
    log, handler = logging.getLogger("gemini_clearing"), _CallLog(logging.WARNING)
    log.addHandler(handler)
    former, log.propagate = log.propagate, False
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.propagate = former


def run_seed(seed: int, kept: Collection[str] | None = None, *, with_history: bool = False) -> RunReport:
    """Run a seed and check it. With `kept`, only the intents and faults with these names may happen."""
    world = simulate(seed, kept)
    calls = world.ledger.calls
    faults = [name.rpartition(":")[2] for name in world.chance.happened if ":" in name]
    events = [name.partition("@")[0] for name in world.chance.happened if "@" in name]
    with_key = [finding for call in calls if call.intent.key != OAUTH for finding in call.findings]
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
        ambiguous_without_token=sum(finding.statement is Statement.AMBIGUOUS for finding in with_key),
        resolved_without_token=len(with_key),
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
