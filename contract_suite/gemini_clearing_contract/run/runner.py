"""Runs the layers in order on one target, and stops where the target cannot be judged any further."""

from __future__ import annotations

from collections.abc import Iterable

from ..findings.finding import Problem
from ..targets.embedded import EmbeddedTarget
from ..targets.sandbox import SandboxTarget
from .run import Layer, LayerResult, Run

__all__ = ["run_layers"]


def run_layers(run: Run, layers: Iterable[Layer]) -> None:
    """
    Run each layer; after one that the target stopped, those that need the target are left out.

    Whatever ends the run, an interruption included, a server that is not ours is left as it was found.
    """
    ran = []
    try:
        for layer in layers:
            reason = _left_out(run, layer)
            if reason is None:
                run.run_layer(layer)
                ran.append(layer.name)
            else:
                run.results.append(LayerResult(layer, left_out=reason))
                run.on_progress(run.results[-1])
    except KeyboardInterrupt:
        for result in run.results[-1:]:
            result.stopped = "The run was interrupted."
        raise
    finally:
        clean_up(run)
    if _gates_keywords(run, ran):
        report_keywords(run)


def _left_out(run: Run, layer: Layer) -> str | None:
    """Why a layer is not run; None if it is."""
    if "door" in layer.judges and not isinstance(run.target, EmbeddedTarget):
        return "it is about the embedded mock, and this run judges another server"
    if "door" in layer.judges and not run.profile.other_door:
        return f"the profile {run.profile.name} leaves it out"
    if "server" not in layer.judges or "door" in layer.judges:
        return None
    broken = next((one.layer.name for one in run.results if one.stopped and not one.stumbled), None)
    if broken is not None:
        return f"the layer {broken} broke off before it"
    if layer.places_orders and not run.places_orders:
        return "it places orders, which the sandbox gets only with --place-orders"
    return None


def clean_up(run: Run) -> None:
    """Cancel the orders that still wait on a server that is not ours; what comes back is not judged."""
    session = run.last_session
    if session is None or not isinstance(run.target, SandboxTarget) or not run.target.has_placed:
        return
    orders, final = session.oracle.book.orders, session.oracle.book.final
    over = {clearing_id for clearing_id, order in orders.items() if order.states and order.states <= final}
    outcome = run.target.clean_up(session.nonce, over, session.oracle.book.foreign)
    run.cleaned_up = str(outcome)
    if outcome.left:
        # The run has ended as it has, but not without a trace.
        run.results[-1].stopped = " ".join(filter(None, (run.results[-1].stopped, run.cleaned_up)))


def _gates_keywords(run: Run, ran: list[str]) -> bool:
    """The gate holds for a run that replays the whole corpus."""
    return (
        "corpus" in ran and run.places_orders and run.only is None and not any(result.stopped for result in run.results)
    )


def report_keywords(run: Run) -> None:
    """Every keyword of the request schemas must have been satisfied and violated."""
    for missing, what in zip(run.ledger.keywords.missing(), ("satisfied", "violated"), strict=True):
        for operation, place, keyword in missing:
            problem = Problem("keyword coverage", f"{place} {keyword}", f"{what} at least once", "never")
            run.ledger.report("corpus", operation, problem, (), "")
