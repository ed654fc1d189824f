"""What the tests of the suite share: a run of some layers, in this process, without reports."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from gemini_clearing_contract.layers import layer_named
from gemini_clearing_contract.run.profiles import PROFILES
from gemini_clearing_contract.run.run import Run
from gemini_clearing_contract.run.runner import run_layers
from gemini_clearing_contract.spec import Spec
from gemini_clearing_contract.targets.embedded import EmbeddedTarget
from gemini_clearing_contract.targets.target import Target
from gemini_clearing_contract.wire import WireRequest, WireResponse

__all__ = ["Handle", "behind", "run_of"]

Handle = Callable[[WireRequest], WireResponse]


def run_of(
    *layers: str, target: Target | None = None, seed: int = 0, profile: str = "quick", only: str | None = None
) -> Run:
    """Run these layers on a target, the embedded mock if none is given; or one case of theirs."""
    run = Run(Spec(), target or EmbeddedTarget(), PROFILES[profile], seed, time.monotonic() + 120, only=only)
    run_layers(run, [layer_named(name) for name in layers])
    return run


def behind(way: Callable[[WireRequest, Handle, Any], WireResponse]) -> EmbeddedTarget:
    """The embedded mock behind something that stands in the way."""
    from gemini_clearing_contract.targets.mock import make_exchange

    def factory(start_ms: int) -> tuple[Any, Any, Handle]:
        exchange, clock, handle = make_exchange(start_ms)
        return exchange, clock, lambda request: way(request, handle, exchange)

    return EmbeddedTarget(factory)
