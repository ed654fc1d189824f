"""The precedence of errors: every single error of a request, and every pair."""

import base64
import hashlib
import hmac
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
import pytest

from gemini_clearing_mock import Choices, Exchange, Key, ManualClock, Request, demo_config
from tests.spec.reading import DOCUMENT

PRECEDENCE = DOCUMENT["x-precedence"]
ORDER = ["path", "method", *PRECEDENCE]
STALE_NONCE, FRESH_NONCE = 5, 100


@dataclass
class Draft:
    """A valid request to place an order, to which errors are added."""

    path: str = "/v1/clearing/new"
    method: str = "POST"
    is_master: bool = False
    role: str = "Trader"
    floods: bool = False
    document: dict = field(
        default_factory=lambda: {
            "request": "/v1/clearing/new",
            "nonce": FRESH_NONCE,
            "symbol": "btcusd",
            "amount": "1",
            "price": "9500",
            "side": "buy",
        }
    )
    damage_json: Callable[[bytes], bytes] = bytes
    damage_text: Callable[[bytes], bytes] = bytes
    secret: str | None = None
    headers: list[Callable[[dict], None]] = field(default_factory=list)

    def key(self, exchange: Exchange) -> Key:
        """Return the key that signs the draft."""
        if self.is_master and self.role == "Trader" and "account" not in self.document:
            self.document["account"] = "initiator"
        return next(
            key
            for key in CONFIG.keys
            if (key.account is None) is self.is_master and self.role in key.roles and key.name not in {"clockwork"}
        )

    def request(self, exchange: Exchange) -> Request:
        """Return the signed request."""
        key = self.key(exchange)
        text = self.damage_text(base64.b64encode(self.damage_json(json.dumps(self.document).encode())))
        secret = (self.secret or key.api_secret).encode()
        headers = {
            "x-gemini-apikey": key.api_key,
            "x-gemini-payload": text.decode(),
            "x-gemini-signature": hmac.new(secret, text, hashlib.sha384).hexdigest(),
        }
        for change in self.headers:
            change(headers)
        return Request(self.method, self.path, headers)


WATCHERS = Key("watchers", "master-demo-watchers", "demo-secret-of-watchers", ("Auditor",), None, "demo")
CONFIG = msgspec.structs.replace(
    demo_config(Choices(requests_per_minute=60, queued_requests=0)), keys=(*demo_config().keys, WATCHERS)
)


def remove_headers(*names: str):
    """Return a change that removes headers."""
    return lambda draft: draft.headers.append(lambda headers: [headers.pop(name, None) for name in names])


def set_header(name: str, value: str):
    """Return a change that sets a header."""
    return lambda draft: draft.headers.append(lambda headers: headers.update({name: value}))


def set_fields(**fields):
    """Return a change that sets fields of the payload."""
    return lambda draft: draft.document.update(fields)


def remove_field(name: str):
    """Return a change that removes a field of the payload."""
    return lambda draft: draft.document.pop(name, None)


def set_attributes(**attributes):
    """Return a change that sets attributes of the draft."""

    def work_in(draft):
        for name, value in attributes.items():
            setattr(draft, name, value)

    return work_in


def combine(*errors):
    """Return a change that makes several changes."""
    return lambda draft: [error(draft) for error in errors]


SECURITY = ("x-gemini-apikey", "x-gemini-payload", "x-gemini-signature")

