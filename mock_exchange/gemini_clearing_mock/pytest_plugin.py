"""
The pytest plugin: an exchange of its own for every test, and a ready client for every desk.

Comes with the package, under the entry point ``pytest11``.  The one module of the mock that knows the client, and only
when a test asks for one.  Nothing is shared between tests or processes, so that pytest-xdist needs no care.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from ._exchange import Exchange

if TYPE_CHECKING:
    from gemini_clearing import AsyncGeminiClearing, GeminiClearing

# The one origin over which a client may sign without TLS; no packet goes there.
_BASE_URL = "http://127.0.0.1"


@pytest.fixture
def clearing_exchange() -> Exchange:
    """A fresh mock exchange with the demo desks; see its ``clock``, ``desks``, ``faults`` and ``log``."""
    return Exchange()


def _options(exchange: Exchange, desk: str) -> dict[str, Any]:
    account = exchange.account(desk)
    return {"api_key": account.api_key, "api_secret": account.api_secret, "base_url": _BASE_URL}


def _fixtures(desk: str, whose: str) -> tuple[Any, Any]:
    def client(clearing_exchange: Exchange) -> Iterator[GeminiClearing]:
        from gemini_clearing import GeminiClearing

        transport = clearing_exchange.transport()
        with GeminiClearing(**_options(clearing_exchange, desk), transport=transport) as ready:
            yield ready

    def async_client(clearing_exchange: Exchange) -> AsyncGeminiClearing:
        from gemini_clearing import AsyncGeminiClearing

        # Nothing to close: the client's transport leads into the exchange and holds no connection.
        transport = clearing_exchange.async_transport()
        return AsyncGeminiClearing(**_options(clearing_exchange, desk), transport=transport)

    client.__doc__ = f"A client {whose}."
    async_client.__doc__ = f"An ``async`` client {whose}."
    return (
        pytest.fixture(name=f"clearing_{desk}")(client),
        pytest.fixture(name=f"async_clearing_{desk}")(async_client),
    )


clearing_initiator, async_clearing_initiator = _fixtures("initiator", "of the desk that usually places orders")
clearing_counterparty, async_clearing_counterparty = _fixtures("counterparty", "of the desk that usually confirms them")
clearing_desk3, async_clearing_desk3 = _fixtures("desk3", "of a third desk, whom the others' orders do not concern")
clearing_broker, async_clearing_broker = _fixtures("broker", "of the broker")
clearing_auditor, async_clearing_auditor = _fixtures("auditor", "with the initiator's read-only key")
