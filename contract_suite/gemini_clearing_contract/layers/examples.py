"""
Layer: every documented example.

Each documented request is sent with a new nonce; each documented response must fit the spec's own schemas.
"""

from ..oracle.response_shape import schema_problems
from ..run.run import Context
from ..run.session import Session
from ..spec import JSON_BODY, SpecOperation
from ..wire import parse_json, render_json

__all__ = ["run"]


def run(context: Context) -> None:
    """Send the requests and check the responses."""
    session = context.session()
    for operation in context.operations:
        for name, body in operation.request_examples.items():
            if context.begins(session, f"{operation.name}/request {name}"):
                fields = {key: value for key, value in body.items() if key in operation.own_fields}
                session.call(session.sender(operation), operation, **fields)
        _check_responses(context, session, operation)


def _check_responses(context: Context, session: Session, operation: SpecOperation) -> None:
    for status, response in operation.raw["responses"].items():
        content = response.get("content", {}).get(JSON_BODY, {})
        for name, example in content.get("examples", {}).items():
            if context.begins(session, f"{operation.name}/response {status} {name}"):
                session.steps.append(f"documented response with status {status}: {example['value']}")
                # Rendered and parsed, because numbers of a response are exact decimals.
                value = parse_json(render_json(example["value"]))
                for problem in schema_problems(content["schema"], value):
                    session.report(operation.name, problem)
