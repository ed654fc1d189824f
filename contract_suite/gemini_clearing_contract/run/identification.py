"""
Whether the target is a server of this API at all, which is decided before the first layer.

A broken server must get findings; another service, or a wrong path in the address, must not. The target is a server of
this API if a single response shows one of these:

- a reason that the spec has, except that of an unknown path;
- a success: status 200 and every required field, some of which the response to an unknown path lacks;
- another status or media type than that of an unknown path;
- status 500, which an error of any server may have.

A server that responds to every operation as it responds to an unknown path shows none of them. A server of this API
that is broken in just that way cannot be distinguished from a wrong path, and is reported as one.
"""

from collections.abc import Iterable
from typing import Any

from ..errors import TargetError
from ..findings.text import shorten
from ..spec import Spec, SpecOperation
from ..wire import WireRequest, WireResponse, common_headers, read_body, render_json, signed_request
from .session import Session

__all__ = ["has_known_reason", "require_this_api"]

UNKNOWN_PATH_REASON = "EndpointNotFound"
# How many characters of a body are quoted.
QUOTED = 120


def require_this_api(session: Session, operations: Iterable[SpecOperation]) -> None:
    """
    Check that the target is a server of this API.

    Args:
        session: The session with the target.
        operations: The operations that may be sent. An operation that writes gets a request without key and payload.

    Raises:
        TargetError: The responses to all operations are those of an unknown path.
    """
    unknown: WireResponse | None = None
    first = ""
    for operation in operations:
        request = _request(session, operation)
        response = session.ledger.line.fetch(session, request)
        if response.status == 500 or has_known_reason(session.spec, read_body(response)):
            return
        unknown = unknown or session.ledger.line.fetch(session, _unknown_path(request))
        if _differs(operation, response, unknown):
            return
        first = first or _described(request, response)
    message = f"{session.target.name} is not a server of this API, or its address has another path"
    raise TargetError(f"{message}: {first}, as to a path that does not exist. Check the address.")


def has_known_reason(spec: Spec, body: Any) -> bool:
    """Whether a body is an error response with a reason of the spec; an unknown path proves nothing."""
    reason = body.get("reason") if isinstance(body, dict) else None
    return isinstance(reason, str) and reason in spec.known_reasons - {UNKNOWN_PATH_REASON}


def _request(session: Session, operation: SpecOperation) -> WireRequest:
    """Return a plain request of the first desk; without key and payload if the operation writes."""
    if not operation.is_safe:
        return WireRequest("POST", operation.path, common_headers())
    desk = next(iter(session.ring.desks.values()))
    fields = session.plain_body(operation)
    payload = render_json({"request": operation.path, "nonce": session.nonce(desk), **fields})
    return signed_request(desk, operation.path, payload, repeats_body=operation.repeats_body)


def _unknown_path(request: WireRequest) -> WireRequest:
    """Return an unsigned request to a path beside that of a request, which no operation has."""
    return WireRequest("POST", f"{request.path.rpartition('/')[0]}/no-such-operation", common_headers())


def _differs(operation: SpecOperation, response: WireResponse, unknown: WireResponse) -> bool:
    """Whether the server distinguishes the operation from a path that does not exist."""
    if (response.status, _media_type(response)) != (unknown.status, _media_type(unknown)):
        return True
    body, other = (read_body(one) for one in (response, unknown))
    required = set(operation.success_schema.get("required", ()))
    if response.status != 200 or not required or not isinstance(body, dict):
        return False
    return required <= body.keys() and not (isinstance(other, dict) and required <= other.keys())


def _media_type(response: WireResponse) -> str:
    return response.headers.get("content-type", "no content type").partition(";")[0].strip().lower()


def _described(request: WireRequest, response: WireResponse) -> str:
    body = shorten(response.body.decode("utf-8", "replace"), QUOTED)
    return f"POST {request.path} returned status {response.status}, {_media_type(response)}: {body!r}"
