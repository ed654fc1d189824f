"""
Layer: schemathesis' fuzzing phase: random bodies, right and wrong ones, shrunk to the smallest that shows a fault.
"""

from __future__ import annotations

import warnings
from contextlib import suppress
from typing import Any

import hypothesis

from ..run.run import Context
from ..run.session import Session
from ..spec import SpecOperation
from .tools.random_cases import REPORTED, FoundError, random_settings
from .tools.schemathesis_cases import MODES, load_schema, send_case

__all__ = ["run"]


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


def _fuzz(context: Context, session: Session, operation: SpecOperation, cases: Any) -> None:
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
        with suppress(*REPORTED):
            every_case()
