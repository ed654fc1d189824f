"""
Runs the suite against each fault, in processes of their own, and tells which layer caught it.

A process is forked for each fault from one that has loaded the tools but neither mock nor client, so that the fault is
there from their first line on.
"""

from __future__ import annotations

import multiprocessing
import time
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from gemini_clearing_contract._plan import LAYERS, PROFILES, Layer, Run
from gemini_clearing_contract._run import report_keywords
from gemini_clearing_contract._spec import Spec
from gemini_clearing_contract.targets.target import EmbeddedTarget
from tests.faults._catalogue import CATALOGUE
from tests.faults._fault import Fault, World
from tests.faults._warm_up import warm_up

__all__ = ["Caught", "hunt", "layers_for", "recall", "warm_up"]

# Which layers look at which side.
SIDES = {"mock": frozenset({"server"}), "client": frozenset({"client"}), "spec": frozenset({"server", "client"})}


@dataclass(frozen=True)
class Caught:
    """What the suite made of one fault."""

    fault: str
    side: str
    meant: str
    by: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    broken: str | None = None

    @property
    def is_caught(self) -> bool:
        """Whether any layer saw the fault."""
        return bool(self.by)

    @property
    def as_meant(self) -> bool:
        """Whether the layer that is meant to catch it did."""
        return self.meant in self.by


def layers_for(side: str) -> tuple[Layer, ...]:
    """The layers that look at a side."""
    return tuple(layer for layer in LAYERS if layer.judges & SIDES[side])


def hunt(
    fault: Fault | None,
    side: str = "mock",
    layers: Iterable[Layer] | None = None,
    seed: int = 0,
    *,
    first_only: bool = False,
) -> Caught:
    """Plant a fault in this process and run the layers, or up to the first that sees it; without one, to be silent."""
    start = time.monotonic()
    name, side, meant = (fault.name, fault.side, fault.meant) if fault else ("no fault", side, "")
    by: dict[str, str] = {}
    broken = None
    try:
        world = World()
        if fault is not None:
            fault.plant(world)
        world.enter()
        spec = Spec(world.document)
        target = EmbeddedTarget(world.exchange)
        for layer in layers or layers_for(side):
            run = Run(spec, target, PROFILES["recall"], seed, time.monotonic() + 60)
            found = _look(run, layer)
            if found is not None:
                by[layer.name] = found
                if first_only:
                    break
    except Exception as error:
        broken = f"{type(error).__name__}: {error}\n{traceback.format_exc(limit=-3)}"
    return Caught(name, side, meant, by, round(time.monotonic() - start, 2), broken)


class StumbleError(Exception):
    """The suite failed over a fault, which is not the same as to find it."""


def _look(run: Run, layer: Layer) -> str | None:
    """The first finding of a layer, or what it says of a target that cannot be judged."""
    result = run.run_layer(layer)
    if layer.name == "corpus" and not run.ledger.findings and not result.stopped:
        report_keywords(run)
    findings = list(run.ledger.findings.values())
    if result.stumbled and not findings:
        raise StumbleError(result.stopped)
    return findings[0].title if findings else result.stopped


def _hunt_one(job: tuple[str | None, str, int]) -> Caught:
    """A fault by its name: what plants it cannot travel between processes."""
    name, side, seed = job
    fault = next((fault for fault in CATALOGUE if fault.name == name), None)
    return hunt(fault, side, seed=seed)


def recall(faults: Iterable[Fault], jobs: int = 2, seed: int = 0) -> Iterator[Caught]:
    """Hunt every fault; first of all none, from which the suite must come back with nothing."""
    warm_up()
    work = [(None, "spec", seed), *((fault.name, fault.side, seed) for fault in faults)]
    context = multiprocessing.get_context("fork")
    with context.Pool(jobs, maxtasksperchild=1) as pool:
        yield from pool.imap(_hunt_one, work)
