"""
The state of an exchange: its tables, and the indexes that are derived from them.

The rules that change the state are in `_orders.py`, `_settlement.py` and `api/_handlers.py`. `_transaction.py` explains
how it is guarded and saved.
"""

import itertools
import random
from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from string import ascii_uppercase, digits

from ._accounts import Account, Key, KeySession, Token
from ._clock import ClockSetting
from ._faults import Fault
from ._log import LogEntry
from ._orders import AWAITING_SETTLEMENT, FINAL, Order
from ._schedule import Schedule, Task, TaskKind, next_check_ms
from ._settings import Choices, Symbol
from ._tables import ChangedRow, Records, Table, Tables

__all__ = ["ExchangeState"]

# The character of an id for each of the 256 bytes.
_CHARACTERS = bytes(itertools.islice(itertools.cycle((ascii_uppercase + digits).encode("ascii")), 256))


def random_clearing_ids(seed: int | None) -> Iterator[str]:
    """Return ids like those in Gemini's examples: eight upper-case letters and digits, reproducible from a seed."""
    source = random.Random(seed)  # noqa: S311  (an id is not a secret)
    # Not a generator, which an interruption would end.
    return iter(lambda: source.randbytes(8).translate(_CHARACTERS).decode("ascii"), None)


class ExchangeState:
    """
    All tables and indexes of one exchange, and the settings under which it runs.

    Orders, accounts and sessions are set with `put_order`, `put_account` and `put_session`, which update the indexes.
    The other tables are set directly.

    Args:
        symbols: the trading pairs, by name.
        choices: the behavior that the documentation leaves open.
        accounts: the accounts that exist at the start and after `reset`; likewise `keys` and `tokens`.
        ids: clearing ids for new orders; random ones by default.

    """

    def __init__(
        self,
        symbols: Mapping[str, Symbol],
        choices: Choices,
        *,
        accounts: Sequence[Account] = (),
        keys: Sequence[Key] = (),
        tokens: Sequence[Token] = (),
        ids: Iterator[str] | None = None,
    ) -> None:
        self.symbols = symbols
        self.choices = choices
        self._initial_accounts = accounts
        self._initial_keys = keys
        self._initial_tokens = tokens
        self._given_ids = ids
        self.accounts: Table[Account] = Table(Account)
        self.keys: Table[Key] = Table(Key)
        self.tokens: Table[Token] = Table(Token)
        self.orders: Table[Order] = Table(Order)
        self.nonces: Table[str] = Table(str)
        self.sessions: Table[KeySession] = Table(KeySession)
        self.faults: Table[Fault] = Table(Fault)
        self.clock: Table[ClockSetting] = Table(ClockSetting)
        self.counters: Table[int] = Table(int)
        self.log: Table[LogEntry] = Table(LogEntry)
        # The names of the attributes are the names of the tables in snapshots and state files.
        self.tables = Tables({name: table for name, table in vars(self).items() if isinstance(table, Table)})
        self.reset()

    def reset(self) -> None:
        """Go back to the initial accounts, keys and tokens."""
        self._ids = self._given_ids or random_clearing_ids(self.choices.seed)
        self.tables.clear()
        self._add_initial_records()
        self.tables.are_replaced = True
        self._rebuild_indexes()

    def initial_records(self) -> dict[str, Account | Key | Token]:
        """Return the initial accounts, keys and tokens, by table and row: `keys/account-demo-initiator`."""
        return {
            **{f"accounts/{account.counterparty_id}": account for account in self._initial_accounts},
            **{f"keys/{key.api_key}": key for key in self._initial_keys},
            **{f"tokens/{token.token}": token for token in self._initial_tokens},
        }

    def _add_initial_records(self) -> None:
        for account in self._initial_accounts:
            self.accounts[account.counterparty_id] = account
        for key in self._initial_keys:
            self.keys[key.api_key] = key
        for token in self._initial_tokens:
            self.tokens[token.token] = token

    def put_order(self, order: Order) -> None:
        """Add or replace an order."""
        before = self.orders.get(order.clearing_id)
        self.orders[order.clearing_id] = order
        self._index_order(order, before)

    def put_account(self, account: Account) -> None:
        """Add or replace an account."""
        self.accounts[account.counterparty_id] = account
        self._index_account(account)

    def accounts_of_group(self, group: str) -> dict[str, Account]:
        """Return the accounts of a group by their name."""
        return {account.name: account for account in self.accounts.values() if account.group == group}

    def put_session(self, owner: str, session: KeySession) -> None:
        """Add or replace the session of a key or token."""
        self.sessions[owner] = session
        self._index_session(owner, session)

    def next_number(self, counter: str) -> int:
        """Return the next number of a counter, from 1."""
        number = self.counters.get(counter, 0) + 1
        self.counters[counter] = number
        return number

    def log_request(self, entry: LogEntry) -> None:
        """Add a request to the log; once the log is full, the entry replaces the oldest one."""
        self.log[str(entry.number % self.choices.log_size)] = entry

    def logged_requests(self) -> list[LogEntry]:
        """Return the request log, oldest first."""
        return sorted(self.log.values(), key=lambda entry: entry.number)

    def new_clearing_id(self) -> str:
        """Return an id that no order has."""
        clearing_id = next(self._ids)
        while clearing_id in self.orders:
            clearing_id = next(self._ids)
        return clearing_id

    # The indexes. They are never saved; the time of an update is independent of the number of orders.

    def _rebuild_indexes(self) -> None:
        self._clearing_ids: dict[int, str] = {}  # by the sequence of the order
        self._orders_by_desk: defaultdict[str, list[int]] = defaultdict(list)  # sequences
        self._orders_by_broker: defaultdict[str, list[int]] = defaultdict(list)  # sequences
        self.schedule = Schedule()
        self.awaiting_funds: defaultdict[str, set[str]] = defaultdict(set)  # clearing ids, by both desks
        self.monitored: set[str] = set()  # the keys with a scheduled heartbeat timeout
        # Exchange time never goes below it: a clock can go back (NTP, libraries that replace the time in tests).
        self.latest_ms = max((entry.at_ms for entry in self.log.values()), default=0)
        for order in sorted(self.orders.values(), key=lambda order: order.sequence):
            self._index_order(order, None)
        for owner, session in self.sessions.items():
            self._index_session(owner, session)

    def _index_order(self, order: Order, before: Order | None) -> None:
        if before is None:
            self._clearing_ids[order.sequence] = order.clearing_id
            insort(self._orders_by_desk[order.source], order.sequence)
            if order.broker is not None:
                insort(self._orders_by_broker[order.broker], order.sequence)
            if order.state not in FINAL:
                self.schedule.add(Task(order.expires_ms, TaskKind.EXPIRY, order.sequence, order.clearing_id))
        if order.target is not None and (before is None or before.target is None):
            insort(self._orders_by_desk[order.target], order.sequence)
        if order.state in AWAITING_SETTLEMENT and (before is None or before.state not in AWAITING_SETTLEMENT):
            self.schedule_settlement(order)

    def _index_account(self, account: Account) -> None:
        for clearing_id in self.awaiting_funds.pop(account.counterparty_id, ()):
            order = self.orders[clearing_id]
            if order.state in AWAITING_SETTLEMENT:
                self.schedule_settlement(order)

    def _index_session(self, owner: str, session: KeySession) -> None:
        key = self.keys.get(owner)
        # A key that is monitored keeps its task; when the task runs, it checks `seen_ms` again.
        if key is not None and key.heartbeat and owner not in self.monitored:
            self.monitored.add(owner)
            self.schedule_heartbeat_timeout(owner, session.seen_ms)

    def schedule_heartbeat_timeout(self, owner: str, seen_ms: int) -> None:
        """Schedule the check of a key's last request for the end of its heartbeat timeout."""
        due_ms = seen_ms + self.choices.heartbeat_timeout_s * 1000
        self.schedule.add(Task(due_ms, TaskKind.HEARTBEAT_TIMEOUT, 0, owner))

    def earliest_settlement_ms(self, order: Order) -> int:
        """Return the time of the first settlement check after the last change of the desks' balances."""
        if order.confirmed_ms is None:
            raise ValueError(f"order {order.clearing_id} is not confirmed")
        changed_ms = max(self.accounts[desk].changed_ms for desk in order.desks)
        return next_check_ms(order.confirmed_ms, changed_ms, self.choices.settlement_interval_s)

    def schedule_settlement(self, order: Order) -> None:
        """Schedule the settlement check of a confirmed order."""
        due_ms = self.earliest_settlement_ms(order)
        self.schedule.add(Task(due_ms, TaskKind.SETTLEMENT, order.sequence, order.clearing_id))

    def orders_of_desk(self, account: str) -> Iterator[Order]:
        """Iterate over the orders in which an account is a desk, newest first."""
        return self._newest_first(self._orders_by_desk[account])

    def orders_of_broker(self, account: str) -> Iterator[Order]:
        """Iterate over the orders that an account placed as a broker, newest first."""
        return self._newest_first(self._orders_by_broker[account])

    def _newest_first(self, sequences: list[int]) -> Iterator[Order]:
        return (self.orders[self._clearing_ids[sequence]] for sequence in reversed(sequences))

    # The state as a whole, for snapshots and stores.

    def replace(self, records: Records) -> None:
        """Replace everything by records that are consistent (`_consistency.py`)."""
        self.tables.replace(records)
        self._rebuild_indexes()

    def apply_changes(self, rows: Iterable[ChangedRow]) -> None:
        """Apply rows that another process saved; raises as `Tables.apply` does."""
        for table, row, before in self.tables.apply(rows):
            if table == "orders":
                self._index_order(self.orders[row], before)
            elif table == "accounts":
                self._index_account(self.accounts[row])
            elif table == "sessions":
                self._index_session(row, self.sessions[row])
            elif table == "log":
                self.latest_ms = max(self.latest_ms, self.log[row].at_ms)
        self.tables.mark_saved()

    def fingerprint(self) -> str:
        """Return a digest of accounts, keys, tokens, orders and nonces: equal if and only if they are equal."""
        return self.tables.digest("accounts", "keys", "tokens", "orders", "nonces")
