"""
Transports that pass whole requests and responses through the network, sync and async.

With `reports`, a transport reports that bytes were written, like the client's own. Without, it is like a third-party
transport, whose errors prove nothing. `streams` connects the client's own transport, byte by byte.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

import httpx

from gemini_clearing_mock import Request, Response
from tests.simulation.fates import Fate
from tests.simulation.ledger import WireRequest
from tests.simulation.network import Broken, Network, Passage
from tests.simulation.scheduler import Scheduler
from tests.simulation.waiting import Signal, Wait, wait_async, wait_blocking

__all__ = ["AsyncMessageTransport", "MessageTransport"]

_EVIDENCE = "gemini_clearing.evidence"
_BREAKS = (httpx.ReadError, httpx.RemoteProtocolError, httpx.WriteError)
_LONGEST_WAIT_S = 600.0
_QUICK_S = 0.05


@dataclass(slots=True)
class _Reply:
    """A response for the client: the head, the body in pieces, and optionally an error after them."""

    status: int
    headers: dict[str, str]
    pieces: list[tuple[float, bytes]] = field(default_factory=list)
    error: Callable[[], Exception] | None = None


_Course = Generator[Wait, bool, _Reply]


class _MessagePassage(Passage):
    """A request that is passed on as a whole."""

    def __init__(self, network: Network, message: httpx.Request, incoming: Request, *, reports: bool) -> None:
        size = sum(len(name) + len(value) + 4 for name, value in message.headers.raw) + len(incoming.path) + 17
        wire, fate = network.register(incoming, size, "message")
        super().__init__(network, incoming, wire, fate)
        self._message = message
        self._reply = Signal()
        self._reports = reports
        self._timeouts: Mapping[str, float | None] = message.extensions.get("timeout", {})

    def course(self) -> _Course:
        """Yield waits, and return the response."""
        try:
            return (yield from self._course())
        finally:
            self._wire.end(self._scheduler.now_ns)

    def _course(self) -> _Course:
        self.plan_interruptions()
        yield from self._connect()
        self._report()
        is_whole = self.write()
        yield from self._fail_early(self._wire, self._fate, is_whole=is_whole)
        if not (yield Wait(self._timeout("read"), self._reply)):
            self._wire.response = "nothing"
            raise httpx.ReadTimeout("the read operation timed out", request=self._message)
        reply = self._reply.value
        if isinstance(reply, Exception):
            raise reply
        assert isinstance(reply, _Reply)
        return reply

    def _connect(self) -> Generator[Wait, bool, None]:
        error = self._fate.connect_error or ("ConnectError" if not self._exchange.is_up else None)
        if error is not None:
            yield Wait(min(self._fate.connect_s, self._timeout("connect")))
            self._network.history.note("network", f"does not connect {self._wire.name}", error)
            self._wire.response = error
            raise getattr(httpx, error)(f"simulated {error}", request=self._message)

    def _report(self) -> None:
        evidence = self._message.extensions.get(_EVIDENCE)
        if self._reports and callable(evidence):
            evidence()

    def _fail_early(self, wire: WireRequest, fate: Fate, *, is_whole: bool) -> Generator[Wait, bool, None]:
        """Raise the errors that do not wait for a response."""
        if fate.cut_request is not None:
            yield Wait(min(fate.copies_s[0], _QUICK_S))
            wire.response = "cut"
            raise self._break("the connection broke while the request was written")
        if fate.posthumous_error:
            yield Wait(min(fate.copies_s[0], _QUICK_S, self._timeout("connect")))
            wire.response = "ConnectTimeout"
            raise httpx.ConnectTimeout("simulated: the second server is unreachable", request=self._message)

    def respond(self, response: Response | Broken, origin: str) -> None:
        """Send a response back, with the faults of the fate."""
        if isinstance(response, Broken):
            self._send_back(self._break(response.problem), 0.001, "broken")
            return
        fate, body = self._fate, response.body
        delay_s = fate.down_s + response.delay_ms / 1000
        pieces: list[tuple[float, bytes]] = [(0.0, body)]
        error: Callable[[], Exception] | None = None
        if fate.trickle_s:
            step = max(1, len(body) // 4)
            pieces = [(fate.trickle_s, body[at : at + step]) for at in range(0, len(body), step)]
        if fate.cut_response is not None:
            origin = "cut"
            # A third of the cuts is in the head.
            share = (fate.cut_response - 1 / 3) * 1.5
            if share < 0:
                self._send_back(self._break("the connection broke in the head"), delay_s, origin)
                return
            pieces = [(0.0, body[: int(len(body) * share)])]
            error = None if fate.ends_silently else partial(self._break, "the connection broke in the body")
        reply = _Reply(response.status, dict(response.headers), pieces, error)
        self._scheduler.after(delay_s, partial(self._deliver, reply, origin, response))

    def _send_back(self, reply: _Reply | Exception, delay_s: float, origin: str) -> None:
        self._scheduler.after(delay_s, partial(self._deliver, reply, origin))

    def _deliver(self, reply: _Reply | Exception, origin: str, response: Response | None = None) -> None:
        if not self._reply.is_set:
            if self._generation != self._exchange.generation:
                reply, origin = self._break("the exchange went away"), "broken"
            elif response is not None and self._wire.response is None and self._wire.over_ns is None:
                self.receive(response)
            self._wire.response = origin
            self._reply.set(reply)

    def _break(self, problem: str) -> Exception:
        return self._source.choice(_BREAKS)(f"simulated: {problem}", request=self._message)

    def _timeout(self, phase: str) -> float:
        timeout_s = self._timeouts.get(phase)
        return _LONGEST_WAIT_S if timeout_s is None else min(float(timeout_s), _LONGEST_WAIT_S)


class _Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that arrives in pieces and may be truncated."""

    def __init__(self, scheduler: Scheduler, reply: _Reply, request: httpx.Request) -> None:
        self._scheduler = scheduler
        self._reply = reply
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        for delay_s, piece in self._reply.pieces:
            if delay_s:
                limit_s = self._limit_s()
                self._scheduler.sleep(min(delay_s, limit_s))
                self._check(delay_s, limit_s)
            yield piece
        if self._reply.error is not None:
            raise self._reply.error()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for delay_s, piece in self._reply.pieces:
            if delay_s:
                limit_s = self._limit_s()
                await asyncio.sleep(min(delay_s, limit_s))
                self._check(delay_s, limit_s)
            yield piece
        if self._reply.error is not None:
            raise self._reply.error()

    def _limit_s(self) -> float:
        timeouts: Mapping[str, float | None] = self._request.extensions.get("timeout", {})
        limit_s = timeouts.get("read")
        return math.inf if limit_s is None else limit_s

    def _check(self, delay_s: float, limit_s: float) -> None:
        if delay_s > limit_s:
            raise httpx.ReadTimeout("simulated: the next piece did not come in time", request=self._request)


