"""Requests of clients that this project did not write, in every form that the documentation allows."""

import base64
import json
import shutil
import subprocess

import pytest

from gemini_clearing_mock import Request

TERMS = {"symbol": "btcusd", "amount": "2", "price": "9500", "side": "buy"}


PAYLOADS = {
    "compact": """
        {"request":"/v1/clearing/new","nonce":1,"symbol":"btcusd","amount":"2","price":"9500","side":"buy"}""",
    "other order, numeric text": """
        {"side":"buy","price":"9500","amount":"2","symbol":"BTCUSD","nonce":"1","request":"/v1/clearing/new"}""",
    "white space, fraction": """{\n\t"request" : "/v1/clearing/new" ,\r\n "nonce":1495127793000.25, "symbol":"BtcUsd",
        "amount":"2","price":"9500","side":"buy"}\n""",
    "escapes, exponent": r"""
        {"request":"\/v1\/clearing\/new","nonce":1e3,"symbol":"btcusd","amount":"2","price":"9500","side":"\u0062uy"}""",
    "24.0, fields unknown here": """
        {"request":"/v1/clearing/new","nonce":1,"symbol":"btcusd","amount":"2.0","price":"9500.00","side":"buy",
        "expires_in_hrs":24.0,"client_order_id":"mine","options":[]}""",
    "24": """
        {"request":"/v1/clearing/new","nonce":1,"symbol":"btcusd","amount":"2","price":"9500","side":"buy",
        "expires_in_hrs":24}""",
}


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_equivalent_json_is_accepted(desks, payload):
    """Key order, white space, escapes, number format and unknown fields make no difference."""
    response = desks.initiator.send("/v1/clearing/new", payload.strip().encode())

    assert (response.status, response.body["result"]) == (200, "AwaitConfirm")


def test_request_body_is_ignored(exchange, desks):
    """A request body in addition to the headers is ignored."""
    request = desks.initiator.request("/v1/clearing/new", **TERMS)
    body = json.dumps({"request": "/v1/clearing/cancel", "symbol": "nonsense"}).encode()
    headers = {**request.headers, "content-type": "application/json", "content-length": str(len(body))}

    response = exchange.handle(Request("POST", request.path, headers, body))

    assert response.status == 200


def test_request_body_does_not_replace_payload_header(exchange, desks):
    """A payload that is sent only as the body is rejected for the missing header."""
    request = desks.initiator.request("/v1/clearing/new", **TERMS)
    body = base64.b64decode(request.headers["x-gemini-payload"])
    headers = {name: value for name, value in request.headers.items() if name != "x-gemini-payload"}

    response = exchange.handle(Request("POST", request.path, headers, body))

    assert (response.status, json.loads(response.body)["reason"]) == (400, "MissingPayloadHeader")


CURL = """
secret=demo-secret-of-initiator
terms='"symbol": "btcusd", "amount": "1", "price": "1", "side": "buy"'
payload=$(printf '{"request": "/v1/clearing/new", "nonce": "%s", %s}' "$(date +%s%N)" "$terms" | base64 -w0)
signature=$(printf %s "$payload" | openssl dgst -sha384 -hmac "$secret" | sed 's/.*= //')
curl --silent --show-error --request POST "$1/v1/clearing/new" --header "X-GEMINI-APIKEY: account-demo-initiator" \
  --header "X-GEMINI-PAYLOAD: $payload" --header "X-GEMINI-SIGNATURE: $signature" --header "Content-Length: 0"
"""


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("openssl")), reason="curl and openssl are not installed")
def test_shell_script_places_an_order(served):
    """A script of five lines with curl and openssl places an order."""
    done = subprocess.run(
        ["sh", "-c", CURL, "sh", served.base_url], capture_output=True, text=True, timeout=20, check=True
    )

    assert json.loads(done.stdout)["result"] == "AwaitConfirm"
