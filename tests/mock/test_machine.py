"""
State machine test: random sequences of operations on the mock, compared after every step.

The oracle of the contract suite checks every response and the state of every order, the ledger checks settlement.
`MOCK_STEPS` is the number of steps; `make soak` runs 100,000.
"""

import os
from decimal import Decimal
from fractions import Fraction

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from gemini_clearing_contract.findings.redaction import Redactor
from gemini_clearing_contract.layers.scenarios.desks import Desks
from gemini_clearing_contract.oracle.keyword_coverage import KeywordCoverage
from gemini_clearing_contract.oracle.order_book import opposite
from gemini_clearing_contract.run.ledger import Ledger as Findings
from gemini_clearing_contract.run.session import Session
from gemini_clearing_contract.spec import Spec
from gemini_clearing_contract.targets.mock import embedded_mock

from .ledger import Ledger, Trade

STEPS = int(os.environ.get("MOCK_STEPS", "3000"))
STEPS_PER_RUN = 100
HOUR_MS = 3_600_000
SPEC = Spec()

DESKS = {"initiator": "R485E04Q", "counterparty": "OM9VNL1G", "desk3": "Z4929ZDY", "broker": "WV4V1DGN"}
NAMES = {counterparty_id: name for name, counterparty_id in DESKS.items()}
TRADERS = ("initiator", "counterparty", "desk3")
CURRENCIES = ("BTC", "USD", "ETH")
SYMBOLS = {"BTCUSD": ("BTC", "USD"), "ETHBTC": ("ETH", "BTC")}

traders = st.sampled_from(TRADERS)
desks = st.sampled_from(sorted(DESKS))
symbols = st.sampled_from(["btcusd", "ethbtc"])
amounts = st.sampled_from(["1", "2", "2.00", "0.5", "3.00000001"])
prices = st.sampled_from(["1", "2", "0.25", "0.250"])
sides = st.sampled_from(["buy", "sell"])
funds = st.sampled_from(["0", "0.5", "1", "2", "10", "3.00000001"])
terms = st.fixed_dictionaries({"symbol": symbols, "amount": amounts, "price": prices, "side": sides})
# Often at a settlement check or a millisecond off, sometimes far beyond.
steps_ms = st.sampled_from([0, 1, 29_999, 30_000, 30_001, 60_000, 15_000, HOUR_MS - 1, HOUR_MS, 7_777_777])


