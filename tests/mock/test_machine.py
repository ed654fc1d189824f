"""
State machine test: random sequences of operations on the mock and on a model, compared after every step.

`MOCK_STEPS` is the number of steps; `make soak` runs 100,000.
"""

import os
from fractions import Fraction

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from gemini_clearing_mock import Exchange, ManualClock

from .conftest import Desks
from .model import Model, ModelOrder

STEPS = int(os.environ.get("MOCK_STEPS", "3000"))
STEPS_PER_RUN = 100
HOUR_MS = 3_600_000

DESKS = {"initiator": "R485E04Q", "counterparty": "OM9VNL1G", "desk3": "Z4929ZDY", "broker": "WV4V1DGN"}
TRADERS = ("initiator", "counterparty", "desk3")
CURRENCIES = ("BTC", "USD", "ETH")
SYMBOLS = {"btcusd": ("BTC", "USD"), "ethbtc": ("ETH", "BTC")}

amounts = st.sampled_from(["1", "2", "2.00", "0.5", "3.00000001"])
prices = st.sampled_from(["1", "2", "0.25", "0.250"])
sides = st.sampled_from(["buy", "sell"])
funds = st.sampled_from(["0", "0.5", "1", "2", "10", "3.00000001"])
# Often at a settlement check or a millisecond off, sometimes far beyond.
steps_ms = st.sampled_from([0, 1, 29_999, 30_000, 30_001, 60_000, 15_000, HOUR_MS - 1, HOUR_MS, 7_777_777])


