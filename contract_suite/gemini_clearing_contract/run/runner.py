"""Run the layers in order on one target, and skip those that a broken target makes pointless."""

from collections.abc import Iterable

from ..findings.finding import Problem
from ..targets.embedded import EmbeddedTarget
from ..targets.sandbox import SandboxTarget
from .run import Layer, LayerResult, Run

__all__ = ["report_keywords", "run_layers"]


def run_layers(run: Run, layers: Iterable[Layer]) -> None:
    """
    Run each layer; after one that the target stopped, the other layers that need the target are skipped.

    Also after an interruption, the orders on a server that other people use are canceled.
    """
    completed = []
    try:
        for layer in layers:
            reason = _reason_to_skip(run, layer)
            if reason is None:
                run.run_layer(layer)
                completed.append(layer.name)
            else:
                run.results.append(LayerResult(layer, skipped=reason))
                run.on_progress(run.results[-1])
    except KeyboardInterrupt:
        for result in run.results[-1:]:
            result.stopped = "The run was interrupted."
        raise
    finally:
        _clean_up(run)
    if _covers_keywords(run, completed):
        report_keywords(run)


def _reason_to_skip(run: Run, layer: Layer) -> str | None:
    """Return why a layer is skipped; None if it is run."""
    if "transport" in layer.tests:
        if not isinstance(run.target, EmbeddedTarget):
            return "it tests the embedded mock, and this run has another target"
        return None if run.profile.over_http else f"the profile {run.profile.name} does not include it"
    if "server" not in layer.tests:
        return None
    stopped = next((one.layer.name for one in run.results if one.stopped and not one.is_suite_error), None)
    if stopped is not None:
        return f"the layer {stopped} stopped before it"
    if layer.creates_orders and not run.may_create_orders:
        return "it creates orders, which the sandbox allows only with --place-orders"
    return None


def _clean_up(run: Run) -> None:
    """Cancel the orders that still wait on the sandbox."""
    session = run.last_session
    if session is None or not isinstance(run.target, SandboxTarget) or not run.target.has_placed:
        return
    orders, final = session.book.orders, session.book.final
    ended = {clearing_id for clearing_id, order in orders.items() if order.states and order.states <= final}
    result = run.target.clean_up(session.nonce, ended, session.book.foreign)
    run.cleaned_up = str(result)
    if result.remaining:
        last = run.results[-1]
        last.stopped = " ".join(filter(None, (last.stopped, run.cleaned_up)))


def _covers_keywords(run: Run, completed: list[str]) -> bool:
    """Whether the run has sent the whole corpus, which must cover every keyword."""
    is_whole = run.only is None and not any(result.stopped for result in run.results)
    return "corpus" in completed and run.may_create_orders and is_whole


def report_keywords(run: Run) -> None:
    """Report each keyword of the request schemas that was never satisfied, or never violated."""
    for units, what in zip(run.ledger.keywords.missing(), ("satisfied", "violated"), strict=True):
        for operation, place, keyword in units:
            problem = Problem("keyword not covered", f"{place} {keyword}", f"{what} at least once", "never")
            run.ledger.report("corpus", operation, problem, (), "")
