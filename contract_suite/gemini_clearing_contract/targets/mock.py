"""
The embedded mock, as a target: the only place of the suite's server side that imports the mock.

The suite talks to it in bytes and headers like to any other server; only its clock is in the suite's hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from gemini_clearing_mock import Exchange, ManualClock, Request

from ..wire import WireRequest, WireResponse

__all__ = ["EmbeddedClock", "make_exchange"]


@dataclass
class EmbeddedClock:
    """The exchange's clock, in milliseconds."""

    clock: ManualClock

    def now_ms(self) -> int:
        """What the exchange takes for now."""
        return self.clock.now_ms()

    def advance_ms(self, duration_ms: int) -> None:
        """Let time go by."""
        self.clock.advance(ms=duration_ms)


def make_exchange(start_ms: int) -> tuple[Exchange, EmbeddedClock, Callable[[WireRequest], WireResponse]]:
    """A new exchange with a clock that stands still, and the way to send it a request."""
    clock = ManualClock(start_ms)
    # Ids in order, so that two runs with the same seed send the same requests.
    exchange = Exchange(clock=clock, ids=(f"{number:08X}" for number in count(0xA0000001)))
    return exchange, EmbeddedClock(clock), carrier(exchange.handle)


def carrier(handle: Callable[[Any], Any]) -> Callable[[WireRequest], WireResponse]:
    """A request as the exchange's core takes it, and its answer as the suite reads it."""

    def send(request: WireRequest) -> WireResponse:
        headers = {name.lower(): value for name, value in request.headers}
        try:
            response = handle(Request(method=request.method, path=request.path, headers=headers, body=request.body))
        except Exception as error:
            # Over HTTP a server that fails answers so; in-process it must not take the suite down with it.
            return WireResponse(500, {"content-type": "text/plain"}, f"{type(error).__name__}: {error}".encode())
        names = {name.lower(): value for name, value in dict(response.headers).items()}
        return WireResponse(response.status, names, bytes(response.body))

    return send
