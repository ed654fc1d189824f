"""
A second, very simple implementation of settlement, with which the state machine test compares the mock.

It contains confirmed orders only: the rules until the confirmation are checked by the oracle of the contract suite,
which cannot predict settlement, because no client can query balances. The mock has a schedule of tasks; the ledger
checks every order at every time at which something could happen.
"""

from dataclasses import dataclass, field
from fractions import Fraction

CHECK_MS = 30_000


@dataclass
class Trade:
    """A confirmed order."""

    buyer: str
    seller: str
    base: str
    quote: str
    amount: Fraction
    price: Fraction
    expires_ms: int
    confirmed_ms: int
    status: str = "Confirmed"

    @property
    def is_final(self) -> bool:
        """Whether the order is settled or expired."""
        return self.status in {"Settled", "Expired"}

    def is_checked(self, time_ms: int) -> bool:
        """Whether the funds are checked at this time."""
        passed_ms = time_ms - self.confirmed_ms
        return not self.is_final and passed_ms > 0 and passed_ms % CHECK_MS == 0


@dataclass
class Ledger:
    """The balances of all desks, and their confirmed orders."""

    now_ms: int
    balances: dict[tuple[str, str], Fraction]
    trades: dict[str, Trade] = field(default_factory=dict)

    def advance(self, step_ms: int) -> None:
        """Advance the time; everything that becomes due happens at its own time."""
        end_ms = self.now_ms + step_ms
        for time_ms in sorted(self._times(end_ms)):
            self._run(time_ms)
        self.now_ms = end_ms

    def settle_now(self) -> None:
        """Repeat the checks of the current millisecond, because a deposit in it counts for them."""
        self._run(self.now_ms)

    def _times(self, end_ms: int) -> set[int]:
        times: set[int] = set()
        for trade in self.trades.values():
            if not trade.is_final:
                last_ms = min(end_ms, trade.expires_ms)
                times |= {trade.expires_ms, *range(trade.confirmed_ms + CHECK_MS, last_ms + 1, CHECK_MS)}
        return {time_ms for time_ms in times if self.now_ms <= time_ms <= end_ms}

    def _run(self, time_ms: int) -> None:
        for trade in self.trades.values():
            if not trade.is_final and time_ms >= trade.expires_ms:
                trade.status = "Expired"
        # Sorted by clearing id: ids are issued in ascending order, and earlier orders settle first.
        due = [trade for _, trade in sorted(self.trades.items()) if trade.is_checked(time_ms)]
        while funded := [trade for trade in due if not trade.is_final and self._is_funded(trade)]:
            self._settle(funded[0])
        for trade in due:
            trade.status = "AttemptSettlement" if not trade.is_final else trade.status

    def _is_funded(self, trade: Trade) -> bool:
        pays = self.balances[trade.buyer, trade.quote] >= trade.amount * trade.price
        return pays and self.balances[trade.seller, trade.base] >= trade.amount

    def _settle(self, trade: Trade) -> None:
        trade.status = "Settled"
        total = trade.amount * trade.price
        self.balances[trade.buyer, trade.quote] -= total
        self.balances[trade.seller, trade.quote] += total
        self.balances[trade.seller, trade.base] -= trade.amount
        self.balances[trade.buyer, trade.base] += trade.amount
