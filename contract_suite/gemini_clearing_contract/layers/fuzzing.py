"""Layer: the fuzzing phase of schemathesis; random valid and invalid bodies, shrunk to the smallest with a finding."""

from typing import Any

import hypothesis

from ..run.run import Context
from ..run.session import Session
from ..spec import SpecOperation
from .tools.random_cases import FoundError, case_function, random_settings, run_random
from .tools.schemathesis_cases import MODES, load_schema, send_case

__all__ = ["run"]


def run(context: Context) -> None:
    """Send random cases of each operation in both modes."""
    session = context.session()
    for result in load_schema(context.spec).get_all_operations():
        raw = result.ok()
        operation = context.spec.by_path[raw.path]
        if operation in context.operations and context.selects(operation.name):
            for mode in MODES:
                _fuzz(context, session, operation, raw.as_strategy(generation_mode=mode))


def _fuzz(context: Context, session: Session, operation: SpecOperation, cases: Any) -> None:
    sender = session.sender(operation)

    @hypothesis.seed(context.seed)
    @random_settings(context, context.profile.fuzz_cases)
    @hypothesis.given(case=cases)
    @case_function
    def send_random(case: Any) -> None:
        session.begin(operation.name)
        context.tick()
        response = send_case(session, sender, operation, case)
        if response.problems:
            raise FoundError(response.problems[0].check)

    run_random(send_random)
