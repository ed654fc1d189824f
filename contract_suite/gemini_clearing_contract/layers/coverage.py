"""Layer: the coverage phase of schemathesis; every keyword of every request, satisfied and violated."""

from ..run.run import Context
from .tools.schemathesis_cases import coverage_cases, send_case

__all__ = ["run"]

# Cases with another content type are about an HTTP body, which is empty here.
EXCLUDED_HEADERS = frozenset({"content-type"})


def run(context: Context) -> None:
    """Send every case that is about the signed JSON, the path or the method."""
    session = context.session()
    for number, (raw, case) in enumerate(coverage_cases(context.spec)):
        operation = context.spec.by_path[raw.path]
        if operation not in context.operations or EXCLUDED_HEADERS & {name.lower() for name in case.headers or ()}:
            continue
        if context.begins(session, f"{operation.name}/coverage {number}"):
            send_case(session, session.sender(operation), operation, case)
