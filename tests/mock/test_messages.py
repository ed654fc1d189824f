"""What a refusal says: every row of the documented error table, word for word."""

import json

import pytest

from gemini_clearing_mock import Request

KEYS = {"reason", "message", "result"}


def changed(request: Request, **headers) -> Request:
    """Replace headers, or with ``None`` drop them."""
    merged = dict(request.headers) | {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(request.method, request.path, {name: value for name, value in merged.items() if value is not None})


@pytest.mark.parametrize("header", ["X-GEMINI-APIKEY", "X-GEMINI-PAYLOAD", "X-GEMINI-SIGNATURE"])
def test_missing_header_is_named(exchange, desks, header):
    """A missing header is 400 and named in the message."""
    reason = f"Missing{header.removeprefix('X-GEMINI-').capitalize()}Header"
    request = changed(desks.initiator.request("/v1/clearing/list"), **{header.lower(): None})

    answer = exchange.handle(request)

    assert answer.status == 400
    assert json.loads(answer.body) == {
        "result": "error",
        "reason": reason,
        "message": f"Must provide '{header}' header",
    }


def test_refusal_is_compact_with_keys_in_order(exchange, desks):
    """The body is compact JSON: result, reason, message."""
    answer = exchange.handle(changed(desks.initiator.request("/v1/clearing/list"), x_gemini_signature="00"))

    assert answer.body == b'{"result":"error","reason":"InvalidSignature","message":"InvalidSignature"}'
    assert answer.headers["content-type"] == "application/json"


def test_bad_base64_is_refused_at_400(exchange, desks):
    """A payload that is not base64 is refused, before its signature is looked at."""
    answer = exchange.handle(changed(desks.initiator.request("/v1/clearing/list"), x_gemini_payload="e30=\n"))

    assert (answer.status, json.loads(answer.body)["reason"]) == (400, "InvalidJson")


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
def test_refusal_of_a_field_says_what_was_sent(desks, changes, reason, message):
    """Each refused field is answered with 400, its reason, and the value as it was sent."""
    answer = desks.initiator.send("/v1/clearing/new", **TERMS | changes)

    assert (answer.status, answer.body) == (400, {"result": "error", "reason": reason, "message": message})


def test_nonce_that_has_not_increased_is_told(desks):
    """An equal nonce is refused in Gemini's words."""
    desks.initiator.send("/v1/clearing/list", nonce=1495127793000)

    answer = desks.initiator.send("/v1/clearing/list", nonce="1495127793000")

    expected = "Nonce '1495127793000' has not increased since your last call to the Gemini API."
    assert (answer.status, answer.reason, answer.body["message"]) == (400, "InvalidNonce", expected)


@pytest.mark.parametrize("value", [7, None, "", [], True])
def test_clearing_id_must_be_a_string(desks, value):
    """The one clearing-specific reason, in its documented words."""
    answer = desks.initiator.send("/v1/clearing/status", clearing_id=value)

    assert (answer.reason, answer.body["message"]) == ("GTSTradeIDMustBeString", "The Clearing ID must be a string")


def test_missing_role_names_both_sides(desks):
    """An auditor that wants to trade is told what it has and what it lacks."""
    answer = desks.auditor.send("/v1/clearing/new", **TERMS)

    assert answer.status == 403
    assert answer.body["message"] == (
        "To access this endpoint, you need to log in to the website and go to the settings page to assign one of these "
        "roles [Trader] to API key account-demo-auditor which currently has roles [Auditor]"
    )


def test_unknown_path_is_404(exchange):
    """A path that is no endpoint is EndpointNotFound, whatever else is wrong."""
    answer = exchange.handle(Request("GET", "/v1/clearing", {}))

    assert answer.status == 404
    assert json.loads(answer.body)["message"] == "API entry point not found"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
def test_other_methods_are_405(exchange, method):
    """A private path takes POST alone, and says so."""
    answer = exchange.handle(Request(method, "/v1/clearing/new", {}))

    assert (answer.status, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("missing", ["start", "end"])
@pytest.mark.parametrize("span", ["expiration", "submission"])
@pytest.mark.parametrize("path", ["/v1/clearing/list", "/v1/clearing/broker/list"])
def test_half_a_span_is_refused(desks, path, span, missing):
    """A start needs its end, and the reverse."""
    given = "end" if missing == "start" else "start"

    answer = desks.broker.send(path, **{f"{span}_{given}": 1495127793000})

    assert answer.reason == "ConflictingOptions"
    assert answer.body["message"] == f"'{span}_{given}' needs '{span}_{missing}'"


def test_method_that_is_not_allowed_is_named(exchange):
    """Every endpoint is called with POST."""
    answer = exchange.handle(Request("GET", "/v1/clearing/list", {}))

    assert (answer.status, json.loads(answer.body)["message"]) == (405, "Method GET is not allowed here")


def test_long_nonce_is_quoted_in_its_first_hundred_characters(desks):
    """As JSON, with the quote that begins it."""
    answer = desks.initiator.send("/v1/clearing/list", nonce="x" * 200)

    assert answer.body["message"] == f"Nonce '\"{'x' * 99}' was not parseable as a number."
