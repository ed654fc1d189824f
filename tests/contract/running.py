"""Run layers of the suite in this process, without reports."""

import time
from collections.abc import Callable
from functools import cache
from typing import Any

from gemini_clearing_contract.layers import layer_named
from gemini_clearing_contract.run.profiles import PROFILES
from gemini_clearing_contract.run.run import Run
from gemini_clearing_contract.run.runner import run_layers
from gemini_clearing_contract.spec import Spec
from gemini_clearing_contract.targets.embedded import EmbeddedTarget
from gemini_clearing_contract.targets.mock import embedded_mock, make_exchange
from gemini_clearing_contract.targets.target import Target
from gemini_clearing_contract.wire import WireRequest, WireResponse

__all__ = ["Handle", "intercepted", "run_of"]

Handle = Callable[[WireRequest], WireResponse]


@cache
def _spec() -> Spec:
    """Return the spec, which no run changes; parsing and compiling it takes longer than a short layer."""
    return Spec()


def run_of(
    *layers: str, target: Target | None = None, seed: int = 0, profile: str = "quick", only: str | None = None
) -> Run:
    """Run layers, or one case of them, on a target; the default is the embedded mock."""
    run = Run(_spec(), target or embedded_mock(), PROFILES[profile], seed, time.monotonic() + 120, only=only)
    run_layers(run, [layer_named(name) for name in layers])
    return run


def intercepted(handle_with: Callable[[WireRequest, Handle, Any], WireResponse]) -> EmbeddedTarget:
    """Return the embedded mock behind a function that gets each request, the mock's handler, and the exchange."""

    def factory(start_ms: int, *variant: str) -> tuple[Any, Any, Handle]:
        exchange, clock, handle = make_exchange(start_ms, *variant)
        return exchange, clock, lambda request: handle_with(request, handle, exchange)

    return EmbeddedTarget(factory)
