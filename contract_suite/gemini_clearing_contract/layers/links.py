"""
Layer: the stateful phase of schemathesis along the links of the spec, for example from a new order to its confirmation.

The links copy the id and the terms of the order from one response to the next request.
"""

from typing import Any

import hypothesis
from hypothesis.stateful import run_state_machine_as_test

from ..run.run import Context
from ..run.session import Session
from ..spec import Spec, SpecOperation
from ..wire import Desk
from .tools.random_cases import FoundError, case_function, random_settings, run_random
from .tools.schemathesis_cases import as_response, load_schema, send_case

__all__ = ["linked_schemas", "run"]

# The desks that follow the link with this name; the sender of each other request is fixed.
CONFIRM = "confirm"
CONFIRMERS = ("counterparty", "desk3", "initiator")
STEPS = 8


def run(context: Context) -> None:
    """Walk along the links of each operation that has some."""
    session = context.session()
    for start, schema in linked_schemas(context.spec).items():
        if context.selects(start):
            _walk(context, session, start, schema)


def linked_schemas(spec: Spec) -> dict[str, Any]:
    """Return, by the operation that has links, schemathesis' schema of it and of the linked operations."""
    linked = (operation for operation in spec.operations.values() if operation.links)
    return {one.name: load_schema(spec, one.name, *sorted(set(one.links.values()))) for one in linked}


def _walk(context: Context, session: Session, start: str, schema: Any) -> None:
    base: Any = schema.as_state_machine()
    confirmation = context.spec.operations[start].links.get(CONFIRM)

    def sender(operation: SpecOperation, step: int) -> Desk:
        if operation.name != confirmation:
            return session.sender(operation)
        present = [name for name in CONFIRMERS if name in session.ring.desks]
        return session.desk(present[step % len(present)])

    class Walk(base):  # type: ignore[misc]  # schemathesis creates the base class at run time, so mypy does not know it
        """A walk whose requests the suite signs and sends."""

        def setup(self) -> None:
            session.begin(start)
            self.steps = 0

        @case_function
        def call(self, case: Any, **kwargs: Any) -> Any:
            context.tick()
            operation = context.spec.by_path[case.operation.path]
            self.steps += 1
            response = send_case(session, sender(operation, self.steps), operation, case)
            if response.problems:
                raise FoundError(response.problems[0].check)
            return as_response(case, response)

        def validate_response(self, response: Any, case: Any, additional_checks: Any = None, **kwargs: Any) -> None:
            """Do nothing: `call` has checked the response."""

    settings = random_settings(context, context.profile.link_scenarios, stateful_step_count=STEPS)
    machine = hypothesis.seed(context.seed)(Walk)
    run_random(lambda: run_state_machine_as_test(machine, settings=settings))
