"""
Desks of the mock exchange, each with a generated client: sync or async, in-process or over a socket.

Their methods block in both cases, so that a test is written once. `conftest` has the fixtures.
"""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import httpx

from gemini_clearing import AsyncGeminiClearing, GeminiClearing, MaybeExecutedError, Resolution
from gemini_clearing_mock import Exchange

__all__ = ["BUY", "SELL", "TERMS", "Desk", "Place", "Wire"]

TERMS: dict[str, Any] = {"symbol": "btcusd", "amount": "2", "price": "9500.00"}
BUY: dict[str, Any] = {**TERMS, "side": "buy"}
SELL: dict[str, Any] = {**TERMS, "side": "sell"}


class Desk:
    """A client of either kind, with blocking methods."""

    def __init__(self, client: GeminiClearing | AsyncGeminiClearing, runner: asyncio.Runner, account: Any) -> None:
        self.client = client
        self.counterparty_id = account.counterparty_id
        self._runner = runner

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.client, name)

        def call(**arguments: Any) -> Any:
            outcome = method(**arguments)
            return self._runner.run(outcome) if asyncio.iscoroutine(outcome) else outcome

        return call

    def resolve(self, error: MaybeExecutedError) -> Resolution:
        """Query the exchange, whose lists never lag behind its book in these tests."""
        if isinstance(self.client, GeminiClearing):
            return self.client.resolve(error, settle=0.05)
        return self._runner.run(self.client.resolve(error, settle=0.05))

    def close(self) -> None:
        """Close the client."""
        if isinstance(self.client, GeminiClearing):
            self.client.close()
        else:
            self._runner.run(self.client.aclose())


class Place:
    """The exchange of a test: in this process, or on a socket."""

    def __init__(
        self, *, is_async: bool, exchange: Exchange | None = None, served: dict[str, Any] | None = None
    ) -> None:
        self.is_async = is_async
        self.exchange = exchange
        self._served = served
        self._stack = ExitStack()
        self._runner = self._stack.enter_context(asyncio.Runner())

    def desk(self, name: str, wrap: Callable[[Any], Any] = lambda transport: transport, **options: Any) -> Desk:
        """Return a client for a demo account; `wrap` is applied to an in-process transport."""
        account = self.account(name)
        if not {"auth", "api_key", "credentials"} & options.keys():
            options = {"api_key": account.api_key, "api_secret": account.api_secret, **options}
        if self.exchange is not None:
            transport = self.exchange.async_transport() if self.is_async else self.exchange.transport()
            options = {"base_url": "http://127.0.0.1", "transport": wrap(transport), **options}
        else:
            assert self._served is not None
            options = {"base_url": self._served["base_url"], **options}
        desk = Desk((AsyncGeminiClearing if self.is_async else GeminiClearing)(**options), self._runner, account)
        self._stack.callback(desk.close)
        return desk

    def account(self, name: str) -> Any:
        """Return a demo account by its name."""
        if self.exchange is not None:
            return self.exchange.account(name)
        assert self._served is not None
        return type("Account", (), self._served["accounts"][name])

    def close(self) -> None:
        """Close every client."""
        self._stack.close()


class Wire:
    """A record of the payloads that were sent."""

    def __init__(self) -> None:
        self.payloads: list[bytes] = []

    def __call__(self, transport: Any) -> Any:
        """Return a transport that records each request and passes it on."""
        record = self._record

        if isinstance(transport, httpx.BaseTransport):

            class Recording(httpx.BaseTransport):
                def handle_request(self, request: httpx.Request) -> httpx.Response:
                    record(request)
                    return transport.handle_request(request)

            return Recording()

        class RecordingAsync(httpx.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                record(request)
                response: httpx.Response = await transport.handle_async_request(request)
                return response

        return RecordingAsync()

    def _record(self, request: httpx.Request) -> None:
        self.payloads.append(request.extensions["gemini_clearing.signed"].payload_json)
