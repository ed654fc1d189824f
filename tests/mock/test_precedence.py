"""Which refusal comes first: every flaw alone, and every two together."""

import base64
import hashlib
import hmac
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
import yaml

from gemini_clearing_mock import Choices, Exchange, Key, ManualClock, Request, demo_config

SPEC = Path(__file__).parents[2] / "openapi" / "clearing.yaml"
PRECEDENCE = yaml.safe_load(SPEC.read_text())["x-precedence"]
ORDER = ["path", "method", *PRECEDENCE]
STALE_NONCE, FRESH_NONCE = 5, 100


@dataclass
class Draft:
    """A request to place an order, right in everything until flaws are worked into it."""

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
        """Choose the key that the draft is signed with."""
        if self.is_master and self.role == "Trader" and "account" not in self.document:
            self.document["account"] = "initiator"
        return next(
            key
            for key in CONFIG.keys
            if (key.account is None) is self.is_master and self.role in key.roles and key.name not in {"clockwork"}
        )

    def request(self, exchange: Exchange) -> Request:
        """Serialise and sign, flaws included."""
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


def drop(*names: str):
    """Leave headers out."""
    return lambda draft: draft.headers.append(lambda headers: [headers.pop(name, None) for name in names])


def put(name: str, value: str):
    """Set a header."""
    return lambda draft: draft.headers.append(lambda headers: headers.update({name: value}))


def say(**fields):
    """Set fields of the payload."""
    return lambda draft: draft.document.update(fields)


def leave_out(name: str):
    """Leave a field of the payload out."""
    return lambda draft: draft.document.pop(name, None)


def have(**attributes):
    """Set what the draft is made by."""

    def work_in(draft):
        for name, value in attributes.items():
            setattr(draft, name, value)

    return work_in


def both(*flaws):
    """Work in several at once."""
    return lambda draft: [flaw(draft) for flaw in flaws]


SECURITY = ("x-gemini-apikey", "x-gemini-payload", "x-gemini-signature")

# Check, reason, status, and how a request comes to deserve it.
FLAWS = [
    ("path", "EndpointNotFound", 404, have(path="/v1/clearing/nothing")),
    ("method", "MethodNotAllowed", 405, have(method="PUT")),
    ("key", "MissingSecurityHeaders", 400, drop(*SECURITY)),
    ("key", "MissingApikeyHeader", 400, drop("x-gemini-apikey")),
    ("key", "InvalidApiKey", 400, put("x-gemini-apikey", "account-nobody")),
    ("key", "AmbiguousAuthentication", 400, put("authorization", "Bearer demo-token-of-initiator")),
    ("payload", "MissingPayloadHeader", 400, drop("x-gemini-payload")),
    ("payload", "InvalidJson", 400, have(damage_text=lambda text: b"!" + text)),
    ("signature", "MissingSignatureHeader", 400, drop("x-gemini-signature")),
    ("signature", "InvalidSignature", 400, have(secret="another-secret")),
    ("rate", "RateLimit", 429, have(floods=True)),
    ("json", "InvalidJson", 400, have(damage_json=lambda payload: payload[:-1])),
    ("endpoint", "MissingPayloadKey", 400, leave_out("request")),
    ("endpoint", "EndpointMismatch", 400, say(request="/v1/clearing/status")),
    ("schema", "MissingOrderField", 400, leave_out("price")),
    ("schema", "InvalidQuantity", 400, say(amount=1)),
    ("schema", "InvalidSide", 400, say(side="hold")),
    ("nonce", "MissingNonce", 400, leave_out("nonce")),
    ("nonce", "InvalidNonce", 400, say(nonce=STALE_NONCE)),
    ("nonce", "InvalidNonce", 400, say(nonce="soon")),
    ("account", "AccountsOnGroupOnlyApi", 400, say(account="initiator")),
    ("account", "InvalidAccountName", 400, both(have(is_master=True), say(account="nobody"))),
    ("role", "MissingRole", 403, have(role="Auditor")),
    ("business", "InvalidSymbol", 400, say(symbol="abcxyz")),
    ("business", "InvalidAccountName", 400, say(counterparty_id="NOBODY00")),
    ("business", "InvalidTimestampInPayload", 400, say(expires_in_hrs=721)),
]
NAMES = [f"{check}-{reason}-{number}" for number, (check, reason, *_) in enumerate(FLAWS)]
PAIRS = [
    pytest.param(one, other, id=f"{NAMES[i]}+{NAMES[j]}")
    for (i, one), (j, other) in itertools.combinations(enumerate(FLAWS), 2)
    if one[0] != other[0]
]


@pytest.fixture(scope="module")
def exchange():
    """One exchange for all flaws: what is refused leaves no trace, so that each finds it as the first one did."""
    return Exchange(CONFIG, clock=ManualClock())


def send(exchange: Exchange, *flaws) -> tuple[tuple[str, int], dict, dict]:
    """Send a draft with these flaws; tell the answer, and the ledger before and after."""
    exchange.reset()
    draft = Draft()
    for _, _, _, work_in in flaws:
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
    answer = exchange.handle(draft.request(exchange))
    return (json.loads(answer.body)["reason"], answer.status), before, ledger(exchange)


def ledger(exchange: Exchange) -> dict:
    """Write down what a refusal must not change."""
    return {name: rows for name, rows in json.loads(exchange.snapshot()).items() if name in LEDGER}


LEDGER = ("accounts", "keys", "tokens", "orders", "nonces")


def test_a_draft_without_flaw_is_accepted():
    """What the flaws are worked into is right in everything else."""
    exchange = Exchange(CONFIG, clock=ManualClock())

    assert exchange.handle(Draft().request(exchange)).status == 200
    assert exchange.handle(Draft(is_master=True).request(exchange)).status == 200


@pytest.mark.parametrize("flaw", FLAWS, ids=NAMES)
def test_each_flaw_gets_its_reason(exchange, flaw):
    """A request with one flaw is refused for it, with the documented status."""
    answered, _, _ = send(exchange, flaw)

    assert answered == (flaw[1], flaw[2])


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_of_two_flaws_the_earlier_check_answers(exchange, one, other):
    """Of two flaws the one answers whose check comes first in the declared precedence."""
    first = min(one, other, key=lambda flaw: ORDER.index(flaw[0]))

    answered, before, after = send(exchange, one, other)

    assert answered == (first[1], first[2])
    assert without_nonces(after) == without_nonces(before)


@pytest.mark.parametrize("flaw", FLAWS, ids=NAMES)
def test_a_refusal_leaves_no_trace_but_an_accepted_nonce(exchange, flaw):
    """State is as before; the nonce is spent if, and only if, it had passed its check."""
    _, before, after = send(exchange, flaw)

    assert without_nonces(after) == without_nonces(before)
    spent = ORDER.index(flaw[0]) > ORDER.index("nonce")
    assert (after["nonces"] != before["nonces"]) is spent


def without_nonces(ledger: dict) -> dict:
    """Leave the nonces out, which an accepted one may have changed."""
    return {name: rows for name, rows in ledger.items() if name != "nonces"}


def test_checks_are_made_in_the_declared_precedence():
    """The pipeline is the precedence that the spec declares, after the path and the method."""
    from gemini_clearing_mock.api._checks import CHECKS

    assert [name for name, _ in CHECKS] + ["business"] == ORDER
