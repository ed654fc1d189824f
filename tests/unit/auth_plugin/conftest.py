"""Fixtures for the signer's tests: a key per test, and a signer for it."""

import hashlib

import httpx
import pytest

from gemini_clearing_auth import Credentials, GeminiAuth

BASE_URL = "https://api.sandbox.gemini.com"


@pytest.fixture
def credentials(request: pytest.FixtureRequest) -> Credentials:
    """Credentials of one test; no other test shares their lock and nonces."""
    name = hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:20]
    return Credentials(f"account-{name}", "demo-secret")


@pytest.fixture
def auth(credentials: Credentials) -> GeminiAuth:
    """A signer for the sandbox."""
    return GeminiAuth(credentials, base_url=BASE_URL)


@pytest.fixture
def order() -> httpx.Request:
    """A request that can be signed."""
    return httpx.Request("POST", f"{BASE_URL}/v1/clearing/new", content=b'{"amount":"100","n":1E-8}')
