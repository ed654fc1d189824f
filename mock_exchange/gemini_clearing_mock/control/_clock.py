"""
The clock of one exchange: tell it, freeze it, advance it, set it.

Sources of time stand in ``_clock``; what happens while time passes, in ``_settlement``.
"""

from __future__ import annotations

from datetime import datetime

from ..errors import ControlError
from ..state._clock import Clock, ClockSetting, milliseconds_of
from ..state._transaction import Transaction, Transactions

__all__ = ["ExchangeClock"]


class ExchangeClock:
    """The time of one exchange, in milliseconds since the epoch: tell it, freeze it, advance it, set it."""

    def __init__(self, transactions: Transactions, source: Clock) -> None:
        self._transactions = transactions
        self._source = source

    def now_ms(self) -> int:
        """Tell the exchange time."""
        with self._transactions.transaction() as transaction:
            return transaction.now_ms

    @property
    def frozen(self) -> bool:
        """Whether time stands still."""
        with self._transactions.transaction() as transaction:
            return transaction.setting.frozen_at_ms is not None

    def freeze(self) -> int:
        """Stop the time, and tell it."""
        with self._transactions.transaction() as transaction:
            return self._set(transaction, transaction.now_ms, frozen=True)

    def resume(self) -> int:
        """Let time run on from where it stands, and tell it."""
        with self._transactions.transaction() as transaction:
            return self._set(transaction, transaction.now_ms, frozen=False)

    def advance(self, *, hours: float = 0, minutes: float = 0, seconds: float = 0, ms: int = 0) -> int:
        """Move on, and tell the new time; what is due on the way happens at its own moment."""
        step_ms = milliseconds_of(hours=hours, minutes=minutes, seconds=seconds, ms=ms)
        if step_ms < 0:
            raise ControlError(f"Time cannot be advanced by {step_ms} ms: it never runs backwards.")
        with self._transactions.transaction() as transaction:
            return self._set(
                transaction, transaction.now_ms + step_ms, frozen=transaction.setting.frozen_at_ms is not None
            )

    def set(self, moment: datetime | int) -> int:
        """Jump to a later moment, an aware ``datetime`` or milliseconds since the epoch, and tell it."""
        if isinstance(moment, datetime):
            if moment.tzinfo is None:
                raise ControlError(f"{moment.isoformat()} has no time zone; say which one is meant.")
            moment = round(moment.timestamp() * 1000)
        with self._transactions.transaction() as transaction:
            if moment < transaction.now_ms:
                raise ControlError(
                    f"Time cannot be set to {moment}: it is {transaction.now_ms} already, and never runs backwards. "
                    "Reset the exchange to begin anew."
                )
            return self._set(transaction, moment, frozen=transaction.setting.frozen_at_ms is not None)

    def sleep(self, milliseconds: int) -> None:
        """Let this much time pass; a frozen exchange does not wait, it moves on."""
        if self.frozen:
            self.advance(ms=milliseconds)
        else:
            self._source.sleep(milliseconds)

    @staticmethod
    def _set(transaction: Transaction, now_ms: int, *, frozen: bool) -> int:
        offset_ms = now_ms - transaction.source_ms
        transaction.set_clock(ClockSetting(frozen_at_ms=now_ms) if frozen else ClockSetting(offset_ms=offset_ms))
        return now_ms
