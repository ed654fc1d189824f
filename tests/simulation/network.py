"""
The simulated network: the course of one request to the exchange and back, with the faults of its fate.

The course is a generator that yields `Wait`s and does no waiting itself; the sync and the async transport drive it.
"""

import base64
from collections import defaultdict
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
import msgspec

from gemini_clearing_mock import Request, Response
from tests.simulation.chance import Chance
from tests.simulation.exchange import SimulatedExchange
from tests.simulation.fates import Fate, draw_fate
from tests.simulation.history import History
from tests.simulation.ledger import Call, Delivery, WireRequest, current_call
from tests.simulation.pages import Page
from tests.simulation.scheduler import Scheduler
from tests.simulation.tampering import front_response, page_response, tamper

__all__ = ["Network", "Passage", "Reply", "Signal", "Wait"]

WRITES = {"/v1/clearing/new", "/v1/clearing/broker/new", "/v1/clearing/cancel", "/v1/clearing/confirm"}
# The arguments that a response repeats. Without them, a client cannot detect that it belongs to another one.
_ECHOED = {
    "/v1/clearing/new": ("symbol", "amount", "price", "side"),
    "/v1/clearing/status": ("clearing_id",),
    "/v1/clearing/cancel": ("clearing_id",),
}
_BREAKS = (httpx.ReadError, httpx.RemoteProtocolError, httpx.WriteError)
_LONGEST_WAIT_S = 600.0
_QUICK_S = 0.05


class Signal:
    """A value that is set once, and wakes one waiter."""

    def __init__(self) -> None:
        self.value: Any = None
        self.is_set = False
        self.when_set: Callable[[], None] | None = None

    def set(self, value: Any) -> None:
        """Set the value; a second time changes nothing."""
        if not self.is_set:
            self.is_set, self.value = True, value
            if self.when_set is not None:
                self.when_set()


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait for a signal for at most `seconds`; without a signal, wait for `seconds`."""

    seconds: float
    signal: Signal | None = None


@dataclass(slots=True)
class Reply:
    """A response for the client: the head, the body in pieces, and optionally an error after them."""

    status: int
    headers: dict[str, str]
    pieces: list[tuple[float, bytes]] = field(default_factory=list)
    error: Callable[[], Exception] | None = None


Course = Generator[Wait, bool, Reply]


class Network:
    """The network between all clients of a run and the exchange."""

    def __init__(
        self, scheduler: Scheduler, exchange: SimulatedExchange, chance: Chance, history: History, rate: float
    ) -> None:
        self.scheduler = scheduler
        self.exchange = exchange
        self._chance = chance
        self._history = history
        self._rate = rate
        self.interrupt: Callable[[Call, str], None] = _ignore
        """Called with the call whose process is to be interrupted or killed, and which of the two."""
        self.calm: set[str] = set()
        """Actors whose requests no longer suffer faults."""
        self.recent: defaultdict[str, list[tuple[Any, Response]]] = defaultdict(list)
        """The exchange's responses by path, each with the arguments that it repeats."""

    def send(self, request: httpx.Request, mark_written: Callable[[], None]) -> Course:
        """Return the course of one request; it calls `mark_written` when the first byte is written."""
        wire = self._register(request)
        is_ordered = wire.call.intent.key not in {"clockwork", "token"}
        rate = 0.0 if wire.call.actor in self.calm else self._rate
        fate = draw_fate(self._chance, wire, rate=rate, is_ordered=is_ordered, lag_s=self.exchange.lag_s)
        return Passage(self, request, wire, fate, self._history).course(mark_written)

    def _register(self, request: httpx.Request) -> WireRequest:
        call = current_call.get()
        path = request.url.path
        wire = WireRequest(call, len(call.requests) + 1, path, path in WRITES, began_ns=self.scheduler.now_ns)
        payload = msgspec.json.decode(base64.b64decode(request.headers["x-gemini-payload"]))
        nonce = payload.get("nonce")
        wire.nonce = None if nonce is None else str(nonce)
        wire.echo = tuple(payload.get(name) for name in _ECHOED.get(path, ()))
        wire.size = sum(len(name) + len(value) + 4 for name, value in request.headers.raw) + len(path) + 17
        call.requests.append(wire)
        return wire


