"""
The detection of one seeded fault: plant it in a new process, and run seeds until its rule is violated.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial

from tests.faults.source_edits import SourceEdits
from tests.simulation.seeded_faults.client_fault import ClientFault

__all__ = ["Detection", "detect", "detect_all", "plant"]

# Several times what the slowest fault takes on a busy machine.
_TIME_LIMIT_S = 600


@dataclass(frozen=True, slots=True)
class Detection:
    """The result of the simulation with a fault."""

    fault: str
    rule: str
    """The rule that must be violated."""
    seed: int | None = None
    """The first seed that violates it."""
    subject: str = ""
    others: tuple[str, ...] = ()
    """Other rules that were violated until then."""
    runs: int = 0
    seconds: float = 0.0
    error: str = ""
    """Why the fault could not be planted or run."""


def plant(fault: ClientFault) -> None:
    """Import the client with the fault from now on."""
    edits = SourceEdits()
    edits.add(fault.package, fault.old, fault.new)
    edits.install()


def detect(fault: ClientFault, seeds: Iterable[int]) -> Detection:
    """Plant a fault in this process, and run seeds until its rule is violated."""
    plant(fault)
    from tests.simulation.run import run_seed

    start, runs, others = time.monotonic(), 0, set()
    for seed in seeds:
        runs += 1
        violations = run_seed(seed).violations
        found = next((violation for violation in violations if violation.rule == fault.rule), None)
        others |= {violation.rule for violation in violations} - {fault.rule}
        if found is not None:
            seconds = round(time.monotonic() - start, 1)
            subject = f"{found.subject}: {found.detail}"
            return Detection(fault.name, fault.rule, seed, subject, tuple(sorted(others)), runs, seconds)
    return Detection(
        fault.name, fault.rule, others=tuple(sorted(others)), runs=runs, seconds=round(time.monotonic() - start, 1)
    )


def detect_all(faults: Iterable[ClientFault], *, seeds: int, jobs: int) -> Iterator[Detection]:
    """Detect each fault in a separate process, and yield the results in the order of the faults."""
    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(partial(_detect_in_a_process, seeds=seeds), faults)


def _detect_in_a_process(fault: ClientFault, *, seeds: int) -> Detection:
    command = [sys.executable, "-m", "tests.simulation.seeded_faults", "--detect", fault.name, "--seeds", str(seeds)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIME_LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        return Detection(fault.name, fault.rule, error=f"no result within {_TIME_LIMIT_S} s")
    if done.returncode != 0:
        return Detection(fault.name, fault.rule, error=(done.stderr.strip().splitlines() or ["no output"])[-1])
    return Detection(**json.loads(done.stdout.splitlines()[-1]))


def as_json(detection: Detection) -> str:
    """Return a detection as one line."""
    return json.dumps(asdict(detection))
