"""
Transports for `httpx.Client` and `httpx.AsyncClient` that call the exchange directly, without a socket.

A delayed, lost or broken response raises the httpx exception that a real connection would raise.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx

from ._headers import join_headers
from ._messages import Delivery, Request, Response

__all__ = ["AsyncExchangeTransport", "ExchangeTransport"]

Handle = Callable[[Request], Response]
Sleep = Callable[[int], None]


class ExchangeTransport(httpx.BaseTransport):
    """
    An `httpx` transport that calls `handle`.

    `sleep` is called with the milliseconds that the client waits for a delayed or lost response.
    """

    reports_sending = True  # see `_report_sending`

    def __init__(self, handle: Handle, sleep: Sleep) -> None:
        self._handle = handle
        self._sleep = sleep

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """
        Return the response of the exchange.

        Raises:
            httpx.ReadTimeout: the response is later than the read timeout of the request, or lost.
            httpx.ReadError: the connection was reset.
            httpx.RemoteProtocolError: the response was truncated.

        """
        incoming = _to_request(request, request.read())
        _report_sending(request)
        response = self._handle(incoming)
        wait_ms = _wait_ms(response, request)
        if wait_ms:
            self._sleep(wait_ms)
        return _to_httpx(response, request)


class AsyncExchangeTransport(httpx.AsyncBaseTransport):
    """
    An asynchronous `httpx` transport that calls `handle`.

    `sleep` is called, in a thread, with the milliseconds that the client waits for a delayed or lost response.
    """

    reports_sending = True  # see `_report_sending`

    def __init__(self, handle: Handle, sleep: Sleep) -> None:
        self._handle = handle
        self._sleep = sleep

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response of the exchange; raises as `ExchangeTransport.handle_request` does."""
        incoming = _to_request(request, await request.aread())
        _report_sending(request)
        response = self._handle(incoming)
        wait_ms = _wait_ms(response, request)
        if wait_ms:
            await asyncio.to_thread(self._sleep, wait_ms)
        else:
            # A socket would let other tasks run here, so a client must tolerate it.
            await asyncio.sleep(0)
        return _to_httpx(response, request)


def _report_sending(request: httpx.Request) -> None:
    """
    Report that the request is sent, as a connection does before its first byte.

    The client documents this: a transport with `reports_sending = True` that fails without the report sent nothing.
    """
    report = request.extensions.get("gemini_clearing.evidence")
    if callable(report):
        report()


def _to_request(request: httpx.Request, body: bytes) -> Request:
    return Request(request.method, request.url.path, join_headers(request.headers.raw), body)


def _read_timeout_ms(request: httpx.Request) -> int | None:
    timeouts: dict[str, Any] = request.extensions.get("timeout", {})
    read_s = timeouts.get("read")
    return None if read_s is None else round(read_s * 1000)


def _wait_ms(response: Response, request: httpx.Request) -> int:
    """Return how long the client waits: until the response arrives, or until its read timeout."""
    timeout_ms = _read_timeout_ms(request)
    if response.delivery is Delivery.LOST:
        return timeout_ms or 0
    return response.delay_ms if timeout_ms is None else min(response.delay_ms, timeout_ms)


def _to_httpx(response: Response, request: httpx.Request) -> httpx.Response:
    timeout_ms = _read_timeout_ms(request)
    if response.delivery is Delivery.LOST or (timeout_ms is not None and response.delay_ms > timeout_ms):
        raise httpx.ReadTimeout("The read operation timed out.", request=request)
    if response.delivery is Delivery.RESET:
        raise httpx.ReadError("The connection was reset.", request=request)
    if response.delivery is Delivery.TRUNCATED:
        raise httpx.RemoteProtocolError("The connection was closed before the response was complete.", request=request)
    headers = {**response.headers, "content-length": str(len(response.body))}
    return httpx.Response(response.status, headers=headers, content=response.body, request=request)
