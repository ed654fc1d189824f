"""
The desks of one exchange: open accounts, make keys, set balances, give aliases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation

import msgspec

from ..errors import ControlError
from ..state._accounts import Account, Key, NonceMode
from ..state._transaction import Transactions

__all__ = ["DeskControl"]


class DeskControl:
    """The accounts of one exchange, what they hold, and the keys that act for them."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def __iter__(self) -> Iterator[Account]:
        """Walk the accounts."""
        with self._transactions.transaction() as transaction:
            return iter(list(transaction.state.accounts.values()))

    def find(self, name: str) -> Account:
        """Find an account by its counterparty id or its name."""
        with self._transactions.transaction() as transaction:
            accounts = transaction.state.accounts.values()
            found = [account for account in accounts if name in {account.counterparty_id, account.name}]
            if len(found) != 1:
                known = ", ".join(f"{account.name} ({account.counterparty_id})" for account in accounts)
                raise ControlError(f"'{name}' is not one account; there are {known}.")
            return found[0]

    def balance(self, name: str, currency: str) -> Decimal:
        """Tell what an account holds of a currency."""
        return self.find(name).balances.get(currency.upper(), Decimal(0))

    def set_balance(self, name: str, currency: str, amount: Decimal | int | str) -> Account:
        """Give an account this much of a currency, in place of what it holds."""
        with self._transactions.transaction() as transaction:
            account = self.find(name)
            balances = {**account.balances, currency.upper(): _money(amount)}
            account = msgspec.structs.replace(account, balances=balances, changed_ms=transaction.now_ms)
            transaction.state.put_account(account)
            return account

    def set_alias(self, name: str, counterparty: str, alias: str) -> Account:
        """Have an account call another one by a name of its own."""
        with self._transactions.transaction() as transaction:
            account = self.find(name)
            aliases = {**account.aliases, self.find(counterparty).counterparty_id: alias}
            account = msgspec.structs.replace(account, aliases=aliases)
            transaction.state.put_account(account)
            return account

    def add_account(
        self,
        name: str,
        counterparty_id: str,
        *,
        group: str = "demo",
        balances: Mapping[str, Decimal | int | str] | None = None,
    ) -> Account:
        """Open an account; it needs a key before anybody can act for it."""
        funds = {currency.upper(): _money(amount) for currency, amount in (balances or {}).items()}
        with self._transactions.transaction() as transaction:
            if any(
                counterparty_id == other or name == account.name
                for other, account in transaction.state.accounts.items()
            ):
                raise ControlError(f"There is an account '{name}' or '{counterparty_id}' already.")
            account = Account(counterparty_id, name, group, funds, changed_ms=transaction.now_ms)
            transaction.state.put_account(account)
            return account

    def add_key(
        self,
        name: str,
        *,
        account: str,
        roles: Sequence[str] = ("Trader",),
        nonce: str = NonceMode.INCREMENTAL,
        heartbeat: bool = False,
    ) -> Key:
        """Make a key that acts for an account."""
        try:
            mode = NonceMode(nonce)
        except ValueError:
            raise ControlError(f"'{nonce}' is no nonce mode; there are: {', '.join(NonceMode)}.") from None
        with self._transactions.transaction() as transaction:
            owner = self.find(account)
            key = Key(
                name=name,
                api_key=f"account-demo-{name}",
                api_secret=f"demo-secret-of-{name}",
                roles=tuple(roles),
                account=owner.counterparty_id,
                group=owner.group,
                nonce=mode,
                heartbeat=heartbeat,
            )
            if key.api_key in transaction.state.keys:
                raise ControlError(f"There is a key '{key.api_key}' already.")
            transaction.state.keys[key.api_key] = key
            return key


def _money(amount: Decimal | int | str) -> Decimal:
    try:
        money = Decimal(amount)
    except (InvalidOperation, TypeError, ValueError):
        raise ControlError(f"'{amount}' is not an amount of money.") from None
    if isinstance(amount, float) or not money.is_finite() or money < 0:
        raise ControlError(f"'{amount}' is not an amount of money: it must be exact, and not negative.")
    return money
