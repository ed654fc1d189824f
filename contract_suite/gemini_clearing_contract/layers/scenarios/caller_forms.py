"""
Scenarios about the callers of one account: its keys, the master key of its group, and its access tokens.

An order belongs to the account. Which caller placed, read, canceled or confirmed it makes no difference.
"""

from collections.abc import Callable
from typing import Any

from attrs import frozen

from ...oracle.allowed_results import looks_like_id
from ...oracle.operations import ORDER_LISTS, CancelOrder, ConfirmOrder, CreateBrokerOrder, CreateOrder, GetOrder
from ...run.session import CheckedResponse, Session
from ...wire import AccessToken, Caller
from .lifecycle import Scenario

__all__ = ["CALLER_SCENARIOS"]

TERMS: dict[str, Any] = {"symbol": "btcusd", "amount": "1.5", "price": "25"}


@frozen
class Form:
    """A caller of an account, and the field that names the account if the caller needs it."""

    caller: Caller
    account: str
    fields: dict[str, str]


class Forms:
    """The callers by the counterparty id of their account."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.by_account: dict[str, list[Form]] = {}
        ring = session.ring
        forms = [Form(desk, desk.counterparty_id, {}) for desk in ring.desks.values()]
        forms += [
            Form(key, number, {"account": name})
            for key in ring.master_keys.values()
            for name, number in key.accounts.items()
        ]
        forms += [Form(token, token.counterparty_id, {}) for token in ring.tokens.values()]
        for form in forms:
            if looks_like_id(form.account):
                self.by_account.setdefault(form.account, []).append(form)

    def may(self, form: Form, operation: str) -> bool:
        """Whether the roles or the scopes of a caller permit an operation."""
        called = self.session.spec.operations[operation]
        if isinstance(form.caller, AccessToken):
            return called.scopes is not None and called.scopes <= form.caller.scopes
        return bool(form.caller.roles & called.roles)

    def of(self, account: str, operation: str) -> list[Form]:
        """Return the callers of an account that may call an operation."""
        return [form for form in self.by_account[account] if self.may(form, operation)]

    def call(self, form: Form, operation: str, **fields: Any) -> CheckedResponse:
        """Call an operation for the account of a caller."""
        return self.session.call(form.caller, operation, **{**fields, **form.fields})

    def main_account(self) -> str | None:
        """Return the account with the most callers that may place orders; None if each account has only one."""
        counts = {account: len(self.of(account, CreateOrder.name)) for account in self.by_account}
        return max((one for one in counts if counts[one] > 1), key=lambda one: counts[one], default=None)

    def others(self, account: str) -> list[str]:
        """Return the other accounts that may confirm orders, those with the most callers first."""
        counts = {one: len(self.of(one, ConfirmOrder.name)) for one in self.by_account if one != account}
        return sorted((one for one in counts if counts[one]), key=lambda one: (-counts[one], one))

    def read(self, placed: list[str]) -> None:
        """Read orders by every caller of their accounts, and by one caller of each account that must not see them."""
        orders = [order for order in map(self.session.book.orders.get, placed) if order]
        since = min((int(one.placed_ms[0]) for one in orders), default=0) - self.session.target.tolerance_ms - 1
        for account in self.by_account:
            is_party = any(order.concerns(account) for order in orders)
            first = None if is_party else -1
            for form in self.of(account, GetOrder.name)[first:]:
                for clearing_id in placed if is_party else placed[:1]:
                    self.call(form, GetOrder.name, clearing_id=clearing_id)
            for rules in ORDER_LISTS:
                for form in self.of(account, rules.name)[first:]:
                    self.call(form, rules.name, timestamp=since)


def _scenario(function: Callable[[Forms, str, list[str]], None]) -> Scenario:
    """Return a scenario that runs for the account with the most callers, with the other accounts."""

    def run(session: Session) -> None:
        forms = Forms(session)
        account = forms.main_account()
        others = forms.others(account) if account else []
        if account and len(others) > 1:
            # The lists of this scenario omit the orders of the one before.
            session.target.wait_ms(2)
            function(forms, account, others)

    return run


def one_caller_places_and_another_cancels(forms: Forms, account: str, others: list[str]) -> None:
    """Each caller of the account places an order, and the next one cancels it."""
    placers, cancelers = forms.of(account, CreateOrder.name), forms.of(account, CancelOrder.name)
    terms = {**TERMS, "side": "buy", "counterparty_id": others[0]}
    placed = [forms.call(form, CreateOrder.name, **terms).clearing_id for form in placers]
    forms.read(placed)
    for number, clearing_id in enumerate(placed):
        for other in forms.of(others[1], CancelOrder.name)[-1:]:
            forms.call(other, CancelOrder.name, clearing_id=clearing_id)
        forms.call(cancelers[(number + 1) % len(cancelers)], CancelOrder.name, clearing_id=clearing_id)
    forms.read(placed)


def one_account_places_and_each_caller_confirms(forms: Forms, account: str, others: list[str]) -> None:
    """Each caller of the account confirms an order of another account; neither that account nor a third one can."""
    placer = forms.of(others[0], CreateOrder.name)[-1]
    placed = []
    for form in forms.of(account, ConfirmOrder.name):
        order = forms.call(placer, CreateOrder.name, **TERMS, side="sell", counterparty_id=account).clearing_id
        for caller in (placer, *forms.of(others[1], ConfirmOrder.name)[-1:], form):
            forms.call(caller, ConfirmOrder.name, **TERMS, clearing_id=order, side="buy")
        placed.append(order)
    forms.read(placed)


def a_broker_and_two_desks_by_different_callers(forms: Forms, account: str, others: list[str]) -> None:
    """The account is the broker of an order; each caller of it places one, and both desks confirm."""
    source, target = others[:2]
    parties = {"source_counterparty_id": source, "target_counterparty_id": target, "expires_in_hrs": 2}
    placed = []
    for form in forms.of(account, CreateBrokerOrder.name):
        order = forms.call(form, CreateBrokerOrder.name, **TERMS, **parties, side="buy").clearing_id
        for desk, side in ((target, "sell"), (source, "buy")):
            confirmer = forms.of(desk, ConfirmOrder.name)[-1]
            forms.call(confirmer, ConfirmOrder.name, **TERMS, clearing_id=order, side=side)
        placed.append(order)
    forms.read(placed)


CALLER_SCENARIOS: dict[str, Scenario] = {
    function.__name__.replace("_", " "): _scenario(function)
    for function in (
        one_caller_places_and_another_cancels,
        one_account_places_and_each_caller_confirms,
        a_broker_and_two_desks_by_different_callers,
    )
}
