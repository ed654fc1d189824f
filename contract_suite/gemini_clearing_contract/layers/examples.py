"""
Layer: every documented example.

Each documented request is sent as it stands, with a nonce of its own; each documented answer must be what the spec's
own schemas allow, the two refusals under 200 included.
"""

from __future__ import annotations

from ..oracle.response_shape import schema_problems
from ..run.run import Context
from ..wire import parse_json, render_json

__all__ = ["run"]


def run(context: Context) -> None:
    """Send the requests, judge the answers."""
    session = context.session()
    placer = session.desk("initiator")
    for operation in context.operations:
        desk = (
            session.desk("broker")
            if operation.name == "create_broker_order" and "broker" in session.ring.desks
            else placer
        )
        for name, body in operation.request_examples.items():
            if context.starts(session, f"{operation.name}/request {name}"):
                fields = {key: value for key, value in body.items() if key not in {"request", "nonce"}}
                session.call(desk, operation.name, **fields)
        for status, response in operation.raw["responses"].items():
            content = response.get("content", {}).get("application/json", {})
            for name, example in content.get("examples", {}).items():
                if context.starts(session, f"{operation.name}/answer {status} {name}"):
                    session.case.append(f"documented answer under {status}: {example['value']}")
                    # Through text, because numbers in an answer are judged as they are written.
                    value = parse_json(render_json(example["value"]))
                    for problem in schema_problems(content["schema"], value):
                        session.report(operation.name, problem)
