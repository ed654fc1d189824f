"""
Layer: requests with one error in key, payload, signature, JSON, path or nonce, and unusual requests that are valid.

The first must get the error that fits. The second must be accepted: other clients order keys, write numbers and send
bodies in their own way.
"""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from attrs import evolve

from ..cases.negative_cases import NegativeCase, RequestDraft, negative_cases
from ..cases.values import plain_body
from ..findings.finding import Problem
from ..run.run import Context
from ..run.session import Session
from ..spec import SpecOperation
from ..wire import Desk, MasterKey, WireRequest, common_headers, signed_request

__all__ = ["draft_for", "run", "send_draft"]

Fields = dict[str, Any]
# A time in nanoseconds, the unit of some clients' nonces; a binary double cannot tell it from the next numbers.
NANOSECONDS = 10**19
UNKNOWN_METHODS = ("GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE")


def run(context: Context) -> None:
    """Send every negative case of every operation, then the unusual requests, then unknown methods and paths."""
    session = context.session()
    for operation in context.operations:
        for case in negative_cases(operation):
            if context.begins(session, f"{operation.name}/{case.name}"):
                _send_negative(session, operation, case)
    _send_unusual(context, session)
    _use_nonces_of_two_keys(context, session)
    _use_time_based_nonces(context, session)
    _use_nonces_in_nanoseconds(context, session)
    _send_unknown_methods(context, session)
    _send_unknown_paths(context, session)


def draft_for(session: Session, operation: SpecOperation, desk: Desk | None = None) -> RequestDraft:
    """Return a valid request; the key has spent a nonce before, so that there is one to repeat."""
    sender = desk or session.desk("initiator")
    account = {"account": next(iter(sender.accounts))} if isinstance(sender, MasterKey) else {}
    if sender.api_key not in session.ring.spent:
        steps = list(session.steps)
        session.call(sender, session.spec.probe, **plain_body(session.spec.probe), **account)
        session.steps[:] = steps
    body = {"request": operation.path, "nonce": session.nonce(sender), **session.plain_body(operation), **account}
    other_desk = next((desk for desk in session.ring.desks.values() if desk.api_key != sender.api_key), sender)
    others = (one.path for one in (*session.spec.queries, *session.spec.operations.values()) if one is not operation)
    return RequestDraft(sender, operation, body, session.ring.spent[sender.api_key], other_desk, next(others))


def send_draft(session: Session, draft: RequestDraft, note: str) -> Any:
    """Send a draft and return the checked response."""
    return session.send(draft.build(), draft.caller, draft.payload_json(), note)


def _send_negative(session: Session, operation: SpecOperation, case: NegativeCase) -> None:
    draft = draft_for(session, operation)
    case.apply(draft)
    expected = send_draft(session, draft, case.name).expected
    if not expected.is_valid and case.reason not in {error.reason for error in expected.errors}:
        by_spec = str(sorted(map(str, expected.errors)))
        session.report(operation.name, Problem("negative case contradicts spec", case.name, case.reason, by_spec))


def _signed(desk: Desk, operation: SpecOperation, payload: bytes) -> WireRequest:
    return signed_request(desk, operation.path, payload, repeats_body=operation.repeats_body)


def _indented(fields: Fields) -> bytes:
    return json.dumps(fields, indent=4).replace("\n", "\r\n\t").encode()


def _reordered(fields: Fields) -> bytes:
    return json.dumps({name: fields[name] for name in sorted(fields, reverse=True)}).encode()


def _escaped(fields: Fields) -> bytes:
    return json.dumps(fields).replace("request", "\\u0072equest").replace("/", "\\/").encode()


def _changed(name: str, change: Callable[[Any], Any]) -> Callable[[Fields], bytes]:
    return lambda fields: json.dumps({**fields, name: change(fields[name])}).encode()


def _extended(**more: Any) -> Callable[[Fields], bytes]:
    return lambda fields: json.dumps({**fields, **more}, ensure_ascii=False).encode()


UNUSUAL_PAYLOADS: dict[str, Callable[[Fields], bytes]] = {
    "white space and line breaks": _indented,
    "another order of the keys": _reordered,
    "escapes": _escaped,
    "the nonce as text": _changed("nonce", str),
    "the nonce with a fraction, as text": _changed("nonce", lambda nonce: f"{nonce}.5"),
    "an unknown field": _extended(client={"name": "someone", "tags": [1, None]}),
    "text outside ASCII": _extended(note="Zürich ✓ 😀"),
}


def _with_json_body(request: WireRequest, payload: bytes) -> WireRequest:
    """Add the JSON as the HTTP body, as some published clients do; the server ignores it."""
    common = common_headers(payload)
    kept = tuple(pair for pair in request.headers if pair[0] not in dict(common))
    return WireRequest(request.method, request.path, (*kept, *common), payload)


