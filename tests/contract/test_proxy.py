"""
A proxy that changes requests or responses causes a finding that names the change.

These changes are not in the catalogue of seeded faults. The last test has a proxy on a socket, in front of a served
mock; for the others the socket makes no difference.
"""

import re
import secrets
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from gemini_clearing_contract.targets.http import HttpTarget
from gemini_clearing_contract.targets.mock import embedded_mock
from gemini_clearing_contract.targets.target import Target
from gemini_clearing_contract.wire import (
    KEY_HEADER,
    PAYLOAD_HEADER,
    SIGNATURE_HEADER,
    WireRequest,
    WireResponse,
    encode_base64,
    payload_of,
    render_json,
)
from tests.contract.interceptors import (
    MISSING,
    PATHS,
    RequestRepair,
    body_of,
    each,
    error,
    every_response,
    rows,
    success,
)
from tests.contract.proxy import Handle, Interceptor, forward, proxy
from tests.contract.running import ServerInProcess, run_of

DAY_MS = 86_400_000
JSON = {"content-type": "application/json"}
DESKS = embedded_mock().desks


def findings(target: Target, layer: str) -> list[str]:
    """Return the titles of the findings of a layer, or of one case; row numbers are removed."""
    layer, _, only = layer.partition(": ")
    run = run_of(layer, target=target, profile="recall", only=only or None)
    assert [None] == [result.stopped for result in run.results]
    return [re.sub(r"\[\d+\]", "[]", finding.title) for finding in run.ledger.findings.values()]


def flipped(side: str) -> str:
    """Return the other side."""
    return {"buy": "sell", "sell": "buy"}[side]


def replaced(values: dict[str, str]) -> Callable[[str], str]:
    """Replace some enum values by other documented ones."""
    return lambda value: values.get(value, value)


def last_digit(text: Any) -> Any:
    """Return an amount that differs in its last digit."""
    number = Decimal(text)
    changed = number + Decimal(1).scaleb(min(int(number.as_tuple().exponent), 0))
    return changed if isinstance(text, Decimal) else f"{changed:f}"


def with_header(name: str, value: str) -> Interceptor:
    """Set a header of every response."""
    return every_response(lambda response: evolve(response, headers={**response.headers, name: value}))


def with_status(before: int, after: int) -> Interceptor:
    """Replace a status of every response."""
    return every_response(lambda given: evolve(given, status={before: after}.get(given.status, given.status)))


