"""
Layer: the recorded corpus, replayed.

The judge works out from the spec what each request is owed; the corpus says what was owed when it was reviewed.
Where the two differ the spec has changed its meaning, and that is a finding until the corpus is recorded anew.
"""

from __future__ import annotations

import re
from typing import Any

from ..cases.corpus import CorpusCase, expected_of, read_corpus
from ..cases.values import plain_body
from ..findings.finding import Problem
from ..run.run import Context
from ..run.session import Session
from ..wire import OMITTED

__all__ = ["run"]


def run(context: Context) -> None:
    """Every recorded case, then the two injected fields, which no recording can hold."""
    session = context.session()
    kept_back = context.spec.operations.keys() - {operation.name for operation in context.operations}
    for case in read_corpus():
        if case.operation not in kept_back and context.starts(session, f"{case.operation}/{case.name}"):
            _replay(session, case)
    for operation in context.operations:
        for name in ("request", "nonce"):
            values: tuple[Any, ...] = (OMITTED, -1, False, None, "", "-1", [], {})
            for value in values:
                if context.starts(session, f"{operation.name}/{name} {value!r}"):
                    session.call(_sender(session, operation.name), operation.name, **{name: value})
        if context.starts(session, f"{operation.name}/nonce as text"):
            sender = session.desk(_sender(session, operation.name))
            session.call(sender, operation.name, nonce=str(session.nonce(sender)), **plain_body(operation))


def _replay(session: Session, case: CorpusCase) -> None:
    operation = session.spec.operations.get(case.operation)
    if operation is None:
        session.report(
            case.operation, Problem("corpus up to date", case.name, "an operation of the spec", "none of this name")
        )
        return
    fields = case.body()
    owed = expected_of(operation, fields)
    if owed != case.reasons:
        expected, got = (", ".join(reasons) or "accepted" for reasons in (case.reasons, owed))
        session.case.append(f"{case.operation} {case.fields} [{case.name}]")
        # A case is named after its field and what is done to it; what has changed is what the field means.
        place = re.split(r" (?:right|breaks) ", case.name)[0]
        session.report(
            case.operation, Problem("corpus up to date", place, expected, f"{got}, by the spec as it is now")
        )
    session.call(_sender(session, case.operation), case.operation, **fields)


def _sender(session: Session, operation: str) -> str:
    return "broker" if operation == "create_broker_order" and "broker" in session.ring.desks else "initiator"