class MessageTransport(httpx.BaseTransport):
    """The transport of sync clients."""

    def __init__(self, network: Network, *, reports: bool) -> None:
        self._network = network
        self.reports_sending = reports

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request, and block the actor until it ends."""
        scheduler = self._network.scheduler
        course = _MessagePassage(self._network, request, _incoming(request), reports=self.reports_sending).course()
        try:
            wait = next(course)
            while True:
                wait = course.send(wait_blocking(scheduler, wait))
        except StopIteration as end:
            return _response(scheduler, end.value, request)
        finally:
            course.close()


class AsyncMessageTransport(httpx.AsyncBaseTransport):
    """The transport of async clients."""

    def __init__(self, network: Network, *, reports: bool) -> None:
        self._network = network
        self.reports_sending = reports

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request, and suspend the task until it ends."""
        course = _MessagePassage(self._network, request, _incoming(request), reports=self.reports_sending).course()
        try:
            wait = next(course)
            while True:
                wait = course.send(await wait_async(wait))
        except StopIteration as end:
            return _response(self._network.scheduler, end.value, request)
        finally:
            course.close()


def _incoming(request: httpx.Request) -> Request:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in request.headers.raw}
    return Request(request.method, request.url.path, headers)


def _response(scheduler: Scheduler, reply: _Reply, request: httpx.Request) -> httpx.Response:
    return httpx.Response(reply.status, headers=reply.headers, stream=_Body(scheduler, reply, request), request=request)
