"""The OAuth flow: a payload without a nonce, and a token instead of key and signature."""

import asyncio
import base64

import httpx
import pytest

from gemini_clearing_auth import GeminiAuth, GeminiOAuth, OAuthToken
from gemini_clearing_auth.errors import CredentialsError, UnsignableRequestError

BASE_URL = "https://api.sandbox.gemini.com"


@pytest.fixture
def oauth() -> GeminiOAuth:
    """An OAuth signer for the sandbox."""
    return GeminiOAuth(OAuthToken("demo-token"), base_url=BASE_URL)


def test_oauth_sends_token_and_payload(oauth: GeminiOAuth, order: httpx.Request) -> None:
    """A signed request has exactly the documented headers."""
    sent = next(oauth.sync_auth_flow(order))

    assert sent.headers.raw == [
        (b"Host", b"api.sandbox.gemini.com"),
        (b"Authorization", b"Bearer demo-token"),
        (
            b"X-GEMINI-PAYLOAD",
            base64.b64encode(b'{"request":"/v1/clearing/new","amount":"100","n":1E-8}'),
        ),
        (b"Content-Length", b"0"),
        (b"Content-Type", b"text/plain"),
        (b"Cache-Control", b"no-cache"),
    ]
    assert sent.content == b""
    assert sent.extensions["gemini_clearing.signed"].nonce is None


def test_oauth_replaces_the_identity_of_an_earlier_signature(
    oauth: GeminiOAuth, auth: GeminiAuth, order: httpx.Request
) -> None:
    """A request that was signed with a key is sent with the token and the same parameters."""
    flow = auth.sync_auth_flow(order)
    next(flow)
    flow.close()

    sent = next(oauth.sync_auth_flow(order))

    assert "X-GEMINI-APIKEY" not in sent.headers
    assert "X-GEMINI-SIGNATURE" not in sent.headers
    assert sent.extensions["gemini_clearing.signed"].parameters == b'{"amount":"100","n":1E-8}'


def test_oauth_raises_for_another_origin(oauth: GeminiOAuth) -> None:
    """A token is not sent to another origin."""
    with pytest.raises(UnsignableRequestError, match="credentials are for"):
        next(oauth.sync_auth_flow(httpx.Request("POST", "https://example.com/v1/x", json={})))


@pytest.mark.parametrize("value", ["token", None])
def test_oauth_raises_for_other_tokens(value: object) -> None:
    """An argument that is not an `OAuthToken` is reported by its type, not its value."""
    with pytest.raises(CredentialsError, match=f"must be an OAuthToken, not {type(value).__name__}"):
        GeminiOAuth(value, base_url=BASE_URL)  # type: ignore[arg-type]  # the wrong type is the case


def test_oauth_calls_do_not_wait_for_each_other(oauth: GeminiOAuth) -> None:
    """Ten calls with one token are in flight at the same time."""
    under_way, all_here = 0, asyncio.Event()

    async def handle(request: httpx.Request) -> httpx.Response:
        nonlocal under_way
        under_way += 1
        if under_way == 10:
            all_here.set()
        await asyncio.wait_for(all_here.wait(), 10)
        return httpx.Response(200)

    async def calls() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(handle), auth=oauth) as client:
            await asyncio.gather(*(client.post(f"{BASE_URL}/v1/x", content=b"{}") for _ in range(10)))

    asyncio.run(calls())

    assert under_way == 10
