"""
What is derived from the tables: who has which orders, what is due when, and which orders wait for whose funds.

Never stored; rebuilt from the tables by ``rebuild``.  Each note costs the same however many orders there are.
"""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from heapq import heappush
from typing import TYPE_CHECKING

from ._accounts import Account
from ._orders import AWAITING_SETTLEMENT, FINAL, Order
from ._schedule import Due, Rank, next_check

if TYPE_CHECKING:
    from ._state import ExchangeState

__all__ = ["Indexes"]


class Indexes:
    """The derived part of one state."""

    def __init__(self, state: ExchangeState) -> None:
        self._state = state
        self._forget()

    def _forget(self) -> None:
        self.id_of: dict[int, str] = {}  # by the order's sequence
        self.dealt: defaultdict[str, list[int]] = defaultdict(list)  # sequences, by either desk
        self.brokered: defaultdict[str, list[int]] = defaultdict(list)  # sequences, by broker
        self.due: list[Due] = []  # a heap
        self.waiting: defaultdict[str, set[str]] = defaultdict(set)  # clearing ids, by the desk that may lack funds
        self.watched: set[str] = set()  # keys whose silence is due

    def rebuild(self) -> None:
        """Derive everything anew."""
        self._forget()
        for order in sorted(self._state.orders.values(), key=lambda order: order.sequence):
            self.note_order(order, None)
        for owner, session in self._state.sessions.items():
            self.note_session(owner, session.seen_ms)

    def note(self, part: str, row: str, before: Order | None) -> None:
        """Follow a record that was replaced elsewhere."""
        if part == "orders":
            self.note_order(self._state.orders[row], before)
        elif part == "accounts":
            self.note_account(self._state.accounts[row])
        elif part == "sessions":
            self.note_session(row, self._state.sessions[row].seen_ms)

    def note_order(self, order: Order, before: Order | None) -> None:
        """Follow an order that is new, or that was replaced."""
        if before is None:
            self.id_of[order.sequence] = order.clearing_id
            insort(self.dealt[order.source], order.sequence)
            if order.broker is not None:
                insort(self.brokered[order.broker], order.sequence)
            if order.state not in FINAL:
                heappush(self.due, Due(order.expires_ms, Rank.EXPIRY, order.sequence, order.clearing_id))
        if order.target is not None and (before is None or before.target is None):
            insort(self.dealt[order.target], order.sequence)
        if order.state in AWAITING_SETTLEMENT and (before is None or before.state not in AWAITING_SETTLEMENT):
            self.schedule_settlement(order)

    def note_account(self, account: Account) -> None:
        """Look again at the orders that wait for this account's funds."""
        for clearing_id in self.waiting.pop(account.counterparty_id, ()):
            order = self._state.orders[clearing_id]
            if order.state in AWAITING_SETTLEMENT:
                self.schedule_settlement(order)

    def note_session(self, owner: str, seen_ms: int) -> None:
        """Watch a key that promised a heartbeat; a key that is watched already stays due at its old moment."""
        key = self._state.keys.get(owner)
        if key is not None and key.heartbeat and owner not in self.watched:
            self.watched.add(owner)
            self.schedule_silence(owner, seen_ms)

    def schedule_silence(self, owner: str, seen_ms: int) -> None:
        """Have a key's silence looked at when its time is up."""
        due_ms = seen_ms + self._state.choices.heartbeat_timeout_s * 1000
        heappush(self.due, Due(due_ms, Rank.SILENCE, 0, owner))

    def earliest_settlement(self, order: Order) -> int:
        """Tell the first check of an agreed order at which its desks' balances are what they are now."""
        changed_ms = max(self._state.accounts[desk].changed_ms for desk in order.desks)
        return next_check(order, changed_ms, self._state.choices.settlement_interval_s)

    def schedule_settlement(self, order: Order) -> None:
        """Have an agreed order's funds looked at, at the first check that counts."""
        due_ms = self.earliest_settlement(order)
        heappush(self.due, Due(due_ms, Rank.SETTLEMENT, order.sequence, order.clearing_id))
