"""
The exchange: it handles requests, and has the controls of a test.

`Exchange` connects the parts. The checks of a request are in `api/_checks.py`, the handlers in `api/_handlers.py` and
`api/_lists.py`, the transactions in `state/_transaction.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from .api import _handlers as handlers
from .api import _lists as lists
from .api._checks import CHECKS
from .api._context import RequestContext
from .api._error_reply import ErrorReply
from .api._request_log import log_entry
from .api._routes import ROUTES
from .config._demo import demo_config
from .config._model import Config
from .control._assertions import CallAssertions
from .control._clock import ExchangeClock
from .control._desks import DeskControl
from .control._fault_effects import inject
from .control._faults import FaultControl
from .control._snapshots import SnapshotControl
from .errors import ControlError, StateFileError
from .http._messages import Request, Response, json_response
from .state._accounts import DemoAccount, DemoMasterKey, DemoToken
from .state._clock import Clock, SystemClock
from .state._faults import Fault
from .state._log import LogEntry
from .state._memory_store import MemoryStore
from .state._settlement import run_due_tasks
from .state._state import ExchangeState
from .state._transaction import Store, Transaction, TransactionManager

# Importing httpx takes a third of a server's start-up time, and a server does not need it; nor sqlite3 without a file.
if TYPE_CHECKING:
    from .http._transports import AsyncExchangeTransport, ExchangeTransport
    from .state._state_file import SharedFile

__all__ = ["Exchange"]

# By the name of the route.
_HANDLERS: dict[str, Callable[[RequestContext], Response]] = {
    "create_order": handlers.create_order,
    "get_order": handlers.get_order,
    "cancel_order": handlers.cancel_order,
    "confirm_order": handlers.confirm_order,
    "list_orders": lists.list_orders,
    "create_broker_order": handlers.create_broker_order,
    "list_broker_orders": lists.list_broker_orders,
    "list_trades": lists.list_trades,
    "heartbeat": handlers.heartbeat,
}


class Exchange:
    """
    A mock of the Gemini Clearing exchange; safe to use from several threads.

    Args:
        config: accounts, keys, symbols and choices; by default the demo configuration.
        clock: the time source; by default the clock of the machine.
        ids: clearing ids for new orders; by default random ones.
        state_file: a SQLite file that keeps the state, and that several processes may share; by default the state is
            kept in memory. A worker process gets the file that its parent has open.

    Attributes:
        clock: freezes and advances the time.
        desks: adds accounts and keys, sets balances and aliases.
        faults: injects faults.
        transactions: exclusive access to the state.

    Raises:
        StateFileError: the state file cannot be used with this configuration.

    """

    def __init__(
        self,
        config: Config | None = None,
        *,
        clock: Clock | None = None,
        ids: Iterator[str] | None = None,
        state_file: Path | SharedFile | None = None,
    ) -> None:
        config, source = config or demo_config(), clock or SystemClock()
        state = ExchangeState(
            config.symbols,
            config.choices,
            accounts=config.accounts,
            keys=config.keys,
            tokens=config.tokens,
            ids=ids,
        )
        self.transactions = TransactionManager(state, _store(state_file), source, run_due_tasks)
        self.clock = ExchangeClock(self.transactions, source)
        self.desks = DeskControl(self.transactions)
        self.faults = FaultControl(self.transactions)
        self._snapshots = SnapshotControl(self.transactions)
        self._assertions = CallAssertions(self.transactions)
        # An empty transaction, so that an unsuitable state file fails here and not at the first request.
        try:
            with self.transactions.begin():
                pass
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        """Return the exchange."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the exchange."""
        self.close()

    def close(self) -> None:
        """Close the state file, which then has all changes and needs no `-wal` file; without one, do nothing."""
        self.transactions.close()

    def handle(self, request: Request) -> Response:
        """
        Return the response to a request.

        A rejected request changes nothing, except that its nonce is used if the check of the nonce has passed. If the
        state file cannot be used, the response is 500, and the request has changed nothing. Any other response has a
        `Date` header with the exchange's time.
        """
        try:
            with self.transactions.begin() as transaction:
                context = RequestContext(transaction.state, request, transaction.now_ms)
                fault = self.faults.draw(transaction, request)
                response = self._respond(context) if fault is None else self._respond_with_fault(context, fault)
                return response.dated(context.now_ms)
        except StateFileError as error:
            return json_response(500, {"result": "error", "reason": "System", "message": str(error)})

    def _respond_with_fault(self, context: RequestContext, fault: Fault) -> Response:
        is_executed = False

        def execute() -> Response:
            nonlocal is_executed
            is_executed = True
            # A fault may execute the request twice, each time with a new context.
            return self._respond(RequestContext(context.state, context.request, context.now_ms), fault)

        response = inject(fault, execute)
        if not is_executed:
            context.state.log_request(log_entry(context, response.status, fault=fault))
        return response

    @staticmethod
    def _respond(context: RequestContext, fault: Fault | None = None) -> Response:
        error = None
        try:
            for name, check in CHECKS:
                context.check = name
                check(context)
            context.check = "business"
            response = _HANDLERS[ROUTES[context.request.path].name](context).delayed_by(context.delay_ms)
        except ErrorReply as raised:
            error = raised
            response = json_response(raised.status, raised.content, raised.headers)
        context.state.log_request(log_entry(context, response.status, error, fault))
        return response

    @property
    def accounts(self) -> list[DemoAccount]:
        """The keys that act for one account, each with the data that a client needs."""
        with self.transactions.begin() as transaction:
            return [
                DemoAccount(key.name, key.api_key, key.api_secret, key.account, key.roles, key.nonce)
                for key in transaction.state.keys.values()
                if key.account is not None
            ]

    @property
    def master_keys(self) -> list[DemoMasterKey]:
        """The keys that act for a group, each with the accounts that it may name."""
        with self.transactions.begin() as transaction:
            return [
                DemoMasterKey(
                    key.name, key.api_key, key.api_secret, key.roles, key.nonce, _ids_of_group(transaction, key.group)
                )
                for key in transaction.state.keys.values()
                if key.account is None
            ]

    @property
    def tokens(self) -> list[DemoToken]:
        """The OAuth access tokens, each with its account and its scopes."""
        with self.transactions.begin() as transaction:
            return [
                DemoToken(token.name, token.token, token.account, token.scopes)
                for token in transaction.state.tokens.values()
            ]

    def account(self, name: str) -> DemoAccount:
        """
        Return the entry of `accounts` with this name.

        Raises:
            ControlError: no key has the name.

        """
        accounts = {account.name: account for account in self.accounts}
        if name not in accounts:
            raise ControlError(f"unknown key '{name}'. Keys: {', '.join(accounts)}.")
        return accounts[name]

    def transport(self) -> ExchangeTransport:
        """Return a transport with which an `httpx.Client` calls this exchange without a socket."""
        from .http._transports import ExchangeTransport

        return ExchangeTransport(self.handle, self.clock.sleep)

    def async_transport(self) -> AsyncExchangeTransport:
        """Return a transport with which an `httpx.AsyncClient` calls this exchange without a socket."""
        from .http._transports import AsyncExchangeTransport

        return AsyncExchangeTransport(self.handle, self.clock.sleep)

    @property
    def log(self) -> list[LogEntry]:
        """The latest requests, oldest first."""
        with self.transactions.begin() as transaction:
            return transaction.state.logged_requests()

    def assert_called(self, operation: str, *, times: int | None = None) -> None:
        """
        Assert that an operation, such as `create_order`, was called, successfully or not.

        Args:
            operation: the name of the operation.
            times: the exact number of calls; by default at least one.

        Raises:
            AssertionError: it was not called, or another number of times; with the latest requests.

        """
        self._assertions.called(operation, times)

    def assert_not_called(self, operation: str) -> None:
        """Assert that an operation was not called; raises as `assert_called` does."""
        self._assertions.called(operation, 0)

    def assert_called_with(self, operation: str, /, **fields: Any) -> None:
        """
        Assert that an operation was called with these request fields, and possibly others.

        `int`, `Decimal` and `datetime` are compared by value with what was sent; strings must be equal.

        Raises:
            AssertionError: no call had these fields; with the differences of the closest one.

        """
        self._assertions.called_with(operation, fields)

    def assert_nothing_else(self) -> None:
        """
        Assert that the exchange got only requests that an earlier assertion has covered.

        Raises:
            AssertionError: there were others; with a list of them.

        """
        self._assertions.nothing_else()

    def fingerprint(self) -> str:
        """Return a digest of accounts, keys, tokens, orders and nonces, which changes when one of them changes."""
        return self._snapshots.fingerprint()

    def snapshot(self) -> bytes:
        """Return a snapshot of the whole state, its clock included, as JSON."""
        return self._snapshots.take()

    def restore(self, snapshot: bytes) -> None:
        """
        Replace the state by a snapshot.

        Raises:
            ControlError: `snapshot` is not a snapshot of an exchange.

        """
        self._snapshots.restore(snapshot)

    def reset(self) -> None:
        """Start again with the accounts, keys and tokens of the configuration, no orders, and a running clock."""
        self._snapshots.reset()


def _ids_of_group(transaction: Transaction, group: str) -> dict[str, str]:
    """Return the counterparty ids of a group's accounts, by the name of the account."""
    accounts = transaction.state.accounts_of_group(group)
    return {name: account.counterparty_id for name, account in accounts.items()}


def _store(state_file: Path | SharedFile | None) -> Store:
    if state_file is None:
        return MemoryStore()
    # sqlite3 is imported only if it is used.
    from .state._store import FileStore

    return FileStore(state_file)
