"""Run layers of the suite in this process, without reports."""

import os
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from gemini_clearing_contract.errors import LineError
from gemini_clearing_contract.layers import layer_named, sequences
from gemini_clearing_contract.run.profiles import PROFILES
from gemini_clearing_contract.run.run import Run
from gemini_clearing_contract.run.runner import run_layers
from gemini_clearing_contract.spec import Spec
from gemini_clearing_contract.targets.embedded import EmbeddedTarget
from gemini_clearing_contract.targets.http import HttpTarget
from gemini_clearing_contract.targets.mock import embedded_mock, make_exchange
from gemini_clearing_contract.targets.target import Target
from gemini_clearing_contract.wire import WireRequest, WireResponse
from tests.contract.proxy import Interceptor

__all__ = ["EVERY_CASE", "Handle", "ServerInProcess", "intercepted", "run_of", "select_scenarios"]

# Set by `make contract-seeds`, which runs the tests with this condition as a whole.
EVERY_CASE = os.environ.get("EVERY_CASE") == "all"

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


def select_scenarios(patch: pytest.MonkeyPatch, *names: str) -> None:
    """Replace the scenarios of the layer `sequences` by some of them; all take two seconds."""
    patch.setattr(sequences, "SCENARIOS", {name: sequences.SCENARIOS[name] for name in names})


class ServerInProcess(EmbeddedTarget):
    """
    The mock in this process, but as a server: the suite cannot reset it, and each response takes time.

    Behind a socket and a proxy, the same requests take four times the CPU time.
    """

    tolerance_ms = 1_000
    slack_ms = HttpTarget.slack_ms

    def __init__(self, interceptor: Interceptor) -> None:
        super().__init__(make_exchange)
        self.intercept = interceptor
        self.sent = 0

    def send(self, request: WireRequest) -> WireResponse:
        """
        Return the interceptor's response.

        Raises:
            LineError: It returns none: the connection is closed.
        """
        self.sent += 1
        self.wait_ms(2)
        response = self.intercept(request, self.handle)
        if response is None:
            raise LineError("the connection is closed.")
        return response

    def fresh(self) -> "ServerInProcess":
        """Return the same target."""
        return self


def intercepted(handle_with: Callable[[WireRequest, Handle, Any], WireResponse]) -> EmbeddedTarget:
    """Return the embedded mock behind a function that gets each request, the mock's handler, and the exchange."""

    def factory(start_ms: int, *variant: str) -> tuple[Any, Any, Handle]:
        exchange, clock, handle = make_exchange(start_ms, *variant)
        return exchange, clock, lambda request: handle_with(request, handle, exchange)

    return EmbeddedTarget(factory)
