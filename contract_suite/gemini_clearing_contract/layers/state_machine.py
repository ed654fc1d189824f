"""
Layer: a model machine: random orders by random desks, in any order, against the judge's own book of orders.

The book is the model: it holds the life-cycle of the spec and says after each step what must come back.  Every walk
starts on a new exchange; on a server that cannot be reset the walks go on where the one before has left it.
"""

from __future__ import annotations

import warnings
from contextlib import suppress
from decimal import Decimal
from typing import Any

import hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from ..cases.values import NO_ORDER
from ..oracle.order_book import opposite
from ..run.run import Context
from ..run.session import CheckedResponse, Session
from .tools.random_cases import REPORTED, FoundError, random_settings

__all__ = ["run"]

PEOPLE = ("initiator", "counterparty", "broker", "desk3")
people = st.sampled_from(PEOPLE)
symbols = st.sampled_from(["btcusd", "BTCUSD", "ethusd", "EthUsd"])
sides = st.sampled_from(["buy", "sell"])
money = st.decimals("0.01", "99.99", places=2).map(str) | st.sampled_from(["1", "1.0", "01.00", "2.50"])
hours = st.sampled_from([1, 2, Decimal("24.0"), 48])
statuses = st.sampled_from(
    [
        "AwaitTargetConfirm",
        "AwaitSourceTargetConfirm",
        "AwaitSourceConfirm",
        "Confirmed",
        "Settled",
        "Canceled",
        "Expired",
    ]
)
pick = st.integers(0, 7)


def run(context: Context) -> None:
    """So many walks of so many steps."""
    shared = context.session() if context.run.target.tolerance_ms else None
    if shared is not None and not set(PEOPLE) <= shared.ring.desks.keys():
        context.result.left_out = f"it needs the accounts {', '.join(PEOPLE)}"
        return

    class Desks(RuleBasedStateMachine):
        """The desks and what they may try."""

        @initialize()
        def open_session(self) -> None:
            self.session: Session = shared or context.session()
            self.session.begin("walk")
            self.since = int(self.session.target.now_ms()) - self.session.target.tolerance_ms - 1
            self.orders: list[str] = []

        def call(self, desk: str, operation: str, **fields: Any) -> CheckedResponse:
            context.tick()
            answer = self.session.call(desk, operation, **fields)
            if answer.problems:
                raise FoundError(answer.problems[0].check)
            return answer

        def take_up(self, answer: CheckedResponse) -> None:
            if answer.wire.status == 200 and answer.clearing_id:
                self.orders.append(answer.clearing_id)

        def order(self, index: int) -> str:
            return self.orders[-1 - index % len(self.orders)] if self.orders else NO_ORDER

        def has_orders(self) -> bool:
            return bool(self.orders)

        @rule(
            desk=people,
            other=st.none() | people,
            symbol=symbols,
            amount=money,
            price=money,
            side=sides,
            life=st.none() | hours,
        )
        def place(
            self, desk: str, other: str | None, symbol: str, amount: str, price: str, side: str, life: Any
        ) -> None:
            named = {"counterparty_id": self.session.desk(other).counterparty_id} if other else {}
            lives = {"expires_in_hrs": life} if life is not None else {}
            self.take_up(
                self.call(desk, "create_order", symbol=symbol, amount=amount, price=price, side=side, **named, **lives)
            )

        @rule(
            desk=people, first=people, second=people, symbol=symbols, amount=money, price=money, side=sides, life=hours
        )
        def place_for_two(
            self, desk: str, first: str, second: str, symbol: str, amount: str, price: str, side: str, life: Any
        ) -> None:
            ids = {
                f"{role}_counterparty_id": self.session.desk(name).counterparty_id
                for role, name in (("source", first), ("target", second))
            }
            terms = {"symbol": symbol, "amount": amount, "price": price, "side": side, "expires_in_hrs": life}
            self.take_up(self.call(desk, "create_broker_order", **ids, **terms))

        @precondition(has_orders)
        @rule(desk=people, index=pick, change=st.sampled_from(["", "", "", "", "side", "amount", "price", "symbol"]))
        def confirm(self, desk: str, index: int, change: str) -> None:
            clearing_id = self.order(index)
            order = self.session.oracle.book.orders[clearing_id]
            side = order.side_of(self.session.desk(desk).counterparty_id)
            terms: dict[str, Any] = {
                "symbol": order.symbol,
                "amount": f"{order.amount:f}",
                "price": f"{order.price:f}",
                "side": side,
            }
            wrong = {
                "side": opposite(side),
                "amount": "77.77",
                "price": "77.77",
                "symbol": "ethusd" if order.symbol == "BTCUSD" else "btcusd",
            }
            self.call(
                desk,
                "confirm_order",
                **{"clearing_id": clearing_id, **terms, **({change: wrong[change]} if change else {})},
            )

        @precondition(has_orders)
        @rule(desk=people, index=pick)
        def cancel(self, desk: str, index: int) -> None:
            self.call(desk, "cancel_order", clearing_id=self.order(index))

        @rule(desk=st.sampled_from([*PEOPLE, "auditor"]), index=pick)
        def ask(self, desk: str, index: int) -> None:
            if desk in self.session.ring.desks:
                self.call(desk, "get_order", clearing_id=self.order(index))

        @rule(
            desk=people,
            side=st.none() | sides,
            status=st.none() | statuses,
            symbol=st.none() | symbols,
            limit=st.none() | st.integers(1, 4),
        )
        def list_own(
            self, desk: str, side: str | None, status: str | None, symbol: str | None, limit: int | None
        ) -> None:
            given = {"side": side, "status": status, "symbol": symbol, "limit_orders": limit, "timestamp": self.since}
            self.call(desk, "list_orders", **{name: value for name, value in given.items() if value is not None})

        @rule(desk=people, status=st.none() | statuses, limit=st.none() | st.integers(1, 4))
        def list_brokered(self, desk: str, status: str | None, limit: int | None) -> None:
            given = {"status": status, "limit_orders": limit, "timestamp": self.since}
            self.call(desk, "list_broker_orders", **{name: value for name, value in given.items() if value is not None})

        @rule(desk=people, symbol=st.none() | symbols, limit=st.none() | st.integers(1, 4))
        def trades(self, desk: str, symbol: str | None, limit: int | None) -> None:
            given = {"symbol": symbol, "limit_trades": limit, "timestamp": self.since}
            self.call(desk, "list_trades", **{name: value for name, value in given.items() if value is not None})

        @rule(step=st.sampled_from([1, 999, 29_999, 30_000, 60_000, 3_599_999, 3_600_000, 86_400_000]))
        def time_goes_by(self, step: int) -> None:
            if self.session.target.tolerance_ms == 0:
                self.session.target.wait_ms(step)

    profile = context.profile
    machine = hypothesis.seed(context.seed)(Desks)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hypothesis.errors.HypothesisWarning)
        # What is found, the session has reported, with its smallest case.
        with suppress(*REPORTED):
            run_state_machine_as_test(
                machine,
                settings=random_settings(context, profile.machine_scenarios, stateful_step_count=profile.machine_steps),
            )
