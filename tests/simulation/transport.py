"""
The httpx transports of the simulated network, sync and async.

With `reports`, a transport reports that bytes were written, like the client's own. Without, it is like a third-party
transport, whose errors prove nothing.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Iterator, Mapping

import httpx

from tests.simulation.network import Network, Reply, Signal, Wait
from tests.simulation.scheduler import Scheduler

__all__ = ["AsyncSimulatedTransport", "SimulatedTransport"]

EVIDENCE = "gemini_clearing.evidence"


def _marker(request: httpx.Request, *, reports: bool) -> Callable[[], None]:
    evidence = request.extensions.get(EVIDENCE)
    return evidence if reports and callable(evidence) else _ignore


def _ignore() -> None:
    """Do nothing: the client has no evidence to mark."""


class _Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that arrives in pieces and may be truncated."""

    def __init__(self, scheduler: Scheduler, reply: Reply, request: httpx.Request) -> None:
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


class SimulatedTransport(httpx.BaseTransport):
    """The transport of sync clients."""

    def __init__(self, network: Network, *, reports: bool) -> None:
        self._network = network
        self.reports_sending = reports

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request, and block the actor until it ends."""
        course = self._network.send(request, _marker(request, reports=self.reports_sending))
        try:
            wait = next(course)
            while True:
                wait = course.send(self._wait(wait))
        except StopIteration as end:
            return _response(self._network.scheduler, end.value, request)

    def _wait(self, wait: Wait) -> bool:
        scheduler, signal = self._network.scheduler, wait.signal
        if signal is not None and signal.is_set:
            return True
        ticket = scheduler.ticket()
        if signal is not None:
            signal.when_set = lambda: scheduler.fire(ticket)
        return scheduler.block(ticket, wait.seconds)


class AsyncSimulatedTransport(httpx.AsyncBaseTransport):
    """The transport of async clients."""

    def __init__(self, network: Network, *, reports: bool) -> None:
        self._network = network
        self.reports_sending = reports

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request, and suspend the task until it ends."""
        course = self._network.send(request, _marker(request, reports=self.reports_sending))
        try:
            wait = next(course)
            while True:
                wait = course.send(await _wait_async(wait))
        except StopIteration as end:
            return _response(self._network.scheduler, end.value, request)


async def _wait_async(wait: Wait) -> bool:
    if wait.signal is None:
        await asyncio.sleep(wait.seconds)
        return False
    loop = asyncio.get_running_loop()
    woken: asyncio.Future[None] = loop.create_future()
    _wake_when_set(wait.signal, loop, woken)
    await asyncio.wait((woken,), timeout=wait.seconds)
    return woken.done()


def _wake_when_set(signal: Signal, loop: asyncio.AbstractEventLoop, woken: "asyncio.Future[None]") -> None:
    def wake() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(_set, woken)

    if signal.is_set:
        woken.set_result(None)
    else:
        signal.when_set = wake


def _set(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


def _response(scheduler: Scheduler, reply: Reply, request: httpx.Request) -> httpx.Response:
    return httpx.Response(reply.status, headers=reply.headers, stream=_Body(scheduler, reply, request), request=request)
