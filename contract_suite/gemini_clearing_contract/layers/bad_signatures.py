"""
Layer: signers that are wrong by one thing, and signers that are unusual and right.

The first must get the reason that fits, and a server that accepts one of them has a hole.  The second must be
accepted: clients that nobody here wrote order keys, write numbers and send bodies in their own way.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ..cases.negative_cases import NEGATIVE_CASES, RequestDraft
from ..cases.values import plain_body
from ..findings.finding import Problem
from ..run.run import Context
from ..run.session import Session
from ..spec import SpecOperation
from ..wire import PAYLOAD_HEADER, Desk, WireRequest, signed_request

__all__ = ["draft_for", "run"]

Fields = dict[str, Any]


def run(context: Context) -> None:
    """Every flaw on every operation, then every friend, then what is no endpoint at all."""
    session = context.session()
    for operation in context.operations:
        for negative_case in NEGATIVE_CASES:
            if context.starts(session, f"{operation.name}/{negative_case.name}"):
                draft = draft_for(session, operation)
                negative_case.apply(draft)
                answer = session.send(draft.build(), draft.desk, draft.payload_json(), negative_case.name)
                if not answer.expected.is_valid and negative_case.reason not in {
                    r.reason for r in answer.expected.errors
                }:
                    problem = Problem(
                        "catalogue and spec agree",
                        negative_case.name,
                        negative_case.reason,
                        str(sorted(map(str, answer.expected.errors))),
                    )
                    session.report(operation.name, problem)
    _friends(context, session)
    _one_counter_per_key(context, session)
    _by_the_clock(context, session)
    _elsewhere(context, session)


def draft_for(session: Session, operation: SpecOperation, desk: Desk | None = None) -> RequestDraft:
    """A request without fault; the key has spent a nonce before, so that there is one to repeat."""
    who = desk or session.desk("initiator")
    if who.api_key not in session.ring.spent:
        before = list(session.case)
        session.call(who, "get_order", clearing_id="ZZZZZZZ0")
        session.case[:] = before
    body = {"request": operation.path, "nonce": session.nonce(who), **plain_body(operation)}
    stranger = next((desk for desk in session.ring.desks.values() if desk.api_key != who.api_key), who)
    return RequestDraft(who, operation, body, session.ring.spent[who.api_key], stranger)


def _pretty(fields: Fields) -> bytes:
    return json.dumps(fields, indent=4).replace("\n", "\r\n\t").encode()


def _sorted_backwards(fields: Fields) -> bytes:
    return json.dumps({name: fields[name] for name in sorted(fields, reverse=True)}).encode()


def _escaped(fields: Fields) -> bytes:
    return json.dumps(fields).replace("request", "\\u0072equest").replace("/", "\\/").encode()


def _changed(name: str, change: Callable[[Any], Any]) -> Callable[[Fields], bytes]:
    return lambda fields: json.dumps({**fields, name: change(fields[name])}).encode()


FRIENDS: dict[str, Callable[[Fields], bytes]] = {
    "white space and line breaks": _pretty,
    "the keys in another order": _sorted_backwards,
    "escapes": _escaped,
    "the nonce as text": _changed("nonce", str),
    "the nonce with a fraction, as text": _changed("nonce", lambda nonce: f"{nonce}.5"),
    "an unknown field": lambda fields: json.dumps(
        {**fields, "client": {"name": "someone", "tags": [1, None]}}
    ).encode(),
    "text outside ASCII": lambda fields: json.dumps({**fields, "note": "Zürich ✓ 😀"}, ensure_ascii=False).encode(),
}
READING = ("list_orders", "list_broker_orders", "list_trades")


def _friends(context: Context, session: Session) -> None:
    desk = session.desk("initiator")
    for name in READING:
        operation = context.spec.operations[name]
        for friend, render in FRIENDS.items():
            if context.starts(session, f"{name}/accepts {friend}"):
                payload = render({"request": operation.path, "nonce": session.nonce(desk)})
                session.send(signed_request(desk, operation.path, payload), desk, payload, friend)
        for friend, dress in DRESSES.items():
            if context.starts(session, f"{name}/accepts {friend}"):
                payload = session.payload(desk, operation, {})
                session.send(dress(signed_request(desk, operation.path, payload), payload), desk, payload, friend)


def _json_beside(request: WireRequest, payload: bytes) -> WireRequest:
    """Some real clients send a JSON body as well as the headers; the server ignores it."""
    kept = tuple(pair for pair in request.headers if pair[0].lower() not in {"content-type", "content-length"})
    headers = (*kept, ("Content-Type", "application/json"), ("Content-Length", str(len(payload))))
    return WireRequest(request.method, request.path, headers, payload)


def _lower_case_names(request: WireRequest, payload: bytes) -> WireRequest:
    return WireRequest(request.method, request.path, tuple((name.lower(), value) for name, value in request.headers))


DRESSES: dict[str, Callable[[WireRequest, bytes], WireRequest]] = {
    "a JSON body beside the headers": _json_beside,
    "header names in lower case": _lower_case_names,
}


def _one_counter_per_key(context: Context, session: Session) -> None:
    """A nonce that is too small for one key is right for another that has not come so far."""
    traders = session.traders()
    if len(traders) < 2 or not context.starts(session, "list_orders/each key has its own nonces"):
        return
    ahead, behind = traders[0], traders[1]
    session.call(behind, "list_orders")
    start = session.nonce(behind)
    session.call(ahead, "list_orders", nonce=max(start, session.nonce(ahead)) + 1_000)
    session.call(behind, "list_orders", nonce=start + 1)


def _by_the_clock(context: Context, session: Session) -> None:
    """A time-based key takes the time in seconds, in any order, and nothing that is more than half a minute off."""
    operation = context.spec.operations["get_order"]
    now_s = session.target.now_ms() / 1000
    # Near the edge only a clock in the suite's own hand can tell.
    edge = Decimal("0.001") if session.target.tolerance_ms == 0 else Decimal(session.target.tolerance_ms) / 1000
    moments = (
        now_s,
        now_s,
        now_s - 20,
        str(now_s),
        now_s - 30 + edge,
        now_s + 30 - edge,
        now_s - 30 - edge,
        now_s + 30 + edge,
        now_s * 1000,
        1,
    )
    for desk in session.ring.desks.values():
        if desk.api_key in session.ring.time_based:
            for index, moment in enumerate(moments):
                if context.starts(session, f"get_order/{desk.name} by the clock {index}"):
                    payload = session.payload(desk, operation, {"clearing_id": "ZZZZZZZ0", "nonce": moment})
                    session.send(signed_request(desk, operation.path, payload), desk, payload, "a time-based key")


def _elsewhere(context: Context, session: Session) -> None:
    desk = session.desk("initiator")
    for operation in context.operations:
        for method in ("GET", "PUT", "DELETE", "PATCH"):
            if context.starts(session, f"{operation.name}/{method}"):
                payload = session.payload(desk, operation, plain_body(operation))
                request = signed_request(desk, operation.path, payload)
                session.send(WireRequest(method, request.path, request.headers), desk, payload, method)
    for path in ("/v1/clearing/nothing", "/v1/clearing", "/v2/clearing/list", "/v1/clearing/list/"):
        if context.starts(session, f"{path}/unknown"):
            payload = b'{"request":"%s","nonce":%d}' % (path.encode(), session.nonce(desk))
            request = signed_request(desk, path, payload)
            assert request.header(PAYLOAD_HEADER)
            session.send(request, desk, payload, "unknown path")