RESPONSES: list[tuple[str, str, Interceptor]] = [
    ("create_order · differs from request · price", "sequences", success("create_order", each("price", last_digit))),
    ("create_order · wrong initial status · result", "sequences",
     success("create_order", each("result", lambda _: "Confirmed"))),
    ("create_order · implausible time: submission · timestampms", "sequences",
     success("create_order", each("timestampms", lambda ms: ms - DAY_MS))),
    ("create_order · differs from earlier response: submission of create_order · timestamp", "sequences",
     success("create_order", each("timestampms", lambda ms: ms + 1000))),
    ("create_order · schema: required · clearing_id", "sequences",
     success("create_order", lambda body: body.pop("clearing_id"))),
    ("get_order · differs from request · side", "sequences", success("get_order", each("side", flipped))),
    ("get_order · wrong order status · status", "sequences",
     success("get_order", each("status", replaced({"Canceled": "Expired", "Confirmed": "Canceled"})))),
    ("get_order · wrong order status · is_confirmed", "sequences",
     success("get_order", each("is_confirmed", lambda flag: not flag))),
    ("get_order · undocumented field · requestId", "sequences",
     success("get_order", lambda body: body.update(requestId="7"))),
    ("list_orders · differs from request · orders[].price", "sequences",
     success("list_orders", each("price", last_digit))),
    ("list_orders · differs from request · orders[].counterparty_id", "sequences",
     success("list_orders", rows(lambda found: [{**row, "counterparty_id": "OM9VNL1H"} for row in found]))),
    ("list_orders · differs from earlier response: submission of create_order · orders[].submission", "sequences",
     success("list_orders", each("submission", lambda ms: ms - 1))),
    ("list_orders · wrong lifetime · orders[].expiration", "sequences",
     success("list_orders", each("expiration", lambda ms: ms + 1))),
    ("list_orders · wrong sort order · orders[].submission", "sequences",
     success("list_orders", rows(lambda found: found[::-1]))),
    ("list_orders · missing order · orders", "sequences", success("list_orders", rows(lambda found: found[1:]))),
    ("list_orders · duplicate row · orders[].clearing_id", "sequences",
     success("list_orders", rows(lambda found: [found[0], *found]))),
    ("list_orders · unknown order · orders[].clearing_id", "sequences",
     success("list_orders", rows(lambda found: [{**found[0], "clearing_id": secrets.token_hex(4)}, *found]))),
    ("list_broker_orders · differs from request · orders[].source_side", "sequences",
     success("list_broker_orders", each("source_side", flipped))),
    ("list_trades · schema: type · results[].wasNotified", "sequences",
     success("list_trades", each("wasNotified", lambda _: "yes"))),
    ("list_trades · implausible time: update · results[].lastUpdatedMs", "sequences",
     success("list_trades", each("lastUpdatedMs", lambda ms: ms + DAY_MS))),
    ("list_trades · differs from request · results[].hasBroker", "sequences",
     success("list_trades", each("hasBroker", lambda flag: not flag))),
    ("list_trades · differs from earlier response · results[].targetAccount", "sequences",
     success("list_trades", rows(lambda found: [*found[:-1], {**found[-1], "targetAccount": "another"}]))),
    ("list_trades · missing order · results", "sequences", success("list_trades", rows(lambda found: []))),
    ("cancel_order · wrong value in message · details", "sequences",
     success("cancel_order", each("details", lambda text: f"ABCDEFGH {text[9:]}"))),
    ("create_order · wrong error: key · X-GEMINI-APIKEY", "bad_signatures",
     error("InvalidApiKey", each("reason", lambda _: "InvalidSignature"))),
    ("create_order · wrong value in message · message", "bad_signatures",
     error("InvalidNonce", each("message", lambda text: text.replace("has not", "1 has not").replace("'1", "'2")))),
    ("create_order · undocumented message · message", "bad_signatures",
     error("InvalidSignature", each("message", lambda _: "Go away"))),
    ("create_order · undocumented status · status", "bad_signatures", with_status(400, 422)),
    ("create_order · wrong error: key · headers", "bad_signatures", with_status(400, 403)),
    ("create_order · content type · header content-type", "bad_signatures", with_header("content-type", "text/html")),
    ("get_order · duplicate JSON name · result", "sequences",
     every_response(lambda given: evolve(given, body=given.body.replace(b"{", b'{"result":"ok",', 1)))),
]  # fmt: skip


@pytest.mark.parametrize(("named", "layer", "interceptor"), RESPONSES, ids=[named for named, _, _ in RESPONSES])
def test_changed_response_is_named(named: str, layer: str, interceptor: Interceptor) -> None:
    """The finding names operation, check and place of a changed response."""
    assert named in findings(ServerInProcess(interceptor), layer)


def changed(operation: str, change: Callable[[dict[str, Any]], object]) -> Callable[[RequestRepair], Interceptor]:
    """Change the payload of an operation's requests."""
    return lambda fix: fix.payload(lambda body: change(body) if body.get("request") == PATHS[operation] else None)


def repaired_field(name: str, change: Callable[[Any], Any]) -> Callable[[RequestRepair], Interceptor]:
    """Change a field of every request that has it."""
    return lambda fix: fix.payload(lambda body: body.update({name: change(body[name])} if name in body else {}))


def as_text(change: Callable[[str], str]) -> Callable[[Any], Any]:
    """Change values that are text."""
    return lambda value: change(value) if isinstance(value, str) else value


def replace_signature(fix: RequestRepair) -> Interceptor:
    """Replace every signature by a correct one."""
    return lambda request, handle: handle(fix.signed(request) if request.header(SIGNATURE_HEADER) else request)


def add_signature(fix: RequestRepair) -> Interceptor:
    """Add a correct signature to requests without one."""
    return lambda request, handle: handle(request if request.header(SIGNATURE_HEADER) else fix.signed(request))


def complete_signature(fix: RequestRepair) -> Interceptor:
    """Complete a signature that is the beginning of the correct one."""

    def intercept(request: WireRequest, handle: Handle) -> WireResponse:
        correct, given = fix.signed(request), request.header(SIGNATURE_HEADER)
        return handle(correct if given and (correct.header(SIGNATURE_HEADER) or "").startswith(given) else request)

    return intercept


