"""
Something between the suite and the server that alters what passes is found, and the finding names what was altered.

The proxies here are in no catalogue of faults.  Each stands on a socket before a mock that is a process of its own.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from typing import Any

import pytest

from gemini_clearing_contract.targets.http import HttpTarget
from gemini_clearing_contract.targets.served_mock import served_mock
from gemini_clearing_contract.wire import (
    KEY_HEADER,
    PAYLOAD_HEADER,
    SIGNATURE_HEADER,
    WireRequest,
    WireResponse,
    encode_base64,
    render_json,
)
from tests.contract.interceptors import (
    MISSING,
    PATHS,
    Repairer,
    answer,
    body_of,
    each,
    payload_of,
    refusal,
    rows,
    whole,
)
from tests.contract.proxy import Handle, Way, forward, proxy
from tests.contract.running import run_of

DAY_MS = 86_400_000
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def mock() -> Iterator[HttpTarget]:
    """A mock that all tests of this module share: each of them judges it as a server that is not new."""
    with served_mock() as target:
        yield target


def findings(mock: HttpTarget, way: Way, layer: str) -> list[str]:
    """The titles of what a layer, or one case of it, finds behind a proxy before it ends, in whichever row."""
    layer, _, only = layer.partition(": ")
    with proxy(mock.name, way) as between, closing(HttpTarget(between.url, mock.desks)) as target:
        target.tolerance_ms = mock.tolerance_ms
        run = run_of(layer, target=target, profile="recall", only=only or None)
    assert [None] == [result.stopped for result in run.results]
    return [re.sub(r"\[\d+\]", "[]", finding.title) for finding in run.ledger.findings.values()]


def flipped(side: str) -> str:
    """The other side."""
    return {"buy": "sell", "sell": "buy"}[side]


def reworded(status: dict[str, str]) -> Callable[[str], str]:
    """Some words replaced by others that the API has too."""
    return lambda word: status.get(word, word)


def last_digit(text: Any) -> Any:
    """An amount that is wrong in its last place."""
    number = Decimal(text)
    changed = number + Decimal(1).scaleb(min(int(number.as_tuple().exponent), 0))
    return changed if isinstance(text, Decimal) else f"{changed:f}"


def with_header(name: str, value: str) -> Way:
    """Every answer with another header."""
    return whole(lambda given: WireResponse(given.status, {**given.headers, name: value}, given.body))


def with_status(before: int, after: int) -> Way:
    """Every answer of one status under another."""
    return whole(
        lambda given: WireResponse(after if given.status == before else given.status, given.headers, given.body)
    )


ANSWERS: list[tuple[str, str, Way]] = [
    ("create_order · echo · price", "sequences", answer("create_order", each("price", last_digit))),
    ("create_order · announced state · result", "sequences",
     answer("create_order", each("result", lambda _: "Confirmed"))),
    ("create_order · plausible time · timestampms", "sequences",
     answer("create_order", each("timestampms", lambda ms: ms - DAY_MS))),
    ("create_order · agrees with earlier answers · timestamp", "sequences",
     answer("create_order", each("timestampms", lambda ms: ms + 1))),
    ("create_order · schema: required · clearing_id", "sequences",
     answer("create_order", lambda body: body.pop("clearing_id"))),
    ("get_order · echo · side", "sequences", answer("get_order", each("side", flipped))),
    ("get_order · life-cycle · status", "sequences",
     answer("get_order", each("status", reworded({"Canceled": "Expired", "Confirmed": "Canceled"})))),
    ("get_order · life-cycle · is_confirmed", "sequences",
     answer("get_order", each("is_confirmed", lambda flag: not flag))),
    ("get_order · documented field · requestId", "sequences",
     answer("get_order", lambda body: body.update(requestId="7"))),
    ("list_orders · echo · orders[].price", "sequences", answer("list_orders", each("price", last_digit))),
    ("list_orders · echo · orders[].counterparty_id", "sequences",
     answer("list_orders", rows(lambda found: [{**row, "counterparty_id": "OM9VNL1H"} for row in found]))),
    ("list_orders · agrees with earlier answers · orders[].submission", "sequences",
     answer("list_orders", each("submission", lambda ms: ms - 1))),
    ("list_orders · expires in hours · orders[].expiration", "sequences",
     answer("list_orders", each("expiration", lambda ms: ms + 1))),
    ("list_orders · newest first · orders[].submission", "sequences",
     answer("list_orders", rows(lambda found: found[::-1]))),
    ("list_orders · nothing forgotten · orders", "sequences", answer("list_orders", rows(lambda found: found[1:]))),
    ("list_orders · each order once · orders[].clearing_id", "sequences",
     answer("list_orders", rows(lambda found: [found[0], *found]))),
    ("list_orders · no invented order · orders[].clearing_id", "sequences",
     answer("list_orders", rows(lambda found: [{**found[0], "clearing_id": secrets.token_hex(4)}, *found]))),
    ("list_broker_orders · echo · orders[].source_side", "sequences",
     answer("list_broker_orders", each("source_side", flipped))),
    ("list_trades · schema: type · results[].wasNotified", "sequences",
     answer("list_trades", each("wasNotified", lambda _: "yes"))),
    ("list_trades · plausible time · results[].lastUpdatedMs", "sequences",
     answer("list_trades", each("lastUpdatedMs", lambda ms: ms + DAY_MS))),
    ("list_trades · echo · results[].hasBroker", "sequences",
     answer("list_trades", each("hasBroker", lambda flag: not flag))),
    ("list_trades · agrees with earlier answers · results[].targetAccount", "sequences",
     answer("list_trades", rows(lambda found: [*found[:-1], {**found[-1], "targetAccount": "another"}]))),
    ("list_trades · nothing forgotten · results", "sequences", answer("list_trades", rows(lambda found: []))),
    ("cancel_order · says what it is about · details", "sequences",
     answer("cancel_order", each("details", lambda text: f"ABCDEFGH {text[9:]}"))),
    ("create_order · right refusal: key · X-GEMINI-APIKEY", "bad_signatures",
     refusal("InvalidApiKey", each("reason", lambda _: "InvalidSignature"))),
    ("create_order · says what it is about · message", "bad_signatures",
     refusal("InvalidNonce", each("message", lambda text: text.replace("has not", "1 has not").replace("'1", "'2")))),
    ("create_order · documented sentence · message", "bad_signatures",
     refusal("InvalidSignature", each("message", lambda _: "Go away"))),
    ("create_order · documented status · status", "bad_signatures", with_status(400, 422)),
    ("create_order · right refusal: key · headers", "bad_signatures", with_status(400, 403)),
    ("create_order · content type · header content-type", "bad_signatures", with_header("content-type", "text/html")),
    ("get_order · each name once · result", "sequences",
     whole(lambda given: WireResponse(given.status, given.headers, given.body.replace(b"{", b'{"result":"ok",', 1)))),
]  # fmt: skip


@pytest.mark.parametrize(("named", "layer", "way"), ANSWERS, ids=[named for named, _, _ in ANSWERS])
def test_altered_answer_is_named(mock: HttpTarget, named: str, layer: str, way: Way) -> None:
    """By operation, check and place."""
    assert named in findings(mock, way, layer)


def changed(operation: str, change: Callable[[dict[str, Any]], object]) -> Callable[[Repairer], Way]:
    """Change the payload of an operation's requests."""
    return lambda repairer: repairer.payload(
        lambda body: change(body) if body.get("request") == PATHS[operation] else None
    )


