"""
The generated client, as something to judge: what it sends is caught before it leaves, and answered at will.

The only place of the suite that imports the client.  What is right is said by the spec, never by the client.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

import gemini_clearing
from gemini_clearing import AsyncGeminiClearing, GeminiClearing

from ...wire import Desk, WireRequest, WireResponse

__all__ = ["ORIGIN", "ClientPair", "Recorder", "errors", "refused_place"]

ORIGIN = "http://127.0.0.1:9"
errors = gemini_clearing.errors
# The client tells of fields and words that are new; here they are made to be.
logging.getLogger("gemini_clearing").setLevel(logging.ERROR)


def refused_place(error: object, otherwise: str) -> str:
    """The field that the client says it cannot take, whatever else is in the answer."""
    place = getattr(error, "place", None) if isinstance(error, errors.ContractViolatedError) else None
    return str(place).removeprefix("$").removeprefix(".") if place and place != "$" else otherwise


@dataclass
class Recorder:
    """Every request that the client sent, and what it was answered."""

    answer: Callable[[WireRequest], WireResponse]
    requests: list[WireRequest] = field(default_factory=list)

    def take(self, request: httpx.Request) -> httpx.Response:
        """Catch one request and answer it."""
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)
        path = request.url.raw_path.decode()
        wire = WireRequest(
            request.method, path, headers, request.content if hasattr(request, "_content") else request.read()
        )
        self.requests.append(wire)
        answer = self.answer(wire)
        return httpx.Response(answer.status, headers=answer.headers, content=answer.body, request=request)


class _Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Both kinds of transport, onto the same catch."""

    def __init__(self, caught: Recorder) -> None:
        self._caught = caught

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """For the client whose calls block."""
        return self._caught.take(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """For the client whose calls are awaited."""
        await request.aread()
        return self._caught.take(request)


class ClientPair:
    """The blocking and the awaiting client, with the same key, over the same catch."""

    def __init__(self, desk: Desk, caught: Recorder, *, timeout_s: float = 60) -> None:
        options: dict[str, Any] = {
            "api_key": desk.api_key,
            "api_secret": desk.api_secret,
            "base_url": ORIGIN,
            "timeout": timeout_s,
        }
        self.caught = caught
        self._sync = GeminiClearing(transport=_Transport(caught), **options)
        self._async = AsyncGeminiClearing(transport=_Transport(caught), **options)
        self._loop = asyncio.new_event_loop()

    def call(self, operation: str, arguments: dict[str, Any], *, awaited: bool = False) -> Any:
        """Call an operation; returns its result or the error that it raised."""
        try:
            if awaited:
                return self._loop.run_until_complete(getattr(self._async, operation)(**arguments))
            return getattr(self._sync, operation)(**arguments)
        except Exception as error:
            return error

    def settle(self, error: Any, *, awaited: bool = False) -> Any:
        """Have a lost call resolved; returns the resolution or the error that was raised."""
        try:
            return self._loop.run_until_complete(error.resolve_async()) if awaited else error.resolve()
        except Exception as failure:
            return failure

    def close(self) -> None:
        """Close both."""
        self._sync.close()
        self._loop.run_until_complete(self._async.aclose())
        self._loop.close()
