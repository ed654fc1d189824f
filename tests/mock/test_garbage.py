"""
Robustness: the status of random requests to the ASGI application is below 500, and they change nothing.

`MOCK_REQUESTS` is the number of requests; `make soak` sends a million and measures the memory.
"""

import asyncio
import base64
import gc
import json
import os
import random
import tracemalloc

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from gemini_clearing_mock import Choices, Exchange, ManualClock, create_app, demo_config
from gemini_clearing_mock.api._routes import ROUTES

from .conftest import Desk

REQUESTS = int(os.environ.get("MOCK_REQUESTS", "4000"))
PATHS = (*ROUTES, "/__mock__/state", "/__mock__/clock", "/__mock__/faults", "/__mock__/restore", "/nothing")
SECURITY = (b"x-gemini-apikey", b"x-gemini-payload", b"x-gemini-signature")
HEADERS = (*SECURITY, b"authorization", b"content-length", b"origin")
FRAGMENTS = (b"1e999999999", b"\xff", b'"', b"[" * 50, b"null", b"-0", b"9" * 400, b"\\ud800")


def exchange_with_app():
    """Return an exchange with a small log, so that its memory use is constant, and its application."""
    exchange = Exchange(demo_config(Choices(log_size=10)), clock=ManualClock())
    return exchange, create_app(exchange)


async def call(app, method: str, path: str, headers: list[tuple[bytes, bytes]], body: bytes, query: bytes = b"") -> int:
    """Send one request to the application; return the status."""
    statuses: list[int] = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {"type": "http", "method": method, "path": path, "headers": headers, "query_string": query}
    await app(scope, receive, send)
    return statuses[0]


def mutated(draw: random.Random, text: bytes) -> bytes:
    """Change, remove, repeat or insert a few bytes."""
    content = bytearray(text)
    for _ in range(draw.randrange(1, 4)):
        at = draw.randrange(len(content) + 1)
        match draw.randrange(4):
            case 0:
                content[at : at + 1] = draw.randbytes(1)
            case 1:
                del content[at : at + draw.randrange(1, 9)]
            case 2:
                content[at:at] = content[at : at + draw.randrange(1, 9)]
            case _:
                content[at:at] = draw.choice(FRAGMENTS)
    return bytes(content)


def seeds() -> list[dict]:
    """Return valid requests, from which random ones are derived."""
    terms = {"symbol": "btcusd", "amount": "1", "price": "1", "side": "buy"}
    parties = {"source_counterparty_id": "R485E04Q", "target_counterparty_id": "OM9VNL1G", "expires_in_hrs": 1.5}
    spans = {"expiration_start": 1, "expiration_end": "2", "submission_start": 1.0, "submission_end": 10**12}
    filters = {"funded": True, "status": "Settled", "timestamp": "1", "limit_orders": 3}
    return [
        {"request": "/v1/clearing/new", **terms, "counterparty_id": "OM9VNL1G", "expires_in_hrs": 24.0},
        {"request": "/v1/clearing/status", "clearing_id": "0OQGOZXW"},
        {"request": "/v1/clearing/cancel", "clearing_id": "0OQGOZXW"},
        {"request": "/v1/clearing/confirm", "clearing_id": "0OQGOZXW", **terms},
        {"request": "/v1/clearing/list", **spans, **filters, "side": "sell", "counterparty": "x"},
        {"request": "/v1/clearing/broker/new", **terms, **parties},
        {"request": "/v1/clearing/broker/list", **spans, **filters},
        {"request": "/v1/clearing/trades", "timestamp_nanos": 1, "limit_per_account": 3, "limit_trades": 5},
    ]


