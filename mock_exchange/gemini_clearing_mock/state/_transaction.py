"""
One transaction: the state, held alone, with everything done that was due by now.

Everything that reads or changes an exchange happens in a turn; ``_exchange`` gives them out, one after the other.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from ._clock import ClockSetting
from ._settlement import run
from ._state import ExchangeState

__all__ = ["Transaction", "Transactions"]

_SETTING = "clock"


@dataclass(slots=True)
class Transaction:
    """The state at a moment; ``source_ms`` is the time at its source."""

    state: ExchangeState
    source_ms: int

    @property
    def now_ms(self) -> int:
        """The exchange time of this transaction."""
        return self.setting.apply(self.source_ms)

    @property
    def setting(self) -> ClockSetting:
        """How exchange time follows from its source."""
        return self.state.clock.get(_SETTING, ClockSetting())

    def set_clock(self, setting: ClockSetting) -> None:
        """Change how exchange time follows from its source, and let everything happen that is due by then."""
        self.state.clock[_SETTING] = setting
        self.catch_up()

    def catch_up(self) -> int:
        """Let everything happen that is due, and tell the time."""
        now_ms = self.now_ms
        run(self.state, now_ms)
        return now_ms


class Transactions(Protocol):
    """Whoever gives out transactions: the exchange."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Hold the state alone; a turn within a turn is the same one."""
        ...
