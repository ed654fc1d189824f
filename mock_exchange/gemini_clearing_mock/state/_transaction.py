"""
Transactions: exclusive access to the state of an exchange.

# Theory

What is guarded: the one `ExchangeState` of an `Exchange`, and with a state file the rows of that file. All reads and
writes happen inside `with TransactionManager.begin()`. Requests, controls and the console use nothing else, so each of
them reads the state before or after every other transaction, never in between.

Two locks are taken, always in this order:

1. A `threading.RLock` per exchange. It excludes the other threads of this process. It is reentrant: a transaction
   inside a transaction is the same transaction.
2. The write lock of the SQLite file (`BEGIN IMMEDIATE` in `_store.py`). It excludes the other processes that share the
   file. An exchange without a file takes only the first lock.

A transaction starts by bringing the state up to date. First the store applies the rows that other processes have
changed. Then every task that is due by now runs (`_settlement.py`), so an order that should have expired is never
visible. After that the caller runs, and at the end the store saves the rows that were changed.

Records are immutable and are only replaced, so the store can list the changed rows, and a record that left a
transaction (in a response, in `Exchange.accounts`) stays valid after it.

What is durable, and when: the file is committed before the response of a request is returned. With
`journal_mode = WAL` and `synchronous = NORMAL` a commit survives the end of the process, `kill -9` included, but not
necessarily a power failure (https://www.sqlite.org/pragma.html#pragma_synchronous). If an exception ends a transaction,
a failed commit included, the file is rolled back and the next transaction reads it from the start. Without a file, the
changes before the exception remain; handlers therefore make all their checks before the first change.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import msgspec

from ._clock import Clock, ClockSetting
from ._state import ExchangeState

__all__ = ["Store", "Transaction", "TransactionManager"]

# The only row of the table `clock`.
_ROW = "clock"
_RUNNING = ClockSetting()


class Transaction(msgspec.Struct):
    """Access to the state at one time; `source_ms` is the time of the clock source."""

    state: ExchangeState
    source_ms: int

    @property
    def now_ms(self) -> int:
        """The exchange time; if the source has gone back, the latest time so far."""
        return max(self.clock_setting.to_exchange_ms(self.source_ms), self.state.latest_ms)

    @property
    def clock_setting(self) -> ClockSetting:
        """How exchange time follows from the time of the source."""
        return self.state.clock.get(_ROW, _RUNNING)

    @clock_setting.setter
    def clock_setting(self, setting: ClockSetting) -> None:
        self.state.clock[_ROW] = setting

    @property
    def is_frozen(self) -> bool:
        """Whether exchange time is stopped."""
        return self.clock_setting.frozen_at_ms is not None


class Store(Protocol):
    """Where the state is kept between transactions."""

    def check(self) -> None:
        """Check that transactions are possible, without a transaction."""
        ...

    def transaction(self, state: ExchangeState) -> AbstractContextManager[None]:
        """Lock the stored state, bring `state` up to date, and save its changed rows at the end."""
        ...

    def close(self) -> None:
        """Release the stored state; no transaction follows."""
        ...


class TransactionManager:
    """
    Runs transactions, one at a time.

    Args:
        state: the state to guard.
        store: where it is kept.
        clock: the time source.
        run_due_tasks: called at the start of each transaction, with the state and the exchange time.

    """

    def __init__(
        self,
        state: ExchangeState,
        store: Store,
        clock: Clock,
        run_due_tasks: Callable[[ExchangeState, int], None],
    ) -> None:
        self._state = state
        self._store = store
        self._clock = clock
        self._run_due_tasks = run_due_tasks
        self._lock = threading.RLock()
        self._current: Transaction | None = None

    def check_store(self) -> None:
        """
        Check that the state file still exists under its name.

        Raises:
            StateFileError: it was removed or replaced.

        """
        self._store.check()

    def close(self) -> None:
        """Close the store; a store in a file then begins no transaction."""
        with self._lock:
            self._store.close()

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        """Begin a transaction, for a `with` statement; a nested one is the same transaction."""
        with self._lock:
            if self._current is not None:
                yield self._current
                return
            with self._store.transaction(self._state):
                self._current = Transaction(self._state, self._clock.now_ms())
                try:
                    self._state.latest_ms = now_ms = self._current.now_ms
                    self._run_due_tasks(self._state, now_ms)
                    yield self._current
                finally:
                    self._current = None
