"""
The exchange's state: tables of frozen records.

A record is never changed, only replaced, so that each table knows which of its rows a request has touched; ``_store``
writes exactly those.  What is derived from the tables stands in ``_indexes``; the rules live in ``_orders``,
``_operations`` and ``_settlement``.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from string import ascii_uppercase, digits
from typing import Any, Generic, TypeVar

import msgspec

from ._accounts import Account, Key, Token
from ._clock import ClockSetting
from ._faults import Fault
from ._indexes import Indexes
from ._log import LogEntry
from ._orders import Order
from ._settings import Choices, Symbol

__all__ = ["ExchangeState", "KeySession", "Table"]

Record = TypeVar("Record")

_encode = msgspec.json.Encoder(order="sorted").encode

# The tables that say what the exchange holds; the others (sessions, log, …) say how it was talked to.
_LEDGER = ("accounts", "keys", "tokens", "orders", "nonces")


class KeySession(msgspec.Struct, frozen=True):
    """When a key or token was last heard of, and up to when its requests have used its rate (in microseconds)."""

    seen_ms: int
    used_until_us: int = 0


class Table(dict[str, Record], Generic[Record]):
    """Records by id, and the ids of those that were touched since ``touched`` was last cleared."""

    def __init__(self, record: Any) -> None:
        self.record = record
        self.touched: set[str] = set()

    def __setitem__(self, row: str, record: Record) -> None:
        super().__setitem__(row, record)
        self.touched.add(row)

    def __delitem__(self, row: str) -> None:
        super().__delitem__(row)
        self.touched.add(row)

    def clear(self) -> None:
        """Remove every record."""
        self.touched.update(self)
        super().clear()


def clearing_ids(seed: int | None) -> Iterator[str]:
    """Draw ids as Gemini's examples have them, eight upper-case letters and digits, the same from the same seed."""
    source = random.Random(seed)  # noqa: S311, an id is no secret
    while True:
        yield "".join(source.choices(ascii_uppercase + digits, k=8))


class ExchangeState:
    """All tables, the indexes over them, and the configuration they are run under."""

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
        self.tables: dict[str, Table[Any]] = {
            name: part for name, part in vars(self).items() if isinstance(part, Table)
        }
        self.indexes = Indexes(self)
        self.begin()

    def begin(self) -> None:
        """Begin anew, as the configuration says."""
        self._ids = self._given_ids or clearing_ids(self.choices.seed)
        for table in self.tables.values():
            table.clear()
        self.add_missing()
        self.is_replaced = True  # at once, since what was touched counted as written
        self.indexes.rebuild()

    def add_missing(self) -> None:
        """Add the accounts, keys and tokens of the configuration that are not there yet."""
        for account in self._initial_accounts:
            if account.counterparty_id not in self.accounts:
                self.accounts[account.counterparty_id] = account
        for key in self._initial_keys:
            if key.api_key not in self.keys:
                self.keys[key.api_key] = key
        for token in self._initial_tokens:
            if token.token not in self.tokens:
                self.tokens[token.token] = token

    def put_order(self, order: Order) -> None:
        """Replace an order, or add one."""
        before = self.orders.get(order.clearing_id)
        self.orders[order.clearing_id] = order
        self.indexes.note_order(order, before)

    def put_account(self, account: Account) -> None:
        """Replace an account, or add one."""
        self.accounts[account.counterparty_id] = account
        self.indexes.note_account(account)

    def put_session(self, owner: str, session: KeySession) -> None:
        """Note that a key or token was heard of."""
        self.sessions[owner] = session
        self.indexes.note_session(owner, session.seen_ms)

    def count(self, counter: str) -> int:
        """Draw the next number of a counter, from 1."""
        number = self.counters.get(counter, 0) + 1
        self.counters[counter] = number
        return number

    def log_request(self, entry: LogEntry) -> None:
        """Note a request in place of the oldest one."""
        self.log[str(entry.number % self.choices.log_size)] = entry

    def draw_clearing_id(self) -> str:
        """Draw an id that no order has."""
        return next(clearing_id for clearing_id in self._ids if clearing_id not in self.orders)

    def newest_first(self, index: list[int]) -> Iterator[Order]:
        """Walk the orders of one of the indexes, the newest first."""
        return (self.orders[self.indexes.id_of[sequence]] for sequence in reversed(index))

    # As a whole, for snapshots and stores.

    def dump(self) -> bytes:
        """Write everything down."""
        return _encode(self.tables)

    def load(self, dump: bytes) -> None:
        """Replace everything by what ``dump`` wrote."""
        parts = msgspec.json.decode(dump, type=dict[str, dict[str, msgspec.Raw]])
        fresh = {
            name: {row: msgspec.json.decode(record, type=table.record) for row, record in parts[name].items()}
            for name, table in self.tables.items()
        }
        for name, table in self.tables.items():
            table.clear()
            for row, record in fresh[name].items():
                table[row] = record
        self.is_replaced = True
        self.indexes.rebuild()

    def take(self, rows: Iterable[tuple[str, str, bytes | None]]) -> None:
        """Take over rows that were written elsewhere: part, row, and the record or nothing."""
        replaced = []
        for part, row, body in rows:
            table = self.tables[part]
            if body is None:
                table.pop(row, None)
            else:
                replaced.append((part, row, table.get(row)))
                table[row] = msgspec.json.decode(body, type=table.record)
        for part, row, before in replaced:
            self.indexes.note(part, row, before)
        self.forget_touched()

    def forget(self) -> None:
        """Forget every record, before all are taken over from elsewhere."""
        for table in self.tables.values():
            table.clear()
        self.indexes.rebuild()

    def forget_touched(self) -> None:
        """Have all that was touched so far count as written."""
        for table in self.tables.values():
            table.touched.clear()
        self.is_replaced = False

    def fingerprint(self) -> str:
        """Digest what the exchange holds: two states with the same accounts, keys, orders and nonces have the same."""
        ledger: Mapping[str, Table[Any]] = {name: self.tables[name] for name in _LEDGER}
        return hashlib.sha256(_encode(ledger)).hexdigest()
