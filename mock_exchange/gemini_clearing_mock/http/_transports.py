"""
The ways into an exchange without a socket: transports for ``httpx.Client`` and ``httpx.AsyncClient``.

What a socket would do to a late, lost or broken answer is done here with httpx's own exceptions.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx

from ._messages import Delivery, Request, Response

if TYPE_CHECKING:
    from .._exchange import Exchange

__all__ = ["AsyncExchangeTransport", "ExchangeTransport"]


class ExchangeTransport(httpx.BaseTransport):
    """Leads every request of an ``httpx.Client`` into the exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer as the exchange does; an answer that is not there in time is a ``httpx.ReadTimeout``."""
        answer = self._exchange.handle(_incoming(request, request.read()))
        wait_ms = _wait(answer, request)
        if wait_ms:
            self._exchange.clock.sleep(wait_ms)
        return _outgoing(answer, request)


class AsyncExchangeTransport(httpx.AsyncBaseTransport):
    """Leads every request of an ``httpx.AsyncClient`` into the exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer as the exchange does; an answer that is not there in time is a ``httpx.ReadTimeout``."""
        answer = self._exchange.handle(_incoming(request, await request.aread()))
        wait_ms = _wait(answer, request)
        if wait_ms:
            await asyncio.to_thread(self._exchange.clock.sleep, wait_ms)
        else:
            # A socket would let other tasks run here, and a client must bear that.
            await asyncio.sleep(0)
        return _outgoing(answer, request)


def _incoming(request: httpx.Request, body: bytes) -> Request:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in request.headers.raw}
    return Request(request.method, request.url.path, headers, body)


def _timeout_ms(request: httpx.Request) -> int | None:
    timeouts: dict[str, Any] = request.extensions.get("timeout", {})
    read_s = timeouts.get("read")
    return None if read_s is None else round(read_s * 1000)


def _wait(answer: Response, request: httpx.Request) -> int:
    """Tell how long the caller waits: for the answer, or until its patience ends."""
    timeout_ms = _timeout_ms(request)
    if answer.delivery is Delivery.LOST:
        return timeout_ms or 0
    return answer.delay_ms if timeout_ms is None else min(answer.delay_ms, timeout_ms)


def _outgoing(answer: Response, request: httpx.Request) -> httpx.Response:
    timeout_ms = _timeout_ms(request)
    if answer.delivery is Delivery.LOST or (timeout_ms is not None and answer.delay_ms > timeout_ms):
        raise httpx.ReadTimeout("The answer did not come in time.", request=request)
    if answer.delivery is Delivery.RESET:
        raise httpx.ReadError("The connection was reset.", request=request)
    if answer.delivery is Delivery.TRUNCATED:
        raise httpx.RemoteProtocolError("The connection was closed in the middle of the answer.", request=request)
    headers = {**answer.headers, "content-length": str(len(answer.body))}
    return httpx.Response(answer.status, headers=headers, content=answer.body, request=request)