def use_http_body(fix: RequestRepair) -> Interceptor:
    """Move a payload from the HTTP body to the header."""

    def intercept(request: WireRequest, handle: Handle) -> WireResponse:
        bare = request.body and not request.header(PAYLOAD_HEADER)
        return handle(fix.signed(request, encode_base64(request.body)) if bare else request)

    return intercept


def correct_path(fix: RequestRepair) -> Interceptor:
    """Replace the signed path by that of the request."""

    def intercept(request: WireRequest, handle: Handle) -> WireResponse:
        body = payload_of(request)
        wrong = body and body.get("request") != request.path and fix.is_signed(request)
        return handle(fix.with_payload(request, {**body, "request": request.path}) if wrong else request)

    return intercept


REPAIRS: list[tuple[str, str, Callable[[RequestRepair], Interceptor]]] = [
    ("create_order · invalid request accepted: signature · X-GEMINI-SIGNATURE", "bad_signatures", replace_signature),
    ("create_order · invalid request accepted: signature · X-GEMINI-SIGNATURE", "bad_signatures", add_signature),
    ("create_order · invalid request accepted: signature · X-GEMINI-SIGNATURE", "bad_signatures", complete_signature),
    ("create_order · invalid request accepted: signature · X-GEMINI-SIGNATURE", "bad_signatures",
     lambda fix: fix.header(SIGNATURE_HEADER, str.lower)),
    ("create_order · invalid request accepted: nonce · nonce", "bad_signatures",
     lambda fix: fix.nonce(lambda nonce, highest: nonce == highest)),
    ("create_order · invalid request accepted: nonce · nonce", "bad_signatures",
     lambda fix: fix.nonce(lambda nonce, highest: isinstance(nonce, Decimal) and 0 < nonce < highest)),
    ("create_order · invalid request accepted: nonce · nonce", "bad_signatures",
     lambda fix: fix.nonce(lambda nonce, highest: nonce is MISSING)),
    ("create_order · invalid request accepted: nonce · nonce", "bad_signatures",
     lambda fix: fix.nonce(lambda nonce, highest: nonce in ("soon", None, True))),
    ("create_order · invalid request accepted: schema · side", "corpus",
     changed("create_order", lambda body: body.setdefault("side", "buy"))),
    ("create_broker_order · invalid request accepted: schema · expires_in_hrs", "corpus",
     changed("create_broker_order", lambda body: body.setdefault("expires_in_hrs", 24))),
    ("create_order · invalid request accepted: schema · side", "corpus", repaired_field("side", as_text(str.lower))),
    ("create_order · invalid request accepted: schema · amount", "corpus",
     repaired_field("amount", as_text(str.strip))),
    ("create_order · invalid request accepted: schema · amount", "corpus",
     repaired_field("amount", lambda value: f"{value:f}" if isinstance(value, Decimal) else value)),
    ("list_orders · invalid request accepted: schema · limit_orders", "corpus",
     repaired_field("limit_orders", lambda value: 1 if value == 0 else value)),
    ("create_order · invalid request accepted: account · account", "corpus",
     lambda fix: fix.payload(lambda body: body.pop("account", None))),
    ("create_order · invalid request accepted: endpoint · request", "bad_signatures", correct_path),
    ("create_order · invalid request accepted: payload · X-GEMINI-PAYLOAD", "bad_signatures", use_http_body),
    ("create_order · invalid request accepted: payload · X-GEMINI-PAYLOAD", "bad_signatures",
     lambda fix: fix.header(PAYLOAD_HEADER, lambda text: text + "=" * (-len(text) % 4))),
    ("create_order · invalid request accepted: payload · X-GEMINI-PAYLOAD", "bad_signatures",
     lambda fix: fix.header(PAYLOAD_HEADER, lambda text: text.replace("-", "+").replace("_", "/"))),
    ("create_order · invalid request accepted: key · X-GEMINI-APIKEY", "bad_signatures",
     lambda fix: fix.header(KEY_HEADER, str.lower)),
    ("create_order · invalid request accepted: role · roles", "sequences: roles restrict every operation",
     lambda fix: fix.again("create_order", "counterparty")),
    ("confirm_order · invalid request accepted: business · request", "sequences",
     lambda fix: fix.again("confirm_order", "counterparty")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("named", "layer", "repair"), REPAIRS, ids=[f"{number} {named}" for number, (named, _, _) in enumerate(REPAIRS)]
)
def test_repaired_request_is_named(named: str, layer: str, repair: Callable[[RequestRepair], Interceptor]) -> None:
    """An invalid request that the proxy repairs is accepted; the finding names the check that should reject it."""
    assert named in findings(ServerInProcess(repair(RequestRepair(DESKS))), layer)


def cache_responses() -> Interceptor:
    """Return the earlier response to the same request."""
    kept: dict[bytes, WireResponse] = {}

    def intercept(request: WireRequest, handle: Handle) -> WireResponse:
        response = handle(request)
        query = render_json({**payload_of(request), "nonce": request.header(KEY_HEADER)})
        return kept.setdefault(query, response) if response.status == 200 else response

    return intercept


def invent_response(operation: str, body: dict[str, Any]) -> Interceptor:
    """Return a success without forwarding the request."""

    def intercept(request: WireRequest, handle: Handle) -> WireResponse:
        payload = payload_of(request)
        if request.path != PATHS[operation] or not payload.get("clearing_id", payload.get("amount")):
            return handle(request)
        about = {"details": f"{payload.get('clearing_id')} order canceled"} if operation == "cancel_order" else {}
        return WireResponse(200, JSON, render_json({**body, **about}))

    return intercept


def repeat_first_id() -> Interceptor:
    """Give every order the id of the first one."""
    first: list[str] = []

    def intercept(request: WireRequest, handle: Handle) -> WireResponse:
        response = handle(request)
        body = body_of(response)
        if request.path != PATHS["create_order"] or "clearing_id" not in body:
            return response
        first.append(body["clearing_id"])
        return WireResponse(response.status, response.headers, render_json({**body, "clearing_id": first[0]}))

    return intercept


LIFE, FILTERS = "sequences: the named desk confirms", "sequences: every filter at its boundaries"
DELIVERIES: list[tuple[str, str, Callable[[RequestRepair], Interceptor]]] = [
    ("list_orders · unknown order · orders[].clearing_id", LIFE, lambda fix: fix.again("create_order")),
    ("get_order · wrong order status · status", LIFE, lambda fix: cache_responses()),
    ("get_order · valid request rejected · request", LIFE,
     lambda fix: invent_response("create_order", {"result": "AwaitConfirm", "clearing_id": "0INVENT0"})),
    ("confirm_order · invalid request accepted: business · request", LIFE,
     lambda fix: invent_response("confirm_order", {"result": "confirmed"})),
    ("cancel_order · invalid request accepted: business · request", LIFE,
     lambda fix: invent_response("cancel_order", {"result": "ok"})),
    ("create_order · duplicate clearing id · clearing_id", "sequences: the same order twice is two orders",
     lambda fix: repeat_first_id()),
    ("list_orders · filter ignored: side · orders[]", FILTERS,
     changed("list_orders", lambda body: body.pop("side", None))),
    ("list_orders · filter ignored: timestamp · orders[]", FILTERS,
     changed("list_orders", lambda body: body.pop("timestamp", None))),
    ("create_order · differs from request · amount", LIFE,
     changed("create_order", lambda body: body.update(amount=last_digit(body["amount"])))),
]  # fmt: skip


@pytest.mark.parametrize(("named", "layer", "deliver"), DELIVERIES, ids=[named for named, _, _ in DELIVERIES])
def test_changed_delivery_is_named(named: str, layer: str, deliver: Callable[[RequestRepair], Interceptor]) -> None:
    """The finding names requests that arrive twice, never or changed, and responses of other requests."""
    assert named in findings(ServerInProcess(deliver(RequestRepair(DESKS))), layer)


def test_unchanged_messages_cause_no_finding() -> None:
    """The server in this process causes no finding by itself."""
    assert [] == findings(ServerInProcess(forward), "rejected_requests")


@pytest.mark.parametrize(
    ("interceptor", "named"), [(forward, []), (with_status(400, 422), ["create_order · undocumented status · status"])]
)
def test_proxy_on_a_socket_causes_the_same_findings(
    mock: HttpTarget, interceptor: Interceptor, named: list[str]
) -> None:
    """Over HTTP, unchanged messages cause no finding, and a changed response is named."""
    with proxy(mock.name, interceptor) as between, closing(HttpTarget(between.url, mock.desks)) as target:
        target.tolerance_ms = mock.tolerance_ms

        assert named == findings(target, "bad_signatures")[:1]
