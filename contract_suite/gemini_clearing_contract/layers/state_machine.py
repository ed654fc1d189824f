"""
Layer: random orders by random desks, compared with the oracle's order book after each step.

Each walk starts on a new exchange. On a server that cannot be reset, a walk continues where the last one ended.
"""

from decimal import Decimal
from typing import Any, ClassVar

import hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from ..cases.values import UNKNOWN_ORDER_ID
from ..oracle.operations import ListBrokerOrders, ListOrders, ListTrades
from ..oracle.order_book import opposite
from ..run.run import Context
from ..run.session import CheckedResponse, Session
from .scenarios.desks import Desks
from .tools.random_cases import FoundError, case_function, random_settings, run_random

__all__ = ["run"]

TRADERS = ("initiator", "counterparty", "broker", "desk3")
traders = st.sampled_from(TRADERS)
symbols = st.sampled_from(["btcusd", "BTCUSD", "ethusd", "EthUsd"])
sides = st.sampled_from(["buy", "sell"])
money = st.decimals("0.01", "99.99", places=2).map(str) | st.sampled_from(["1", "1.0", "01.00", "2.50"])
hours: st.SearchStrategy[Any] = st.sampled_from([1, 2, Decimal("24.0"), 48])
statuses = st.sampled_from([
    "AwaitTargetConfirm", "AwaitSourceTargetConfirm", "AwaitSourceConfirm", "Confirmed", "Settled", "Canceled",
    "Expired",
])  # fmt: skip
limits = st.integers(1, 4)
recent = st.integers(0, 7)
# Around the settlement checks and the shortest expirations.
steps_ms = st.sampled_from([1, 999, 29_999, 30_000, 60_000, 3_599_999, 3_600_000, 86_400_000])
# Most confirmations have the order's own terms.
changes = st.sampled_from(["", "", "", "", "side", "amount", "price", "symbol"])
terms = st.fixed_dictionaries({"symbol": symbols, "amount": money, "price": money, "side": sides})


class DeskMachine(RuleBasedStateMachine):
    """The desks and their possible actions."""

    context: ClassVar[Context]
    # The session of all walks, if the target cannot be reset.
    shared: ClassVar[Session | None]

    @initialize()
    @case_function
    def begin(self) -> None:
        """Start a walk."""
        self.session: Session = self.shared or self.context.session()
        self.session.begin("walk")
        self.desks = Desks(self.session)
        self.since = int(self.session.target.now_ms()) - self.session.target.tolerance_ms - 1
        self.orders: list[str] = []

    def check(self, response: CheckedResponse) -> CheckedResponse:
        """End the walk if the response has a finding."""
        self.context.tick()
        if response.problems:
            raise FoundError(response.problems[0].check)
        return response

    def add(self, response: CheckedResponse) -> None:
        """Add a created order for later steps."""
        self.check(response)
        if response.wire.status == 200 and response.clearing_id:
            self.orders.append(response.clearing_id)

    def order(self, index: int) -> str:
        """Return one of the latest orders."""
        return self.orders[-1 - index % len(self.orders)] if self.orders else UNKNOWN_ORDER_ID

    def has_orders(self) -> bool:
        """Whether an order was created."""
        return bool(self.orders)

    def query(self, desk: str, operation: str, filters: dict[str, Any]) -> None:
        """Get a list with those filters that are not None."""
        given = {name: value for name, value in filters.items() if value is not None}
        self.check(self.session.call(desk, operation, **given, timestamp=self.since))

    @rule(desk=traders, other=st.none() | traders, given=terms, life=st.none() | hours)
    @case_function
    def create(self, desk: str, other: str | None, given: dict[str, Any], life: Any) -> None:
        """Create an order with another desk, or without a counterparty."""
        named = {"counterparty_id": self.desks.id_of(other)} if other else {}
        lifetime = {"expires_in_hrs": life} if life is not None else {}
        self.add(self.desks.create(desk, **given, **named, **lifetime))

    @rule(desk=traders, first=traders, second=traders, given=terms, life=hours)
    @case_function
    def create_for_two(self, desk: str, first: str, second: str, given: dict[str, Any], life: Any) -> None:
        """Create an order for two desks."""
        self.add(self.desks.create_for_two(desk, first, second, **given, expires_in_hrs=life))

    @precondition(has_orders)
    @rule(desk=traders, index=recent, change=changes)
    @case_function
    def confirm(self, desk: str, index: int, change: str) -> None:
        """Confirm an order, sometimes with another value in one of its terms."""
        order = self.session.book.orders[self.order(index)]
        side = order.side_of(self.desks.id_of(desk))
        own = {"symbol": order.symbol, "amount": f"{order.amount:f}", "price": f"{order.price:f}", "side": side}
        other_symbol = "ethusd" if order.symbol == "BTCUSD" else "btcusd"
        wrong = {"symbol": other_symbol, "amount": "77.77", "price": "77.77", "side": opposite(side)}
        changed = {change: wrong[change]} if change else {}
        self.check(self.desks.confirm(desk, order.clearing_id, **{**own, **changed}))

    @precondition(has_orders)
    @rule(desk=traders, index=recent)
    @case_function
    def cancel(self, desk: str, index: int) -> None:
        """Cancel an order."""
        self.check(self.desks.cancel(desk, self.order(index)))

    @rule(desk=st.sampled_from([*TRADERS, "auditor"]), index=recent)
    @case_function
    def get(self, desk: str, index: int) -> None:
        """Get the status of an order."""
        if desk in self.session.ring.desks:
            self.check(self.desks.get(desk, self.order(index)))

    @rule(
        desk=traders,
        side=st.none() | sides,
        status=st.none() | statuses,
        symbol=st.none() | symbols,
        limit=st.none() | limits,
    )
    @case_function
    def list_orders(
        self, desk: str, side: str | None, status: str | None, symbol: str | None, limit: int | None
    ) -> None:
        """List a desk's orders."""
        filters = {"side": side, "status": status, "symbol": symbol, "limit_orders": limit}
        self.query(desk, ListOrders.name, filters)

    @rule(desk=traders, status=st.none() | statuses, limit=st.none() | limits)
    @case_function
    def list_broker_orders(self, desk: str, status: str | None, limit: int | None) -> None:
        """List the orders of a broker."""
        self.query(desk, ListBrokerOrders.name, {"status": status, "limit_orders": limit})

    @rule(desk=traders, symbol=st.none() | symbols, limit=st.none() | limits)
    @case_function
    def list_trades(self, desk: str, symbol: str | None, limit: int | None) -> None:
        """List a desk's trades."""
        self.query(desk, ListTrades.name, {"symbol": symbol, "limit_trades": limit})

    @rule(step_ms=steps_ms)
    @case_function
    def wait(self, step_ms: int) -> None:
        """Let time pass, if the suite controls the clock."""
        if self.session.controls_clock:
            self.session.target.wait_ms(step_ms)


def run(context: Context) -> None:
    """Run the walks of the profile."""
    shared = context.session() if context.run.target.tolerance_ms else None
    if shared is not None and not set(TRADERS) <= shared.ring.desks.keys():
        context.result.skipped = f"it needs the accounts {', '.join(TRADERS)}"
        return
    profile = context.profile
    machine = type("Desks", (DeskMachine,), {"context": context, "shared": shared})
    settings = random_settings(context, profile.machine_scenarios, stateful_step_count=profile.machine_steps)
    run_random(lambda: run_state_machine_as_test(hypothesis.seed(context.seed)(machine), settings=settings))