def mended(name: str, change: Callable[[Any], Any]) -> Callable[[Repairer], Way]:
    """Put a field right that is wrong."""
    return lambda repairer: repairer.payload(
        lambda body: body.update({name: change(body[name])} if name in body else {})
    )


def as_text(change: Callable[[str], str]) -> Callable[[Any], Any]:
    """Change what is text, and leave the rest."""
    return lambda value: change(value) if isinstance(value, str) else value


def signs_for_everybody(repairer: Repairer) -> Way:
    """Whatever signature comes, a right one leaves."""
    return lambda request, handle: handle(repairer.signed(request) if request.header(SIGNATURE_HEADER) else request)


def adds_a_signature(repairer: Repairer) -> Way:
    """Where none comes, a right one leaves."""
    return lambda request, handle: handle(request if request.header(SIGNATURE_HEADER) else repairer.signed(request))


def completes_a_signature(repairer: Repairer) -> Way:
    """What begins like the right one is made the right one."""

    def way(request: WireRequest, handle: Handle) -> WireResponse:
        right = repairer.signed(request)
        given = request.header(SIGNATURE_HEADER)
        return handle(right if given and (right.header(SIGNATURE_HEADER) or "").startswith(given) else request)

    return way


def takes_the_body(repairer: Repairer) -> Way:
    """A payload that comes as the body leaves as the header."""

    def way(request: WireRequest, handle: Handle) -> WireResponse:
        bare = request.body and not request.header(PAYLOAD_HEADER)
        return handle(repairer.signed(request, encode_base64(request.body)) if bare else request)

    return way


