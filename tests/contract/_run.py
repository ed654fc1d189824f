"""Runs the layers in order on one target, and stops where the target cannot be judged any further."""

from __future__ import annotations

from collections.abc import Iterable

from contract._finding import Problem
from contract._plan import Layer, Run

__all__ = ["run_layers"]


def run_layers(run: Run, layers: Iterable[Layer]) -> None:
    """Run each layer; after one that the target stopped, those that need the target are left out."""
    ran = []
    for layer in layers:
        needs_target = "server" in layer.judges
        if needs_target and (any(result.stopped for result in run.results) or (layer.places_orders and not run.places_orders)):
            continue
        run.run_layer(layer)
        ran.append(layer.name)
    if _gates_keywords(run, ran):
        report_keywords(run)


def _gates_keywords(run: Run, ran: list[str]) -> bool:
    """The gate holds for a run that replays the whole corpus."""
    return "corpus" in ran and run.only is None and not any(result.stopped for result in run.results)


def report_keywords(run: Run) -> None:
    """Every keyword of the request schemas must have been satisfied and violated."""
    for missing, what in zip(run.ledger.keywords.missing(), ("satisfied", "violated"), strict=True):
        for operation, place, keyword in missing:
            problem = Problem("keyword coverage", f"{place} {keyword}", f"{what} at least once", "never")
            run.ledger.report("corpus", operation, problem, (), "")
