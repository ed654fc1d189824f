"""Rejected requests: faults of a server that rejects valid requests, or makes its checks in another order."""

from collections.abc import Callable
from typing import Any

from gemini_clearing_contract.spec import Spec, schema_violations
from gemini_clearing_contract.wire import (
    KEY_HEADER,
    PAYLOAD_HEADER,
    SIGNATURE_HEADER,
    WireRequest,
    WireResponse,
    parse_json,
    render_json,
)
from tests.faults.catalog.interceptors import PATHS, intercept, payload_of
from tests.faults.catalog.layers import BAD_SIGNATURES, CORPUS, ERROR_PRECEDENCE
from tests.faults.catalog.request_repairs import is_signed
from tests.faults.seeded_fault import Plant, SeededFault
from tests.faults.world import Handle

__all__ = ["REJECTED_REQUEST_FAULTS", "error_response"]

SPEC = Spec()
Check = Callable[[WireRequest, Any], WireResponse | None]


def error_response(status: int, reason: str, message: str) -> WireResponse:
    """Return an error response as the mock sends it."""
    body = {"result": "error", "reason": reason, "message": message}
    return WireResponse(status, {"content-type": "application/json"}, render_json(body))


def check_first(check: Check) -> Plant:
    """Return the fault of a server that makes a check before all others; the check returns an error response or `None`."""

    def handle_with(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
        return check(request, exchange) or handle(request)

    return intercept(handle_with)


def reject(when: Callable[[WireRequest, dict[str, Any]], bool], reason: str) -> Plant:
    """Return the fault of a server that rejects signed requests for which the function is true."""

    def check(request: WireRequest, exchange: Any) -> WireResponse | None:
        body = payload_of(request)
        if body is not None and is_signed(request, exchange) and when(request, body):
            return error_response(400, reason, "no")
        return None

    return check_first(check)


def is_json(content: bytes) -> bool:
    """Whether the bytes are valid JSON."""
    try:
        parse_json(content)
    except ValueError:
        return False
    return True


def reject_json_body(request: WireRequest, exchange: Any) -> WireResponse | None:
    """Reject a request that has both a payload header and a JSON body."""
    has_both = request.header(PAYLOAD_HEADER) and request.body and is_json(request.body)
    return error_response(400, "InvalidJson", "no") if has_both else None


def check_schema(request: WireRequest, exchange: Any) -> WireResponse | None:
    """Check the schema of a request whose signature is invalid."""
    operation, body = SPEC.by_path.get(request.path), payload_of(request)
    if operation is None or not body or is_signed(request, exchange):
        return None
    for violation in schema_violations(operation, body):
        if violation.place in operation.own_fields:
            return error_response(400, violation.reason, "no")
    return None


def check_role(request: WireRequest, exchange: Any) -> WireResponse | None:
    """Check the role of the auditor's key."""
    is_auditor = (request.header(KEY_HEADER) or "").endswith("auditor")
    if not is_auditor or request.path == PATHS["get_order"] or not is_signed(request, exchange):
        return None
    message = "assign one of these roles [Trader] to API key x which currently has roles [Auditor]"
    return error_response(403, "MissingRole", message)


def check_nonce(request: WireRequest, exchange: Any) -> WireResponse | None:
    """Check that there is a nonce."""
    body = payload_of(request)
    if not body or "nonce" in body or body.get("request") != request.path or not is_signed(request, exchange):
        return None
    return error_response(400, "MissingNonce", "Must provide 'nonce'")


def check_json(request: WireRequest, exchange: Any) -> WireResponse | None:
    """Check the JSON of a request that has no signature."""
    is_unsigned = request.header(PAYLOAD_HEADER) and request.header(SIGNATURE_HEADER) is None
    if not is_unsigned or payload_of(request) is not None:
        return None
    return error_response(400, "InvalidJson", "The payload is not a JSON object")


# Name, layer, plant.
ROWS: tuple[tuple[str, str, Plant], ...] = (
    (
        "rejects symbols in upper case",
        CORPUS,
        reject(lambda request, body: str(body.get("symbol", "")).isupper(), "InvalidSymbol"),
    ),
    ("rejects unknown fields", CORPUS, reject(lambda request, body: "client_note" in body, "UnsupportedOption")),
    (
        "rejects hours written as 24.0",
        CORPUS,
        reject(lambda request, body: str(body.get("expires_in_hrs")) == "24.0", "InvalidTimestampInPayload"),
    ),
    (
        "rejects timestamps that are strings",
        CORPUS,
        reject(lambda request, body: isinstance(body.get("timestamp"), str), "InvalidTimestampInPayload"),
    ),
    (
        "rejects a limit of 300",
        CORPUS,
        reject(lambda request, body: body.get("limit_per_account") == 300, "UnsupportedOption"),
    ),
    ("rejects a JSON body next to the headers", BAD_SIGNATURES, check_first(reject_json_body)),
    ("checks the schema before the signature", ERROR_PRECEDENCE, check_first(check_schema)),
    ("checks the role before the payload", ERROR_PRECEDENCE, check_first(check_role)),
    ("checks the nonce before the schema", ERROR_PRECEDENCE, check_first(check_nonce)),
    ("checks the JSON before the signature", ERROR_PRECEDENCE, check_first(check_json)),
)
REJECTED_REQUEST_FAULTS = tuple(SeededFault(name, "mock", layer, plant) for name, layer, plant in ROWS)
