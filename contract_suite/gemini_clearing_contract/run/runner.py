"""Run the layers in order on one target, and skip the layers that a broken target makes pointless."""

from collections.abc import Iterable

from ..findings.finding import Problem
from ..targets.embedded import EmbeddedTarget
from ..targets.sandbox import SandboxTarget
from .run import Layer, LayerResult, Run
from .side_process import SideProcess

__all__ = ["Runner", "report_keywords", "run_layers"]


class Runner:
    """Runs the layers of a run one after the other; the results of some come from a side process."""

    def __init__(self, run: Run, side: SideProcess | None = None) -> None:
        self.run = run
        self._side = side
        self._completed: list[str] = []
        self._is_cleaned_up = False

    def run_layer(self, layer: Layer) -> LayerResult:
        """Run a layer, or skip it if the run does not include it or an earlier layer has stopped."""
        reason = _reason_to_skip(self.run, layer)
        if reason is None:
            self._completed.append(layer.name)
            if self._side is not None and layer in self._side.layers:
                return self._side.run_layer(self.run, layer)
            return self.run.run_layer(layer)
        result = LayerResult(layer, skipped=reason)
        self.run.results.append(result)
        self.run.on_progress(result)
        return result

    def interrupt(self) -> None:
        """Record that the current layer was interrupted."""
        for result in self.run.results[-1:]:
            result.stopped = "The run was interrupted."

    def clean_up(self) -> str | None:
        """Cancel the orders on a server that other people use, once; return the result, or None without such orders."""
        if self._is_cleaned_up:
            return None
        self._is_cleaned_up = True
        _clean_up(self.run)
        return self.run.cleaned_up

    def finish(self) -> None:
        """Cancel the orders on a server that other people use, and report keywords that were not covered."""
        self.clean_up()
        _require_responses(self.run)
        is_whole = self.run.only is None and not any(result.stopped for result in self.run.results)
        # A run with the whole corpus must cover every keyword.
        if "corpus" in self._completed and self.run.may_create_orders and is_whole:
            report_keywords(self.run)


def run_layers(run: Run, layers: Iterable[Layer], side: SideProcess | None = None) -> None:
    """Run each layer; also after an interruption, the orders on the sandbox are canceled."""
    runner = Runner(run, side)
    try:
        for layer in layers:
            runner.run_layer(layer)
    except KeyboardInterrupt:
        runner.interrupt()
        raise
    finally:
        runner.finish()


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


def _require_responses(run: Run) -> None:
    """Stop a run in which each response of an operation was lost: that it was executed does not prove its response."""
    names = run.ledger.line.never_checked()
    if names and not any(result.stopped for result in run.results):
        many = "responses" if len(names) > 1 else "response"
        lost = "was lost, or had the status 502, 503 or 504"
        message = (
            f"The {many} of {', '.join(names)} could not be tested: each {lost}, although the request was executed."
        )
        run.results[-1].stopped = f"{message} Run again, and if it stays so, the server is the reason."


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


def report_keywords(run: Run) -> None:
    """Report each keyword of the request schemas that was never satisfied, or never violated."""
    for units, what in zip(run.ledger.keywords.missing(), ("satisfied", "violated"), strict=True):
        for operation, place, keyword in units:
            problem = Problem("keyword not covered", f"{place} {keyword}", f"{what} at least once", "never")
            run.ledger.report("corpus", operation, problem, (), "")
