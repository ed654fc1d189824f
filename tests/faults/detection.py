"""
Run the contract suite against each fault in a separate process, and report which layer detects it.

The processes are forked from this one, which has imported the tools but neither mock nor client, so that a fault is in
force when their modules are first imported.
"""

import multiprocessing
import time
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from gemini_clearing_contract.layers import LAYERS
from gemini_clearing_contract.run.profiles import PROFILES
from gemini_clearing_contract.run.run import Layer, Run
from gemini_clearing_contract.run.runner import report_keywords
from gemini_clearing_contract.spec import Spec
from gemini_clearing_contract.targets.embedded import EmbeddedTarget
from tests.faults.catalog import CATALOG
from tests.faults.seeded_fault import SeededFault, Side
from tests.faults.warm_up import warm_up
from tests.faults.world import World

__all__ = ["Detection", "detect", "detect_all", "layers_for", "warm_up"]

# Several times what a layer takes, even on a busy machine. A layer that exceeds it has detected nothing.
LAYER_TIME_LIMIT_S = 300
# The layers that check a side are those with one of these in `Layer.tests`.
SIDES = {"mock": frozenset({"server"}), "client": frozenset({"client"}), "spec": frozenset({"server", "client"})}


@dataclass(frozen=True)
class Detection:
    """The result of the suite for one fault, or for the baseline run, which has no fault."""

    fault: str
    side: Side
    expected_layer: str
    # The layers that ran, in their order; what any other layer would have found is unknown.
    layers: tuple[str, ...] = ()
    # The first finding of each layer that had one.
    findings: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    # Whether the error is that a layer exceeded its time limit.
    is_out_of_time: bool = False
    # The error that stopped the suite, which is not the same as a finding.
    error: str | None = None

    @property
    def is_detected(self) -> bool:
        """Whether any layer detected the fault."""
        return bool(self.findings)

    @property
    def is_detected_as_expected(self) -> bool:
        """Whether the layer that must detect the fault did."""
        return self.expected_layer in self.findings


def layers_for(side: Side) -> tuple[Layer, ...]:
    """Return the layers that check a side."""
    return tuple(layer for layer in LAYERS if layer.tests & SIDES[side])


def detect(
    fault: SeededFault | None,
    side: Side = "mock",
    layers: Iterable[Layer] | None = None,
    seed: int = 0,
    *,
    first_only: bool = False,
) -> Detection:
    """
    Plant a fault in this process and run the layers.

    Args:
        fault: The fault; without one, every finding is a false alarm.
        side: The side to check in a baseline run.
        layers: The layers to run. The default is every layer that checks the side.
        seed: The seed of the suite.
        first_only: Stop after the first layer with a finding.
    """
    start = time.monotonic()
    name, side, expected = (fault.name, fault.side, fault.layer) if fault else ("no fault", side, "")
    findings: dict[str, str] = {}
    ran: list[str] = []
    trouble, is_out_of_time = None, False
    try:
        for layer, finding in _plant_and_run(fault, layers or layers_for(side), seed):
            ran.append(layer)
            if finding is not None:
                findings[layer] = finding
            if findings and first_only:
                break
    except Exception as error:
        trouble = f"{type(error).__name__}: {error}\n{traceback.format_exc(limit=-3)}"
        is_out_of_time = isinstance(error, OutOfTimeError)
    seconds = round(time.monotonic() - start, 2)
    return Detection(name, side, expected, tuple(ran), findings, seconds, is_out_of_time, trouble)


def _plant_and_run(fault: SeededFault | None, layers: Iterable[Layer], seed: int) -> Iterator[tuple[str, str | None]]:
    """Yield each layer when it has run, and its first finding if it has one."""
    world = World()
    if fault is not None:
        fault.plant(world)
    world.enter()
    spec = Spec(world.document)
    target = EmbeddedTarget(world.exchange)
    for layer in layers:
        run = Run(spec, target, PROFILES["recall"], seed, time.monotonic() + LAYER_TIME_LIMIT_S)
        yield layer.name, _first_finding(run, layer)


class OutOfTimeError(Exception):
    """A layer exceeded its time limit."""


class SuiteError(Exception):
    """The suite failed on a fault, which is not the same as detecting it."""


def _first_finding(run: Run, layer: Layer) -> str | None:
    """Return the first finding of a layer, or the reason why it could not check the target."""
    result = run.run_layer(layer)
    if layer.name == "corpus" and not run.ledger.findings and not result.stopped:
        report_keywords(run)
    if run.ledger.findings:
        return next(iter(run.ledger.findings.values())).title
    if time.monotonic() > run.deadline:
        raise OutOfTimeError(f"{layer.name} exceeded its time limit of {LAYER_TIME_LIMIT_S} s.")
    if result.is_suite_error:
        raise SuiteError(result.stopped)
    return result.stopped


class _Job(NamedTuple):
    """The run of a fault. It has the fault's name, because a `plant` function cannot be pickled."""

    fault: str | None
    side: Side
    seed: int
    every_layer: bool


def _detect_by_name(job: _Job) -> Detection:
    fault = next((fault for fault in CATALOG if fault.name == job.fault), None)
    if fault is None or job.every_layer:
        return detect(fault, job.side, seed=job.seed)
    expected_first = sorted(layers_for(fault.side), key=lambda layer: layer.name != fault.layer)
    return detect(fault, layers=expected_first, seed=job.seed, first_only=True)


def detect_all(
    faults: Iterable[SeededFault], jobs: int = 2, seed: int = 0, *, every_layer: bool = False
) -> Iterator[Detection]:
    """
    Make the baseline run of every layer, which must have no finding, and then the run of each fault.

    Args:
        faults: The faults, in the order of the results.
        jobs: The number of parallel processes.
        seed: The seed of the suite.
        every_layer: Run every layer for each fault, rather than the expected layer and, only until one of them
            detects a fault that it missed, the others.
    """
    warm_up()
    runs = [_Job(fault.name, fault.side, seed, every_layer) for fault in faults]
    context = multiprocessing.get_context("fork")
    with context.Pool(jobs, maxtasksperchild=1) as pool:
        yield from pool.imap(_detect_by_name, [_Job(None, "spec", seed, every_layer=True), *runs])
