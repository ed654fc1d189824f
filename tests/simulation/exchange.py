"""
The mock exchange in a simulated world: its clock, restarts, stale views, and the cause of each entry in its book.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import msgspec

from gemini_clearing_mock import Choices, Exchange, Request, Response
from gemini_clearing_mock.config._demo import demo_config
from gemini_clearing_mock.state._orders import Order
from tests.simulation.clocks import ExchangeClock
from tests.simulation.history import History
from tests.simulation.ledger import Delivery, Effect, WireRequest
from tests.simulation.scheduler import NS, Scheduler

__all__ = ["SimulatedExchange"]

_CHANGES = {"/v1/clearing/cancel": ("ok", "canceled"), "/v1/clearing/confirm": ("confirmed", "confirmed")}


class _Body(msgspec.Struct):
    result: str | None = None
    reason: str | None = None


_read = msgspec.json.Decoder(_Body).decode


class SimulatedExchange:
    """
    The exchange behind the simulated network.

    Args:
        scheduler: the source of true time.
        history: the log of arrivals.
        seed: the source of clearing ids.
    """

    def __init__(self, scheduler: Scheduler, history: History, seed: int) -> None:
        self._scheduler = scheduler
        self._history = history
        self._config = demo_config(Choices(seed=seed))
        self.clock = ExchangeClock(scheduler)
        self._open()
        self.generation = 0
        """Number of restarts; no connection survives one."""
        self.is_up = True
        self.lag_s = 0.0
        """The age of the views that reads currently get, in seconds."""
        self.nonces: defaultdict[tuple[str, str], list[WireRequest]] = defaultdict(list)
        """The requests that arrived, by key and nonce; copies of a request count once."""
        self.drifted: set[str] = set()
        """Orders that it shows in a way that the spec does not list: rows that violate it, and an unknown status."""
        self._versions: defaultdict[str, list[tuple[int, Order]]] = defaultdict(list)

    def orders(self) -> dict[str, Order]:
        """Return the book: every order by its id."""
        orders: dict[str, Order] = self._state.orders
        return orders

    def _open(self) -> None:
        self.mock = Exchange(self._config, clock=self.clock)
        with self.mock.transactions.begin() as transaction:
            self._state: Any = transaction.state

    def receive(self, request: Request, wire: WireRequest, *, lag_s: float = 0.0) -> Response:
        """Handle one arrival of a request, and record its effects."""
        if wire.nonce is not None:
            seen = self.nonces[wire.call.intent.key, wire.nonce]
            if wire not in seen:
                seen.append(wire)
        orders, before = self.orders(), len(self.orders())
        with self._as_of(lag_s):
            response = self.mock.handle(request)
        body = _read(response.body) if response.headers.get("content-type") == "application/json" else _Body()
        effects = tuple(self._effects(request.path, response, body, wire, before))
        for effect in effects:
            self._versions[effect.clearing_id].append((self._scheduler.now_ns, orders[effect.clearing_id]))
        wire.deliveries.append(Delivery(self._scheduler.now_ns, response.status, body.result, body.reason, effects))
        outcome = ", ".join(f"{effect.kind} {effect.clearing_id}" for effect in effects) or body.reason or body.result
        self._history.note("exchange", f"handles {wire.name}", wire.path, response.status, outcome)
        return msgspec.structs.replace(response, headers={**response.headers, "date": self.clock.date()})

    def _effects(self, path: str, response: Response, body: _Body, wire: WireRequest, before: int) -> Iterator[Effect]:
        """Yield what a request has changed in the book, which held `before` orders."""
        if len(self.orders()) > before:
            yield Effect("placed", next(reversed(self.orders())))
        elif response.status == 200 and path in _CHANGES and body.result == _CHANGES[path][0]:
            yield Effect(_CHANGES[path][1], wire.call.intent.terms["clearing_id"])

    def stop(self) -> None:
        """Stop listening, and break every connection."""
        self.is_up = False
        self.generation += 1

    def start(self) -> None:
        """Start again as a new process with the stored state."""
        if not self.is_up:
            snapshot = self.mock.snapshot()
            self._open()
            self.mock.restore(snapshot)
            self.is_up = True

    @contextmanager
    def _as_of(self, lag_s: float) -> Iterator[None]:
        """Show an old version of the book, like a replica that lags behind."""
        since_ns = self._scheduler.now_ns - round(lag_s * NS)
        stale = [clearing_id for clearing_id, versions in self._versions.items() if versions[-1][0] > since_ns]
        if lag_s <= 0 or not stale:
            yield
            return
        self.mock.clock.now_ms()  # apply due expiries and settlements to the book, not to the stale view
        state = self._state
        current = {clearing_id: state.orders[clearing_id] for clearing_id in stale}
        hidden = set()
        for clearing_id in stale:
            known = [order for at_ns, order in self._versions[clearing_id] if at_ns <= since_ns]
            if known:
                dict.__setitem__(state.orders, clearing_id, known[-1])
            else:
                hidden.add(clearing_id)
        visible = {clearing_id: order for clearing_id, order in state.orders.items() if clearing_id not in hidden}
        with (
            patch.object(state, "_newest_first", _listing(state, hidden)),
            patch.dict(state.orders, visible, clear=True),
        ):
            yield
        dict.update(state.orders, current)


def _listing(state: Any, hidden: set[str]) -> Callable[[list[int]], Iterator[Order]]:
    def newest_first(sequences: list[int]) -> Iterator[Order]:
        clearing_ids = (state._clearing_ids[sequence] for sequence in reversed(sequences))
        return (state.orders[clearing_id] for clearing_id in clearing_ids if clearing_id not in hidden)

    return newest_first
