"""
The exchange itself: a request goes in, an answer comes out.

``Exchange`` ties the parts together and is what everybody outside holds.  The checks stand in ``_checks``, what the
endpoints do in ``_operations`` and ``_listing``, the ways in from outside in ``_transports`` and ``_asgi``.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from gemini_clearing_mock._accounts import DemoAccount
from gemini_clearing_mock._call import Call
from gemini_clearing_mock._checks import CHECKS
from gemini_clearing_mock._clock import Clock, ClockSetting, ExchangeClock, SystemClock
from gemini_clearing_mock._config import Config
from gemini_clearing_mock._demo import demo_config
from gemini_clearing_mock._endpoints import ENDPOINTS
from gemini_clearing_mock._http import Request, Response
from gemini_clearing_mock._log import LogEntry, describe
from gemini_clearing_mock._refusals import Refusal
from gemini_clearing_mock._settlement import run
from gemini_clearing_mock._state import ExchangeState
from gemini_clearing_mock._transports import AsyncExchangeTransport, ExchangeTransport

__all__ = ["Exchange"]


class Exchange:
    """
    A clearing exchange that holds its state in memory; safe to use from several threads.

    Args:
        config: accounts, keys, symbols and choices; the demo exchange if left out.
        clock: where time comes from; the machine's clock if left out.
        ids: clearing ids to give out; random ones if left out.

    """

    def __init__(
        self, config: Config | None = None, *, clock: Clock | None = None, ids: Iterator[str] | None = None
    ) -> None:
        self.config = config or demo_config()
        self._lock = threading.RLock()
        self._state = ExchangeState(self.config, ids)
        self._source = clock or SystemClock()
        self.clock = ExchangeClock(self._source, self)

    # The exchange's side of the API.

    def handle(self, request: Request) -> Response:
        """Answer one request.  A refused one leaves no trace, but for its nonce where that was already accepted."""
        with self.turn() as state:
            now_ms = state.clock["clock"].apply(self._source.now_ms())
            run(state, now_ms)
            call = Call(state, request, now_ms)
            check, refusal = "path", None
            try:
                for check, passes in CHECKS:
                    passes(call)
                check = "business"
                response = ENDPOINTS[request.path].operation(call)
                response = response.after(call.delay_ms)
            except Refusal as error:
                refusal, response = error, error.response()
            state.log_request(describe(call, response.status, check, refusal))
        return response

    @contextmanager
    def turn(self) -> Iterator[ExchangeState]:
        """Hold the state alone: everything that reads or changes it happens in a turn."""
        with self._lock:
            yield self._state

    # Who can use it.

    @property
    def accounts(self) -> list[DemoAccount]:
        """The account keys, each with what a client needs to act for it."""
        with self.turn() as state:
            return [
                DemoAccount(key.name, key.api_key, key.api_secret, key.account, key.roles)
                for key in state.keys.values()
                if key.account is not None
            ]

    def account(self, name: str) -> DemoAccount:
        """Find an account key by its name."""
        return next(account for account in self.accounts if account.name == name)

    def transport(self) -> ExchangeTransport:
        """Make a transport for ``httpx.Client`` that leads here without a socket."""
        return ExchangeTransport(self)

    def async_transport(self) -> AsyncExchangeTransport:
        """Make a transport for ``httpx.AsyncClient`` that leads here without a socket."""
        return AsyncExchangeTransport(self)

    # How it is looked into and steered.

    @property
    def log(self) -> list[LogEntry]:
        """The latest requests, the oldest first."""
        with self.turn() as state:
            return sorted(state.log.values(), key=lambda entry: entry.number)

    def fingerprint(self) -> str:
        """Digest accounts, keys, orders and nonces: equal as long as nothing has changed."""
        with self.turn() as state:
            return state.fingerprint()

    def snapshot(self) -> bytes:
        """Write the whole state down."""
        with self.turn() as state:
            return state.dump()

    def restore(self, snapshot: bytes) -> None:
        """Go back to what ``snapshot`` wrote."""
        with self.turn() as state:
            state.load(snapshot)

    def reset(self) -> None:
        """Begin anew, with the configuration's accounts, no orders, and the clock running."""
        with self.turn() as state:
            state.begin()

    def read_clock_setting(self) -> ClockSetting:
        """Read how exchange time follows from the clock; use ``clock``."""
        with self.turn() as state:
            return state.clock["clock"]

    def write_clock_setting(self, setting: ClockSetting) -> None:
        """Change how exchange time follows from the clock; use ``clock``."""
        with self.turn() as state:
            state.clock["clock"] = setting
            run(state, setting.apply(self._source.now_ms()))
