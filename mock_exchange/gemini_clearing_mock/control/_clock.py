"""
The control of the exchange clock: read, freeze, advance and set it.

The time sources are in `state/_clock.py`.
"""

from datetime import datetime

from ..errors import ControlError
from ..state._clock import LATEST_MS, Clock, ClockSetting, duration_ms
from ..state._settlement import run_due_tasks
from ..state._transaction import Transaction, TransactionManager

__all__ = ["ExchangeClock"]


class ExchangeClock:
    """
    The exchange time, in milliseconds since the epoch.

    When it is advanced or set, everything that becomes due happens, each event at its own time.
    """

    def __init__(self, transactions: TransactionManager, source: Clock) -> None:
        self._transactions = transactions
        self._source = source

    def now_ms(self) -> int:
        """Return the exchange time."""
        with self._transactions.begin() as transaction:
            return transaction.now_ms

    @property
    def frozen(self) -> bool:
        """Whether the clock is stopped."""
        with self._transactions.begin() as transaction:
            return transaction.is_frozen

    def freeze(self) -> int:
        """Stop the clock; return its time."""
        return self.change(freeze=True)

    def resume(self) -> int:
        """Let a stopped clock run on from its time; return it."""
        return self.change(freeze=False)

    def advance(self, *, hours: float = 0, minutes: float = 0, seconds: float = 0, ms: int = 0) -> int:
        """
        Advance the clock; return the new time.

        Raises:
            ControlError: the sum of the parts is negative, or not a finite number, or the new time is too late.

        """
        try:
            step_ms = duration_ms(hours=hours, minutes=minutes, seconds=seconds, ms=ms)
        except ValueError as error:
            raise ControlError(str(error)) from None
        return self.change(advance_ms=step_ms)

    def set(self, moment: datetime | int) -> int:
        """
        Set the clock to a later time; return it in milliseconds.

        Args:
            moment: an aware `datetime`, or milliseconds since the epoch.

        Raises:
            ControlError: `moment` is before the exchange time, too late, or has no time zone.

        """
        if isinstance(moment, datetime):
            if moment.tzinfo is None:
                raise ControlError(f"{moment.isoformat()} has no time zone. Pass an aware datetime.")
            moment = round(moment.timestamp() * 1000)
        return self.change(set_ms=moment)

    def change(self, *, freeze: bool | None = None, set_ms: int | None = None, advance_ms: int = 0) -> int:
        """
        Set, then advance, then stop or start the clock, all or nothing; return its time.

        Raises:
            ControlError: the new time would be before the exchange time, or too late; nothing has changed.

        """
        with self._transactions.begin() as transaction:
            now_ms = transaction.now_ms
            if set_ms is not None and set_ms < now_ms:
                raise ControlError(
                    f"cannot set the clock to {set_ms}: it is {now_ms} already. "
                    "Time only moves forward; reset the exchange to start again."
                )
            if advance_ms < 0:
                raise ControlError(
                    f"cannot advance the clock by {advance_ms} ms: the step is negative. Time only moves forward."
                )
            new_ms = (now_ms if set_ms is None else set_ms) + advance_ms
            if new_ms > LATEST_MS:
                raise ControlError(
                    f"cannot set the clock to a time after {LATEST_MS}, the start of the year 9999. "
                    "Use an earlier time, in milliseconds."
                )
            return self._set(transaction, new_ms, frozen=transaction.is_frozen if freeze is None else freeze)

    def sleep(self, milliseconds: int) -> None:
        """Wait this long on the time source; if the clock is frozen, advance it instead, without waiting."""
        if self.frozen:
            self.advance(ms=milliseconds)
        else:
            self._source.sleep(milliseconds)

    @staticmethod
    def _set(transaction: Transaction, now_ms: int, *, frozen: bool) -> int:
        offset_ms = now_ms - transaction.source_ms
        transaction.clock_setting = ClockSetting(frozen_at_ms=now_ms) if frozen else ClockSetting(offset_ms=offset_ms)
        transaction.state.latest_ms = now_ms
        run_due_tasks(transaction.state, now_ms)
        return now_ms