class ExchangeMachine(RuleBasedStateMachine):
    """Desks place, confirm and cancel orders, balances change and time passes."""

    ids = Bundle("ids")

    @initialize(held=st.lists(funds, min_size=12, max_size=12))
    def begin(self, held):
        """Set the initial balances."""
        self.target = embedded_mock()
        findings = Findings(lambda layer, case: "", KeywordCoverage.of(SPEC), Redactor(()))
        self.session = Session(SPEC, self.target, findings, "mock")
        self.desks = Desks(self.session)
        accounts = [(desk, currency) for desk in DESKS for currency in CURRENCIES]
        self.ledger = Ledger(self.now_ms, dict.fromkeys(accounts, Fraction(0)))
        for (desk, currency), amount in zip(accounts, held, strict=True):
            self._deposit(desk, currency, amount)
        self.totals = self._totals()

    @property
    def now_ms(self):
        """The exchange's time."""
        return self.target.clock.now_ms()

    def _deposit(self, desk, currency, amount):
        self.target.exchange.desks.set_balance(DESKS[desk], currency, amount)
        self.ledger.balances[desk, currency] = Fraction(amount)

    def _totals(self):
        return {name: sum(self.ledger.balances[desk, name] for desk in DESKS) for name in CURRENCIES}

    def _checked(self, response):
        assert response.problems == ()
        return response

    def _placed(self, response):
        return self._checked(response).clearing_id or multiple()

    @rule(target=ids, desk=traders, other=st.none() | traders, given=terms, hours=st.sampled_from([1, 2, 24]))
    def place(self, desk, other, given, hours):
        """Place an order with another desk, or without a counterparty."""
        named = {"counterparty_id": DESKS[other]} if other else {}
        return self._placed(self.desks.create(desk, **given, **named, expires_in_hrs=hours))

    @rule(target=ids, parties=st.permutations(TRADERS), given=terms, hours=st.sampled_from([Decimal("0.5"), 1, 24]))
    def place_broker_order(self, parties, given, hours):
        """Place a broker order for two desks."""
        return self._placed(self.desks.create_for_two("broker", *parties[:2], **given, expires_in_hrs=hours))

    @rule(target=ids, amount=amounts, price=prices, side=sides)
    def place_and_confirm(self, amount, price, side):
        """Place an order and confirm it immediately, so that many orders reach settlement."""
        given = {"symbol": "btcusd", "amount": amount, "price": price, "side": side}
        clearing_id = self.place("initiator", "counterparty", given, 1)
        self._confirm("counterparty", clearing_id, {**given, "side": opposite(side)})
        return clearing_id

    @rule(clearing_id=ids, first=st.booleans())
    def confirm_correctly(self, clearing_id, first):
        """Confirm an order as the desk that has to, with the order's terms."""
        order = self.session.book.orders[clearing_id]
        desk = NAMES[order.source] if first else NAMES.get(order.target, "desk3")
        self._confirm(desk, clearing_id, _terms(order, DESKS[desk]))

    @rule(clearing_id=ids, desk=desks, side=sides, amount=st.none() | amounts, price=st.none() | prices)
    def confirm(self, clearing_id, desk, side, amount, price):
        """Confirm an order as any desk, often with the order's terms."""
        given = _terms(self.session.book.orders[clearing_id], DESKS[desk])
        changed = {"amount": amount or given["amount"], "price": price or given["price"], "side": side}
        self._confirm(desk, clearing_id, {**given, **changed})

    def _confirm(self, desk, clearing_id, given):
        response = self._checked(self.desks.confirm(desk, clearing_id, **given))
        order = self.session.book.orders[clearing_id]
        if response.body["result"] == "confirmed" and order.states == {"Confirmed"}:
            self.ledger.trades[clearing_id] = self._trade(order)

    def _trade(self, order):
        source, target = NAMES[order.source], NAMES[order.target]
        buyer, seller = (source, target) if order.side == "buy" else (target, source)
        expires_ms = int(order.placed_ms[0] + order.hours * HOUR_MS)
        amount, price = Fraction(order.amount), Fraction(order.price)
        return Trade(buyer, seller, *SYMBOLS[order.symbol.upper()], amount, price, expires_ms, self.now_ms)

    @rule(clearing_id=ids, desk=desks)
    def cancel(self, clearing_id, desk):
        """Cancel an order as any desk."""
        self._checked(self.desks.cancel(desk, clearing_id))

    @rule(clearing_id=ids, desk=desks)
    def get(self, clearing_id, desk):
        """Get the status of an order as any desk."""
        self._checked(self.desks.get(desk, clearing_id))

    @rule(step_ms=steps_ms)
    def wait(self, step_ms):
        """Advance the time."""
        self.target.wait_ms(step_ms)
        self.ledger.advance(step_ms)

    @rule(desk=traders, currency=st.sampled_from(CURRENCIES), amount=funds)
    def deposit(self, desk, currency, amount):
        """Change a balance."""
        self._deposit(desk, currency, amount)
        self.ledger.settle_now()
        self.totals = self._totals()

    @rule()
    def take_and_restore_snapshot(self):
        """Restore a snapshot just taken, which must change nothing."""
        self.target.exchange.restore(self.target.exchange.snapshot())

    def _states(self):
        with self.target.exchange.transactions.begin() as transaction:
            return {clearing_id: str(order.state) for clearing_id, order in transaction.state.orders.items()}

    @invariant()
    def states_are_possible(self):
        """Every order has a state that the oracle allows, and a confirmed one the state that the ledger predicts."""
        if not hasattr(self, "session"):
            return
        states, model = self._states(), self.session.oracle.model
        assert states.keys() == self.session.book.orders.keys()
        for clearing_id, order in self.session.book.orders.items():
            assert states[clearing_id] in model.states_of(order, Decimal(self.now_ms))
        assert {name: states[name] for name in self.ledger.trades} == {
            name: trade.status for name, trade in self.ledger.trades.items()
        }

    @invariant()
    def balances_are_equal(self):
        """The mock and the ledger have equal balances, and settlement does not change the total of all balances."""
        if not hasattr(self, "session"):
            return
        balance = self.target.exchange.desks.balance
        held = {(desk, name): Fraction(balance(DESKS[desk], name)) for desk in DESKS for name in CURRENCIES}
        assert held == self.ledger.balances
        assert self._totals() == self.totals


def _terms(order, counterparty_id):
    """Return the terms with which a desk confirms an order."""
    side = order.side_of(counterparty_id)
    return {"symbol": order.symbol, "amount": f"{order.amount:f}", "price": f"{order.price:f}", "side": side}


TestExchangeMachine = ExchangeMachine.TestCase
TestExchangeMachine.settings = settings(
    max_examples=max(1, STEPS // STEPS_PER_RUN),
    stateful_step_count=STEPS_PER_RUN,
    suppress_health_check=list(HealthCheck),
    # Without the shrink phase: it takes minutes here, and the printed steps are enough to find a cause.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
