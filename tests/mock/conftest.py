"""
What every test of the mock exchange needs: an exchange with a clock to turn, and desks that sign for themselves.

The signer here is written anew from the documentation, so that it shares no mistake with the package's own.
"""

import base64
import contextlib
import functools
import hashlib
import hmac
import itertools
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field

import pytest

from gemini_clearing_mock import Exchange, ManualClock, Request, Response

DEAL = {"symbol": "btcusd", "amount": "2", "price": "9500.00"}


@dataclass
class Answer:
    """An answer, with its body read."""

    response: Response

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status

    @property
    def body(self) -> dict:
        """The JSON of the body."""
        return json.loads(self.response.body)

    @property
    def reason(self) -> str | None:
        """The reason of a refusal."""
        return self.body.get("reason")


@dataclass
class Desk:
    """One desk with its key: builds signed requests and sends them."""

    exchange: Exchange
    name: str
    nonces: itertools.count = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self):
        account = self.exchange.account(self.name)
        self.api_key, self.api_secret = account.api_key, account.api_secret
        self.counterparty_id = account.counterparty_id

    def request(self, path: str, /, payload: bytes | None = None, **parameters) -> Request:
        """Build a signed request; ``payload`` replaces the JSON that the parameters would give."""
        if payload is None:
            document = {"request": path, "nonce": next(self.nonces)} | parameters
            payload = json.dumps({name: value for name, value in document.items() if value is not ...}).encode()
        return Request("POST", path, self.headers(base64.b64encode(payload)))

    def headers(self, payload: bytes) -> dict[str, str]:
        """Sign base64 text."""
        signature = hmac.new(self.api_secret.encode(), payload, hashlib.sha384).hexdigest()
        return {
            "x-gemini-apikey": self.api_key,
            "x-gemini-payload": payload.decode(),
            "x-gemini-signature": signature,
        }

    def send(self, path: str, /, payload: bytes | None = None, **parameters) -> Answer:
        """Send a signed request; a parameter given as ``...`` is left out."""
        return Answer(self.exchange.handle(self.request(path, payload, **parameters)))

    def place(self, **parameters) -> str:
        """Place an order and tell its id."""
        answer = self.send("/v1/clearing/new", **{**DEAL, "side": "buy"} | parameters)
        assert answer.status == 200, answer.body
        return answer.body["clearing_id"]

    def confirm(self, clearing_id: str, **parameters) -> Answer:
        """Confirm an order."""
        return self.send("/v1/clearing/confirm", **{**DEAL, "side": "sell", "clearing_id": clearing_id} | parameters)

    def cancel(self, clearing_id: str) -> Answer:
        """Cancel an order."""
        return self.send("/v1/clearing/cancel", clearing_id=clearing_id)

    def status(self, clearing_id: str) -> str:
        """Ask where an order stands."""
        return self.send("/v1/clearing/status", clearing_id=clearing_id).body["status"]

    def orders(self, **filters) -> list[dict]:
        """List the desk's orders."""
        answer = self.send("/v1/clearing/list", **filters)
        assert answer.status == 200, answer.body
        return answer.body["orders"]


@dataclass
class Served:
    """A server of its own, what it said when it listened, and a desk that signs for it."""

    process: subprocess.Popen
    announced: dict

    @property
    def base_url(self) -> str:
        """Where it listens."""
        return self.announced["base_url"]

    @functools.cached_property
    def desk(self) -> Desk:
        """The initiator, with the demo exchange's key."""
        return Desk(Exchange(), "initiator")


def buffered():
    """Give the environment of a process as most are: what it writes to a pipe stays with it until it says otherwise."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


@contextlib.contextmanager
def serving(*options: str):
    """Serve until the block ends."""
    command = [sys.executable, "-m", "gemini_clearing_mock", "--port", "0", "--json", *options]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=buffered()) as process:
        assert process.stdout is not None
        try:
            yield Served(process, json.loads(process.stdout.readline()))
        finally:
            process.terminate()


class Desks(dict):
    """The desks of one exchange, made when they are asked for."""

    def __init__(self, exchange: Exchange):
        super().__init__()
        self.exchange = exchange

    def __missing__(self, name: str) -> Desk:
        self[name] = Desk(self.exchange, name)
        return self[name]

    def __getattr__(self, name: str) -> Desk:
        return self[name]


@pytest.fixture
def clock():
    """A clock that stands still until it is advanced."""
    return ManualClock()


@pytest.fixture
def exchange(clock):
    """The demo exchange."""
    return Exchange(clock=clock)


@pytest.fixture
def desks(exchange):
    """The demo exchange's desks by name."""
    return Desks(exchange)


@pytest.fixture
def state_file(tmp_path):
    """Where a state may be kept."""
    return tmp_path / "state.sqlite"


@pytest.fixture
def served():
    """The demo exchange on a socket."""
    with serving() as server:
        yield server


@pytest.fixture(scope="session")
def serve():
    """Serve with other options."""
    return serving


@pytest.fixture
def desks_of():
    """Desks of any other exchange."""
    return Desks
