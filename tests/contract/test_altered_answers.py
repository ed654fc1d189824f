"""Something in the way that changes answers or puts requests right is found, though no catalogue lists it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from contract._signer import KEY_HEADER, SIGNATURE_HEADER, sign
from contract._testing import Handle, behind, run_of
from contract._wire import PAYLOAD_HEADER, WireAnswer, WireRequest, decode_base64, encode_base64

SECRETS = {
    f"account-demo-{name}": f"demo-secret-of-{name}"
    for name in ("initiator", "counterparty", "broker", "desk3", "auditor")
}


def signed_again(request: WireRequest, change: Callable[[dict[str, Any]], object]) -> WireRequest:
    """The request with a changed payload and a signature that fits, where its key is known."""
    secret = SECRETS.get(request.header(KEY_HEADER) or "")
    try:
        body = json.loads(decode_base64(request.header(PAYLOAD_HEADER) or ""))
    except ValueError:
        return request
    if secret is None or not isinstance(body, dict) or not request.header(SIGNATURE_HEADER):
        return request
    change(body)
    text = encode_base64(json.dumps(body).encode())
    kept = tuple(pair for pair in request.headers if pair[0] not in {PAYLOAD_HEADER, SIGNATURE_HEADER})
    return WireRequest(
        request.method,
        request.path,
        (*kept, (PAYLOAD_HEADER, text), (SIGNATURE_HEADER, sign(text, secret))),
        request.body,
    )


def altered(place: str, change: Callable[[Any], Any]) -> Any:
    """A way that changes one field of answers, in rows or beside them."""

    def alter(body: Any) -> None:
        for part in (body, *body.get("orders", ()), *body.get("results", ())) if isinstance(body, dict) else ():
            if place in part:
                part[place] = change(part[place])

    def way(request: WireRequest, handle: Handle, exchange: Any) -> WireAnswer:
        answer = handle(request)
        body = json.loads(answer.body)
        alter(body)
        return WireAnswer(answer.status, answer.headers, json.dumps(body).encode())

    return way


@pytest.mark.parametrize(
    ("place", "change"),
    [
        ("wasNotified", lambda value: "yes"),
        ("lastUpdatedMs", lambda value: value - 10**9),
        ("targetAccount", lambda value: value + "2"),
        ("expiration", lambda value: value + 7),
        ("submission", lambda value: value + 7),
        ("quantity", lambda value: value * 10 if not isinstance(value, str) else f"{value}1"),
        ("counterparty_id", str.lower),
        ("is_confirmed", lambda value: not value),
        ("details", str.upper),
        ("message", lambda value: f"Sorry: {value}"),
        ("reason", lambda value: f"{value}s"),
        ("timestampms", lambda value: value + 1),
    ],
)
def test_altered_field_is_found(place: str, change: Callable[[Any], Any]) -> None:
    """The finding names the field."""
    run = run_of("sequences", "adversaries", target=behind(altered(place, change)), profile="recall")

    # One account's name in all rows is changed alike: then it is another account's that differs.
    if place == "targetAccount":
        place = "Account"
    assert any(place in finding.place or place == "reason" for finding in run.ledger.findings.values())


def renewed(body: dict[str, Any]) -> None:
    """A nonce that is always good."""
    renewed.last += 1  # type: ignore[attr-defined]
    body["nonce"] = renewed.last  # type: ignore[attr-defined]


renewed.last = 5_000_000_000_000_000  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (lambda body: None, "signature"),
        (renewed, "nonce"),
        (lambda body: body.setdefault("symbol", "btcusd") if "amount" in body else None, "schema"),
        (lambda body: body.pop("account", None), "account"),
    ],
    ids=["signs again", "renews the nonce", "fills in a field", "leaves out a field"],
)
def test_repaired_request_is_found(change: Callable[[dict[str, Any]], object], check: str) -> None:
    """A bad request that was put right on the way is answered with a yes, and the finding says which check slept."""

    def way(request: WireRequest, handle: Handle, exchange: Any) -> WireAnswer:
        return handle(signed_again(request, change))

    run = run_of("adversaries", "corpus", target=behind(way))

    assert any(check in finding.check for finding in run.ledger.findings.values())
