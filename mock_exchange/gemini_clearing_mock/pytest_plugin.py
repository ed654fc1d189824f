"""
The pytest plugin: a new exchange for each test, and a ready client for each desk.

It is registered as an entry point of `pytest11`. It is the only module of the mock that imports the client, and only
when a test requests one. Tests and processes share nothing, so the plugin works with pytest-xdist.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from ._exchange import Exchange

if TYPE_CHECKING:
    from gemini_clearing import AsyncGeminiClearing, GeminiClearing

# A client signs for a loopback address without TLS. No packet is sent there.
_BASE_URL = "http://127.0.0.1"


@pytest.fixture
def clearing_exchange() -> Exchange:
    """A new mock exchange with the demo desks; see its `clock`, `desks`, `faults` and `log`."""
    return Exchange()


def _options(exchange: Exchange, desk: str) -> dict[str, Any]:
    account = exchange.account(desk)
    return {"api_key": account.api_key, "api_secret": account.api_secret, "base_url": _BASE_URL}


def _fixtures(desk: str, description: str) -> tuple[Any, Any]:
    def client(clearing_exchange: Exchange) -> Iterator[GeminiClearing]:
        from gemini_clearing import GeminiClearing

        transport = clearing_exchange.transport()
        with GeminiClearing(**_options(clearing_exchange, desk), transport=transport) as client:
            yield client

    def async_client(clearing_exchange: Exchange) -> AsyncGeminiClearing:
        from gemini_clearing import AsyncGeminiClearing

        # It need not be closed: its transport has no connections.
        transport = clearing_exchange.async_transport()
        return AsyncGeminiClearing(**_options(clearing_exchange, desk), transport=transport)

    client.__doc__ = f"A client {description}."
    async_client.__doc__ = f"An asynchronous client {description}."
    return (
        pytest.fixture(name=f"clearing_{desk}")(client),
        pytest.fixture(name=f"async_clearing_{desk}")(async_client),
    )


clearing_initiator, async_clearing_initiator = _fixtures("initiator", "of the desk that usually places orders")
clearing_counterparty, async_clearing_counterparty = _fixtures("counterparty", "of the desk that usually confirms them")
clearing_desk3, async_clearing_desk3 = _fixtures("desk3", "of a third desk, which is not a party of the others' orders")
clearing_broker, async_clearing_broker = _fixtures("broker", "of the broker")
clearing_auditor, async_clearing_auditor = _fixtures("auditor", "with the read-only key of the initiator's account")
