"""
The simulated network between clients and exchange, and the passage of one request through it.

A passage is the part that does not depend on how the client is connected: copies arrive, the exchange or something in
front of it responds, and a response goes back. `messages` and `streams` connect clients to it.
"""

import base64
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import msgspec

from gemini_clearing_mock import Request, Response
from tests.simulation.chance import Chance
from tests.simulation.exchange import SimulatedExchange
from tests.simulation.fates import Fate, draw_fate
from tests.simulation.history import History
from tests.simulation.ledger import Call, Delivery, WireRequest, current_call
from tests.simulation.pages import Page
from tests.simulation.scheduler import Scheduler
from tests.simulation.tampering import failed_cancel, front_response, page_response, show_drift, tamper

__all__ = ["UNORDERED_KEYS", "Broken", "Network", "Passage"]

_CANCEL = "/v1/clearing/cancel"
_WRITES = {"/v1/clearing/new", "/v1/clearing/broker/new", _CANCEL, "/v1/clearing/confirm"}
# The arguments that a response repeats. Without them, a client cannot detect that it belongs to another request.
_ECHOED = {
    "/v1/clearing/new": ("symbol", "amount", "price", "side"),
    "/v1/clearing/status": ("clearing_id",),
    _CANCEL: ("clearing_id",),
}
UNORDERED_KEYS = frozenset({"clockwork", "token"})


class Broken(NamedTuple):
    """The end of a connection instead of a response."""

    problem: str


class Network:
    """The network between all clients of a run and the exchange."""

    def __init__(
        self, scheduler: Scheduler, exchange: SimulatedExchange, chance: Chance, history: History, rate: float
    ) -> None:
        self.scheduler = scheduler
        self.exchange = exchange
        self.chance = chance
        self.history = history
        self._rate = rate
        self.interrupt: Callable[[Call, str], None] = _ignore
        """Called with the call whose process is to be interrupted or killed, and which of the two."""
        self.sent: list[WireRequest] = []
        """All requests, in the order in which their sending began."""
        self.calm: set[str] = set()
        """Actors whose requests no longer suffer faults."""
        self.recent: defaultdict[str, list[tuple[Any, Response]]] = defaultdict(list)
        """The exchange's responses by path, each with the arguments that it repeats."""

    def rate_for(self, call: Call) -> float:
        """Return the rate of faults for the requests of a call."""
        return 0.0 if call.actor in self.calm else self._rate

    def register(self, request: Request, size: int, mode: str) -> tuple[WireRequest, Fate]:
        """Record a request that a client is about to write, and draw its fate."""
        call, path = current_call.get(), request.path
        wire = WireRequest(call, len(call.requests) + 1, path, path in _WRITES, began_ns=self.scheduler.now_ns)
        text = base64.b64decode(request.headers["x-gemini-payload"])
        payload = msgspec.json.decode(text)
        wire.payload = text.decode()
        nonce = payload.get("nonce")
        wire.nonce = None if nonce is None else str(nonce)
        wire.echo = tuple(payload.get(name) for name in _ECHOED.get(path, ()))
        wire.size = size
        wire.process = self.scheduler.current.process.incarnation if self.scheduler.current else ""
        call.requests.append(wire)
        self.sent.append(wire)
        is_ordered = call.intent.key not in UNORDERED_KEYS
        rate, lag_s = self.rate_for(call), self.exchange.lag_s
        return wire, draw_fate(self.chance, wire, mode=mode, rate=rate, is_ordered=is_ordered, lag_s=lag_s)


