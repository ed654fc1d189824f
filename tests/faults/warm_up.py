"""
Preparation that every fault shares: done once, before the process of a fault is forked from this one.

Neither mock nor client is imported here, because a fault must be in force when their modules are first imported.
"""

import gc
from typing import Any

import hypothesis

from gemini_clearing_contract.cases.values import plain_body
from gemini_clearing_contract.layers.links import linked_schemas
from gemini_clearing_contract.layers.tools.openapi_core_check import openapi_core_errors
from gemini_clearing_contract.layers.tools.schemathesis_cases import MODES, coverage_cases, load_schema
from gemini_clearing_contract.spec import Spec
from gemini_clearing_contract.wire import Desk, render_json, signed_request

__all__ = ["warm_up"]

NOBODY = Desk("nobody", "account-nobody", "secret-of-nobody", "", frozenset())


def warm_up() -> None:
    """Fill the tools' caches, whose keys are the content of the spec."""
    spec = Spec()
    coverage_cases(spec)
    for schema in (load_schema(spec), *linked_schemas(spec).values()):
        for operation in schema.get_all_operations():
            for mode in MODES:
                _draw_from(operation.ok().as_strategy(generation_mode=mode))
    for operation in spec.operations.values():
        openapi_core_errors(spec, signed_request(NOBODY, operation.path, render_json(plain_body(operation))))
    # A garbage collection in a forked process would write to every object and so copy its memory page.
    gc.freeze()


def _draw_from(strategy: Any) -> None:
    @hypothesis.settings(
        max_examples=3, database=None, deadline=None, suppress_health_check=list(hypothesis.HealthCheck)
    )
    @hypothesis.given(case=strategy)
    def draw(case: object) -> None:
        """Send nothing. A strategy is compiled when a value is drawn from it."""

    draw()
