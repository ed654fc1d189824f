"""Layer: schemathesis' coverage phase: every keyword of every request satisfied and violated, deterministically."""

from __future__ import annotations

from ..run.run import Context
from .tools.schemathesis_cases import coverage_cases, send_case

__all__ = ["run"]

# Their probes are about a body that never travels: the wire has none.
NOT_OURS = ("content-type",)


def run(context: Context) -> None:
    """Send every case that is about the logical body, the path or the method."""
    session = context.session()
    placer, broker = session.desk("initiator"), session.ring.desks.get("broker")
    for number, (raw, case) in enumerate(coverage_cases(context.spec)):
        operation = context.spec.by_path[raw.path]
        if operation not in context.operations or {name.lower() for name in case.headers or ()} & set(NOT_OURS):
            continue
        if context.starts(session, f"{operation.name}/coverage {number}"):
            desk = broker if broker and operation.name == "create_broker_order" else placer
            send_case(session, desk, operation, case)
