"""The request log: which check refused, why, and what would have passed."""

import base64
import hashlib
import hmac
import json

import pytest

from gemini_clearing_mock import Choices, Exchange, Request, demo_config

TERMS = {"symbol": "btcusd", "amount": "2", "price": "9500", "side": "buy"}


def test_log_tells_an_answered_request(exchange, desks, clock):
    """Number, time, who, what and how it was answered."""
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
def test_log_says_what_would_have_passed(exchange, desks, changes, check, expected):
    """Each refusal is in the log with its check and what a valid request would have had there."""
    desks.initiator.send("/v1/clearing/list", nonce=10)

    desks.initiator.send("/v1/clearing/new", **{**TERMS, "nonce": 11} | changes)

    entry = exchange.log[-1]
    assert (entry.check, entry.expected) == (check, expected)


def test_log_says_what_a_mismatched_confirmation_should_have_said(exchange, desks):
    """A refusal under status 200 is one too: the log names the order's own term."""
    order = desks.initiator.place(counterparty_id="OM9VNL1G")

    desks.counterparty.confirm(order, price="9500.01")

    entry = exchange.log[-1]
    assert (entry.status, entry.check, entry.reason, entry.expected) == (
        200,
        "business",
        "InvalidPrice",
        "price: 9500.00",
    )


def test_log_names_a_small_amount_in_plain_digits(exchange, desks):
    """As the order has it, and not with an exponent."""
    order = desks.initiator.place(counterparty_id="OM9VNL1G", amount="0.00000001")

    desks.counterparty.confirm(order)

    assert exchange.log[-1].expected == "amount: 0.00000001"
    assert exchange.log[-1].message


def test_log_names_the_paths_that_there_are(exchange, desks):
    """Whoever misspelt one finds it."""
    desks.initiator.send("/v1/clearing/knew")

    assert exchange.log[-1].expected.startswith("one of /v1/clearing/")


@pytest.mark.parametrize(("side", "needed"), [("buy", "19000 USD"), ("sell", "2 BTC")])
def test_log_names_the_funds_that_are_missing(clock, desks_of, side, needed):
    """A buyer needs the price of all, a seller what is sold."""
    exchange = Exchange(demo_config(Choices(funds_needed_to_place=True)), clock=clock)
    for currency in ("BTC", "USD"):
        exchange.desks.set_balance("initiator", currency, 0)

    desks_of(exchange).initiator.send("/v1/clearing/new", **TERMS | {"side": side})

    assert exchange.log[-1].expected.endswith(f" needs {needed}")


def test_log_counts_a_failed_cancel_among_the_refusals(exchange, desks):
    """A cancellation that came too late was refused, though its answer has another shape."""
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
def test_log_explains_a_wrong_signature(exchange, signature, hint):
    """The valid signature is told, and what probably went wrong; the secret is not."""
    headers = {
        "x-gemini-apikey": "account-demo-initiator",
        "x-gemini-payload": PAYLOAD.decode(),
        "x-gemini-signature": signature,
    }
    exchange.handle(Request("POST", "/v1/clearing/list", headers))

    expected = exchange.log[-1].expected
    assert hmac.new(SECRET, PAYLOAD, hashlib.sha384).hexdigest() in expected
    assert hint in expected


def test_log_never_holds_a_secret(exchange, desks):
    """Neither key secrets nor tokens come into the log or the reprs."""
    desks.initiator.api_secret = "wrong"
    desks.initiator.send("/v1/clearing/list")
    exchange.handle(Request("POST", "/v1/clearing/list", {"authorization": "Bearer demo-token-of-reader"}))

    with exchange.transactions.begin() as transaction:
        told = (
            repr(exchange.log) + repr(transaction.state.keys) + repr(transaction.state.tokens["demo-token-of-reader"])
        )
    assert "demo-secret" not in told
    assert "demo-token" not in told.replace("'demo-token-of-reader': ", "")


def test_log_keeps_the_latest(clock, desks_of):
    """The log has a size, and forgets the oldest."""
    exchange = Exchange(demo_config(Choices(log_size=3)), clock=clock)
    for _ in range(5):
        desks_of(exchange).initiator.send("/v1/clearing/list")

    assert [entry.number for entry in exchange.log] == [3, 4, 5]


def test_log_names_an_injected_fault(exchange, desks):
    """A request that a fault struck is in the log with it, whether or not it was carried out."""
    exchange.faults.add("maintenance")
    exchange.faults.add("reset_after")
    desks.initiator.send("/v1/clearing/list")
    exchange.handle(desks.initiator.request("/v1/clearing/list"))

    assert [(entry.fault, entry.status) for entry in exchange.log] == [("maintenance", 503), ("reset_after", 200)]
