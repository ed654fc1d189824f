"""
Layer: schemathesis' fuzzing phase: random bodies, right and wrong ones, shrunk to the smallest that shows a fault.
"""

from __future__ import annotations

import warnings
from contextlib import suppress
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, settings

from .._plan import Context
from .._schemathesis import MODES, load_schema, send_case
from .._session import Session
from .._spec import Operation

__all__ = ["NOTED", "FoundError", "random_settings", "run"]


class FoundError(AssertionError):
    """A case showed a fault; hypothesis looks for a smaller one."""


# A fault that does not show on every try was reported on the try on which it did.
NOTED = (FoundError, hypothesis.errors.Flaky)


def random_settings(context: Context, cases: int, **more: Any) -> settings:
    """Settings under which the same seed gives the same cases, whatever was run before."""
    phases = (Phase.generate, Phase.shrink) if context.profile.shrink else (Phase.generate,)
    return settings(
        max_examples=cases,
        database=None,
        deadline=None,
        derandomize=False,
        phases=phases,
        report_multiple_bugs=False,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
        **more,
    )


def run(context: Context) -> None:
    """So many random cases for each operation, in both modes."""
    session = context.session()
    schema = load_schema(context.spec)
    for result in schema.get_all_operations():
        raw = result.ok()
        operation = context.spec.by_path[raw.path]
        if operation in context.operations and context.wants(operation.name):
            for mode in MODES:
                _fuzz(context, session, operation, raw.as_strategy(generation_mode=mode))


def _fuzz(context: Context, session: Session, operation: Operation, cases: Any) -> None:
    desk = session.ring.desks.get("broker") if operation.name == "create_broker_order" else None
    sender = desk or session.desk("initiator")

    @hypothesis.seed(context.seed)
    @random_settings(context, context.profile.fuzz_cases)
    @hypothesis.given(case=cases)
    def every_case(case: Any) -> None:
        session.begin(operation.name)
        context.tick()
        answer = send_case(session, sender, operation, case)
        if answer.problems:
            raise FoundError(answer.problems[0].check)

    with warnings.catch_warnings():
        # What hypothesis has to say about how cases are made is not about the target.
        warnings.simplefilter("ignore", hypothesis.errors.HypothesisWarning)
        # What is found, the session has reported, with its smallest case.
        with suppress(*NOTED):
            every_case()
