"""
The pytest plugin: a new exchange for each test, and a ready client for each desk.

It is registered as an entry point of `pytest11`. It is the only module of the mock that imports the client, and only
when a test requests one. Tests and processes share nothing, so the plugin works with pytest-xdist.

pytest loads the plugin in every run, also where no test uses it, so it imports the mock only inside fixtures.

PYTEST_DONT_REWRITE: see the package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from gemini_clearing import AsyncGeminiClearing, GeminiClearing

    from ._exchange import Exchange
    from .config._model import Config
    from .state._clock import Clock

__all__ = ["client_fixture", "exchange_fixture"]

Scope = Literal["function", "class", "module", "package", "session"]

# A client signs for a loopback address without TLS. No packet is sent there.
_BASE_URL = "http://127.0.0.1"


def exchange_fixture(
    *, scope: Scope = "function", config: Config | None = None, clock: Callable[[], Clock] | None = None
) -> Any:
    """
    Return a fixture whose value is a new exchange.

    Args:
        scope: the scope of the fixture, as in `pytest.fixture`.
        config: the configuration of the exchange; by default the demo configuration.
        clock: makes its time source, such as `ManualClock`; by default the clock of the machine.

    """

    def exchange() -> Exchange:
        from ._exchange import Exchange

        return Exchange(config, clock=clock() if clock is not None else None)

    exchange.__doc__ = "A new mock exchange; see its `clock`, `desks`, `faults` and `log`."
    return pytest.fixture(scope=scope)(exchange)


def client_fixture(
    desk: str, *, exchange: str = "clearing_exchange", scope: Scope = "function", asynchronous: bool = False
) -> Any:
    """
    Return a fixture whose value is a client of a desk.

    Args:
        desk: the name of the desk's key.
        exchange: the name of the fixture with the exchange.
        scope: the scope of the fixture, at most that of `exchange`.
        asynchronous: whether the client is an `AsyncGeminiClearing`.

    """

    def client(request: pytest.FixtureRequest) -> Iterator[GeminiClearing]:
        from gemini_clearing import GeminiClearing

        used: Exchange = request.getfixturevalue(exchange)
        with GeminiClearing(**_options(used, desk), transport=used.transport()) as client:
            yield client

    def async_client(request: pytest.FixtureRequest) -> AsyncGeminiClearing:
        from gemini_clearing import AsyncGeminiClearing

        # It need not be closed: its transport has no connections.
        used: Exchange = request.getfixturevalue(exchange)
        return AsyncGeminiClearing(**_options(used, desk), transport=used.async_transport())

    client.__doc__ = f"A client of {desk}, on `{exchange}`."
    async_client.__doc__ = f"An asynchronous client of {desk}, on `{exchange}`."
    return pytest.fixture(scope=scope)(async_client if asynchronous else client)


@pytest.fixture
def clearing_exchange() -> Exchange:
    """A new mock exchange with the demo desks; see its `clock`, `desks`, `faults` and `log`."""
    from ._exchange import Exchange

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
