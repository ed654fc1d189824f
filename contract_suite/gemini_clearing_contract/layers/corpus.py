"""
Layer: the recorded corpus.

The oracle derives the expected outcome of each request from the spec; the corpus contains the reviewed outcome. If
they differ, the meaning of the spec has changed, and that is a finding until the corpus is recorded again.
"""

import re
from collections.abc import Iterator
from typing import Any

from ..cases.corpus import CorpusCase, expected_reasons, make_corpus, read_corpus
from ..cases.values import plain_body
from ..findings.finding import Problem
from ..run.run import Context
from ..run.session import Session
from ..spec import Spec, SpecOperation
from ..wire import OMITTED

__all__ = ["run"]


def run(context: Context) -> None:
    """Send every recorded case, and then values of the two fields that the signer adds."""
    session = context.session()
    excluded = context.spec.operations.keys() - {operation.name for operation in context.operations}
    for case in _cases(context.spec):
        if case.operation not in excluded and context.begins(session, f"{case.operation}/{case.name}"):
            _replay(session, case)
    for operation in context.operations:
        _send_added_fields(context, session, operation)


def _cases(spec: Spec) -> Iterator[CorpusCase]:
    """Yield the recorded cases, and new ones for operations that have not been recorded."""
    recorded = read_corpus()
    yield from recorded
    known = {case.operation for case in recorded}
    yield from (case for case in make_corpus(spec) if case.operation not in known)


def _send_added_fields(context: Context, session: Session, operation: SpecOperation) -> None:
    sender = session.sender(operation)
    for name in ("request", "nonce"):
        values: tuple[Any, ...] = (OMITTED, -1, False, None, "", "-1", [], {})
        for value in values:
            if context.begins(session, f"{operation.name}/{name} {value!r}"):
                session.call(sender, operation, **{name: value})
    if context.begins(session, f"{operation.name}/nonce as text"):
        session.call(sender, operation, nonce=str(session.nonce(sender)), **plain_body(operation))


def _replay(session: Session, case: CorpusCase) -> None:
    operation = session.spec.operations.get(case.operation)
    if operation is None:
        problem = Problem("outdated corpus", case.name, "an operation of the spec", "unknown operation")
        session.report(case.operation, problem)
        return
    fields = case.body()
    reasons = expected_reasons(operation, fields)
    if reasons != case.reasons:
        recorded, current = (", ".join(names) or "accepted" for names in (case.reasons, reasons))
        session.steps.append(f"{case.operation} {case.fields} [{case.name}]")
        # The name of a case begins with its field, which is the place whose rule has changed.
        place = re.split(r" (?:valid|violates) ", case.name)[0]
        session.report(case.operation, Problem("outdated corpus", place, recorded, f"{current}, by the current spec"))
    session.call(session.sender(operation), operation, **fields)
