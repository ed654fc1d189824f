"""
Layer: schemathesis' stateful phase along the links of the spec: from a placed order to asking, canceling, confirming.

The links carry the id and the terms from one answer to the next request; the desk that confirms is another than the
one that placed the order.
"""

from __future__ import annotations

import warnings
from contextlib import suppress
from typing import Any

import hypothesis
from hypothesis.stateful import run_state_machine_as_test

from ..run.run import Context
from ..run.session import Session
from ..spec import Spec
from .tools.random_cases import REPORTED, FoundError, random_settings
from .tools.schemathesis_cases import as_response, load_schema, send_case

__all__ = ["run", "walks"]

CONFIRMERS = ("counterparty", "desk3", "initiator")


def run(context: Context) -> None:
    """So many random walks from each operation that has links."""
    session = context.session()
    for start, schema in walks(context.spec).items():
        if context.wants(start):
            _walk(context, session, start, schema)


def walks(spec: Spec) -> dict[str, Any]:
    """Each operation that has links, with schemathesis' schema of it and of those that the links lead to."""
    found = {}
    for operation in spec.operations.values():
        targets = {link["operationId"] for link in operation.raw["responses"]["200"].get("links", {}).values()}
        if targets:
            found[operation.name] = load_schema(spec, operation.name, *sorted(targets))
    return found


def _walk(context: Context, session: Session, start: str, schema: Any) -> None:
    base: Any = schema.as_state_machine()

    class Walk(base):  # type: ignore[misc]
        """One walk; requests go over the suite's own wire."""

        def setup(self) -> None:
            session.begin(start)
            self.steps = 0

        def call(self, case: Any, **kwargs: Any) -> Any:
            context.tick()
            operation = context.spec.by_path[case.operation.path]
            self.steps += 1
            answer = send_case(session, self.desk_for(operation.name), operation, case)
            if answer.problems:
                raise FoundError(answer.problems[0].check)
            return as_response(case, answer)

        def validate_response(self, response: Any, case: Any, additional_checks: Any = None, **kwargs: Any) -> None:
            """Judged when it was sent."""

        def desk_for(self, operation: str) -> Any:
            if operation == "create_broker_order" and "broker" in session.ring.desks:
                return session.desk("broker")
            if operation == "confirm_order":
                there = [name for name in CONFIRMERS if name in session.ring.desks]
                return session.desk(there[self.steps % len(there)])
            return session.desk("initiator")

    walk = hypothesis.seed(context.seed)(Walk)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hypothesis.errors.HypothesisWarning)
        # What is found, the session has reported, with its smallest case.
        with suppress(*REPORTED):
            run_state_machine_as_test(
                walk, settings=random_settings(context, context.profile.link_scenarios, stateful_step_count=8)
            )
