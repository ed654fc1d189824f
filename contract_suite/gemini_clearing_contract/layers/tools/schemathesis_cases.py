"""
schemathesis: its cases, sent by the suite, and its checks in addition to those of the oracle.

schemathesis makes cases from the logical view of the spec. The suite signs and sends them, because a signature covers
the bytes that are sent. A valid nonce is replaced by a new one; a missing or malformed one is sent unchanged. The
response is checked by the oracle first, and then by schemathesis' own checks.
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import requests
import schemathesis
from attrs import evolve
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
from ...wire import Desk, render_json, signed_request
from .random_cases import same_constants

__all__ = ["MODES", "as_response", "coverage_cases", "load_schema", "send_case"]

# The other checks of schemathesis 4 do not fit an API that signs its payload and rejects with a reason: they expect 401
# for each wrong signature, or accept any status below 500 for an invalid body. The oracle does their part.
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]


def load_schema(spec: Spec, *operations: str) -> Any:
    """
    Return the logical view of the spec for schemathesis, with all operations or with those named.

    The security headers are removed: the suite's signer adds them.
    """
    return _load(json.dumps(spec.document), operations)


# schemathesis keeps what it compiles in the schema; a forked process inherits the cache.
@cache
def _load(text: str, operations: tuple[str, ...] = ()) -> Any:
    if operations:
        return _load(text).include(operation_id=list(operations))
    source = json.loads(text)
    document = {**source, "paths": {}, "components": {**source["components"], "securitySchemes": {}}}
    for path, item in source["paths"].items():
        document["paths"][path] = {"post": {key: value for key, value in item["post"].items() if key != "security"}}
    return schemathesis.openapi.from_dict(document)


def coverage_cases(spec: Spec) -> tuple[tuple[Any, Any], ...]:
    """Return the operation and the case for each case of the coverage phase, always the same for the same spec."""
    return _coverage_cases(json.dumps(spec.document))


@cache
def _coverage_cases(text: str) -> tuple[tuple[Any, Any], ...]:
    schema, found = _load(text), []
    for result in schema.get_all_operations():
        operation = result.ok()
        config = schema.config.generation_for(operation=operation)
        with same_constants():
            cases = schema.iter_coverage_cases(operation, generation_modes=MODES, generation_config=config)
            found += [(operation, case) for case in cases]
    return tuple(found)


def send_case(session: Session, desk: Desk, operation: SpecOperation, case: Any) -> CheckedResponse:
    """Sign and send a case; a response without problems is also checked by schemathesis."""
    payload = _payload(session, desk, operation, case.body)
    request = signed_request(desk, operation.path, payload, repeats_body=operation.repeats_body)
    if case.method.upper() != "POST":
        request = evolve(request, method=case.method.upper())
    response = session.send(request, desk, payload, f"schemathesis, {case.method}")
    if request.method == "POST" and not response.problems:
        for problem in _schemathesis_problems(case, response):
            session.report(operation.name, problem)
    return response


def _payload(session: Session, desk: Desk, operation: SpecOperation, body: Any) -> bytes:
    if isinstance(body, NotSet):
        return b""
    if isinstance(body, bytes):
        return body
    if not isinstance(body, dict):
        return render_json(body)
    nonce, fields = body.get("nonce"), dict(body)
    errors = operation.request_validator.iter_errors({"nonce": nonce})
    if "nonce" in body and not any(error.instance_path == ["nonce"] for error in errors):
        number = session.nonce(desk)
        fields["nonce"] = str(number) if isinstance(nonce, str) else number
    return render_json(fields)


def _schemathesis_problems(case: Any, response: CheckedResponse) -> Iterator[Problem]:
    try:
        case.validate_response(as_response(case, response), checks=list(CHECKS))
    except (FailureGroup, Failure) as error:
        failures = error.exceptions if isinstance(error, FailureGroup) else [error]
        for failure in failures:
            actual = str(failure.message or failure.title)
            yield Problem(f"schemathesis: {failure.title}", "response", "a response by the spec", actual)


@cache
def _prepared(path: str) -> requests.PreparedRequest:
    return requests.Request("POST", f"http://127.0.0.1{path}").prepare()


def as_response(case: Any, response: CheckedResponse) -> Response:
    """Return the response in schemathesis' own class; the request in it contains no key."""
    headers = {name: [value] for name, value in response.wire.headers.items()}
    return Response(
        status_code=response.wire.status,
        headers=headers,
        content=response.wire.body,
        request=_prepared(case.operation.path),
        elapsed=0.0,
        verify=False,
    )