class Fuzzer:
    """
    Sends random requests, guided by their outcomes: a payload with a new outcome is mutated further.

    An outcome is path, status, check, reason and the expected value in the request log.
    """

    def __init__(self, seed: int):
        self.exchange, self.app = exchange_with_app()
        self.desk, self.draw = Desk(self.exchange, "initiator"), random.Random(seed)
        self.grown = [(seed["request"], json.dumps({**seed, "nonce": 0}).encode()) for seed in seeds()]
        self.outcomes: set[tuple] = set()
        self.statuses: set[int] = set()

    async def send(self, first: int, count: int) -> None:
        """Send this many requests; the number of a request is its nonce."""
        for number in range(first, first + count):
            path, payload = self.draw.choice(self.grown)
            payload = payload.replace(b'"nonce": 0', b'"nonce": %d' % number)
            if self.draw.random() < 0.8:
                payload = mutated(self.draw, payload)
            self.statuses.add(await call(self.app, *self._request(path, payload)))
            self._learn(path, payload.replace(b'"nonce": %d' % number, b'"nonce": 0'))
            if number % 1000 == 0:
                self.exchange.reset()

    def _request(self, path: str, payload: bytes) -> tuple[str, str, list[tuple[bytes, bytes]], bytes]:
        """Return a mutated payload, usually signed correctly, sometimes with a damaged or random header."""
        draw = self.draw
        path = path if draw.random() < 0.9 else draw.choice(PATHS)
        method = "POST" if draw.random() < 0.95 else draw.choice(("GET", "PUT", "\xff", ""))
        if draw.random() < 0.2:
            names = draw.sample(HEADERS, draw.randrange(len(HEADERS) + 1))
            return method, path, [(name, draw.randbytes(draw.randrange(40))) for name in names], draw.randbytes(99)
        signed = self.desk.headers(base64.b64encode(payload))
        headers = [(name.encode(), value.encode("latin-1")) for name, value in signed.items()]
        if draw.random() < 0.2:
            at = draw.randrange(len(headers))
            headers[at] = (headers[at][0], mutated(draw, headers[at][1]))
        return method, path, headers, b""

    def _learn(self, path: str, payload: bytes) -> None:
        for entry in self.exchange.log[-1:]:
            outcome = (entry.path, entry.status, entry.check, entry.reason, entry.expected)
            # The expected signature or nonce is different for every request, so it does not count as a new outcome.
            if entry.check not in {"signature", "nonce"} and outcome not in self.outcomes:
                self.outcomes.add(outcome)
                self.grown.append((path, payload))


def test_random_requests_return_status_below_500():
    """No random request causes a server error or leaks memory."""
    fuzzer = Fuzzer(seed=20)

    async def measured() -> int:
        await fuzzer.send(1, REQUESTS // 2)
        tracemalloc.start()
        fuzzer.exchange.reset()
        before = tracemalloc.get_traced_memory()[0]
        await fuzzer.send(REQUESTS // 2 + 1, REQUESTS // 2)
        fuzzer.exchange.reset()
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        return grown

    grown_bytes = asyncio.run(measured())

    assert max(fuzzer.statuses) < 500
    assert {200, 400, 404, 405} <= fuzzer.statuses
    assert len(fuzzer.outcomes) > 60
    assert grown_bytes < 500_000


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["btcusd", "1", "0.000000001", "buy", "OM9VNL1G", "R485E04Q", "9" * 500]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)


@pytest.fixture(scope="module")
def app():
    """An application that is shared by all examples."""
    return exchange_with_app()


@settings(max_examples=300)
@given(data=st.data())
def test_signed_requests_with_any_field_values_return_status_below_500(app, data):
    """A correctly signed request with any JSON values returns a status below 500; if rejected, it changes nothing."""
    exchange, application = app
    desk = Desk(exchange, "initiator")
    seed = data.draw(st.sampled_from(seeds()))
    changes = data.draw(st.dictionaries(st.sampled_from(sorted(seed)), json_values, max_size=3))
    with exchange.transactions.begin() as transaction:
        nonce = int(transaction.state.nonces.get(desk.api_key, "0")) + 1
        orders = len(transaction.state.orders)
    document = seed | {"nonce": nonce} | changes
    headers = desk.headers(base64.b64encode(json.dumps(document).encode()))
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]

    status = asyncio.run(call(application, "POST", seed["request"], raw, b""))

    assert status < 500
    with exchange.transactions.begin() as transaction:
        assert len(transaction.state.orders) == orders + (status == 200 and seed["request"].endswith("/new"))