def corrects_the_path(repairer: Repairer) -> Way:
    """The signed path becomes that of the request."""

    def way(request: WireRequest, handle: Handle) -> WireResponse:
        body = payload_of(request)
        wrong = body and body.get("request") != request.path and repairer.is_signed(request)
        return handle(repairer.with_payload(request, {**body, "request": request.path}) if wrong else request)

    return way


REPAIRS: list[tuple[str, str, Callable[[Repairer], Way]]] = [
    ("create_order · invalid request refused: signature · X-GEMINI-SIGNATURE", "bad_signatures", signs_for_everybody),
    ("create_order · invalid request refused: signature · X-GEMINI-SIGNATURE", "bad_signatures", adds_a_signature),
    ("create_order · invalid request refused: signature · X-GEMINI-SIGNATURE", "bad_signatures", completes_a_signature),
    ("create_order · invalid request refused: signature · X-GEMINI-SIGNATURE", "bad_signatures",
     lambda repairer: repairer.header(SIGNATURE_HEADER, str.lower)),
    ("create_order · invalid request refused: nonce · nonce", "bad_signatures",
     lambda repairer: repairer.nonce(lambda nonce, highest: nonce == highest)),
    ("create_order · invalid request refused: nonce · nonce", "bad_signatures",
     lambda repairer: repairer.nonce(lambda nonce, highest: isinstance(nonce, Decimal) and 0 < nonce < highest)),
    ("create_order · invalid request refused: nonce · nonce", "bad_signatures",
     lambda repairer: repairer.nonce(lambda nonce, highest: nonce is MISSING)),
    ("create_order · invalid request refused: nonce · nonce", "bad_signatures",
     lambda repairer: repairer.nonce(lambda nonce, highest: nonce in ("soon", None, True))),
    ("create_order · invalid request refused: schema · side", "corpus",
     changed("create_order", lambda body: body.setdefault("side", "buy"))),
    ("create_broker_order · invalid request refused: schema · expires_in_hrs", "corpus",
     changed("create_broker_order", lambda body: body.setdefault("expires_in_hrs", 24))),
    ("create_order · invalid request refused: schema · side", "corpus", mended("side", as_text(str.lower))),
    ("create_order · invalid request refused: schema · amount", "corpus", mended("amount", as_text(str.strip))),
    ("create_order · invalid request refused: schema · amount", "corpus",
     mended("amount", lambda value: f"{value:f}" if isinstance(value, Decimal) else value)),
    ("list_orders · invalid request refused: schema · limit_orders", "corpus",
     mended("limit_orders", lambda value: 1 if value == 0 else value)),
    ("create_order · invalid request refused: account · account", "corpus",
     lambda repairer: repairer.payload(lambda body: body.pop("account", None))),
    ("create_order · invalid request refused: endpoint · request", "bad_signatures", corrects_the_path),
    ("create_order · invalid request refused: payload · X-GEMINI-PAYLOAD", "bad_signatures", takes_the_body),
    ("create_order · invalid request refused: payload · X-GEMINI-PAYLOAD", "bad_signatures",
     lambda repairer: repairer.header(PAYLOAD_HEADER, lambda text: text + "=" * (-len(text) % 4))),
    ("create_order · invalid request refused: payload · X-GEMINI-PAYLOAD", "bad_signatures",
     lambda repairer: repairer.header(PAYLOAD_HEADER, lambda text: text.replace("-", "+").replace("_", "/"))),
    ("create_order · invalid request refused: key · X-GEMINI-APIKEY", "bad_signatures",
     lambda repairer: repairer.header(KEY_HEADER, str.lower)),
    ("create_order · invalid request refused: role · roles", "sequences: what the business rules refuse",
     lambda repairer: repairer.again("create_order", "counterparty")),
    ("confirm_order · invalid request refused: business · request", "sequences",
     lambda repairer: repairer.again("confirm_order", "counterparty")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("named", "layer", "repair"), REPAIRS, ids=[f"{number} {named}" for number, (named, _, _) in enumerate(REPAIRS)]
)
def test_repaired_request_is_named(mock: HttpTarget, named: str, layer: str, repair: Callable[[Repairer], Way]) -> None:
    """A bad request that was put right on its way is answered with a yes; the finding says which check slept."""
    assert named in findings(mock, repair(Repairer(mock.desks)), layer)


def keeps_answers() -> Way:
    """Answer a question that was asked before as it was answered then."""
    kept: dict[bytes, WireResponse] = {}

    def way(request: WireRequest, handle: Handle) -> WireResponse:
        given = handle(request)
        question = render_json({**payload_of(request), "nonce": request.header(KEY_HEADER)})
        return kept.setdefault(question, given) if given.status == 200 else given

    return way


def makes_up(operation: str, body: dict[str, Any]) -> Way:
    """Keep a request back that would be carried out, and say that it was."""

    def way(request: WireRequest, handle: Handle) -> WireResponse:
        asked = payload_of(request)
        if request.path != PATHS[operation] or not asked.get("clearing_id", asked.get("amount")):
            return handle(request)
        about = {"details": f"{asked.get('clearing_id')} order canceled"} if operation == "cancel_order" else {}
        return WireResponse(200, JSON, render_json({**body, **about}))

    return way


def repeats_the_first_id() -> Way:
    """Every order gets the id of the first one."""
    first: list[str] = []

    def way(request: WireRequest, handle: Handle) -> WireResponse:
        given = handle(request)
        body = body_of(given)
        if request.path != PATHS["create_order"] or "clearing_id" not in body:
            return given
        first.append(body["clearing_id"])
        return WireResponse(given.status, given.headers, render_json({**body, "clearing_id": first[0]}))

    return way


LIFE, FILTERS = "sequences: a named desk confirms", "sequences: every filter at its boundaries"
DELIVERIES: list[tuple[str, str, Callable[[Repairer], Way]]] = [
    ("list_orders · no invented order · orders[].clearing_id", LIFE, lambda repairer: repairer.again("create_order")),
    ("get_order · life-cycle · status", LIFE, lambda repairer: keeps_answers()),
    ("get_order · a valid request is not refused · request", LIFE,
     lambda repairer: makes_up("create_order", {"result": "AwaitConfirm", "clearing_id": "0INVENT0"})),
    ("confirm_order · invalid request refused: business · request", LIFE,
     lambda repairer: makes_up("confirm_order", {"result": "confirmed"})),
    ("cancel_order · invalid request refused: business · request", LIFE,
     lambda repairer: makes_up("cancel_order", {"result": "ok"})),
    ("create_order · unique id · clearing_id", "sequences: the same order twice is two orders",
     lambda repairer: repeats_the_first_id()),
    ("list_orders · filter: side · orders[]", FILTERS, changed("list_orders", lambda body: body.pop("side", None))),
    ("list_orders · filter: timestamp · orders[]", FILTERS,
     changed("list_orders", lambda body: body.pop("timestamp", None))),
    ("create_order · echo · amount", LIFE,
     changed("create_order", lambda body: body.update(amount=last_digit(body["amount"])))),
]  # fmt: skip


@pytest.mark.parametrize(("named", "layer", "deliver"), DELIVERIES, ids=[named for named, _, _ in DELIVERIES])
def test_altered_delivery_is_named(
    mock: HttpTarget, named: str, layer: str, deliver: Callable[[Repairer], Way]
) -> None:
    """Requests that arrive twice, not at all or changed, and answers that belong to others."""
    assert named in findings(mock, deliver(Repairer(mock.desks)), layer)


def test_proxy_that_alters_nothing_is_not_found(mock: HttpTarget) -> None:
    """Otherwise the tests here would find the proxy itself."""
    assert [] == findings(mock, forward, "rejected_requests")