class Passage:
    """One request in transit. A subclass passes the response on to its client."""

    def __init__(self, network: Network, request: Request, wire: WireRequest, fate: Fate) -> None:
        self._network = network
        self._scheduler = network.scheduler
        self._exchange = network.exchange
        self._request = request
        self._wire = wire
        self._fate = fate
        self._source = network.chance.source(f"{wire.name}:details")
        self._generation = network.exchange.generation
        self._is_crossed = False
        """Whether its response was exchanged for the one to another request."""

    def respond(self, response: Response | Broken, origin: str) -> None:
        """Pass a response on; `origin` is `exchange` for the exchange's own one."""
        raise NotImplementedError

    @property
    def is_connected(self) -> bool:
        """Whether the connection on which the request was sent still exists at the exchange's side."""
        return self._exchange.is_up and self._generation == self._exchange.generation

    def plan_interruptions(self) -> None:
        """Schedule the interruption and the kill of its fate."""
        for name, delay_s in (("interrupt", self._fate.interrupt_s), ("kill", self._fate.kill_s)):
            if delay_s is not None:
                self._scheduler.after(delay_s, partial(self._network.interrupt, self._wire.call, name))

    def write(self) -> bool:
        """Put the request on the network; return whether all of its bytes were written."""
        wire, fate = self._wire, self._fate
        wire.written = wire.size if fate.cut_request is None else round(wire.size * fate.cut_request)
        progress = f"{wire.written} of {wire.size} bytes"
        self._network.history.note("network", f"takes {wire.name}", wire.path, progress, wire.nonce)
        is_whole = wire.written == wire.size
        if is_whole and not fate.vanishes:
            for copy, delay_s in enumerate(fate.copies_s):
                self._scheduler.after(delay_s, partial(self._arrive, copy))
        return is_whole

    def _arrive(self, copy: int) -> None:
        if not self.is_connected:
            self.respond(Broken("the exchange went away"), "nothing")
            return
        response, origin = self._handle(copy)
        if copy == min(self._fate.response_of, len(self._fate.copies_s) - 1) and not self._fate.response_vanishes:
            self.respond(response, origin)

    def _handle(self, copy: int) -> tuple[Response, str]:
        """Return the response and its origin; the exchange handles the request unless the fate prevents it."""
        wire, fate, history = self._wire, self._fate, self._network.history
        if isinstance(fate.front, Page):
            history.note("network", f"responds to {wire.name} itself", fate.front.name)
            return self._page(fate.front), "page"
        if fate.front is not None and not (fate.is_front_gone and copy > 0):
            response = front_response(fate.front, wire.path, fate.retry_after, self._exchange.clock.date())
            reason = None if fate.front == "unknown-word" else fate.front
            wire.deliveries.append(Delivery(self._scheduler.now_ns, response.status, None, reason, ()))
            history.note("exchange", f"rejects {wire.name}", fate.front, fate.retry_after)
            return response, "exchange"
        response = self._exchange.receive(self._request, wire, lag_s=0.0 if wire.is_write else fate.lag_s)
        if fate.back is not None:
            return self._page(fate.back), "page"
        tampered = self._tamper(response)
        return tampered, "crossed" if self._is_crossed else "exchange"

    def _page(self, page: Page) -> Response:
        """Return the response of a proxy, whose clock may be wrong."""
        error_s = self._source.choice((None, 0, -7200, 3600, 86_400))
        date = None if error_s is None else self._exchange.clock.date(error_s)
        return page_response(page, self._fate.retry_after, date)

    def receive(self, response: Response) -> None:
        """Record that the client has received a whole response."""
        wire = self._wire
        if wire.received_ns is None and wire.call.is_running:
            wire.received_ns, wire.status = self._scheduler.now_ns, response.status
            wire.retry_after = response.headers.get("retry-after")

    def _tamper(self, response: Response) -> Response:
        kind, recent, echo = self._fate.tampering, self._network.recent[self._wire.path], self._wire.echo
        if kind == "drift":
            self._exchange.drifted |= {effect.clearing_id for effect in self._wire.deliveries[-1].effects}
            kind = None
        if self._exchange.drifted and not self._wire.is_write:
            response = show_drift(response, self._exchange.drifted)
        if kind == "crossed":
            others = [other for theirs, other in recent[-8:] if theirs != echo]
            if self._wire.path == _CANCEL and not others:
                others = self._failures_of_others()
            self._is_crossed = bool(others) and response.status == 200
            return self._source.choice(others) if self._is_crossed else response
        if response.status == 200:
            recent.append((echo, response))
        return response if kind is None else tamper(kind, response, self._source)

    def _failures_of_others(self) -> list[Response]:
        """Return what other clients of the exchange receive if they cancel other orders too late."""
        others = [clearing_id for clearing_id in self._exchange.orders() if (clearing_id,) != self._wire.echo]
        return [failed_cancel(clearing_id, self._exchange.clock.date()) for clearing_id in others[-8:]]


def _ignore(call: Call, name: str) -> None:
    """Do nothing."""
