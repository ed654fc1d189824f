"""
The last step before the transport, while the key's lock is held: check the pause of the key, write the intent of a
write to the journal, call the hook `on_request`, and prepare the evidence for transports that do not report it.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import httpx

from . import _time
from ._attempt_record import record_of
from ._evidence import report_sending
from ._key_pause import KeyPause
from ._observation import observation_of
from ._retry_after import retry_after_s

__all__ = ["AsyncGate", "Gate"]


class Gate(httpx.BaseTransport):
    """Passes requests to a transport with blocking calls."""

    def __init__(self, transport: httpx.BaseTransport, pause: KeyPause) -> None:
        self._transport = transport
        self._pause = pause

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """
        Send a request.

        Raises:
            KeyPausedError: the key is paused; nothing was sent.
            JournalError: the intent is not on the disk; nothing was sent.
        """
        self._pause.check()
        if (record := record_of(request)) is not None:
            record.begin(request)
        if (observation := observation_of(request)) is not None:
            observation.sending(request)
        _prepare_evidence(request, self._transport, _trace)
        response = self._transport.handle_request(request)
        _after(response, self._pause)
        return response

    def close(self) -> None:
        """Close the transport."""
        self._transport.close()


class AsyncGate(httpx.AsyncBaseTransport):
    """Passes requests to a transport with awaitable calls."""

    def __init__(self, transport: httpx.AsyncBaseTransport, pause: KeyPause) -> None:
        self._transport = transport
        self._pause = pause

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """
        Send a request.

        Raises:
            KeyPausedError: the key is paused; nothing was sent.
            JournalError: the intent is not on the disk; nothing was sent.
        """
        self._pause.check()
        if (record := record_of(request)) is not None:
            await record.begin_async(request)
        if (observation := observation_of(request)) is not None:
            await observation.sending_async(request)
        _prepare_evidence(request, self._transport, _trace_async)
        response = await self._transport.handle_async_request(request)
        _after(response, self._pause)
        return response

    async def aclose(self) -> None:
        """Close the transport."""
        await self._transport.aclose()


def _prepare_evidence(request: httpx.Request, transport: object, trace: Callable[..., Any]) -> None:
    if type(transport) in (httpx.HTTPTransport, httpx.AsyncHTTPTransport):
        request.extensions["trace"] = partial(trace, request)
    elif getattr(transport, "reports_sending", False) is not True:
        report_sending(request)  # from here on it may be sent, and no report will follow


def _after(response: httpx.Response, pause: KeyPause) -> None:
    seconds = retry_after_s(response.headers, _time.utc_now()) if response.status_code == 429 else None
    pause.record(response.status_code, seconds)


def _trace(request: httpx.Request, event: str, info: Mapping[str, Any]) -> None:
    """Report the sending from a trace event of httpcore, which httpx's own transports use."""
    if event.endswith(".send_request_headers.started") and getattr(info.get("request"), "method", b"") != b"CONNECT":
        report_sending(request)


async def _trace_async(request: httpx.Request, event: str, info: Mapping[str, Any]) -> None:
    _trace(request, event, info)