def _with_lower_case_names(request: WireRequest, payload: bytes) -> WireRequest:
    return evolve(request, headers=tuple((name.lower(), value) for name, value in request.headers))


def _with_media_type_of_samples(request: WireRequest, payload: bytes) -> WireRequest:
    """Name JSON as in the documentation's samples, where the documentation's table names plain text."""
    changed = {"Content-Type": "application/json"}
    return evolve(request, headers=tuple((name, changed.get(name, value)) for name, value in request.headers))


UNUSUAL_REQUESTS: dict[str, Callable[[WireRequest, bytes], WireRequest]] = {
    "a JSON body in addition to the headers": _with_json_body,
    "header names in lower case": _with_lower_case_names,
    "the media type of the documentation's samples": _with_media_type_of_samples,
}


def _send_unusual(context: Context, session: Session) -> None:
    desk = session.desk("initiator")
    for operation in context.spec.queries:
        for name, render in UNUSUAL_PAYLOADS.items():
            if context.begins(session, f"{operation.name}/accepts {name}"):
                payload = render({"request": operation.path, "nonce": session.nonce(desk)})
                session.send(_signed(desk, operation, payload), desk, payload, name)
        for name, change in UNUSUAL_REQUESTS.items():
            if context.begins(session, f"{operation.name}/accepts {name}"):
                payload = session.payload(desk, operation, {})
                request = change(_signed(desk, operation, payload), payload)
                session.send(request, desk, payload, name)


def _use_nonces_of_two_keys(context: Context, session: Session) -> None:
    """A nonce that one key has exceeded is valid for another key."""
    traders, operation = session.traders(), next(iter(context.spec.queries), None)
    if operation is None or len(traders) < 2:
        return
    if context.begins(session, f"{operation.name}/each key has its own nonces"):
        ahead, behind = traders[0], traders[1]
        session.call(behind, operation)
        start = session.nonce(behind)
        session.call(ahead, operation, nonce=max(start, session.nonce(ahead)) + 1_000)
        session.call(behind, operation, nonce=start + 1)


def _use_nonces_in_nanoseconds(context: Context, session: Session) -> None:
    """Nonces beyond 2^53 count exactly; only of a key that no one needs afterwards."""
    operation = next(iter(context.spec.queries), None)
    if operation is not None and session.controls_clock and context.begins(session, f"{operation.name}/long nonces"):
        first = NANOSECONDS + 1
        for nonce in (first, first + 1, first, first + 2):
            session.call("counterparty", operation, nonce=nonce)


def _use_time_based_nonces(context: Context, session: Session) -> None:
    """A time-based key accepts the time in seconds in any order, if it is at most 30 seconds off."""
    operation = context.spec.probe
    now_s = session.target.now_ms() / 1000
    # Close to the limit the result is certain only if the suite controls the clock.
    edge = Decimal("0.001") if session.controls_clock else Decimal(session.target.tolerance_ms) / 1000
    earliest, latest = now_s - 30, now_s + 30
    nonces = (
        now_s, now_s, now_s - 20, str(now_s), earliest + edge, latest - edge, earliest - edge, latest + edge,
        now_s * 1000, 1,
    )  # fmt: skip
    for desk in session.ring.desks.values():
        if desk.api_key in session.ring.time_based:
            for index, nonce in enumerate(nonces):
                if context.begins(session, f"{operation.name}/{desk.name} with time-based nonce {index}"):
                    payload = session.payload(desk, operation, {**plain_body(operation), "nonce": nonce})
                    session.send(_signed(desk, operation, payload), desk, payload, "a time-based nonce")


def _send_unknown_methods(context: Context, session: Session) -> None:
    desk = session.desk("initiator")
    for operation in context.operations:
        for method in UNKNOWN_METHODS:
            if context.begins(session, f"{operation.name}/{method}"):
                payload = session.payload(desk, operation, plain_body(operation))
                request = evolve(_signed(desk, operation, payload), method=method)
                session.send(request, desk, payload, method)


def _send_unknown_paths(context: Context, session: Session) -> None:
    desk = session.desk("initiator")
    path = next(iter(context.operations)).path
    parent = path.rpartition("/")[0]
    is_exact = "exact_paths" in context.spec.choices
    similar = (f"{path}/", path.upper()) if is_exact else ()
    for unknown in (f"{parent}/nothing", parent, path.replace("/v1/", "/v2/"), *similar):
        for method in ("POST", "GET") if is_exact else ("POST",):
            if context.begins(session, f"{unknown}/unknown to {method}"):
                payload = b'{"request":"%s","nonce":%d}' % (unknown.encode(), session.nonce(desk))
                request = evolve(signed_request(desk, unknown, payload), method=method)
                session.send(request, desk, payload, "unknown path")