class Passage:
    """One request in transit."""

    def __init__(
        self, network: Network, request: httpx.Request, wire: WireRequest, fate: Fate, history: History
    ) -> None:
        self._network = network
        self._scheduler = network.scheduler
        self._exchange = network.exchange
        self._request = request
        self._wire = wire
        self._fate = fate
        self._history = history
        self._source = network._chance.source(f"{wire.name}:details")
        self._reply = Signal()
        self._generation = network.exchange.generation
        self._timeouts: Any = request.extensions.get("timeout", {})

    def course(self, mark_written: Callable[[], None]) -> Course:
        """Yield waits, and return the response."""
        for name, delay_s in (("interrupt", self._fate.interrupt_s), ("kill", self._fate.kill_s)):
            if delay_s is not None:
                self._scheduler.after(delay_s, partial(self._network.interrupt, self._wire.call, name))
        yield from self._connect()
        yield from self._write(mark_written)
        arrived = yield Wait(self._timeout("read"), self._reply)
        if not arrived:
            self._wire.response = "nothing"
            raise httpx.ReadTimeout("the read operation timed out", request=self._request)
        reply = self._reply.value
        if isinstance(reply, Exception):
            self._wire.response = type(reply).__name__
            raise reply
        assert isinstance(reply, Reply)
        return reply

    # ------------------------------------------------------------------------------------------- the request

    def _connect(self) -> Generator[Wait, bool, None]:
        fate = self._fate
        error = fate.connect_error or ("ConnectError" if not self._exchange.is_up else None)
        if error is None:
            return
        limit_s = self._timeout("connect")
        yield Wait(min(fate.connect_s, limit_s))
        self._history.note("network", f"does not connect {self._wire.name}", error)
        self._wire.response = error
        raise getattr(httpx, error)(f"simulated {error}", request=self._request)

    def _write(self, mark_written: Callable[[], None]) -> Generator[Wait, bool, None]:
        wire, fate = self._wire, self._fate
        cut_at = wire.size if fate.cut_request is None else round(wire.size * fate.cut_request)
        mark_written()
        wire.written = cut_at
        self._history.note("network", f"takes {wire.name}", wire.path, f"{cut_at} of {wire.size} bytes", wire.nonce)
        if fate.vanishes:
            return
        if cut_at == wire.size:
            for number, delay_s in enumerate(fate.copies_s):
                self._scheduler.after(delay_s, partial(self._arrive, number))
        if fate.cut_request is not None:
            yield Wait(min(fate.copies_s[0], _QUICK_S))
            wire.response = "cut"
            raise self._break("the connection broke while the request was written")
        if fate.posthumous_error:
            yield Wait(min(fate.copies_s[0], _QUICK_S, self._timeout("connect")))
            wire.response = "ConnectTimeout"
            raise httpx.ConnectTimeout("simulated: the second server is unreachable", request=self._request)

    # ------------------------------------------------------------------------------------------- at the exchange

    def _arrive(self, copy: int) -> None:
        if not self._exchange.is_up or self._generation != self._exchange.generation:
            self._send_back(copy, self._break("the exchange went away"), 0.001)
            return
        response, origin = self._handle()
        if copy == min(self._fate.response_of, len(self._fate.copies_s) - 1):
            self._respond(copy, response, origin)

    def _handle(self) -> tuple[Response, str]:
        """Return the response and its origin; the exchange handles the request unless the fate prevents it."""
        wire, fate = self._wire, self._fate
        if isinstance(fate.front, Page):
            self._history.note("network", f"responds to {wire.name} itself", fate.front.name)
            return page_response(fate.front, fate.retry_after), "page"
        if fate.front is not None:
            response = front_response(fate.front, wire.path, fate.retry_after)
            reason = None if fate.front == "unknown-word" else fate.front
            wire.deliveries.append(Delivery(self._scheduler.now_ns, response.status, None, reason, ()))
            self._history.note("exchange", f"rejects {wire.name}", fate.front, fate.retry_after)
            return response, "exchange"
        response = self._exchange.receive(_incoming(self._request), wire, lag_s=0.0 if wire.is_write else fate.lag_s)
        if fate.back is not None:
            return page_response(fate.back, fate.retry_after), "page"
        return self._tamper(response), "exchange"

    def _tamper(self, response: Response) -> Response:
        kind, recent, echo = self._fate.tampering, self._network.recent[self._wire.path], self._wire.echo
        if kind == "crossed":
            others = [other for theirs, other in recent[-8:] if theirs != echo]
            return self._source.choice(others) if others and response.status == 200 else response
        if response.status == 200:
            recent.append((echo, response))
        return response if kind is None else tamper(kind, response, self._source)

    # ------------------------------------------------------------------------------------------- the response

    def _respond(self, copy: int, response: Response, origin: str) -> None:
        fate = self._fate
        if fate.response_vanishes:
            return
        self._wire.response = origin
        pieces, error = [(0.0, response.body)], None
        if fate.trickle_s:
            step = max(1, len(response.body) // 4)
            pieces = [(fate.trickle_s, response.body[at : at + step]) for at in range(0, len(response.body), step)]
        if fate.cut_response is not None:
            self._wire.response = "cut"
            # A third of the cuts is in the head.
            share = (fate.cut_response - 1 / 3) * 1.5
            if share < 0:
                self._send_back(copy, self._break("the connection broke in the head"), fate.down_s)
                return
            pieces = [(0.0, response.body[: int(len(response.body) * share)])]
            error = None if fate.ends_silently else partial(self._break, "the connection broke in the body")
        reply = Reply(response.status, dict(response.headers), pieces, error)
        self._send_back(copy, reply, fate.down_s + response.delay_ms / 1000)

    def _send_back(self, copy: int, reply: Reply | Exception, delay_s: float) -> None:
        self._scheduler.after(delay_s, lambda: self._deliver(reply))

    def _deliver(self, reply: Reply | Exception) -> None:
        if self._generation != self._exchange.generation:
            reply = self._break("the exchange went away")
        self._reply.set(reply)

    def _break(self, problem: str) -> Exception:
        return self._source.choice(_BREAKS)(f"simulated: {problem}", request=self._request)

    def _timeout(self, phase: str) -> float:
        timeout_s = self._timeouts.get(phase)
        return _LONGEST_WAIT_S if timeout_s is None else min(float(timeout_s), _LONGEST_WAIT_S)


def _ignore(call: Call, name: str) -> None:
    """Do nothing."""


def _incoming(request: httpx.Request) -> Request:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in request.headers.raw}
    return Request(request.method, request.url.path, headers)
