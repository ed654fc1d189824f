"""
What is loaded and compiled once, before the processes of a hunt are forked from this one.

Neither mock nor client is touched: a fault must be in them from their first line on.
"""

from __future__ import annotations

import gc
from typing import Any

import hypothesis

from gemini_clearing_contract._openapi_core import complaints
from gemini_clearing_contract._schemathesis import MODES, coverage_cases, load_schema
from gemini_clearing_contract._signer import Desk, render_json, signed_request
from gemini_clearing_contract._spec import Spec
from gemini_clearing_contract.cases.values import plain_body
from gemini_clearing_contract.layers.links import walks

__all__ = ["warm_up"]

NOBODY = Desk("nobody", "account-nobody", "secret-of-nobody", "", frozenset())


def warm_up() -> None:
    """Compile what the tools make of the spec; they keep it by the spec's content."""
    spec = Spec()
    coverage_cases(spec)
    for schema in (load_schema(spec), *walks(spec).values()):
        for operation in schema.get_all_operations():
            for mode in MODES:
                _draw_from(operation.ok().as_strategy(generation_mode=mode))
    for operation in spec.operations.values():
        complaints(spec, signed_request(NOBODY, operation.path, render_json(plain_body(operation))))
    # What is there by now is no garbage, and a process that looked through it for some would only copy it.
    gc.freeze()


def _draw_from(strategy: Any) -> None:
    @hypothesis.settings(max_examples=3, database=None, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(case=strategy)
    def draw(case: object) -> None:
        """Nothing is sent: strategies compile when they are drawn from."""

    draw()
