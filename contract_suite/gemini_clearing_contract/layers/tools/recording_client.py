"""
The generated client with a transport that records its requests and returns chosen responses.

The only module of the suite that imports the client. The spec decides what is right, never the client.
"""

import asyncio
import logging
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
from attrs import define, field

import gemini_clearing
from gemini_clearing import AsyncGeminiClearing, GeminiClearing
from gemini_clearing_runtime import _time

from ...errors import guarded
from ...targets.embedded import EMBEDDED_EPOCH_MS
from ...wire import Desk, WireRequest, WireResponse

__all__ = ["ClientPair", "Recorder", "client_errors", "violated_place"]

ORIGIN = "http://127.0.0.1:9"
# The clients' clock starts with that of the mock.
START = datetime.fromtimestamp(EMBEDDED_EPOCH_MS / 1000, UTC)
client_errors = gemini_clearing.errors
_log = logging.getLogger("gemini_clearing")


def violated_place(error: object, otherwise: str) -> str:
    """Return the place of a contract violation that the client reports, or another place if it reports none."""
    place = getattr(error, "place", None) if isinstance(error, client_errors.ContractViolatedError) else None
    return str(place).removeprefix("$").removeprefix(".") if place and place != "$" else otherwise


@define
class Recorder:
    """The requests that the client has sent, and the responses that it gets."""

    respond: Callable[[WireRequest], WireResponse]
    requests: list[WireRequest] = field(factory=list)

    @guarded()
    def exchange(self, request: httpx.Request) -> httpx.Response:
        """Record a request and return its response."""
        sent = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)
        wire = WireRequest(request.method, request.url.raw_path.decode(), sent, request.content)
        self.requests.append(wire)
        response = self.respond(wire)
        # The exchange's clock runs with the client's, so that no wait of the client looks like a jump of a clock.
        headers = {**response.headers, "date": format_datetime(_time.utc_now(), usegmt=True)}
        return httpx.Response(response.status, headers=headers, content=response.body, request=request)


class _Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport for both clients."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Exchange a request of the synchronous client."""
        request.read()
        return self._recorder.exchange(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Exchange a request of the asynchronous client."""
        await request.aread()
        return self._recorder.exchange(request)


class _SimulatedClock(_time.Clock):
    """
    A clock that only the client's waits advance, each by whole seconds.

    So no wait takes real time. Two runs with the same seed send the same requests, although the client's waits are
    random.
    """

    def __init__(self) -> None:
        self._waited_s = 0

    def monotonic(self) -> float:
        """Return the seconds that the clients have waited, from an arbitrary start."""
        return 1000.0 + self._waited_s

    def utc_now(self) -> datetime:
        """Return the time of the wall clock."""
        return START + timedelta(seconds=self._waited_s)

    def sleep(self, seconds: float) -> None:
        """Advance instead of a wait of the synchronous client."""
        self._waited_s += math.ceil(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """Advance instead of a wait of the asynchronous client."""
        self._waited_s += math.ceil(seconds)


class ClientPair:
    """
    The synchronous and the asynchronous client with the same key and the same recorder.

    As long as a pair is open, the clients of this process live in simulated time, and log no warnings: the suite sends
    new fields, enum values and lost responses on purpose.
    """

    _open = 0
    _clock = _time.Clock()
    _level = logging.NOTSET

    def __init__(self, desk: Desk, recorder: Recorder, *, timeout_s: float = 60) -> None:
        options: dict[str, Any] = {
            "api_key": desk.api_key,
            "api_secret": desk.api_secret,
            "base_url": ORIGIN,
            "timeout": timeout_s,
        }
        self._sync = GeminiClearing(transport=_Transport(recorder), **options)
        self._async = AsyncGeminiClearing(transport=_Transport(recorder), **options)
        self._loop = asyncio.new_event_loop()
        if ClientPair._open == 0:
            ClientPair._clock = _time.install(_SimulatedClock())
            ClientPair._level = _log.level
            _log.setLevel(logging.ERROR)
        ClientPair._open += 1

    def call(self, operation: str, arguments: dict[str, Any], *, is_async: bool = False) -> Any:
        """Call an operation; returns its result or the error that it raised."""
        try:
            if is_async:
                return self._loop.run_until_complete(getattr(self._async, operation)(**arguments))
            return getattr(self._sync, operation)(**arguments)
        except Exception as error:
            return error

    @staticmethod
    def now_s() -> float:
        """Return the clients' time in seconds since the epoch."""
        return _time.utc_now().timestamp()

    def resolve(self, error: Any, *, is_async: bool = False) -> Any:
        """Resolve an unknown outcome; returns the resolution or the error that was raised."""
        try:
            return self._loop.run_until_complete(error.resolve_async()) if is_async else error.resolve()
        except Exception as failure:
            return failure

    def close(self) -> None:
        """Close both clients."""
        ClientPair._open -= 1
        if ClientPair._open == 0:
            _time.install(ClientPair._clock)
            _log.setLevel(ClientPair._level)
        self._sync.close()
        self._loop.run_until_complete(self._async.aclose())
        self._loop.close()
