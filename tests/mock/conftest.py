"""
Fixtures of the mock's tests: an exchange with a manual clock, and desks that sign their requests.

The signer is written from the documentation, without the package's own, so that the two share no mistake.
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
class DecodedResponse:
    """A response with its decoded body."""

    raw: Response

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.raw.status

    @property
    def body(self) -> dict:
        """The decoded JSON body."""
        return json.loads(self.raw.body)

    @property
    def reason(self) -> str | None:
        """The `reason` of an error response."""
        return self.body.get("reason")


@dataclass
class Desk:
    """A desk with its key: it builds signed requests and sends them."""

    exchange: Exchange
    name: str
    nonces: itertools.count = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self):
        account = self.exchange.account(self.name)
        self.api_key, self.api_secret = account.api_key, account.api_secret
        self.counterparty_id = account.counterparty_id

    def request(self, path: str, /, payload: bytes | None = None, **parameters) -> Request:
        """Build a signed request; `payload` replaces the JSON of the parameters."""
        if payload is None:
            document = {"request": path, "nonce": next(self.nonces)} | parameters
            payload = json.dumps({name: value for name, value in document.items() if value is not ...}).encode()
        return Request("POST", path, self.headers(base64.b64encode(payload)))

    def headers(self, payload: bytes) -> dict[str, str]:
        """Return the signed headers for a payload in base64."""
        signature = hmac.new(self.api_secret.encode(), payload, hashlib.sha384).hexdigest()
        return {
            "x-gemini-apikey": self.api_key,
            "x-gemini-payload": payload.decode(),
            "x-gemini-signature": signature,
        }

    def send(self, path: str, /, payload: bytes | None = None, **parameters) -> DecodedResponse:
        """Send a signed request; a parameter with the value `...` is omitted."""
        return DecodedResponse(self.exchange.handle(self.request(path, payload, **parameters)))

    def place(self, **parameters) -> str:
        """Place an order and return its id."""
        response = self.send("/v1/clearing/new", **{**DEAL, "side": "buy"} | parameters)
        assert response.status == 200, response.body
        return response.body["clearing_id"]

    def confirm(self, clearing_id: str, **parameters) -> DecodedResponse:
        """Confirm an order."""
        return self.send("/v1/clearing/confirm", **{**DEAL, "side": "sell", "clearing_id": clearing_id} | parameters)

    def cancel(self, clearing_id: str) -> DecodedResponse:
        """Cancel an order."""
        return self.send("/v1/clearing/cancel", clearing_id=clearing_id)

    def status(self, clearing_id: str) -> str:
        """Return the status of an order."""
        return self.send("/v1/clearing/status", clearing_id=clearing_id).body["status"]

    def orders(self, **filters) -> list[dict]:
        """Return the desk's list of orders."""
        response = self.send("/v1/clearing/list", **filters)
        assert response.status == 200, response.body
        return response.body["orders"]


@dataclass
class Served:
    """A server process, the JSON line that it printed, and a desk for it."""

    process: subprocess.Popen
    announced: dict

    @property
    def base_url(self) -> str:
        """The URL of the server."""
        return self.announced["base_url"]

    @functools.cached_property
    def desk(self) -> Desk:
        """The initiator, with the key of the demo configuration."""
        return Desk(Exchange(), "initiator")


def environment_without_unbuffered():
    """Return the environment without `PYTHONUNBUFFERED`, so that a server must flush its output itself."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


@contextlib.contextmanager
def serving(*options: str):
    """Run a server until the block ends."""
    command = [sys.executable, "-m", "gemini_clearing_mock", "--port", "0", "--json", *options]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdout=pipe, stderr=pipe, text=True, env=environment_without_unbuffered()
    ) as process:
        assert process.stdout is not None
        try:
            yield Served(process, json.loads(process.stdout.readline()))
        finally:
            process.terminate()


class Desks(dict):
    """The desks of an exchange by name, created on first use."""

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
    """A clock that only moves when it is advanced."""
    return ManualClock()


@pytest.fixture
def exchange(clock):
    """An exchange with the demo configuration."""
    return Exchange(clock=clock)


@pytest.fixture
def desks(exchange):
    """The desks of the demo exchange."""
    return Desks(exchange)


@pytest.fixture
def state_file(tmp_path):
    """The path of a state file that does not exist yet."""
    return tmp_path / "state.sqlite"


@pytest.fixture
def served():
    """A server with the demo exchange."""
    with serving() as server:
        yield server


@pytest.fixture(scope="session")
def serve():
    """Run a server with other options."""
    return serving


@pytest.fixture
def desks_of():
    """Return the desks of another exchange."""
    return Desks
