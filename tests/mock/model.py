"""
A second, very simple exchange, with which the state machine test compares the mock after each step.

It shares no code with the package. The mock has a schedule of tasks; the model checks every order at every time at
which something could happen.
"""

from dataclasses import dataclass, field
from fractions import Fraction

CHECK_MS = 30_000


@dataclass
class ModelOrder:
    """An order."""

    source: str
    target: str | None
    broker: str | None
    base: str
    quote: str
    amount: Fraction
    price: Fraction
    source_side: str
    placed_ms: int
    expires_ms: int
    confirmed: set[str] = field(default_factory=set)
    confirmed_ms: int | None = None
    end: str | None = None
    tried: bool = False

    @property
    def is_confirmed(self) -> bool:
        """Whether every desk that has to confirm has confirmed."""
        return self.confirmed_ms is not None

    @property
    def status(self) -> str:
        """The status as the API reports it."""
        if self.end is not None:
            return self.end
        if self.is_confirmed:
            return "AttemptSettlement" if self.tried else "Confirmed"
        if self.broker is None or "source" in self.confirmed:
            return "AwaitTargetConfirm"
        return "AwaitSourceConfirm" if "target" in self.confirmed else "AwaitSourceTargetConfirm"

    @property
    def buyer(self) -> str:
        """The desk that pays."""
        return self.source if self.source_side == "buy" else str(self.target)

    @property
    def seller(self) -> str:
        """The desk that delivers."""
        return str(self.target) if self.source_side == "buy" else self.source

    def side_of(self, role: str) -> str:
        """Return the side of a role."""
        opposite = {"buy": "sell", "sell": "buy"}[self.source_side]
        return self.source_side if role == "source" else opposite


@dataclass
class Model:
    """The balances of all desks, and all orders."""

    now_ms: int
    money: dict[tuple[str | None, str], Fraction]
    orders: dict[str, ModelOrder] = field(default_factory=dict)

    def advance(self, step_ms: int) -> None:
        """Advance the time; everything that becomes due happens at its own time."""
        end_ms = self.now_ms + step_ms
        for moment_ms in sorted(self._moments(end_ms)):
            self._happen(moment_ms)
        self.now_ms = end_ms

    def settle_now(self) -> None:
        """Repeat the checks of the current millisecond, because a deposit in it counts for them."""
        self._happen(self.now_ms)

    def _moments(self, end_ms: int) -> set[int]:
        moments: set[int] = set()
        for order in self.orders.values():
            if order.end is None:
                moments.add(order.expires_ms)
                if order.confirmed_ms is not None:
                    last_ms = min(end_ms, order.expires_ms)
                    moments.update(range(order.confirmed_ms + CHECK_MS, last_ms + 1, CHECK_MS))
        return {moment_ms for moment_ms in moments if self.now_ms <= moment_ms <= end_ms}

    def _happen(self, moment_ms: int) -> None:
        for order in self.orders.values():
            if order.end is None and moment_ms >= order.expires_ms:
                order.end = "Expired"
        due = [order for order in self.orders.values() if self._is_checked(order, moment_ms)]
        while funded := [order for order in due if order.end is None and self._funded(order)]:
            self._settle(funded[0])
        for order in due:
            order.tried = True

    def _is_checked(self, order: ModelOrder, moment_ms: int) -> bool:
        if order.end is not None or order.confirmed_ms is None:
            return False
        passed_ms = moment_ms - order.confirmed_ms
        return passed_ms > 0 and passed_ms % CHECK_MS == 0

    def _funded(self, order: ModelOrder) -> bool:
        pays = self.money[order.buyer, order.quote] >= order.amount * order.price
        return pays and self.money[order.seller, order.base] >= order.amount

    def _settle(self, order: ModelOrder) -> None:
        order.end = "Settled"
        total = order.amount * order.price
        self.money[order.buyer, order.quote] -= total
        self.money[order.seller, order.quote] += total
        self.money[order.seller, order.base] -= order.amount
        self.money[order.buyer, order.base] += order.amount

    def cancel(self, clearing_id: str, who: str) -> str:
        """Cancel an order; return the reason or result that the exchange must send."""
        order = self.orders[clearing_id]
        parties = {order.source, order.target, order.broker}
        if who not in parties and not self._open(order):
            return "OrderNotFound"
        if who not in parties or order.end is not None or order.is_confirmed or order.confirmed:
            return "failed"
        order.end = "Canceled"
        return "ok"

    def confirm(self, clearing_id: str, who: str, amount: Fraction, price: Fraction, side: str) -> str:
        """Confirm an order; return the reason or result that the exchange must send."""
        order = self.orders[clearing_id]
        waits = order.end is None and not order.is_confirmed
        if who == (order.broker or order.source) and waits:
            return "ConflictingAccountName"
        role = self._role(order, who)
        if role is None or not waits or role in order.confirmed:
            return "OrderNotFound"
        if amount != order.amount:
            return "InvalidQuantity"
        if price != order.price:
            return "InvalidPrice"
        if side != order.side_of(role):
            return "InvalidSide"
        self._note_confirmation(order, role, who)
        return "confirmed"

    def _note_confirmation(self, order: ModelOrder, role: str, who: str) -> None:
        order.confirmed.add(role)
        if role == "target":
            order.target = who
        if order.broker is None or order.confirmed == {"source", "target"}:
            order.confirmed_ms = self.now_ms

    def _role(self, order: ModelOrder, who: str) -> str | None:
        if who == order.source:
            return "source" if order.broker else None
        if who == order.target or self._open(order):
            return "target"
        return None

    @staticmethod
    def _open(order: ModelOrder) -> bool:
        return order.target is None and order.end is None
