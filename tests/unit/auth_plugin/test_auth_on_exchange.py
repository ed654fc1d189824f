"""
The signer against the mock exchange, which verifies signatures and nonces independently.

These tests use plain httpx clients, so that a failure is the signer's.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from gemini_clearing_auth import Credentials, GeminiAuth, GeminiOAuth, OAuthToken, TimeBasedNonces
from gemini_clearing_mock import Exchange, NonceMode, demo_config

BASE_URL = "http://127.0.0.1"
TERMS = {"symbol": "btcusd", "amount": "1.00000001", "price": "9500.00"}


@pytest.fixture
def exchange() -> Exchange:
    """A new exchange."""
    return Exchange()


def auth_of(exchange: Exchange, name: str, **settings: Any) -> GeminiAuth:
    """Return a signer for a demo account."""
    account = exchange.account(name)
    return GeminiAuth(Credentials(account.api_key, account.api_secret), base_url=BASE_URL, **settings)


def client_of(exchange: Exchange, auth: httpx.Auth) -> httpx.Client:
    """Return a plain httpx client of the exchange."""
    return httpx.Client(base_url=BASE_URL, transport=exchange.transport(), auth=auth)


def test_order_is_placed_read_and_confirmed(exchange: Exchange) -> None:
    """Two desks sign the calls of a whole trade."""
    with (
        client_of(exchange, auth_of(exchange, "initiator")) as initiator,
        client_of(exchange, auth_of(exchange, "counterparty")) as counterparty,
    ):
        order = {**TERMS, "side": "buy", "counterparty_id": exchange.account("counterparty").counterparty_id}
        placed = initiator.post("/v1/clearing/new", json=order).json()
        confirmed = counterparty.post(
            "/v1/clearing/confirm", json={**TERMS, "side": "sell", "clearing_id": placed["clearing_id"]}
        ).json()

    assert placed["result"] == "AwaitConfirm"
    assert confirmed == {"result": "confirmed"}


def test_request_that_is_sent_again_is_accepted(exchange: Exchange) -> None:
    """A request object that is sent twice makes two calls, each with a valid signature and nonce."""
    with client_of(exchange, auth_of(exchange, "initiator")) as client:
        request = client.build_request("POST", "/v1/clearing/new", json={**TERMS, "side": "buy"})
        answers = [client.send(request) for _ in range(2)]
        orders = client.post("/v1/clearing/list", json={}).json()["orders"]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(orders) == 2


def test_calls_at_once_are_all_accepted(exchange: Exchange) -> None:
    """Threads and tasks of several clients with one key never get InvalidNonce."""

    def sequential() -> list[int]:
        with client_of(exchange, auth_of(exchange, "desk3")) as client:
            return [client.post("/v1/clearing/list", json={}).status_code for _ in range(20)]

    async def at_once() -> list[int]:
        auth = auth_of(exchange, "desk3")
        async with httpx.AsyncClient(base_url=BASE_URL, transport=exchange.async_transport(), auth=auth) as client:
            return [
                answer.status_code
                for answer in await asyncio.gather(*(client.post("/v1/clearing/list", json={}) for _ in range(20)))
            ]

    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(sequential), pool.submit(sequential), pool.submit(lambda: asyncio.run(at_once()))]
        statuses = [status for job in jobs for status in job.result(30)]

    assert statuses == [200] * 60


def test_time_based_key_accepts_time_based_nonces(exchange: Exchange) -> None:
    """A time-based key accepts the nonces of `TimeBasedNonces`."""
    key = next(key for key in demo_config().keys if key.nonce is NonceMode.TIME_BASED)
    auth = GeminiAuth(Credentials(key.api_key, key.api_secret), base_url=BASE_URL, nonces=TimeBasedNonces())

    with client_of(exchange, auth) as client:
        statuses = [client.post("/v1/clearing/list", json={}).status_code for _ in range(3)]

    assert statuses == [200, 200, 200]


def test_token_replaces_a_key(exchange: Exchange) -> None:
    """An OAuth token needs no key, nonce or signature."""
    token = demo_config().tokens[0].token

    with client_of(exchange, GeminiOAuth(OAuthToken(token), base_url=BASE_URL)) as client:
        placed = client.post("/v1/clearing/new", json={**TERMS, "side": "buy"})

    assert placed.json()["result"] == "AwaitConfirm"


def test_wrong_secret_is_rejected_by_the_exchange(exchange: Exchange) -> None:
    """The exchange rejects a signature made with another secret."""
    auth = GeminiAuth(Credentials(exchange.account("initiator").api_key, "another-secret"), base_url=BASE_URL)

    with client_of(exchange, auth) as client:
        refused = client.post("/v1/clearing/list", json={})

    assert (refused.status_code, refused.json()["reason"]) == (400, "InvalidSignature")
