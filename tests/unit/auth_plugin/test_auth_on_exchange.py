"""
The signer against the mock exchange, which checks signatures and nonces by code of its own.

Plain httpx clients, no generated client in between: what fails here is the signer's.
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
    """An exchange of its own for every test."""
    return Exchange()


def auth_of(exchange: Exchange, name: str, **settings: Any) -> GeminiAuth:
    """A signer for a demo account."""
    account = exchange.account(name)
    return GeminiAuth(Credentials(account.api_key, account.api_secret), base_url=BASE_URL, **settings)


def client_of(exchange: Exchange, auth: httpx.Auth) -> httpx.Client:
    """A plain client that leads into the exchange."""
    return httpx.Client(base_url=BASE_URL, transport=exchange.transport(), auth=auth)


def test_order_is_placed_read_and_confirmed(exchange: Exchange) -> None:
    """A whole deal, signed by two desks."""
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


def test_order_that_is_sent_again_is_taken_again(exchange: Exchange) -> None:
    """The same request object is a second call, with a signature and a nonce that hold."""
    with client_of(exchange, auth_of(exchange, "initiator")) as client:
        request = client.build_request("POST", "/v1/clearing/new", json={**TERMS, "side": "buy"})
        answers = [client.send(request) for _ in range(2)]
        orders = client.post("/v1/clearing/list", json={}).json()["orders"]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(orders) == 2


def test_calls_at_once_are_all_accepted(exchange: Exchange) -> None:
    """Threads and tasks of several clients with one key never meet an InvalidNonce."""

    def in_turn() -> list[int]:
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
        jobs = [pool.submit(in_turn), pool.submit(in_turn), pool.submit(lambda: asyncio.run(at_once()))]
        statuses = [status for job in jobs for status in job.result(30)]

    assert statuses == [200] * 60


def test_time_based_key_takes_time_based_nonces(exchange: Exchange) -> None:
    """A key of the other mode is served by the other source."""
    key = next(key for key in demo_config().keys if key.nonce is NonceMode.TIME_BASED)
    auth = GeminiAuth(Credentials(key.api_key, key.api_secret), base_url=BASE_URL, nonces=TimeBasedNonces())

    with client_of(exchange, auth) as client:
        statuses = [client.post("/v1/clearing/list", json={}).status_code for _ in range(3)]

    assert statuses == [200, 200, 200]


def test_token_takes_the_place_of_a_key(exchange: Exchange) -> None:
    """Without key, nonce and signature, the token is enough."""
    token = demo_config().tokens[0].token

    with client_of(exchange, GeminiOAuth(OAuthToken(token), base_url=BASE_URL)) as client:
        placed = client.post("/v1/clearing/new", json={**TERMS, "side": "buy"})

    assert placed.json()["result"] == "AwaitConfirm"


def test_wrong_secret_is_refused_by_the_exchange(exchange: Exchange) -> None:
    """The exchange does look at the signature."""
    auth = GeminiAuth(Credentials(exchange.account("initiator").api_key, "another-secret"), base_url=BASE_URL)

    with client_of(exchange, auth) as client:
        refused = client.post("/v1/clearing/list", json={})

    assert (refused.status_code, refused.json()["reason"]) == (400, "InvalidSignature")
