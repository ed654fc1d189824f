"""The messages of error responses, word for word as in the documentation."""

import json

import pytest

from gemini_clearing_mock import Request

KEYS = {"reason", "message", "result"}


def changed(request: Request, **headers) -> Request:
    """Return a request with headers replaced, or removed with `None`."""
    merged = dict(request.headers) | {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(request.method, request.path, {name: value for name, value in merged.items() if value is not None})


@pytest.mark.parametrize("header", ["X-GEMINI-APIKEY", "X-GEMINI-PAYLOAD", "X-GEMINI-SIGNATURE"])
def test_missing_header_is_named(exchange, desks, header):
    """A missing header is rejected with 400 and named in the message."""
    reason = f"Missing{header.removeprefix('X-GEMINI-').capitalize()}Header"
    request = changed(desks.initiator.request("/v1/clearing/list"), **{header.lower(): None})

    response = exchange.handle(request)

    assert response.status == 400
    assert json.loads(response.body) == {
        "result": "error",
        "reason": reason,
        "message": f"Must provide '{header}' header",
    }


def test_error_body_is_compact_with_keys_in_order(exchange, desks):
    """An error body is compact JSON with the keys result, reason, message."""
    response = exchange.handle(changed(desks.initiator.request("/v1/clearing/list"), x_gemini_signature="00"))

    assert response.body == b'{"result":"error","reason":"InvalidSignature","message":"InvalidSignature"}'
    assert response.headers["content-type"] == "application/json"


def test_invalid_base64_is_rejected_before_signature(exchange, desks):
    """A payload that is not base64 is rejected before its signature is checked."""
    response = exchange.handle(changed(desks.initiator.request("/v1/clearing/list"), x_gemini_payload="e30=\n"))

    assert (response.status, json.loads(response.body)["reason"]) == (400, "InvalidJson")


TERMS = {"symbol": "btcusd", "amount": "1", "price": "9500", "side": "buy"}


@pytest.mark.parametrize(
    ("changes", "reason", "message"),
    [
        ({"request": "/v1/order/new"}, "EndpointMismatch", "EndpointMismatch"),
        ({"symbol": "abc"}, "InvalidSymbol", "Received unsupported symbol 'abc'"),
        ({"symbol": "a/b"}, "InvalidSymbol", "Received unsupported symbol 'a/b'"),
        ({"amount": "-2"}, "InvalidQuantity", "Invalid quantity for symbol BTCUSD: -2"),
        ({"amount": 2}, "InvalidQuantity", "Invalid quantity for symbol BTCUSD: 2"),
        ({"amount": "1e3"}, "InvalidQuantity", "Invalid quantity for symbol BTCUSD: 1e3"),
        ({"price": "-3633.00"}, "InvalidPrice", "Invalid price for symbol BTCUSD: -3633.00"),
        ({"price": "0.00"}, "InvalidPrice", "Invalid price for symbol BTCUSD: 0.00"),
        ({"side": "abc"}, "InvalidSide", "Invalid side for symbol BTCUSD: 'abc'"),
        ({"side": ["buy"]}, "InvalidSide", "Invalid side for symbol BTCUSD: '[\"buy\"]'"),
        ({"nonce": ""}, "InvalidNonce", "Nonce '\"\"' was not parseable as a number."),
        ({"nonce": None}, "InvalidNonce", "Nonce 'null' was not parseable as a number."),
        ({"nonce": -1}, "InvalidNonce", "Nonce '-1' was not parseable as a number."),
        ({"nonce": -1.5}, "InvalidNonce", "Nonce '-1.5' was not parseable as a number."),
        ({"nonce": True}, "InvalidNonce", "Nonce 'true' was not parseable as a number."),
        ({"nonce": ...}, "MissingNonce", "Must provide 'nonce' in the payload"),
        ({"request": ...}, "MissingPayloadKey", "The payload must have 'request'"),
        ({"price": ...}, "MissingOrderField", "Required field 'price' is missing"),
        ({"expires_in_hrs": 1.5}, "InvalidTimestampInPayload", "Invalid expires_in_hrs: '1.5'"),
        ({"counterparty_id": "NOBODY00"}, "InvalidAccountName", "Invalid counterparty_id: 'NOBODY00'"),
    ],
)
def test_error_of_a_field_quotes_its_value(desks, changes, reason, message):
    """An invalid field is rejected with 400, its reason and the value as sent."""
    response = desks.initiator.send("/v1/clearing/new", **TERMS | changes)

    assert (response.status, response.body) == (400, {"result": "error", "reason": reason, "message": message})


def test_repeated_nonce_has_documented_message(desks):
    """A nonce that has not increased is rejected with Gemini's message."""
    desks.initiator.send("/v1/clearing/list", nonce=1495127793000)

    response = desks.initiator.send("/v1/clearing/list", nonce="1495127793000")

    expected = "Nonce '1495127793000' has not increased since your last call to the Gemini API."
    assert (response.status, response.reason, response.body["message"]) == (400, "InvalidNonce", expected)


@pytest.mark.parametrize("value", [7, None, "", [], True])
def test_clearing_id_must_be_a_string(desks, value):
    """A clearing id that is not a string has its own reason and the documented message."""
    response = desks.initiator.send("/v1/clearing/status", clearing_id=value)

    assert (response.reason, response.body["message"]) == ("GTSTradeIDMustBeString", "The Clearing ID must be a string")


def test_missing_role_names_required_and_actual_roles(desks):
    """The message names the required roles and those of the key."""
    response = desks.auditor.send("/v1/clearing/new", **TERMS)

    assert response.status == 403
    assert response.body["message"] == (
        "To access this endpoint, you need to log in to the website and go to the settings page to assign one of these "
        "roles [Trader] to API key account-demo-auditor which currently has roles [Auditor]"
    )


def test_unknown_path_is_404(exchange):
    """An unknown path is rejected with 404 EndpointNotFound, also if there are other errors."""
    response = exchange.handle(Request("GET", "/v1/clearing", {}))

    assert response.status == 404
    assert json.loads(response.body)["message"] == "API entry point not found"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
def test_other_methods_are_405(exchange, method):
    """Any method but POST is rejected with 405 and `Allow: POST`."""
    response = exchange.handle(Request(method, "/v1/clearing/new", {}))

    assert (response.status, response.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("missing", ["start", "end"])
@pytest.mark.parametrize("span", ["expiration", "submission"])
@pytest.mark.parametrize("path", ["/v1/clearing/list", "/v1/clearing/broker/list"])
def test_incomplete_range_is_rejected(desks, path, span, missing):
    """The start of a range requires its end, and the reverse."""
    given = "end" if missing == "start" else "start"

    response = desks.broker.send(path, **{f"{span}_{given}": 1495127793000})

    assert response.reason == "ConflictingOptions"
    assert response.body["message"] == f"'{span}_{given}' needs '{span}_{missing}'"


def test_method_not_allowed_is_quoted(exchange):
    """The message quotes the method."""
    response = exchange.handle(Request("GET", "/v1/clearing/list", {}))

    assert (response.status, json.loads(response.body)["message"]) == (405, "Method GET is not allowed here")


def test_long_nonce_is_truncated_in_message(desks):
    """A message quotes at most 100 characters of a nonce, as JSON."""
    response = desks.initiator.send("/v1/clearing/list", nonce="x" * 200)

    assert response.body["message"] == f"Nonce '\"{'x' * 99}' was not parseable as a number."
