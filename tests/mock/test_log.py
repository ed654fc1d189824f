"""The request log: the check that rejected a request, the reason, and the expected value."""

import base64
import hashlib
import hmac
import json

import pytest

from gemini_clearing_mock import Choices, Exchange, Request, demo_config

TERMS = {"symbol": "btcusd", "amount": "2", "price": "9500", "side": "buy"}


def test_log_describes_an_accepted_request(exchange, desks, clock):
    """An entry has number, time, key, payload and status."""
    desks.initiator.send("/v1/clearing/new", **TERMS)

    (entry,) = exchange.log
    assert (entry.number, entry.at_ms, entry.method, entry.path) == (1, clock.now_ms(), "POST", "/v1/clearing/new")
    assert (entry.status, entry.who, entry.check) == (200, "account-demo-initiator", None)
    assert json.loads(entry.payload or "")["symbol"] == "btcusd"


@pytest.mark.parametrize(
    ("changes", "check", "expected"),
    [
        ({"request": "/v1/x"}, "endpoint", '"request": "/v1/clearing/new"'),
        ({"side": "hold"}, "schema", 'side: "buy" or "sell"'),
        ({"amount": 2}, "schema", 'amount: a decimal above zero, as a JSON string without exponent, such as "100.5"'),
        ({"price": ...}, "schema", 'price: a decimal above zero, as a JSON string without exponent, such as "9500.00"'),
        ({"nonce": 0}, "nonce", "a number above 10"),
        ({"account": "x"}, "account", "no 'account'"),
        ({"symbol": "abc"}, "business", "symbol: one of BTCUSD, ETHUSD, BTCEUR, ETHBTC, ETHEUR, SOLUSD"),
        ({"counterparty_id": "X"}, "business", "counterparty_id: one of R485E04Q, OM9VNL1G, WV4V1DGN, Z4929ZDY"),
    ],
)
def test_log_describes_expected_values(exchange, desks, changes, check, expected):
    """The entry of a rejected request has the check and the expected value."""
    desks.initiator.send("/v1/clearing/list", nonce=10)

    desks.initiator.send("/v1/clearing/new", **{**TERMS, "nonce": 11} | changes)

    entry = exchange.log[-1]
    assert (entry.check, entry.expected) == (check, expected)


def test_log_describes_expected_terms_of_a_confirmation(exchange, desks):
    """A confirmation that is rejected with status 200 is logged with the order's own term."""
    order = desks.initiator.place(counterparty_id="OM9VNL1G")

    desks.counterparty.confirm(order, price="9500.01")

    entry = exchange.log[-1]
    assert (entry.status, entry.check, entry.reason, entry.expected) == (
        200,
        "business",
        "InvalidPrice",
        "price: 9500.00",
    )


def test_log_writes_small_amounts_without_exponent(exchange, desks):
    """An expected amount is written without exponent."""
    order = desks.initiator.place(counterparty_id="OM9VNL1G", amount="0.00000001")

    desks.counterparty.confirm(order)

    assert exchange.log[-1].expected == "amount: 0.00000001"
    assert exchange.log[-1].message


def test_log_lists_known_paths(exchange, desks):
    """For an unknown path, the log lists the known ones."""
    desks.initiator.send("/v1/clearing/knew")

    assert exchange.log[-1].expected.startswith("one of /v1/clearing/")


@pytest.mark.parametrize(("side", "needed"), [("buy", "19000 USD"), ("sell", "2 BTC")])
def test_log_names_missing_funds(clock, desks_of, side, needed):
    """For missing funds, the log names the total of a buyer and the amount of a seller."""
    exchange = Exchange(demo_config(Choices(funds_needed_to_place=True)), clock=clock)
    for currency in ("BTC", "USD"):
        exchange.desks.set_balance("initiator", currency, 0)

    desks_of(exchange).initiator.send("/v1/clearing/new", **TERMS | {"side": side})

    assert exchange.log[-1].expected.endswith(f" needs {needed}")


def test_log_treats_failed_cancel_as_rejected(exchange, desks):
    """A failed cancellation is logged as rejected, although its body has another form."""
    order = desks.initiator.place(counterparty_id="OM9VNL1G")
    desks.counterparty.confirm(order)

    desks.initiator.cancel(order)

    entry = exchange.log[-1]
    assert (entry.status, entry.check, entry.reason) == (200, "business", "failed")
    assert entry.expected == "an order of this desk or broker that has not been confirmed"


PAYLOAD = base64.b64encode(b'{"request":"/v1/clearing/list","nonce":1}')
SECRET = b"demo-secret-of-initiator"


@pytest.mark.parametrize(
    ("signature", "hint"),
    [
        (hmac.new(SECRET, PAYLOAD, hashlib.sha384).hexdigest().upper(), "lower case"),
        (hmac.new(SECRET, base64.b64decode(PAYLOAD), hashlib.sha384).hexdigest(), "the JSON was signed"),
        (hmac.new(SECRET, PAYLOAD, hashlib.sha256).hexdigest(), "SHA-256 was used"),
        (hmac.new(b"other", PAYLOAD, hashlib.sha384).hexdigest(), "another secret"),
        ("abc", "3 characters were sent instead of 96"),
    ],
)
def test_log_explains_invalid_signature(exchange, signature, hint):
    """The log has the valid signature and the likely cause, but not the secret."""
    headers = {
        "x-gemini-apikey": "account-demo-initiator",
        "x-gemini-payload": PAYLOAD.decode(),
        "x-gemini-signature": signature,
    }
    exchange.handle(Request("POST", "/v1/clearing/list", headers))

    expected = exchange.log[-1].expected
    assert hmac.new(SECRET, PAYLOAD, hashlib.sha384).hexdigest() in expected
    assert hint in expected


def test_log_contains_no_secret(exchange, desks):
    """Neither the log nor a `repr` contains a secret or a token."""
    desks.initiator.api_secret = "wrong"
    desks.initiator.send("/v1/clearing/list")
    exchange.handle(Request("POST", "/v1/clearing/list", {"authorization": "Bearer demo-token-of-reader"}))

    with exchange.transactions.begin() as transaction:
        text = (
            repr(exchange.log) + repr(transaction.state.keys) + repr(transaction.state.tokens["demo-token-of-reader"])
        )
    assert "demo-secret" not in text
    assert "demo-token" not in text.replace("'demo-token-of-reader': ", "")


def test_log_keeps_latest_entries(clock, desks_of):
    """A full log drops its oldest entries."""
    exchange = Exchange(demo_config(Choices(log_size=3)), clock=clock)
    for _ in range(5):
        desks_of(exchange).initiator.send("/v1/clearing/list")

    assert [entry.number for entry in exchange.log] == [3, 4, 5]


def test_log_names_injected_fault(exchange, desks):
    """A request with an injected fault is logged with it, whether or not it was executed."""
    exchange.faults.add("maintenance")
    exchange.faults.add("reset_after")
    desks.initiator.send("/v1/clearing/list")
    exchange.handle(desks.initiator.request("/v1/clearing/list"))

    assert [(entry.fault, entry.status) for entry in exchange.log] == [("maintenance", 503), ("reset_after", 200)]