class ExchangeMachine(RuleBasedStateMachine):
    """Desks place, confirm and cancel orders, balances change and time passes, in the mock and in the model."""

    ids = Bundle("ids")

    @initialize(held=st.lists(funds, min_size=12, max_size=12))
    def begin(self, held):
        """Set the initial balances."""
        self.clock = ManualClock()
        self.exchange = Exchange(clock=self.clock)
        self.desks = Desks(self.exchange)
        accounts = [(desk, currency) for desk in DESKS for currency in CURRENCIES]
        self.model = Model(self.clock.now_ms(), {account: Fraction(0) for account in accounts})
        for (desk, currency), amount in zip(accounts, held, strict=True):
            self._deposit(desk, currency, amount)
        self.money_given = self._money_given()

    def _deposit(self, desk, currency, amount):
        self.exchange.desks.set_balance(desk, currency, amount)
        self.model.money[desk, currency] = Fraction(amount)

    def _money_given(self):
        return {name: sum(self.model.money[desk, name] for desk in DESKS) for name in CURRENCIES}

    @rule(
        target=ids,
        source=st.sampled_from(TRADERS),
        other=st.sampled_from((*TRADERS, None)),
        symbol=st.sampled_from(sorted(SYMBOLS)),
        amount=amounts,
        price=prices,
        side=sides,
        hours=st.sampled_from([1, 2, 24]),
    )
    def place(self, source, other, symbol, amount, price, side, hours):
        """Place an order of two desks, with or without a counterparty."""
        terms: dict = {"symbol": symbol, "amount": amount, "price": price, "side": side, "expires_in_hrs": hours}
        if other is not None:
            terms["counterparty_id"] = DESKS[other]
        response = self.desks[source].send("/v1/clearing/new", **terms).body
        if source == other:
            assert response["reason"] == "ConflictingAccountName"
            return multiple()
        assert response["result"] == "AwaitConfirm"
        return self._note(response["clearing_id"], source, other, None, terms)

    @rule(
        target=ids,
        parties=st.permutations(TRADERS),
        symbol=st.sampled_from(sorted(SYMBOLS)),
        amount=amounts,
        price=prices,
        side=sides,
        hours=st.sampled_from([0.5, 1, 24]),
    )
    def place_broker_order(self, parties, symbol, amount, price, side, hours):
        """Place a broker order for two desks."""
        terms: dict = {"symbol": symbol, "amount": amount, "price": price, "side": side, "expires_in_hrs": hours}
        source, other = parties[0], parties[1]
        named = {"source_counterparty_id": DESKS[source], "target_counterparty_id": DESKS[other]}
        response = self.desks.broker.send("/v1/clearing/broker/new", **terms, **named).body
        assert response["result"] == "AwaitSourceTargetConfirm"
        return self._note(response["clearing_id"], source, other, "broker", terms)

    def _note(self, clearing_id, source, other, broker, terms):
        now_ms = self.clock.now_ms()
        base, quote = SYMBOLS[terms["symbol"]]
        self.model.orders[clearing_id] = ModelOrder(
            source,
            other,
            broker,
            base,
            quote,
            Fraction(terms["amount"]),
            Fraction(terms["price"]),
            terms["side"],
            now_ms,
            now_ms + int(terms["expires_in_hrs"] * HOUR_MS),
        )
        return clearing_id

    @rule(target=ids, amount=amounts, price=prices, side=sides)
    def place_and_confirm(self, amount, price, side):
        """Place an order and confirm it immediately, so that many orders reach settlement."""
        clearing_id = self.place("initiator", "counterparty", "btcusd", amount, price, side, 1)
        self.confirm_correctly(clearing_id, "target")
        return clearing_id

    @rule(clearing_id=ids, which=st.sampled_from(["source", "target"]))
    def confirm_correctly(self, clearing_id, which):
        """Confirm an order as the desk that has to, with the order's terms."""
        order = self.model.orders[clearing_id]
        who = (order.source if which == "source" else order.target) or "desk3"
        amount, price, side = _text(order.amount), _text(order.price), order.side_of(which)
        self._confirm(clearing_id, who, amount, price, side)

    @rule(clearing_id=ids, who=st.sampled_from(sorted(DESKS)), data=st.data())
    def confirm(self, clearing_id, who, data):
        """Confirm an order as any desk, usually with the order's terms."""
        order = self.model.orders[clearing_id]
        amount = data.draw(st.one_of(st.just(_text(order.amount)), amounts), label="amount")
        price = data.draw(st.one_of(st.just(_text(order.price)), prices), label="price")
        side = data.draw(sides, label="side")
        self._confirm(clearing_id, who, amount, price, side)

    def _confirm(self, clearing_id, who, amount, price, side):
        order = self.model.orders[clearing_id]
        symbol = (order.base + order.quote).lower()
        expected = self.model.confirm(clearing_id, who, Fraction(amount), Fraction(price), side)

        response = self.desks[who].confirm(clearing_id, symbol=symbol, amount=amount, price=price, side=side).body

        assert response.get("reason", response["result"]) == expected

    @rule(clearing_id=ids, who=st.sampled_from(sorted(DESKS)))
    def cancel(self, clearing_id, who):
        """Cancel an order as any desk."""
        expected = self.model.cancel(clearing_id, who)

        response = self.desks[who].cancel(clearing_id).body

        assert response.get("reason", response["result"]) == expected

    @rule(step_ms=steps_ms)
    def wait(self, step_ms):
        """Advance the time."""
        self.clock.advance(ms=step_ms)
        self.model.advance(step_ms)

    @rule(desk=st.sampled_from(TRADERS), currency=st.sampled_from(CURRENCIES), amount=funds)
    def deposit(self, desk, currency, amount):
        """Change a balance."""
        self._deposit(desk, currency, amount)
        self.model.settle_now()
        self.money_given = self._money_given()

    @rule()
    def take_and_restore_snapshot(self):
        """Restore a snapshot just taken, which must change nothing."""
        self.exchange.restore(self.exchange.snapshot())

    @invariant()
    def orders_and_balances_are_equal(self):
        """Mock and model have the same orders in the same states, and equal balances."""
        if not hasattr(self, "exchange"):
            return
        with self.exchange.transactions.begin() as transaction:
            states = {clearing_id: str(order.state) for clearing_id, order in transaction.state.orders.items()}
            held = {
                (account.name, currency): Fraction(account.balances[currency])
                for account in transaction.state.accounts.values()
                for currency in CURRENCIES
            }
        assert states == {clearing_id: order.status for clearing_id, order in self.model.orders.items()}
        assert held == self.model.money

    @invariant()
    def total_of_balances_is_constant(self):
        """Settlement does not change the total of all balances."""
        if not hasattr(self, "exchange"):
            return
        total = {name: sum(Fraction(self.exchange.desks.balance(desk, name)) for desk in DESKS) for name in CURRENCIES}
        assert total == self.money_given


def _text(number: Fraction) -> str:
    """Format a number with at most eight decimals."""
    whole, decimals = divmod(int(number * 10**8), 10**8)
    return f"{whole}.{decimals:08d}"


TestExchangeMachine = ExchangeMachine.TestCase
TestExchangeMachine.settings = settings(
    max_examples=max(1, STEPS // STEPS_PER_RUN),
    stateful_step_count=STEPS_PER_RUN,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    # Without the shrink phase: it takes minutes here, and the printed steps are enough to find a cause.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