# Check, reason, status, and the change that causes the error.
ERRORS = [
    ("path", "EndpointNotFound", 404, set_attributes(path="/v1/clearing/nothing")),
    ("method", "MethodNotAllowed", 405, set_attributes(method="PUT")),
    ("key", "MissingSecurityHeaders", 400, remove_headers(*SECURITY)),
    ("key", "MissingApikeyHeader", 400, remove_headers("x-gemini-apikey")),
    ("key", "InvalidApiKey", 400, set_header("x-gemini-apikey", "account-nobody")),
    ("key", "AmbiguousAuthentication", 400, set_header("authorization", "Bearer demo-token-of-initiator")),
    ("payload", "MissingPayloadHeader", 400, remove_headers("x-gemini-payload")),
    ("payload", "InvalidJson", 400, set_attributes(damage_text=lambda text: b"!" + text)),
    ("signature", "MissingSignatureHeader", 400, remove_headers("x-gemini-signature")),
    ("signature", "InvalidSignature", 400, set_attributes(secret="another-secret")),
    ("rate", "RateLimit", 429, set_attributes(floods=True)),
    ("json", "InvalidJson", 400, set_attributes(damage_json=lambda payload: payload[:-1])),
    ("endpoint", "MissingPayloadKey", 400, remove_field("request")),
    ("endpoint", "EndpointMismatch", 400, set_fields(request="/v1/clearing/status")),
    ("schema", "MissingOrderField", 400, remove_field("price")),
    ("schema", "InvalidQuantity", 400, set_fields(amount=1)),
    ("schema", "InvalidSide", 400, set_fields(side="hold")),
    ("nonce", "MissingNonce", 400, remove_field("nonce")),
    ("nonce", "InvalidNonce", 400, set_fields(nonce=STALE_NONCE)),
    ("nonce", "InvalidNonce", 400, set_fields(nonce="soon")),
    ("account", "AccountsOnGroupOnlyApi", 400, set_fields(account="initiator")),
    ("account", "InvalidAccountName", 400, combine(set_attributes(is_master=True), set_fields(account="nobody"))),
    ("role", "MissingRole", 403, set_attributes(role="Auditor")),
    ("business", "InvalidSymbol", 400, set_fields(symbol="abcxyz")),
    ("business", "InvalidAccountName", 400, set_fields(counterparty_id="NOBODY00")),
    ("business", "InvalidTimestampInPayload", 400, set_fields(expires_in_hrs=721)),
]
NAMES = [f"{check}-{reason}-{number}" for number, (check, reason, *_) in enumerate(ERRORS)]
PAIRS = [
    pytest.param(one, other, id=f"{NAMES[i]}+{NAMES[j]}")
    for (i, one), (j, other) in itertools.combinations(enumerate(ERRORS), 2)
    if one[0] != other[0]
]


@pytest.fixture(scope="module")
def exchange():
    """One exchange for all errors: a rejected request changes nothing, so each test finds the same state."""
    return Exchange(CONFIG, clock=ManualClock())


def send(exchange: Exchange, *errors) -> tuple[tuple[str, int], dict, dict]:
    """Send a draft with these errors; return reason and status, and the ledger before and after."""
    exchange.reset()
    draft = Draft()
    for _, _, _, work_in in errors:
        work_in(draft)
    key = draft.key(exchange)
    with exchange.transactions.begin() as transaction:
        transaction.state.nonces[key.api_key] = str(STALE_NONCE)
    if draft.floods:
        for _ in range(60):
            exchange.handle(
                Draft(is_master=draft.is_master, role=draft.role, damage_json=lambda _: b"[]").request(exchange)
            )
    before = ledger(exchange)
    response = exchange.handle(draft.request(exchange))
    return (json.loads(response.body)["reason"], response.status), before, ledger(exchange)


def ledger(exchange: Exchange) -> dict:
    """Return what a rejected request must not change."""
    return {name: rows for name, rows in json.loads(exchange.snapshot()).items() if name in LEDGER}


LEDGER = ("accounts", "keys", "tokens", "orders", "nonces")


def test_draft_without_errors_is_accepted():
    """The draft itself is valid."""
    exchange = Exchange(CONFIG, clock=ManualClock())

    assert exchange.handle(Draft().request(exchange)).status == 200
    assert exchange.handle(Draft(is_master=True).request(exchange)).status == 200


@pytest.mark.parametrize("error", ERRORS, ids=NAMES)
def test_single_error_has_documented_reason(exchange, error):
    """A request with one error is rejected with its reason and status."""
    actual, _, _ = send(exchange, error)

    assert actual == (error[1], error[2])


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_earlier_check_determines_the_response(exchange, one, other):
    """Of two errors, the error of the earlier check in the spec's precedence determines the response."""
    first = min(one, other, key=lambda error: ORDER.index(error[0]))

    actual, before, after = send(exchange, one, other)

    assert actual == (first[1], first[2])
    assert without_nonces(after) == without_nonces(before)


@pytest.mark.parametrize("error", ERRORS, ids=NAMES)
def test_rejected_request_changes_only_an_accepted_nonce(exchange, error):
    """A rejected request changes nothing; its nonce is used if and only if it passed its check."""
    _, before, after = send(exchange, error)

    assert without_nonces(after) == without_nonces(before)
    spent = ORDER.index(error[0]) > ORDER.index("nonce")
    assert (after["nonces"] != before["nonces"]) is spent


def without_nonces(ledger: dict) -> dict:
    """Return a ledger without the nonces."""
    return {name: rows for name, rows in ledger.items() if name != "nonces"}


def test_checks_are_in_the_precedence_of_the_spec():
    """After path and method, the checks run in the precedence that the spec declares."""
    from gemini_clearing_mock.api._checks import CHECKS

    assert [name for name, _ in CHECKS] + ["business"] == ORDER
