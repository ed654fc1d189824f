"""
The exchange itself: a request goes in, an answer comes out.

``Exchange`` ties the parts together and is what everybody outside holds.  The checks stand in ``_checks``, what the
endpoints do in ``_operations`` and ``_listing``, the ways in from outside in ``_transports`` and ``_asgi``.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from gemini_clearing_mock._accounts import DemoAccount
from gemini_clearing_mock._call import Call
from gemini_clearing_mock._checks import CHECKS
from gemini_clearing_mock._clock import Clock, SystemClock
from gemini_clearing_mock._clock_control import ExchangeClock
from gemini_clearing_mock._config import Config
from gemini_clearing_mock._demo import demo_config
from gemini_clearing_mock._desk_control import DeskControl
from gemini_clearing_mock._endpoints import ENDPOINTS
from gemini_clearing_mock._fault_control import FaultControl
from gemini_clearing_mock._faults import Fault, strike
from gemini_clearing_mock._http import Request, Response
from gemini_clearing_mock._log import LogEntry, describe
from gemini_clearing_mock._refusals import Refusal
from gemini_clearing_mock._state import ExchangeState
from gemini_clearing_mock._store import FileStore, MemoryStore, Store
from gemini_clearing_mock._turn import Turn
from gemini_clearing_mock.errors import ControlError

# httpx is a third of a server's start-up, and a server has no use for it: the transports are imported when asked for.
if TYPE_CHECKING:
    from gemini_clearing_mock._transports import AsyncExchangeTransport, ExchangeTransport

__all__ = ["Exchange"]


class Exchange:
    """
    A clearing exchange; safe to use from several threads.

    ``clock``, ``desks`` and ``faults`` steer it, ``log`` tells what it was asked.

    Args:
        config: accounts, keys, symbols and choices; the demo exchange if left out.
        clock: where time comes from; the machine's clock if left out.
        ids: clearing ids to give out; random ones if left out.
        state_file: a SQLite file that keeps the state and may be shared with other processes; memory if left out.

    """

    def __init__(
        self,
        config: Config | None = None,
        *,
        clock: Clock | None = None,
        ids: Iterator[str] | None = None,
        state_file: Path | None = None,
    ) -> None:
        self._source = clock or SystemClock()
        self._state = ExchangeState(config or demo_config(), ids)
        self._store: Store = MemoryStore() if state_file is None else FileStore(state_file)
        self._lock = threading.RLock()
        self._turn: Turn | None = None
        self.clock = ExchangeClock(self, self._source)
        self.desks = DeskControl(self)
        self.faults = FaultControl(self)
        # The first turn: a state file that does not fit is refused here, and not at the first request.
        with self.turn():
            pass

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """Hold the state alone; whatever reads or changes it happens in a turn.  A turn within a turn is the same."""
        with self._lock:
            if self._turn is not None:
                yield self._turn
                return
            with self._store.turn(self._state):
                self._turn = Turn(self._state, self._source.now_ms())
                try:
                    self._turn.catch_up()
                    yield self._turn
                finally:
                    self._turn = None

    def handle(self, request: Request) -> Response:
        """Answer one request.  A refused one leaves no trace, but for its nonce where that was already accepted."""
        with self.turn() as turn:
            fault = FaultControl.draw(turn, request.path)
            return self._handle(turn, request) if fault is None else self._strike(turn, request, fault)

    def _strike(self, turn: Turn, request: Request, fault: Fault) -> Response:
        answers: list[Response] = []

        def handle() -> Response:
            answers.append(self._handle(turn, request, fault))
            return answers[-1]

        answer = strike(fault, handle)
        if not answers:
            turn.state.log_request(describe(Call(turn.state, request, turn.now_ms), answer.status, fault=fault))
        return answer

    def _handle(self, turn: Turn, request: Request, fault: Fault | None = None) -> Response:
        call = Call(turn.state, request, turn.now_ms)
        refusal = None
        try:
            for check, passes in CHECKS:
                call.check = check
                passes(call)
            call.check = "business"
            answer = ENDPOINTS[request.path].operation(call).after(call.delay_ms)
        except Refusal as error:
            refusal, answer = error, error.response()
        turn.state.log_request(describe(call, answer.status, refusal, fault))
        return answer

    @property
    def accounts(self) -> list[DemoAccount]:
        """The keys that act for one account, each with what a client needs to act for it."""
        with self.turn() as turn:
            return [
                DemoAccount(key.name, key.api_key, key.api_secret, key.account, key.roles)
                for key in turn.state.keys.values()
                if key.account is not None
            ]

    def account(self, name: str) -> DemoAccount:
        """Find a key by its name."""
        accounts = {account.name: account for account in self.accounts}
        if name not in accounts:
            raise ControlError(f"There is no key '{name}'; there are: {', '.join(accounts)}.")
        return accounts[name]

    def transport(self) -> ExchangeTransport:
        """Make a transport for ``httpx.Client`` that leads here without a socket."""
        from gemini_clearing_mock._transports import ExchangeTransport

        return ExchangeTransport(self)

    def async_transport(self) -> AsyncExchangeTransport:
        """Make a transport for ``httpx.AsyncClient`` that leads here without a socket."""
        from gemini_clearing_mock._transports import AsyncExchangeTransport

        return AsyncExchangeTransport(self)

    @property
    def log(self) -> list[LogEntry]:
        """The latest requests, the oldest first."""
        with self.turn() as turn:
            return sorted(turn.state.log.values(), key=lambda entry: entry.number)

    def fingerprint(self) -> str:
        """Digest accounts, keys, orders and nonces: equal as long as nothing has changed."""
        with self.turn() as turn:
            return turn.state.fingerprint()

    def snapshot(self) -> bytes:
        """Write the whole state down, the clock included."""
        with self.turn() as turn:
            return turn.state.dump()

    def restore(self, snapshot: bytes) -> None:
        """Go back to what ``snapshot`` wrote."""
        with self.turn() as turn:
            try:
                turn.state.load(snapshot)
            except (msgspec.DecodeError, UnicodeDecodeError, KeyError) as error:
                raise ControlError(f"This is no snapshot of an exchange: {error}.") from None

    def reset(self) -> None:
        """Begin anew, with the configuration's accounts, no orders, and the clock running."""
        with self.turn() as turn:
            turn.state.begin()
