"""
The pytest plugin: an exchange of its own for every test, and a ready client for every desk.

Comes with the package, under the entry point ``pytest11``.  The one module of the mock that knows the client, and only
when a test asks for one.  Nothing is shared between tests or processes, so that pytest-xdist needs no care.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from gemini_clearing import AsyncGeminiClearing, GeminiClearing
    from gemini_clearing_mock._exchange import Exchange

# The one origin over which a client may sign without TLS; no packet goes there.
_BASE_URL = "http://127.0.0.1"


@pytest.fixture
def clearing_exchange() -> Exchange:
    """A fresh mock exchange with the demo desks; see its ``clock``, ``desks``, ``faults`` and ``log``."""
    # Not at the top: the plugin is loaded in every pytest run, and most have no use for an exchange.
    from gemini_clearing_mock._exchange import Exchange

    return Exchange()


def _options(exchange: Exchange, name: str) -> dict[str, Any]:
    account = exchange.account(name)
    return {"api_key": account.api_key, "api_secret": account.api_secret, "base_url": _BASE_URL}


def _client(exchange: Exchange, name: str) -> Iterator[GeminiClearing]:
    from gemini_clearing import GeminiClearing

    with GeminiClearing(**_options(exchange, name), transport=exchange.transport()) as client:
        yield client


def _async_client(exchange: Exchange, name: str) -> AsyncGeminiClearing:
    from gemini_clearing import AsyncGeminiClearing

    # Nothing to close: the client's transport leads into the exchange and holds no connection.
    return AsyncGeminiClearing(**_options(exchange, name), transport=exchange.async_transport())


@pytest.fixture
def clearing_initiator(clearing_exchange: Exchange) -> Iterator[GeminiClearing]:
    """A client of the desk that usually places orders."""
    yield from _client(clearing_exchange, "initiator")


@pytest.fixture
def clearing_counterparty(clearing_exchange: Exchange) -> Iterator[GeminiClearing]:
    """A client of the desk that usually confirms them."""
    yield from _client(clearing_exchange, "counterparty")


@pytest.fixture
def clearing_broker(clearing_exchange: Exchange) -> Iterator[GeminiClearing]:
    """A client of the broker."""
    yield from _client(clearing_exchange, "broker")


@pytest.fixture
def clearing_auditor(clearing_exchange: Exchange) -> Iterator[GeminiClearing]:
    """A client with the initiator's read-only key."""
    yield from _client(clearing_exchange, "auditor")


@pytest.fixture
def async_clearing_initiator(clearing_exchange: Exchange) -> AsyncGeminiClearing:
    """An ``async`` client of the desk that usually places orders."""
    return _async_client(clearing_exchange, "initiator")


@pytest.fixture
def async_clearing_counterparty(clearing_exchange: Exchange) -> AsyncGeminiClearing:
    """An ``async`` client of the desk that usually confirms them."""
    return _async_client(clearing_exchange, "counterparty")


@pytest.fixture
def async_clearing_broker(clearing_exchange: Exchange) -> AsyncGeminiClearing:
    """An ``async`` client of the broker."""
    return _async_client(clearing_exchange, "broker")


@pytest.fixture
def async_clearing_auditor(clearing_exchange: Exchange) -> AsyncGeminiClearing:
    """An ``async`` client with the initiator's read-only key."""
    return _async_client(clearing_exchange, "auditor")
