"""`explain()` returns the request of a call, without sending it, drawing a nonce or showing a secret."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_clearing import ArgumentError, AsyncGeminiClearing, Explanation, GeminiClearing
from gemini_clearing_auth import sign
from tests.client.desks import BUY, Place, Wire

SECRET = "s3cr3t-of-the-desk"
KEY = "account-AbCdEfGhIjKlMnOp"
VISIBLE = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\"'`"), min_size=20)


class _NoNonces:
    """Fails the test if a nonce is drawn."""

    def next(self) -> int:
        raise AssertionError("a nonce was drawn")


def client(kind: type[Any] = GeminiClearing, **options: Any) -> Any:
    """Create a client that cannot reach an exchange."""
    identity = {} if "auth" in options else {"api_key": KEY, "api_secret": SECRET, "nonces": _NoNonces()}
    return kind(base_url="http://127.0.0.1:9", **{**identity, **options})


@pytest.mark.parametrize("kind", [GeminiClearing, AsyncGeminiClearing])
def test_explain_returns_the_request(kind: type[Any]) -> None:
    """Payload, headers and wire bytes belong to the same request; both clients return them without `await`."""
    explained: Explanation = client(kind, account="desk").explain("create_order", **BUY)

    payload = base64.b64encode(explained.payload.encode()).decode()
    assert json.loads(explained.payload) == {"request": "/v1/clearing/new", "nonce": 0, **BUY, "account": "desk"}
    assert explained.url == "http://127.0.0.1:9/v1/clearing/new"
    assert explained.headers["X-GEMINI-PAYLOAD"] == payload
    assert explained.wire.startswith(b"POST /v1/clearing/new HTTP/1.1\r\nHost: 127.0.0.1:9\r\n")
    assert explained.wire.endswith(b"\r\n\r\n")
    assert f"X-GEMINI-PAYLOAD: {payload}\r\n".encode() in explained.wire


def test_explained_request_is_the_sent_one(inside: Place, sent: Wire) -> None:
    """Apart from nonce, key and signature, the explained payload equals the payload of a call."""
    desk = inside.desk("initiator", wrap=sent)
    explained = desk.client.explain("create_order", **BUY)
    desk.create_order(**BUY)

    [payload] = sent.payloads
    assert {**json.loads(payload), "nonce": 0} == json.loads(explained.payload)


@pytest.mark.parametrize("kind", [GeminiClearing, AsyncGeminiClearing])
@given(key=VISIBLE, secret=VISIBLE)
def test_explain_shows_no_secret(kind: type[Any], key: str, secret: str) -> None:
    """Neither the secret, nor the key, nor the signature of the payload is in any part of an explanation."""
    explained = client(kind, api_key=f"account-{key}", api_secret=secret).explain("create_order", **BUY)

    shown = "\n".join([repr(explained), explained.wire.decode(), *explained.headers.values()])
    signature = sign(explained.headers["X-GEMINI-PAYLOAD"].encode(), secret.encode())
    assert [text for text in (secret, key, signature) if text in shown] == []
    assert explained.headers["X-GEMINI-SIGNATURE"] == "<signature>"


def test_explain_shows_no_token() -> None:
    """With OAuth, a placeholder replaces the token, and the payload has no nonce."""
    explained = client(auth="token-of-the-desk").explain("get_order", clearing_id="P0521QDV")

    assert json.loads(explained.payload) == {"request": "/v1/clearing/status", "clearing_id": "P0521QDV"}
    assert explained.headers["Authorization"] == "Bearer <token>"
    assert b"token-of-the-desk" not in explained.wire


@pytest.mark.parametrize(
    ("method", "arguments", "message"),
    [
        ("place_order", {}, "unknown method: 'place_order'. Valid methods: create_order, get_order"),
        ("get_order", {"id": "P0521QDV"}, "get_order: unknown argument id. Valid arguments: clearing_id, account."),
        ("create_order", {**BUY, "amount": 0.1}, "create_order: invalid amount: float 0.1 is not exact"),
        ("cancel_order", {}, "cancel_order: missing clearing_id"),
    ],
)
def test_explain_rejects_what_a_call_rejects(method: str, arguments: dict[str, Any], message: str) -> None:
    """An unknown method, an unknown argument and an invalid value raise `ArgumentError`."""
    with pytest.raises(ArgumentError) as caught:
        client().explain(method, **arguments)

    assert message in str(caught.value)


@pytest.mark.parametrize("kind", [GeminiClearing, AsyncGeminiClearing])
def test_explain_takes_the_extra_headers_of_a_call(kind: type[Any]) -> None:
    """The headers are in the explained request only, by the rules of a call, and without their values."""
    caller = client(kind)

    explained = caller.explain("list_orders", extra_headers={"X-Request-Id": "1"})

    assert explained.headers["X-Request-Id"] == "<value>"
    assert b"\r\nX-Request-Id: <value>\r\n" in explained.wire
    assert "X-Request-Id" not in caller.explain("list_orders").headers
    with pytest.raises(ArgumentError, match="reserved header: Host"):
        caller.explain("list_orders", extra_headers={"Host": "x"})
