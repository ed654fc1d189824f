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

from .api._checks import CHECKS
from .api._context import RequestContext
from .api._error_reply import ErrorReply
from .api._routes import ROUTES
from .config._demo import demo_config
from .config._model import Config
from .control._clock import ExchangeClock
from .control._desks import DeskControl
from .control._faults import FaultControl
from .errors import ControlError
from .http._messages import Request, Response
from .state._accounts import DemoAccount
from .state._clock import Clock, SystemClock
from .state._faults import Fault, strike
from .state._log import LogEntry, describe
from .state._state import ExchangeState
from .state._store import FileStore, MemoryStore, Store
from .state._transaction import Transaction

# httpx is a third of a server's start-up, and a server has no use for it: the transports are imported when asked for.
if TYPE_CHECKING:
    from .http._transports import AsyncExchangeTransport, ExchangeTransport

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
        config = config or demo_config()
        self._state = ExchangeState(
            config.symbols,
            config.choices,
            accounts=config.accounts,
            keys=config.keys,
            tokens=config.tokens,
            ids=ids,
        )
        self._store: Store = MemoryStore() if state_file is None else FileStore(state_file)
        self._lock = threading.RLock()
        self._transaction: Transaction | None = None
        self.clock = ExchangeClock(self, self._source)
        self.desks = DeskControl(self)
        self.faults = FaultControl(self)
        # The first transaction: a state file that does not fit is refused here, and not at the first request.
        with self.transaction():
            pass

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Return exclusive access to the state; a nested transaction is the same one."""
        with self._lock:
            if self._transaction is not None:
                yield self._transaction
                return
            with self._store.transaction(self._state):
                self._transaction = Transaction(self._state, self._source.now_ms())
                try:
                    self._transaction.catch_up()
                    yield self._transaction
                finally:
                    self._transaction = None

    def handle(self, request: Request) -> Response:
        """Answer one request.  A refused one leaves no trace, but for its nonce where that was already accepted."""
        with self.transaction() as transaction:
            fault = FaultControl.draw(transaction, request.path)
            return self._handle(transaction, request) if fault is None else self._strike(transaction, request, fault)

    def _strike(self, transaction: Transaction, request: Request, fault: Fault) -> Response:
        answers: list[Response] = []

        def handle() -> Response:
            answers.append(self._handle(transaction, request, fault))
            return answers[-1]

        answer = strike(fault, handle)
        if not answers:
            transaction.state.log_request(
                describe(RequestContext(transaction.state, request, transaction.now_ms), answer.status, fault=fault)
            )
        return answer

    def _handle(self, transaction: Transaction, request: Request, fault: Fault | None = None) -> Response:
        context = RequestContext(transaction.state, request, transaction.now_ms)
        refusal = None
        try:
            for check, passes in CHECKS:
                context.check = check
                passes(context)
            context.check = "business"
            answer = ROUTES[request.path].operation(context).after(context.delay_ms)
        except ErrorReply as error:
            refusal, answer = error, error.response()
        transaction.state.log_request(describe(context, answer.status, refusal, fault))
        return answer

    @property
    def accounts(self) -> list[DemoAccount]:
        """The keys that act for one account, each with what a client needs to act for it."""
        with self.transaction() as transaction:
            return [
                DemoAccount(key.name, key.api_key, key.api_secret, key.account, key.roles)
                for key in transaction.state.keys.values()
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
        from .http._transports import ExchangeTransport

        return ExchangeTransport(self)

    def async_transport(self) -> AsyncExchangeTransport:
        """Make a transport for ``httpx.AsyncClient`` that leads here without a socket."""
        from .http._transports import AsyncExchangeTransport

        return AsyncExchangeTransport(self)

    @property
    def log(self) -> list[LogEntry]:
        """The latest requests, the oldest first."""
        with self.transaction() as transaction:
            return sorted(transaction.state.log.values(), key=lambda entry: entry.number)

    def fingerprint(self) -> str:
        """Digest accounts, keys, orders and nonces: equal as long as nothing has changed."""
        with self.transaction() as transaction:
            return transaction.state.fingerprint()

    def snapshot(self) -> bytes:
        """Write the whole state down, the clock included."""
        with self.transaction() as transaction:
            return transaction.state.dump()

    def restore(self, snapshot: bytes) -> None:
        """Go back to what ``snapshot`` wrote."""
        with self.transaction() as transaction:
            try:
                transaction.state.load(snapshot)
            except (msgspec.DecodeError, UnicodeDecodeError, KeyError) as error:
                raise ControlError(f"This is no snapshot of an exchange: {error}.") from None

    def reset(self) -> None:
        """Begin anew, with the configuration's accounts, no orders, and the clock running."""
        with self.transaction() as transaction:
            transaction.state.begin()
