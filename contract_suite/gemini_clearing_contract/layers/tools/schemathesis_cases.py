"""
schemathesis, as the suite uses it: its cases over our wire, its checks beside our judge.

schemathesis makes cases from the logical view of the spec; the suite signs and sends them, because a signature belongs
to the bytes that leave.  A nonce without fault is replaced by a new one, a missing or malformed one is left to the
server to refuse.  What comes back is judged by our judge, and then by schemathesis' own checks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import requests
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.core import NotSet
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.transport import Response
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ...findings.finding import Problem
from ...run.session import CheckedResponse, Session
from ...spec import Spec, SpecOperation
from ...wire import Desk, WireRequest, render_json, signed_request

__all__ = ["MODES", "as_response", "coverage_cases", "load_schema", "send_case"]

# Weak or wrong for an API that signs its payload and refuses by reason: our own judge does their part.
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]


def load_schema(spec: Spec, *operations: str) -> Any:
    """The spec's logical view for schemathesis, of all operations or of those named.

    The security headers are left out: the signer looks after them.
    """
    return _load(json.dumps(spec.document), operations)


@cache
def _load(text: str, operations: tuple[str, ...] = ()) -> Any:
    """One schema for each content: schemathesis keeps what it compiles, and a forked process inherits it."""
    if operations:
        return _load(text).include(operation_id=list(operations))
    spec = Spec(json.loads(text))
    document = {**spec.document, "paths": {}, "components": {**spec.document["components"], "securitySchemes": {}}}
    for path, item in spec.document["paths"].items():
        document["paths"][path] = {"post": {key: value for key, value in item["post"].items() if key != "security"}}
    return schemathesis.openapi.from_dict(document)


def coverage_cases(spec: Spec) -> tuple[tuple[Any, Any], ...]:
    """Every case of the coverage phase with its operation; the same spec gives the same cases."""
    return _coverage_cases(json.dumps(spec.document))


@cache
def _coverage_cases(text: str) -> tuple[tuple[Any, Any], ...]:
    schema, found = _load(text), []
    for result in schema.get_all_operations():
        operation = result.ok()
        config = schema.config.generation_for(operation=operation)
        cases = schema.iter_coverage_cases(operation, generation_modes=MODES, generation_config=config)
        found += [(operation, case) for case in cases]
    return tuple(found)


def send_case(session: Session, desk: Desk, operation: SpecOperation, case: Any) -> CheckedResponse:
    """Sign and send a case; then ask schemathesis what it thinks of the answer."""
    payload = _payload(session, desk, operation, case.body)
    request = signed_request(desk, operation.path, payload)
    if case.method.upper() != "POST":
        request = WireRequest(case.method.upper(), request.path, request.headers)
    answer = session.send(request, desk, payload, f"schemathesis, {case.method}")
    if request.method == "POST" and not answer.problems:
        for problem in _opinion(case, answer):
            session.report(operation.name, problem)
    return answer


def _payload(session: Session, desk: Desk, operation: SpecOperation, body: Any) -> bytes:
    if isinstance(body, NotSet):
        return b""
    if isinstance(body, bytes):
        return body
    if not isinstance(body, dict):
        return render_json(body)
    nonce = body.get("nonce")
    fields = dict(body)
    if "nonce" in body and not any(
        error.instance_path == ["nonce"] for error in operation.request_validator.iter_errors({"nonce": nonce})
    ):
        number = session.nonce(desk)
        fields["nonce"] = str(number) if isinstance(nonce, str) else number
    return render_json(fields)


def _opinion(case: Any, answer: CheckedResponse) -> Iterator[Problem]:
    try:
        case.validate_response(as_response(case, answer), checks=list(CHECKS))
    except (FailureGroup, Failure) as error:
        failures = error.exceptions if isinstance(error, FailureGroup) else [error]
        for failure in failures:
            yield Problem(
                f"schemathesis: {failure.title}", "answer", "what the spec says", str(failure.message or failure.title)
            )


@cache
def _prepared(path: str) -> requests.PreparedRequest:
    return requests.Request("POST", f"http://127.0.0.1{path}").prepare()


def as_response(case: Any, answer: CheckedResponse) -> Response:
    """The answer as schemathesis knows answers; the request in it holds no key."""
    headers = {name: [value] for name, value in answer.wire.headers.items()}
    return Response(
        status_code=answer.wire.status,
        headers=headers,
        content=answer.wire.body,
        request=_prepared(case.operation.path),
        elapsed=0.0,
        verify=False,
    )
